"""`seawall simulate`: a world of logs with known thefts, to try detections on."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from seawall.model import UsageError
from seawall.simulate import World
from seawall.simulate.habits import HABITS


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--days", type=click.IntRange(1, 400), default=14, show_default=True, help="How long the world lasts.")
@click.option("--owners", type=click.IntRange(1, 100_000), default=300, show_default=True, help="How many accounts.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same world.")
@click.option(
    "--habits", type=click.Choice(list(HABITS)), default="default", show_default=True,
    help="How its owners live: usual, small, large, or in restless times.",
)  # fmt: skip
def simulate(out: Path, days: int, owners: int, seed: int, habits: str) -> None:
    """Write a simulated world to OUT: native logs, places of networks, owners, and the truth about the thefts.

    Its addresses are those reserved for documentation and tests.
    """
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty", hint="name a new folder: a world is never mixed with other files")
    click.echo(f"Writing {days} days of {owners} owners, seed {seed} …", err=True)
    written = World.build(seed, days, owners, habits=HABITS[habits]).write(out)
    click.echo(
        f"{written.records:,} records, {written.thefts} thefts, {written.lookalikes} look-alikes in {out}", err=True
    )
    words = ["seawall", "detect", out / "logs", "--geo", out / "geo.csv", "--owners", out / "owners.csv"]
    click.echo(f"Now: {shlex.join(map(str, words))}", err=True)
