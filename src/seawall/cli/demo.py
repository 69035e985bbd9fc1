"""`seawall demo`: a small week like that of Storm-2139, through exactly the code of `seawall detect`."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import click

from seawall.cli.detect import judged, to_show, write_report
from seawall.cli.options import writing
from seawall.cli.render import show
from seawall.detect.run import Request
from seawall.detect.settings import Settings
from seawall.intake.read import Reading
from seawall.model import UsageError
from seawall.simulate import storm_week

_MARK = "seawall-demo"


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Write the week and its report here.",
)
@click.option("--seed", type=int, default=2139, show_default=True, help="Another seed, another week.")
def demo(out: Path, seed: int) -> None:
    """Play a week of theft and find it: incidents, the owners hit, what to do now, and a report."""
    _clear(out)
    click.echo("Playing nine days of twelve owners and some thieves …", err=True)
    storm_week(out, seed)
    (out / _MARK).touch()
    report = out / "report.html"
    words = ["seawall", "detect", out / "logs", "--geo", out / "geo.csv", "--owners", out / "owners.csv"]
    words += ["--min-severity", "medium", "--report", report]
    click.echo(f"$ {shlex.join(map(str, words))}", err=True)
    result = judged(
        Request(
            paths=(str(out / "logs"),),
            reading=Reading(geo=(str(out / "geo.csv"),)),
            settings=Settings.load(owners=out / "owners.csv"),
        )
    )
    write_report(result, report)
    with writing(None) as file:
        show(result, to_show(result, result.findings, "medium"), file, fail_on="high", report=report)


def _clear(out: Path) -> None:
    """Remove an earlier demo, and nothing else."""
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / _MARK).exists():
        raise UsageError(f"{out} is not empty and holds no demo", hint="name another folder with --out")
    shutil.rmtree(out)
