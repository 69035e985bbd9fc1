"""Events → one Arrow table with the lake's schema, digest included."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec
import pyarrow as pa

from seawall.model import COLUMNS, Event
from seawall.store import EVENTS

_TIME: Final = COLUMNS.index("time")
#: What each column is made as: times come as whole numbers.
_KINDS: Final = tuple(pa.int64() if name == "time" else EVENTS.field(name).type for name in COLUMNS)
#: The C library's memory: Arrow's own goes back to the system with each table, and to get it anew costs a tenth of all.
_POOL: Final = pa.system_memory_pool()
_ENCODER: Final = msgspec.msgpack.Encoder()
_POSITIVE: Final = 2**63 - 1


def digest(event: Event) -> int:
    """Return 63 bits that tell this normalised row from any other, before enrichment."""
    # most processors have instructions for SHA-256: nothing safe is faster
    return int.from_bytes(sha256(_ENCODER.encode(event)).digest()[:8], "big") & _POSITIVE


def table(events: Sequence[Event]) -> pa.Table:
    """Return the events as a table of `seawall.store.EVENTS`, in their order."""
    if not events:
        return EVENTS.empty_table()
    columns = zip(*map(msgspec.structs.astuple, events), strict=True)
    arrays = [_array(column, kind) for column, kind in zip(columns, _KINDS, strict=True)]
    arrays[_TIME] = arrays[_TIME].cast(EVENTS.field(_TIME).type)
    arrays.append(pa.array([digest(event) for event in events], pa.int64()))
    return pa.Table.from_arrays(arrays, schema=EVENTS)


def _array(column: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Return a column; one that is all null, as most logs leave many, is not looked at value by value."""
    if column[0] is None and column.count(None) == len(column):
        return pa.nulls(len(column), kind)
    return pa.array(column, kind, memory_pool=_POOL)
