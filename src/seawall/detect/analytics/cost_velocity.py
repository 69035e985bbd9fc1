"""LJ-22: an hour (or usage bucket) that costs far more than any that the key had in four weeks."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.baseline import before, has_history, with_peaks
from seawall.detect.tables import hourly

#: Growth and campaigns double the costliest hour of four weeks; a resold key multiplies it.
TIMES: Final = 4
#: About 1,500 dollars a month: below it, nobody is woken.
USD_AN_HOUR: Final = 2.0


def find() -> ir.Table:
    """An hour, once closed, that costs `TIMES` the costliest one before it, and enough to be asked about.

    Usage buckets wider than an hour are compared with those of their own width, and their hours with the limit.
    """
    priced = with_peaks(hourly.filter(hourly.cost_usd.notnull()), "cost_usd", USD_AN_HOUR, TIMES)
    rated = priced.mutate(
        costliest=priced.cost_usd.max().over(before()),
        usual=has_history(priced),
        hours=ibis.greatest(priced.width, 3600) / 3600,
    )
    burst = rated.filter(
        rated.cost_usd >= rated.hours * USD_AN_HOUR,
        rated.usual,
        rated.cost_usd > rated.costliest * TIMES,
    )
    return matches(
        burst,
        opened_at=burst.closes,
        first=burst["first"],
        last=burst.closes,
        events=burst.calls,
        cost=burst.cost_usd,
        costliest=burst.costliest,
        hours=burst.hours,
        per_day=burst.cost_usd / burst.hours * 24,
    )


RULE: Final = Analytic(
    id="LJ-22",
    title="Cost velocity",
    version=1,
    severity="low",
    confidence=0.35,
    key="owner",
    family="volume",
    look_back_hours=0,
    closes="when the hour, or the usage bucket, is over",
    needs=("credential_id", "cost_usd"),
    needs_history=True,
    attack=("T1496.004",),
    atlas=("AML.T0034",),
    benign=("a batch job, an evaluation, a product launch or a dearer model",),
    next=(
        "Ask the key's owner what ran at that hour.",
        "If nothing did, revoke the key; set a spending limit at the provider in any case.",
    ),
    why=(
        "cost {cost} USD in {hours} h, {per_day} USD a day at that rate; the costliest {hours} h of the four weeks"
        " before cost {costliest} USD"
    ),
    evidence=("infer", "usage"),
    find=find,
)
