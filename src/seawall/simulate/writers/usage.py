"""Sums calls into hourly buckets, for the providers that log usage alone. In: acts. Out: totals by grouping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from seawall.simulate.act import DAY, HOUR, Act
from seawall.simulate.owners import Owner
from seawall.simulate.times import iso
from seawall.simulate.truth import worth

#: Totals of one bucket and grouping: calls, tokens in (cached ones included), cached, tokens out, images.
Totals = list[int]
#: Hour (µs UTC) → grouping → totals.
Buckets = dict[int, dict[tuple[str, ...], Totals]]


#: Calls with these outcomes are in no usage report.
_UNSERVED: Final = frozenset({"denied", "throttled", "invalid"})


def snapshots(owner: Owner, acts: list[Act]) -> Iterator[tuple[str, list[Act]]]:
    """Yield the exports of a day, by name: one at its end, and those before it, whose last bucket has yet to grow."""
    start = acts[0].time // DAY * DAY
    day = iso(start)[:10]
    for number in range(1, owner.exports):
        cut = start + number * DAY // owner.exports + HOUR // 3
        yield f"{day}-part-{number}", [act for act in acts if act.time < cut]
    yield day, acts


def daily(acts: Iterable[Act], group: Callable[[Act], tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    """Return what the served calls cost, in dollars, by group."""
    billed: dict[tuple[str, ...], float] = {}
    for act in acts:
        if not act.control and act.outcome not in _UNSERVED:
            billed[group(act)] = billed.get(group(act), 0.0) + worth(act)
    return billed


def hourly(acts: Iterable[Act], group: Callable[[Act], tuple[str, ...]]) -> Buckets:
    """Return the totals of the calls that were served."""
    buckets: Buckets = {}
    for act in acts:
        if act.control or act.outcome in _UNSERVED:
            continue
        totals = buckets.setdefault(act.time // HOUR * HOUR, {}).setdefault(group(act), [0] * 5)
        for at, amount in enumerate((1, act.tokens_in, act.cached, act.tokens_out, act.images)):
            totals[at] += amount
    return buckets
