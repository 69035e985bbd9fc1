"""LJ-33: a key with a daily rhythm is used at hours at which it always slept."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hourly

#: A week holds five working days: with fewer, an hour without use may be chance.
HISTORY_DAYS: Final = 7
#: A rhythm is only that of a key that is used on most days.
ACTIVE_DAYS: Final = 5
#: With fewer hours of use than this behind it, most hours of the clock are unused by chance.
ACTIVE_HOURS: Final = 50
#: Whoever works late makes some calls; to serve others, it takes many more. Also the least that is worth an analyst.
CALLS: Final = 20
#: Where requests are not counted, or are few and long: such a part of a usual day's tokens, over so many hours.
PART: Final = 0.25
HOURS: Final = 3
#: An hour that was first used so recently is still news.
NEW_HOURS: Final = 24
_KEY: Final = ("owner_key", "subject", "width")
_DAY_S: Final = 86_400
_SATURDAY: Final = 5


def find() -> ir.Table:
    """An hour, once closed, that brings the use at sleeping hours of the last 24 to `CALLS`, or to `PART` of a day.

    Hours of the day are counted apart for weekdays and weekends, so that no weekend is news to a key that works all
    week; the hours beside an hour vouch for it, so that no clock change is.
    """
    hours = hourly.filter(hourly.width <= 3600)
    day = hours.hour.truncate("D")
    hours = hours.mutate(day=day, clock=hours.hour.hour().cast("int64"), rest=day.day_of_week.index() >= _SATURDAY)
    asleep = _dated(_asleep(hours), hours)
    asleep = asleep.filter(
        asleep.days >= HISTORY_DAYS, asleep.active >= ACTIVE_DAYS, asleep.hours_before >= ACTIVE_HOURS
    )
    last_day = ibis.range_window(
        group_by=list(_KEY), order_by="hour", preceding=ibis.interval(hours=NEW_HOURS - 1), following=0
    )
    night = asleep.mutate(
        night_calls=asleep.calls.sum().over(last_day),
        night_tokens=asleep.tokens.sum().over(last_day),
        night_hours=asleep.count().over(last_day),
        begun=asleep["first"].min().over(last_day),
    )
    heavy = (night.night_tokens > 0) & (night.night_tokens >= night.usual * PART) & (night.night_hours >= HOURS)
    loud = night.filter((night.night_calls >= CALLS) | heavy)
    return matches(
        loud,
        opened_at=loud.closes,
        first=loud.begun,
        last=loud.closes,
        events=loud.night_calls,
        calls=loud.night_calls,
        tokens=loud.night_tokens,
        hours=loud.night_hours,
        active=loud.active,
        days=loud.days,
        width=loud.width,
    )


def _asleep(hours: ir.Table) -> ir.Table:
    """Return the hours of the clock that the key, and at the hour before and after too, first used within a day."""
    slots = hours.group_by(*_KEY, "rest", "clock").aggregate(since=hours.hour.min())
    for shift in (-1, 0, 1):
        beside = slots.mutate(clock=(slots.clock + 24 - shift) % 24).rename({f"since{shift + 1}": "since"})
        hours = hours.left_join(beside, [*_KEY, "rest", "clock"]).select(hours, f"since{shift + 1}")
    recent = hours.hour - ibis.interval(hours=NEW_HOURS)
    fresh = [(hours[f"since{number}"] > recent).fill_null(True) for number in range(3)]
    return hours.filter(*fresh)


def _dated(asleep: ir.Table, hours: ir.Table) -> ir.Table:
    """Add how many days ago the key was first used, on how many days since it was, and the tokens of a usual one."""
    days = hours.group_by(*_KEY, "day").aggregate(day_tokens=hours.tokens.sum(), day_hours=hours.count())
    order = ibis.window(group_by=list(_KEY), order_by=days.day)
    before = ibis.window(group_by=list(_KEY), order_by=days.day, preceding=(None, 1))
    days = days.mutate(
        active=ibis.row_number().over(order).cast("int64"),
        oldest=days.day.min().over(order),
        usual=days.day_tokens.mean().over(before),
        hours_before=days.day_hours.sum().over(before),
    )
    dated = asleep.join(days, [*_KEY, "day"])
    age = dated.day.epoch_seconds().cast("int64") - dated.oldest.epoch_seconds().cast("int64")
    return dated.mutate(days=age // _DAY_S)


RULE: Final = Analytic(
    id="LJ-33",
    title="Use out of hours",
    version=1,
    severity="info",
    confidence=0.2,
    key="owner",
    family="rhythm",
    look_back_hours=0,
    closes="when the hour is over",
    needs=("credential_id", "request_count"),
    needs_history=True,
    attack=("T1496.004",),
    atlas=("AML.T0012",),
    benign=("a batch job by night, a colleague in another time zone, or a traveller",),
    next=("Ask the key's owner what runs at that hour.", "See whether anything else about the key is new."),
    why=(
        "made {calls} calls ({tokens} tokens) in {hours} hours of one day at which it had slept: it was used on"
        " {active} of the {days} days before"
    ),
    evidence=("infer", "usage"),
    find=find,
)
