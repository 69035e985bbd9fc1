"""What an example of a rule is: a title and a few event rows, and the words to write them with.

In: rows as dicts of event columns, times as `2026-01-05T12:00:00` (UTC). Out: `events(rows)`, a table of
`seawall.store.EVENTS`. What a row leaves out is that of an everyday call: one success by `key-1` of `owner-1` from
192.0.2.0/24 with boto3.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pyarrow as pa

from seawall.store import EVENTS

Row = Mapping[str, Any]
Columns = dict[str, Any]
#: The time that the examples are told from: `at(0)`.
NOON: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)
#: A network and a client that the everyday call does not have.
AWAY: Final[Columns] = {"src_net": "198.51.100.0/24", "src_ip": "198.51.100.7", "client": "curl"}
#: A network, a client and a key that nobody else has, not even in the noise that tests put around examples.
STRANGE: Final[Columns] = {"src_net": "198.19.0.0/24", "src_ip": "198.19.0.7", "client": "axios"}
OWN_KEY: Final[Columns] = {"credential_id": "key-own"}
_EVERYDAY: Final[Columns] = {
    "time": NOON, "source": "aws.cloudtrail", "provider": "aws.bedrock", "activity": "infer", "outcome": "success",
    "owner_id": "owner-1", "credential_id": "key-1", "src_net": "192.0.2.0/24", "src_ip": "192.0.2.7",
    "client": "boto3", "request_count": 1, "bucket_seconds": 0,
}  # fmt: skip


class Example(msgspec.Struct, frozen=True):
    """A few events and what they are, in a title that completes "when …"."""

    title: str
    rows: tuple[Row, ...]


def at(minutes: float) -> str:
    """Return the time so many minutes after (or before) noon."""
    return (NOON + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat()


def steady(days: float, *, every: float = 4, until: float = -60, **columns: Any) -> tuple[Row, ...]:
    """Return a quiet history: one call every `every` hours, from `days` before noon to `until` minutes after noon."""
    first, step = -days * 24 * 60, every * 60
    count = int((until - first) // step) + 1
    return tuple({"time": at(first + number * step), **columns} for number in range(count))


def event(**columns: Any) -> dict[str, Any]:
    """Return one event as a whole row; what is not given is that of the everyday call.

    Raises:
        KeyError: a column that an event does not have.
    """
    row = dict.fromkeys(EVENTS.names) | _EVERYDAY | columns
    if len(row) > len(EVENTS.names):
        raise KeyError(*sorted(row.keys() - set(EVENTS.names)))
    if isinstance(row["time"], str):
        row["time"] = datetime.fromisoformat(row["time"]).replace(tzinfo=UTC)
    name = hashlib.blake2b(repr(sorted(row.items())).encode(), digest_size=8).digest()
    row["digest"] = int.from_bytes(name, "big") >> 1
    row["event_id"] = columns.get("event_id", name.hex())
    return row


def events(rows: Iterable[Row]) -> pa.Table:
    """Return rows as a table of events; rows that are equal are calls of their own."""
    whole, twins = [], Counter[str]()
    for row in map(dict, rows):
        made = event(**row)
        if "event_id" not in row:
            twins[made["event_id"]] += 1
            made["event_id"] += f"-{twins[made['event_id']]}"
        whole.append(made)
    return pa.Table.from_pylist(whole, schema=EVENTS)
