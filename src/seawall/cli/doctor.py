"""`seawall doctor`: what is installed, what the logs in a folder can and cannot show, what to switch on."""

from __future__ import annotations

import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from seawall.cli.render import wrapped
from seawall.detect.run import Request
from seawall.detect.run import detect as run
from seawall.sources import SOURCES

_MODULES: Final = {
    "msgspec": "base",
    "duckdb": "detect",
    "ibis": "detect",
    "pyarrow": "detect",
    "sigma": "detect",
    "maxminddb": "detect",
}


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, path_type=Path), metavar="[DIR]")
def doctor(folder: Path | None) -> int:
    """Say what is installed and, with DIR, what each log in it can and cannot show.

    For every log found: how many records, what it cannot tell, what to switch on at the provider; then the rules that
    are blind on these logs, and why.
    """
    click.echo(click.style("Installed", bold=True))
    click.echo(f"  seawall {metadata.version('seawall')}, Python {sys.version.split()[0]}")
    for module, extra in _MODULES.items():
        there = find_spec(module) is not None
        click.echo(f"  {module:10} {'yes' if there else f'no: pip install seawall[{extra}]'}")
    return _logs(folder) if folder else 0


def _logs(folder: Path) -> int:
    result = run(Request(paths=(str(folder),)))
    for source in SOURCES:
        count = result.tally.by_source[source.name]
        if not count:
            continue
        click.echo("\n" + click.style(f"{source.title} ({source.name}): {count:,} records", bold=True))
        for text in source.cannot_tell:
            for line in wrapped(text, "  cannot tell: ", "    "):
                click.echo(line)
        for line in wrapped(source.switch_on, "  switch on:   ", "    "):
            click.echo(line)
    click.echo("\n" + click.style("Blind rules", bold=True))
    for blind in result.coverage.blind:
        for line in wrapped(f"{blind.rule:7} {blind.title}: {blind.why}", "  ", "          "):
            click.echo(line)
    if not result.coverage.blind:
        click.echo("  none")
    if result.tally.unread:
        click.echo(f"\n{result.tally.unread:,} records could not be read: `seawall detect` names them")
    return 4 if result.tally.unread else 0
