"""LJ-25: a key with the rhythm of people is used two days on end without a night: it serves many."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir
from ibis.expr.builders import LegacyWindowBuilder

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hourly, seen

#: An hour counts if somebody works in it; a stray retry is no work.
CALLS: Final = 5
#: A batch job runs through one night; the customers of a shop never sleep.
HOURS: Final = 48
#: All of two days, but for a gap or two.
AWAKE: Final = 44
#: The busiest day of an office that stays late has no more hours than this.
OFFICE: Final = 14
BASELINE_DAYS: Final = 28
#: With fewer hours of work than an office week has, there is no rhythm to lose.
WORKED: Final = 40
HISTORY_DAYS: Final = 14
_KEY: Final = ("owner_key", "subject", "width")


def find() -> ir.Table:
    """An hour, once closed, that fills two days of a key whose fullest day in the four weeks before had a night.

    What the key began in these two days (models, clients, networks) says whether it serves others now.
    """
    worked = hourly.filter(hourly.width <= 3600, hourly.calls >= CALLS)
    worked = worked.mutate(awake=worked.count().over(_hours(HOURS - 1, 0)), day=worked.count().over(_hours(23, 0)))
    # most keys are never that busy: they need not be compared with their past
    worked = worked.semi_join(worked.filter(worked.awake >= AWAKE), list(_KEY))
    rated = worked.mutate(
        begun=worked["first"].min().over(_hours(HOURS - 1, 0)),
        fullest=worked.day.max().over(_hours(BASELINE_DAYS * 24, HOURS)),
        worked=worked.count().over(_hours(BASELINE_DAYS * 24, HOURS)),
        oldest=worked.hour.min().over(_hours(BASELINE_DAYS * 24, HOURS)),
    )
    full = rated.filter(
        rated.awake >= AWAKE,
        rated.fullest <= OFFICE,
        rated.worked >= WORKED,
        rated.oldest <= rated.hour - ibis.interval(days=HISTORY_DAYS + HOURS // 24),
    )
    full = full.select("owner_key", "owner_id", "subject", "closes", "begun", "awake", "fullest", "calls")
    for column in ("model", "client", "src_net"):
        full = _begun(full, column)
    begun = full.model_count + full.client_count
    return matches(
        full,
        network=ibis.ifelse(full.src_net_count == 1, full.src_net_least, None),
        opened_at=full.closes,
        first=full.begun,
        last=full.closes,
        events=full.calls,
        severity=ibis.ifelse(begun > 0, "low", "info"),
        confidence=ibis.ifelse(begun > 0, 0.35, 0.2),
        awake=full.awake,
        fullest=full.fullest,
        models=full.model_count,
        clients=full.client_count,
        networks=full.src_net_count,
    )


def _hours(preceding: int, until: int) -> LegacyWindowBuilder:
    """The hours of a key from so many before the current one until so many before it."""
    return ibis.range_window(
        group_by=list(_KEY), order_by="hour", preceding=(ibis.interval(hours=preceding), ibis.interval(hours=until))
    )


def _begun(full: ir.Table, column: str) -> ir.Table:
    """Add how many values of a column the key began in the two days, and the least of them."""
    used = seen.filter(seen[column].notnull(), seen.activity.isin(("infer", "usage")))
    debuts = used.group_by("owner_key", "subject", column).aggregate(debut=used["first"].min())
    key = ["owner_key", "subject", "closes"]
    came = full.select(key).join(debuts, ["owner_key", "subject"])
    came = came.filter(came.debut <= came.closes, came.debut > came.closes - ibis.interval(hours=HOURS))
    came = came.group_by(key).aggregate(**{f"{column}_count": came.count(), f"{column}_least": came[column].min()})
    full = full.left_join(came, key).drop(*(f"{name}_right" for name in key))
    return full.mutate(**{f"{column}_count": full[f"{column}_count"].fill_null(0)})


RULE: Final = Analytic(
    id="LJ-25",
    title="Used round the clock",
    version=1,
    severity="low",
    confidence=0.35,
    key="owner",
    family="rhythm",
    look_back_hours=0,
    closes="when the hour is over",
    needs=("credential_id",),
    needs_history=True,
    attack=("T1496.004",),
    atlas=("AML.T0008.005",),
    benign=("a service that was launched to the world, or a long job",),
    next=("Ask the key's owner what runs at night.", "If nothing does, revoke the key."),
    why=(
        "was in use in {awake} of the last 48 hours; in the four weeks before, its fullest day had {fullest}. In these"
        " two days it began on {models} models, with {clients} clients and from {networks} networks that it had never"
        " used"
    ),
    evidence=("infer", "usage"),
    find=find,
)
