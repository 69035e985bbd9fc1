"""What a source is: the reader of one log format, from one record's bytes to events.

A source is one small class in one file: `matches` tells its own records cheaply, `read` turns one into events. It keeps
no state between records and does no I/O, so that records can be read in any order and by many processes. To add one,
copy `example.py`, put it in the list in `__init__.py`, and give it a test file.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from seawall.model import Event


class Context(msgspec.Struct, frozen=True):
    """What a record cannot say itself.

    `owner`: the account an export belongs to where the records name none (from `--owner` or the path).
    `key`: 16–64 bytes that key the hashes of prompts; one per data directory.
    `keep_content`: the operator opted in to prompts and responses in `raw`.
    """

    owner: str | None = None
    key: bytes = b"seawall: no data directory"
    keep_content: bool = False


class Ignored(msgspec.Struct, frozen=True):
    """A record that was understood and is not about AI services; `reason` is a short phrase that is counted."""

    reason: str


class Source(Protocol):
    """A reader of one log format."""

    @property
    def name(self) -> str:
        """`provider.log`, as in the `source` column."""

    @property
    def title(self) -> str:
        """The log's own name, as its provider writes it."""

    @property
    def columns(self) -> frozenset[str]:
        """The columns this log can fill beyond `event_id`, `time`, `source`, `provider`, `activity` and `raw`."""

    @property
    def cannot_tell(self) -> tuple[str, ...]:
        """What this log cannot show, each a sentence for `seawall doctor` and the docs."""

    @property
    def switch_on(self) -> str:
        """What to switch on at the provider to get this log, or more of it."""

    def matches(self, record: bytes) -> bool:
        """Say cheaply (substring tests, no parsing) whether this JSON record looks like one of this log."""
        ...

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """Return the record's events, or why it is ignored.

        Raises:
            Unreadable: the record is of this log and cannot be read; the text says why.
        """
        ...
