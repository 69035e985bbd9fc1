"""Sums calls into hourly buckets, for the providers that log usage alone. In: acts. Out: totals by grouping."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from seawall.simulate.act import HOUR, Act

#: Totals of one bucket and grouping: calls, tokens in (cached ones included), cached, tokens out, images.
Totals = list[int]
#: Hour (µs UTC) → grouping → totals.
Buckets = dict[int, dict[tuple[str, ...], Totals]]


def hourly(acts: Iterable[Act], group: Callable[[Act], tuple[str, ...]]) -> Buckets:
    """Return the totals of the calls that were served."""
    buckets: Buckets = {}
    for act in acts:
        if act.control or act.outcome in {"denied", "throttled", "invalid"}:
            continue
        totals = buckets.setdefault(act.time // HOUR * HOUR, {}).setdefault(group(act), [0] * 5)
        for at, amount in enumerate((1, act.tokens_in, act.cached, act.tokens_out, act.images)):
            totals[at] += amount
    return buckets
