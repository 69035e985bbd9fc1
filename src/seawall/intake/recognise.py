"""One record's bytes → its source and what the source says of it."""

from __future__ import annotations

from collections.abc import Sequence

from seawall.model import Event, Unreadable
from seawall.sources import SOURCES, Context, Ignored, Source


def read(
    record: bytes, context: Context, sources: Sequence[Source] = SOURCES
) -> tuple[str | None, list[Event] | Ignored | Unreadable]:
    """Return the source's name and the record's events, why it is ignored, or why it cannot be read.

    The order of the list decides between sources, never the record before. A record may quote another log's field
    names to be misread, so a source that fails on it hands it to the next that matches.
    """
    name: str | None = None
    failed = Unreadable("no source knows this record")
    for source in sources:
        if source.matches(record):
            try:
                return source.name, source.read(record, context)
            except Unreadable as error:
                if name is None:
                    name, failed = source.name, error
    return name, failed
