"""Events as rows → one Arrow table with the lake's schema, digest included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

import msgspec
import pyarrow as pa

from seawall.model import COLUMNS
from seawall.sources import SOURCES
from seawall.sources.rows import SOURCE, TIME, Row, order
from seawall.store import EVENTS

DAY_S: Final = 86_400
#: What each column is made as: times come as whole numbers.
_KINDS: Final = {name: pa.int64() if name == "time" else EVENTS.field(name).type for name in COLUMNS}
#: The C library's memory: Arrow's own goes back to the system with each table, and to get it anew costs a tenth of all.
_POOL: Final = pa.system_memory_pool()
_ENCODER: Final = msgspec.msgpack.Encoder()
_POSITIVE: Final = 2**63 - 1
_NAMES: Final = {source.name: order(source.columns) for source in SOURCES}
#: Where the rows of the sources that have usage buckets have their width.
_WIDTH: Final = {source: names.index("bucket_seconds") for source, names in _NAMES.items() if "bucket_seconds" in names}


def digests(rows: Iterable[Row]) -> Iterator[int]:
    """Yield, for each normalised row before enrichment, 63 bits that tell it from any other of its source."""
    buffer = bytearray()
    for row in rows:
        _ENCODER.encode_into(row, buffer)
        # most processors have instructions for SHA-256: nothing safe is faster
        yield int.from_bytes(sha256(buffer).digest()[:8], "big") & _POSITIVE


def ends(rows: Sequence[Row]) -> int:
    """Return the time (µs) up to which a record's rows speak; a bucket of a day or less may still be running."""
    at = _WIDTH.get(rows[0][SOURCE])
    last: int = rows[0][TIME]
    if at is not None or len(rows) > 1:
        last = max(row[TIME] + (row[at] * 1_000_000 if at and row[at] > DAY_S else 0) for row in rows)
    return last


def table(rows: Sequence[Row]) -> pa.Table:
    """Return rows as a table of `seawall.store.EVENTS`: those of one source together, in their order."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[SOURCE]].append(row)
    if not found:
        return EVENTS.empty_table()
    return pa.concat_tables([_of_one(_NAMES[source], those) for source, those in found.items()])


def _of_one(names: Sequence[str], rows: Sequence[Row]) -> pa.Table:
    """Return rows of one source as a table."""
    columns = zip(*rows, strict=True)
    made = {name: _array(column, _KINDS[name]) for name, column in zip(names, columns, strict=True)}
    made["time"] = made["time"].cast(EVENTS.field("time").type)
    made["digest"] = pa.array(digests(rows), pa.int64(), memory_pool=_POOL)
    made.setdefault("bucket_seconds", pa.repeat(0, len(rows)))
    arrays = [made[each.name] if each.name in made else pa.nulls(len(rows), each.type) for each in EVENTS]
    return pa.Table.from_arrays(arrays, schema=EVENTS)


def _array(column: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Return a column; of one that is the same throughout, as many are, one value is converted."""
    value = column[0]
    if value is column[-1] and column.count(value) == len(column):
        return pa.nulls(len(column), kind) if value is None else pa.repeat(pa.scalar(value, kind), len(column))
    return pa.array(column, kind, memory_pool=_POOL)
