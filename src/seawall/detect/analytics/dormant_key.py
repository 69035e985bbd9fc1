"""LJ-37: a key that was used all the time, and then not at all, is used again."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hourly

#: A week is the least that a key lies idle when nobody needs it any more; by itself this says little.
ASLEEP_DAYS: Final = 7
#: Weekends and weekly jobs pause too: the pause must be four times as long as any before.
USUAL: Final = 0.25
#: A key that was used in fewer hours before has no pause that means anything.
ACTIVE_HOURS: Final = 10
_DAY_S: Final = 86_400
_KEY: Final = ("owner_key", "subject", "width")


def find() -> ir.Table:
    """The first hour of use after `ASLEEP_DAYS` without any, where no earlier pause was a quarter as long."""
    order = ibis.window(group_by=list(_KEY), order_by=hourly.hour)
    hours = hourly.filter(hourly.width <= _DAY_S).mutate(before=hourly.hour.lag(1).over(order))
    hours = hours.mutate(pause=hours.hour.epoch_seconds().cast("int64") - hours.before.epoch_seconds().cast("int64"))
    # most keys never pause: they need no second window
    hours = hours.semi_join(hours.filter(hours.pause >= ASLEEP_DAYS * _DAY_S), list(_KEY))
    earlier = ibis.window(group_by=list(_KEY), order_by=hours.hour, preceding=(None, 1))
    hours = hours.mutate(longest=hours.pause.max().over(earlier).fill_null(0), active=hours.count().over(earlier))
    woken = hours.filter(
        hours.pause >= ASLEEP_DAYS * _DAY_S, hours.longest <= hours.pause * USUAL, hours.active >= ACTIVE_HOURS
    )
    return matches(
        woken,
        opened_at=woken["first"],
        first=woken["first"],
        last=woken["first"],
        events=ibis.literal(1),
        days=woken.pause // _DAY_S,
    )


RULE: Final = Analytic(
    id="LJ-37",
    title="Dormant key wakes",
    version=1,
    severity="info",
    confidence=0.2,
    key="owner",
    family="rhythm",
    look_back_hours=0,
    closes="at once: it rests on the use before",
    needs=("credential_id", "request_count"),
    needs_history=True,
    attack=("T1078.004",),
    atlas=("AML.T0012",),
    benign=("a project that is taken up again, or a job that runs each quarter",),
    next=("Ask the key's owner whether they took it up again; revoke keys that nobody needs.",),
    why="was used again after {days} days without any use",
    evidence=("infer", "usage"),
    find=find,
)
