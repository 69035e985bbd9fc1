"""What was looked at, and what could not be seen: no finding is not no theft."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from seawall.detect.analytic import Analytic
from seawall.detect.findings import timestamp
from seawall.store import VIEWS, Views

_HISTORY: Final = timedelta(days=3)


class Blind(msgspec.Struct, frozen=True):
    """A rule that could not see, and why."""

    rule: str
    title: str
    why: str


class Coverage(msgspec.Struct, frozen=True):
    """The extent of what was judged. Times are RFC 3339 UTC; None where nothing was read."""

    first: str | None
    last: str | None
    calls: int
    owners: int
    credentials: int
    networks: int
    blind: tuple[Blind, ...]


def coverage(views: Views, rules: Iterable[Analytic]) -> Coverage:
    """Return what was folded, ever, and which rules are blind on it."""
    ((first, last),) = views.rows("SELECT min(first), max(last) FROM sources")
    ((calls, owners, credentials, networks),) = views.rows(
        "SELECT coalesce(sum(calls), 0), count(DISTINCT owner_key),"
        " count(DISTINCT (owner_key, subject)) FILTER (subject IS NOT NULL), count(DISTINCT src_net) FROM rollup"
    )
    return Coverage(
        first=first and timestamp(first),
        last=last and timestamp(last),
        calls=int(calls),
        owners=owners,
        credentials=credentials,
        networks=networks,
        blind=tuple(_blind(views, rules, first, last)),
    )


def _blind(views: Views, rules: Iterable[Analytic], first: datetime | None, last: datetime | None) -> Iterable[Blind]:
    rules = list(rules)
    columns = sorted({column for rule in rules for column in rule.needs} & VIEWS["sources"].keys())
    counts = views.rows(f"SELECT {', '.join(f'sum({column})' for column in columns)} FROM sources")[0]
    present = {column for column, count in zip(columns, counts, strict=True) if count}
    short = first is None or last is None or last - first < _HISTORY
    for rule in rules:
        missing = [column for column in rule.needs if column not in present]
        if missing:
            yield Blind(rule.id, rule.title, f"no log read here fills {', '.join(missing)}")
        elif rule.needs_history and short:
            yield Blind(rule.id, rule.title, "it compares with earlier use, and less than three days were read")
