"""The account of an intake: every record is an event, ignored for a reason, or in quarantine for a reason."""

from __future__ import annotations

from collections import Counter
from typing import Final, Self

import msgspec

#: How many quarantined records are kept with their place and reason; all are counted.
NAMED: Final = 1000


class Quarantined(msgspec.Struct, frozen=True):
    """A record or a stretch of input that could not be read: where, why, and how it begins."""

    name: str
    line: int
    reason: str
    source: str | None = None

    def place(self) -> tuple[str, int, str, str]:
        """Return what orders quarantined records: where they stand, then why."""
        return self.name, self.line, self.reason, self.source or ""


class Tally(msgspec.Struct):
    """Counts of what an intake met; tallies of parts add up to the tally of the whole."""

    records: int = 0
    events: int = 0
    by_source: Counter[str] = msgspec.field(default_factory=Counter)
    ignored: Counter[str] = msgspec.field(default_factory=Counter)
    unread: int = 0
    unread_by_reason: Counter[str] = msgspec.field(default_factory=Counter)
    quarantined: list[Quarantined] = msgspec.field(default_factory=list)
    files: int = 0
    skipped: Counter[str] = msgspec.field(default_factory=Counter)

    def quarantine(self, item: Quarantined) -> None:
        """Count one unreadable record, and keep its place while there are not too many."""
        self.unread += 1
        self.unread_by_reason[item.reason] += 1
        if len(self.quarantined) < NAMED:
            self.quarantined.append(item)

    def add(self, other: Self) -> None:
        """Add the tally of another part."""
        self.records += other.records
        self.events += other.events
        self.unread += other.unread
        self.files += other.files
        self.by_source.update(other.by_source)
        self.ignored.update(other.ignored)
        self.unread_by_reason.update(other.unread_by_reason)
        self.skipped.update(other.skipped)
        self.quarantined = sorted([*self.quarantined, *other.quarantined], key=Quarantined.place)[:NAMED]
