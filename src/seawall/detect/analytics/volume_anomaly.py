"""LJ-21: an hour of use far above anything that the key did in four weeks."""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.baseline import before, has_history, with_peaks
from seawall.detect.tables import hourly

#: Four times the busiest hour of four weeks: growth and campaigns double, theft multiplies.
TIMES: Final = 4
#: Fewer calls an hour than this can be made by hand.
CALLS: Final = 50


def find() -> ir.Table:
    """An hour, once closed, with `TIMES` the calls (and tokens, where known) of the busiest one before it."""
    hours = with_peaks(hourly.filter(hourly.width <= 3600), "calls", CALLS, TIMES)
    rated = hours.mutate(
        busiest=hours.calls.max().over(before()), heaviest=hours.tokens.max().over(before()), usual=has_history(hours)
    )
    burst = rated.filter(
        rated.calls >= CALLS,
        rated.usual,
        rated.calls > rated.busiest * TIMES,
        (rated.tokens == 0) | (rated.tokens > rated.heaviest * TIMES),
    )
    return matches(
        burst,
        opened_at=burst.closes,
        first=burst["first"],
        last=burst.closes,
        events=burst.calls,
        calls=burst.calls,
        busiest=burst.busiest,
        tokens=burst.tokens,
        width=burst.width,
    )


RULE: Final = Analytic(
    id="LJ-21",
    title="Volume anomaly",
    version=1,
    severity="low",
    confidence=0.35,
    key="owner",
    family="volume",
    look_back_hours=0,
    closes="when the hour is over",
    needs=("credential_id", "request_count"),
    needs_history=True,
    attack=("T1496.004",),
    atlas=("AML.T0034.000",),
    benign=("a batch job, an evaluation or a product launch",),
    next=("Ask the key's owner what ran at that hour.", "If nothing did, revoke the key."),
    why="made {calls} calls in one hour; its busiest hour in the four weeks before had {busiest}",
    evidence=("infer", "usage"),
    find=find,
)
