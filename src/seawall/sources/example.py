"""A commented source to copy: a log of one JSON object per call, `{"example_log": 1, "at": …, "key": …}`.

It is not in `SOURCES`; its test runs it. What its log cannot tell: tokens, addresses, who the key belongs to.
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.model import Event
from seawall.sources.base import Context, Ignored
from seawall.sources.values import decode, time_us


class _Record(msgspec.Struct):
    """Only the fields that are read; unknown ones stay in `raw`."""

    id: str
    at: str
    key: str
    action: str = "infer"
    model: str | None = None


_DECODER: Final = msgspec.json.Decoder(_Record)


class Example:
    """Reads the example log."""

    name = "example.log"
    title = "Example log"
    columns = frozenset({"operation", "outcome", "owner_id", "credential_id", "credential_kind", "model"})
    cannot_tell = ("It has no addresses: nothing can be said about where a key was used.",)
    switch_on = "Nothing: it is an example."

    def matches(self, record: bytes) -> bool:
        """Its records carry the key `example_log`."""
        return b'"example_log"' in record

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """One record is one event; pings are ignored."""
        row = decode(_DECODER, record)
        if row.action == "ping":
            return Ignored("pings of the example service")
        return [
            Event(
                event_id=row.id,
                time=time_us(row.at),
                source=self.name,
                provider="example",
                activity="infer",
                operation=row.action,
                outcome="success",
                owner_id=context.owner,
                credential_id=row.key,
                credential_kind="api_key",
                model=row.model,
                request_count=1,
                raw=record.decode(),
            )
        ]
