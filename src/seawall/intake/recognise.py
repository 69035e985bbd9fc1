"""One record's bytes → its source and what the source says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from seawall.model import Unreadable
from seawall.sources import SOURCES, Context, Ignored, Source
from seawall.sources.rows import Row, RowReader, row_reader


class Reader(msgspec.Struct, frozen=True):
    """How records of one source are told and read."""

    name: str
    matches: Callable[[bytes], bool]
    rows: RowReader

    @classmethod
    def of(cls, source: Source) -> Reader:
        """Return the reader of a source."""
        return cls(source.name, source.matches, row_reader(source))


_READERS: Final = tuple(map(Reader.of, SOURCES))


def read(
    record: bytes, context: Context, readers: Sequence[Reader] = _READERS
) -> tuple[str | None, list[Row] | Ignored | Unreadable]:
    """Return the source's name and the record's events as rows, why it is ignored, or why it cannot be read.

    The order of the list decides between sources, never the record before. A record may quote another log's field
    names to be misread, so a source that fails on it hands it to the next that matches.
    """
    name: str | None = None
    failed: Unreadable | None = None
    for reader in readers:
        if reader.matches(record):
            try:
                return reader.name, reader.rows(record, context)
            except Unreadable as error:
                if name is None:
                    name, failed = reader.name, error
    return name, failed or Unreadable("no source knows this record")
