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


def total_order(match: Match) -> tuple[Any, ...]:
    """Return the key by which matches come in one order, whatever set or batch they come from: first by `opened_at`."""
    who = (match.owner_key or "", match.subject or "", match.src_net or "")
    return (match.opened_at, match.rule, *who, match.severity, match.first, match.last, match.figures)


def episodes(matches: Iterable[Match]) -> Iterator[list[Match]]:
    """Split matches into runs with no more than `QUIET` between one match and the next, in order of `opened_at`."""
    run: list[Match] = []
    last = datetime.min  # noqa: DTZ901 - naive UTC, as all times of matches
    for match in sorted(matches, key=total_order):
        if run and match.opened_at - last > QUIET:
            yield run
            run = []
        run.append(match)
        last = max(last, match.last)
    if run:
        yield run


def figures(match: Match) -> dict[str, str]:
    """Return the figures of a match as people write them."""
    decoded: dict[str, object] = msgspec.json.decode(match.figures)
    return {name: _figure(value) for name, value in decoded.items()}


def _figure(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
