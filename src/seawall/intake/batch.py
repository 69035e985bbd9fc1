"""Events → one Arrow table with the lake's schema, digest included."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
import pyarrow as pa

from seawall.model import COLUMNS, Event
from seawall.store import EVENTS

_TIME: Final = COLUMNS.index("time")
_ENCODER: Final = msgspec.msgpack.Encoder()
_POSITIVE: Final = 2**63 - 1


def digest(event: Event) -> int:
    """Return 63 bits that tell this normalised row from any other, before enrichment."""
    encoded = _ENCODER.encode(event)
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest(), "big") & _POSITIVE


def table(events: Sequence[Event]) -> pa.Table:
    """Return the events as a table of `seawall.store.EVENTS`, in their order."""
    if not events:
        return EVENTS.empty_table()
    columns = list(zip(*map(msgspec.structs.astuple, events), strict=True))
    arrays = [_array(index, column) for index, column in enumerate(columns)]
    arrays.append(pa.array(map(digest, events), pa.int64(), size=len(events)))
    return pa.Table.from_arrays(arrays, schema=EVENTS)


def _array(index: int, column: Sequence[object]) -> pa.Array:
    kind = EVENTS.field(index).type
    if index == _TIME:
        return pa.array(column, pa.int64()).cast(kind)
    return pa.array(column, kind)
