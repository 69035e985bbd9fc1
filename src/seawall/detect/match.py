"""A match: what a rule found about a subject within an hour, and the episodes that matches make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from seawall.model import Severity
from seawall.store import Views

#: A subject's run of activity ends after this long without any.
QUIET: Final = timedelta(days=7)
#: A total order, so that equal matches come in one order whatever the batches were.
_ORDER: Final = "owner_key, subject, src_net, opened_at, rule, severity, first, last, figures"


class Match(msgspec.Struct, frozen=True):
    """One row of the `matches` view; times are UTC without a zone."""

    rule: str
    owner_key: str | None
    owner_id: str | None
    subject: str | None
    src_net: str | None
    opened_at: datetime
    first: datetime
    last: datetime
    events: int
    severity: Severity
    confidence: float
    figures: str  # a JSON object, kept as text so that a match can be a key


#: The columns of the `matches` view that a match is made of.
COLUMNS: Final = Match.__struct_fields__


def visible(views: Views, now: datetime, where: str = "TRUE", values: Iterable[Any] = ()) -> list[Match]:
    """Return the matches that hold by `now` and meet a condition, in a total order."""
    rows = views.rows(
        f"SELECT {', '.join(COLUMNS)} FROM matches WHERE opened_at <= ? AND ({where}) ORDER BY {_ORDER}", [now, *values]
    )
    return [Match(*row) for row in rows]


def episodes(matches: Iterable[Match]) -> Iterator[list[Match]]:
    """Split matches into runs with no more than `QUIET` between one match and the next, in order of `opened_at`."""
    run: list[Match] = []
    for match in sorted(matches, key=lambda each: (each.opened_at, each.rule)):
        if run and match.opened_at - max(each.last for each in run) > QUIET:
            yield run
            run = []
        run.append(match)
    if run:
        yield run
