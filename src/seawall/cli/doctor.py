"""`seawall doctor`: what is installed, what the logs in a folder can and cannot show, what to switch on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click
import msgspec

from seawall.cli.detect import judged
from seawall.cli.options import machine, output, writing
from seawall.cli.render import unread, unseen
from seawall.cli.text import counted, wrapped
from seawall.detect.coverage import Blind
from seawall.detect.result import Result
from seawall.detect.run import Request
from seawall.sources import SOURCES

_MODULES: Final = {
    "msgspec": "base",
    "duckdb": "detect",
    "ibis": "detect",
    "pyarrow": "detect",
    "sigma": "detect",
    "maxminddb": "detect",
}


class Log(msgspec.Struct, frozen=True):
    """One kind of log that the folder holds."""

    source: str
    title: str
    records: int
    cannot_tell: tuple[str, ...]
    switch_on: str


class Report(msgspec.Struct, frozen=True):
    """What the doctor says; `logs` and `blind` are empty where no folder was named."""

    version: str
    python: str
    installed: dict[str, bool]
    logs: tuple[Log, ...] = ()
    blind: tuple[Blind, ...] = ()
    unread: int = 0


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, path_type=Path), metavar="[DIR]")
@output
def doctor(folder: Path | None, form: str, output: Path | None) -> int:
    """Say what is installed and, with DIR, what each log in it can and cannot show.

    For every log found: how many records, what it cannot tell, what to switch on at the provider; then the rules that
    are blind on these logs, and why.
    """
    result = judged(Request(paths=(str(folder),))) if folder else None
    report = _report(result)
    with writing(output) as file:
        if form == "table":
            for line in [*_installed(report), *(_logs(report, result) if result else ())]:
                click.echo(line, file=file)
        else:
            machine(report, form, file)
    return 4 if report.unread else 0


def _report(result: Result | None) -> Report:
    report = Report(
        metadata.version("seawall"), sys.version.split()[0], {name: find_spec(name) is not None for name in _MODULES}
    )
    if result is None:
        return report
    logs = tuple(
        Log(source.name, source.title, result.tally.by_source[source.name], source.cannot_tell, source.switch_on)
        for source in SOURCES
        if result.tally.by_source[source.name]
    )
    return msgspec.structs.replace(report, logs=logs, blind=result.coverage.blind, unread=result.tally.unread)


def _installed(report: Report) -> Iterator[str]:
    yield click.style("Installed", bold=True)
    yield f"  seawall {report.version}, Python {report.python}"
    for module, there in report.installed.items():
        extra = _MODULES[module]
        yield f"  {module:10} " + ("yes" if there else f"no: pip install 'seawall[{extra}]'")


def _logs(report: Report, result: Result) -> Iterator[str]:
    for log in report.logs:
        yield ""
        yield click.style(f"{log.title} ({log.source}): {counted(log.records, 'record')}", bold=True)
        for text in log.cannot_tell:
            yield from wrapped(text, "  cannot tell: ", "    ")
        yield from wrapped(log.switch_on, "  switch on:   ", "    ")
    yield ""
    yield click.style("Blind rules", bold=True)
    yield from unseen(report.blind) or ["  none"]
    if report.unread:
        yield ""
        yield from unread(result)
