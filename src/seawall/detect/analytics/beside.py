"""LJ-36: a second user: a place that is new to the owner and the key's old place take turns within a day."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import HISTORY_DAYS, NEW_HOURS
from seawall.detect.tables import rollup, seen

#: Who moves, moves once; new, old and new again within a day are two who do not know of each other.
WITHIN_HOURS: Final = 24
#: A key that met more new networks than this in the week before has no place of its own: CI, functions, travellers.
CHURN: Final = 1
CHURN_DAYS: Final = 7
_KEY: Final = ("owner_key", "subject")


def find() -> ir.Table:
    """The new network's second turn, after a use from an old one: new → old → new within `WITHIN_HOURS`."""
    came = _arrivals()
    used = rollup.filter(rollup.subject.notnull(), rollup.src_net.notnull(), rollup.activity == "infer")
    used = used.select(*_KEY, "src_net", "first")
    homes = seen.filter(seen.subject.notnull(), seen.src_net.notnull())
    homes = homes.group_by(*_KEY, "src_net").aggregate(since=homes["first"].min())
    old = used.join(homes, [*_KEY, "src_net"])
    old = old.filter(old.since <= old["first"] - ibis.interval(days=HISTORY_DAYS)).rename(old_at="first")
    back = came.join(
        old.select(*_KEY, "old_at"),
        [*_KEY, old.old_at > came.arrival, old.old_at <= came.arrival + ibis.interval(hours=WITHIN_HOURS)],
    )
    back = back.group_by(*_KEY, "owner_id", "src_net", "arrival", "days").aggregate(old_at=back.old_at.min())
    turns = back.join(
        used,
        [
            *_KEY, "src_net", used["first"] > back.old_at,
            used["first"] <= back.arrival + ibis.interval(hours=WITHIN_HOURS),
        ],
    )  # fmt: skip
    turns = turns.group_by(*_KEY, "owner_id", "src_net", "arrival", "days", "old_at").aggregate(
        again=turns["first"].min()
    )
    return matches(
        turns,
        network=turns.src_net,
        opened_at=turns.again,
        first=turns.arrival,
        last=turns.again,
        events=ibis.literal(3),
        days=turns.days,
        minutes=(turns.again.epoch_seconds().cast("int64") - turns.arrival.epoch_seconds().cast("int64")) // 60,
    )


def _arrivals() -> ir.Table:
    """Return the networks that were new to the owner when the key, which has a history and a place, came there."""
    used = seen.filter(seen.subject.notnull())
    born = used.group_by(*_KEY).aggregate(born=used["first"].min())
    placed = used.filter(used.src_net.notnull())
    debuts = placed.group_by("owner_key", "src_net").aggregate(debut=placed["first"].min(), known=placed.known.max())
    came = placed.group_by(*_KEY, "owner_id", "src_net").aggregate(arrival=placed["first"].min())
    week = ibis.range_window(
        group_by=list(_KEY),
        order_by=came.arrival,
        preceding=(ibis.interval(days=CHURN_DAYS), ibis.interval(days=1)),
    )
    came = came.mutate(churn=came.count().over(week).fill_null(0))
    came = came.join(debuts, ["owner_key", "src_net"]).join(born, list(_KEY))
    came = came.filter(
        ~came.known,
        came.churn <= CHURN,
        came.debut > came.arrival - ibis.interval(hours=NEW_HOURS),
        came.born <= came.arrival - ibis.interval(days=HISTORY_DAYS),
    )
    return came.mutate(
        days=(came.arrival.epoch_seconds().cast("int64") - came.born.epoch_seconds().cast("int64")) // 86_400
    )


RULE: Final = Analytic(
    id="LJ-36",
    title="Second user of a key",
    version=1,
    severity="info",
    confidence=0.2,
    key="owner",
    subject=("owner", "credential", "network"),
    family="beside",
    look_back_hours=WITHIN_HOURS,
    closes="at once: it rests on the turns before",
    needs=("credential_id", "src_net"),
    needs_history=True,
    attack=("T1078.004",),
    atlas=("AML.T0012",),
    benign=("a second host, tool or colleague that was given the same key",),
    next=("Ask the key's owner who else holds the key; a key of one's own for each is safer.",),
    why=(
        "and its old place took turns within {minutes} minutes; in the {days} days before, its owner never used this"
        " network, so nothing moved: somebody else uses the key as well"
    ),
    find=find,
)
