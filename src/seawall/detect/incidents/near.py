"""Matches near each other in time: what incident rules pair openers and evidence by.

In: openers and other matches, in any order. Out: who has a neighbour, found by bisection: thousands of matches of one
key cost no more than their number.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from seawall.detect.match import Match, total_order

_OPENED = attrgetter("opened_at")


class Near(NamedTuple):
    """`pairs`: each opener that has one with the first match near it; `others`: all matches near some opener."""

    pairs: list[tuple[Match, Match]]
    others: list[Match]


def near(openers: Iterable[Match], others: Iterable[Match], *, before: timedelta, after: timedelta) -> Near:
    """Return which matches opened at most so long before an opener, and at most so long after it."""
    openers, others = sorted(openers, key=total_order), sorted(others, key=total_order)
    firsts = [(each, _first(others, each.opened_at - before, each.opened_at + after)) for each in openers]
    return Near(
        [(opener, found) for opener, found in firsts if found is not None],
        [each for each in others if _first(openers, each.opened_at - after, each.opened_at + before) is not None],
    )


def _first(matches: Sequence[Match], low: datetime, high: datetime) -> Match | None:
    """Return the first of ordered matches that opened between two times."""
    place = bisect_left(matches, low, key=_OPENED)
    return matches[place] if place < len(matches) and matches[place].opened_at <= high else None
