"""Events as rows: the values of the columns that a source can fill, without the many that it cannot.

In: a source. Out: what reads its records into rows, each a tuple in the order of `order(source.columns)`. A source may
have a `rows` of its own, which makes no Event on the way; what it says is what `read` says.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, Protocol, runtime_checkable

from seawall.model import COLUMNS, Event
from seawall.sources.base import Context, Ignored, Source
from seawall.sources.partly import PartlyUnreadable

#: An event's values, in the order of its source's columns.
Row = tuple[Any, ...]
#: What reads a record into rows; it raises `Unreadable` as `Source.read` does.
RowReader = Callable[[bytes, Context], list[Row] | Ignored]
#: Where every row has its time and the name of its source.
TIME: Final = 1
SOURCE: Final = 2
_ALWAYS: Final = frozenset({"event_id", "time", "source", "provider", "activity", "raw"})


@runtime_checkable
class HasRows(Protocol):
    """A source that makes rows without Events."""

    def rows(self, record: bytes, context: Context) -> list[Row] | Ignored:
        """Return the record's events as rows, or why it is ignored; raises `Unreadable` as `read` does."""


def order(columns: frozenset[str]) -> tuple[str, ...]:
    """Return the names of a row's values for a source that declares these columns."""
    return tuple(name for name in COLUMNS if name in _ALWAYS or name in columns)


def row_reader(source: Source) -> RowReader:
    """Return what reads a record of the source into rows."""
    if isinstance(source, HasRows):
        return source.rows
    row: Callable[[Event], Row] = attrgetter(*order(source.columns))

    def read(record: bytes, context: Context) -> list[Row] | Ignored:
        try:
            found = source.read(record, context)
        except PartlyUnreadable as error:
            raise error.each(row) from error
        return found if isinstance(found, Ignored) else [row(event) for event in found]

    return read
