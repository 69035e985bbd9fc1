"""`seawall ingest`: native logs into the lake, each event once, and an account of every record."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO, Any, Final

import click
import msgspec

from seawall.cli.options import output, writing
from seawall.cli.render import clean, wrapped
from seawall.intake.ingest import Ingested
from seawall.intake.ingest import ingest as run
from seawall.intake.read import Reading
from seawall.sources import Context
from seawall.store.home import Home

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
#: Unreadable records that are named on a terminal; the data directory has all.
_NAMED: Final = 10
#: Seconds between two words on how far it is: on a terminal, elsewhere.
_EVERY: Final = (0.5, 10.0)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--geo", type=_FILE, multiple=True, help="Where networks are: MMDB, or CSV network,country,… (repeatable)."
)
@click.option("--prices", type=_FILE, help="Prices that override the list prices.")
@click.option("--owner", help="The account that an export belongs to where its records name none.")
@output
def ingest(
    paths: tuple[str, ...],
    geo: tuple[Path, ...],
    prices: Path | None,
    owner: str | None,
    form: str,
    output: Path | None,
) -> int:
    """Bring logs into the lake of the data directory.

    PATH is a log file, a folder, an archive, or - for standard input; each record's format is recognised. The same logs
    may come again: an event that the lake has is not added twice. When this is interrupted, run it again.
    """
    home = Home.open()
    reading = Reading(context=Context(owner=owner), geo=tuple(map(str, geo)), prices=str(prices) if prices else None)
    progress = _Progress(sys.stderr)
    try:
        ingested = run(home, paths, reading, progress.tell)
    finally:
        progress.end()
    with writing(output) as file:
        if form == "table":
            for line in _summary(ingested, home):
                click.echo(line, file=file)
        else:
            data = msgspec.json.encode(_told(ingested))
            text = data if form == "jsonl" else msgspec.json.format(data, indent=2)
            file.write(f"{text.decode()}\n")
    return 4 if ingested.tally.unread else 0


class _Progress:
    """Says how far an ingest is: one line that changes on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._terminal = file.isatty()
        self._last = time.monotonic()
        self._open = False

    def tell(self, ingested: Ingested) -> None:
        """Show the figures, if it is time."""
        now = time.monotonic()
        if now - self._last < _EVERY[not self._terminal]:
            return
        text = f"{ingested.tally.records:,} records read, {ingested.new:,} new events in the lake"
        click.echo(f"\r{text}" if self._terminal else text, file=self._file, nl=not self._terminal)
        self._last, self._open = now, self._terminal

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            click.echo(file=self._file)


def _told(ingested: Ingested) -> dict[str, Any]:
    tally = ingested.tally
    return {
        "files": tally.files,
        "records": tally.records,
        "resumed": ingested.resumed,
        "events": {"new": ingested.new, "duplicates": ingested.duplicates},
        "by_source": dict(tally.by_source.most_common()),
        "ignored": dict(tally.ignored.most_common()),
        "skipped": dict(tally.skipped.most_common()),
        "unread": tally.unread,
        "quarantined": tally.quarantined,
        "version": ingested.version,
    }


def _summary(ingested: Ingested, home: Home) -> list[str]:
    tally = ingested.tally
    lines = [
        click.style(f"{ingested.new:,} new events in {home.lake}", bold=True),
        f"  {tally.files:,} files, {tally.records:,} records, {ingested.duplicates:,} events that the lake had already",
    ]
    if ingested.resumed:
        lines.append(f"  {ingested.resumed:,} of the records an earlier run had left in the spool")
    lines += [f"  {count:>9,}  {source}" for source, count in tally.by_source.most_common()]
    for kind, counts in (("ignored", tally.ignored), ("left out", tally.skipped)):
        for reason, count in counts.most_common():
            lines += wrapped(f"{count:>9,}  {kind}: {reason}", "  ", "             ")
    return lines + _unread(ingested, home)


def _unread(ingested: Ingested, home: Home) -> list[str]:
    tally = ingested.tally
    if not tally.unread:
        return []
    lines = [click.style(f"  {tally.unread:,} could not be read:", fg="yellow")]
    for item in tally.quarantined[:_NAMED]:
        lines += wrapped(f"{item.name}:{item.line}: {item.reason}", "    ", "      ")
    return [*lines, clean(f"  All that were ever left unread are named in {home.quarantine}")]
