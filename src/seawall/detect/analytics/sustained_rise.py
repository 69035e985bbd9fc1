"""LJ-38: a key is used for two days at three times its usual, and above its busiest day."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hourly

#: Launches and campaigns double use; what multiplies it and stays is a second consumer.
TIMES: Final = 3
BASELINE_DAYS: Final = 28
#: So many days of use make an average; a key that is used now and then has none.
ACTIVE_DAYS: Final = 7
#: Fewer calls a day than this can be made by hand; and fewer tokens, where requests are not counted.
CALLS: Final = 50
TOKENS: Final = 200_000
_KEY: Final = ("owner_key", "owner_id", "subject", "width")
_DAY_S: Final = 86_400


def find() -> ir.Table:
    """A day, once closed, that like the day before it has `TIMES` the usual calls or tokens, and more than any day."""
    used = hourly.filter(hourly.width <= _DAY_S)
    days = used.group_by(*_KEY, day=used.hour.truncate("D")).aggregate(
        calls=used.calls.sum().cast("int64"),
        tokens=used.tokens.sum().cast("int64"),
        begun=used["first"].min(),
        closes=used.closes.max(),
    )
    before = ibis.range_window(
        group_by=["owner_key", "subject", "width"],
        order_by=days.day,
        preceding=(ibis.interval(days=BASELINE_DAYS), ibis.interval(days=2)),
    )
    order = ibis.window(group_by=["owner_key", "subject", "width"], order_by=days.day)
    rated = days.mutate(
        active=days.count().over(before), day_before=days.day.lag(1).over(order), since=days.begun.lag(1).over(order)
    )
    for amount in ("calls", "tokens"):
        rated = rated.mutate(
            **{
                f"{amount}_usual": rated[amount].mean().over(before),
                f"{amount}_most": rated[amount].max().over(before),
                f"{amount}_yesterday": rated[amount].lag(1).over(order),
            }
        )
    more_calls = _risen(rated, "calls", CALLS)
    risen = rated.filter(
        rated.day_before == rated.day - ibis.interval(days=1),
        rated.active >= ACTIVE_DAYS,
        more_calls | _risen(rated, "tokens", TOKENS),
    )
    return _shaped(risen.mutate(what=ibis.ifelse(_risen(risen, "calls", CALLS), "calls", "tokens")))


def _risen(days: ir.Table, amount: str, least: int) -> ir.BooleanValue:
    both = ibis.least(days[amount], days[f"{amount}_yesterday"])
    return (both >= least) & (both > days[f"{amount}_usual"] * TIMES) & (both > days[f"{amount}_most"])


def _shaped(risen: ir.Table) -> ir.Table:
    def told(column: str) -> ir.Value:
        return ibis.ifelse(risen.what == "calls", risen[f"calls{column}"], risen[f"tokens{column}"])

    closes = ibis.greatest(risen.closes, risen.day + ibis.interval(days=1))
    return matches(
        risen,
        opened_at=closes,
        first=risen.since,
        last=closes,
        events=risen.calls + risen.calls_yesterday,
        what=risen.what,
        today=told(""),
        yesterday=told("_yesterday"),
        usual=told("_usual").round().cast("int64"),
        busiest=told("_most"),
        width=risen.width,
    )


RULE: Final = Analytic(
    id="LJ-38",
    title="Use rises and stays",
    version=1,
    severity="info",
    confidence=0.25,
    key="owner",
    family="volume",
    look_back_hours=0,
    closes="when the day is over",
    needs=("credential_id", "request_count"),
    needs_history=True,
    attack=("T1496.004",),
    atlas=("AML.T0034.000",),
    benign=("a product launch, or a service that took on more customers",),
    next=("Ask the key's owner what has used it since.", "If nothing of theirs did, revoke the key."),
    why=(
        "had {yesterday} and {today} {what} on two days running; in the four weeks before, {usual} on a usual day and"
        " {busiest} on the busiest"
    ),
    evidence=("infer", "usage"),
    find=find,
)
