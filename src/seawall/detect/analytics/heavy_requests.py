"""LJ-23: prompts far longer than any that the key ever sent, again and again: each costs as much as many others."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import since
from seawall.detect.tables import hourly, rollup, seen

#: Two classes of the logarithm: four times as long as the longest prompt before.
CLASSES: Final = 2
#: 2^15 tokens are some fifty pages. What is shorter costs little, however new it is.
LEAST_CLASS: Final = 15
#: Somebody tries a long document out once or twice.
REQUESTS: Final = 10
#: So many calls show how long a key's prompts are.
HABIT_CALLS: Final = 100
HABIT_HOURS: Final = 46
#: A weekly or monthly job over long documents is in here.
BASELINE_DAYS: Final = 28
HISTORY_DAYS: Final = 3
_KEY: Final = ("owner_key", "subject")


def find() -> ir.Table:
    """A bucket, once closed, that brings a network's long prompts of the last hour to `REQUESTS`.

    Long: `CLASSES` above the key's longest of two days, and above the mean of any of its hours in four weeks.
    """
    slots = _slots()
    order = ibis.range_window(
        group_by=list(_KEY), order_by=slots.bucket, preceding=(ibis.interval(hours=HABIT_HOURS), ibis.interval(hours=1))
    )
    rated = slots.mutate(longest=slots["size"].max().over(order), habit=slots.calls.sum().over(order))
    rated = rated.filter(
        rated["size"] >= LEAST_CLASS,
        rated["size"] >= rated.longest + CLASSES,
        rated.habit >= HABIT_CALLS,
        ~rated.known,
    )
    hour = ibis.range_window(
        group_by=[*_KEY, "net"], order_by=rated.bucket, preceding=ibis.interval(minutes=55), following=0
    )
    rated = rated.mutate(
        requests=rated.calls.sum().over(hour),
        tokens=rated.tokens.sum().over(hour),
        begun=rated.begun.min().over(hour),
        closes=rated.bucket + ibis.interval(minutes=5),
    )
    heavy = _unlike_any_hour(rated.filter(rated.requests >= REQUESTS))
    return matches(
        heavy,
        network=heavy.net.nullif(""),
        opened_at=heavy.closes,
        first=heavy.begun,
        last=heavy.closes,
        events=heavy.requests,
        requests=heavy.requests,
        mean=heavy.tokens // heavy.requests,
        longest=_tokens(heavy.longest + 1),
    )


def _slots() -> ir.Table:
    """Return the calls with prompts of one class, of a subject at a network in a bucket."""
    # an unknown length has the class 0
    sent = rollup.filter(
        rollup.activity == "infer", rollup.subject.notnull(), rollup.bucket_seconds == 0, rollup["size"] > 0
    )
    # most keys never send anything long: they need no windows
    sent = sent.semi_join(sent.filter(sent["size"] >= LEAST_CLASS), list(_KEY))
    sent = sent.mutate(net=sent.src_net.fill_null(""))
    return sent.group_by("owner_key", "owner_id", "subject", "net", "bucket", "size").aggregate(
        calls=sent.calls.sum().cast("int64"),
        tokens=sent.input_tokens.sum().cast("int64"),
        begun=sent["first"].min(),
        known=sent.known.max(),
    )


def _unlike_any_hour(heavy: ir.Table) -> ir.Table:
    """Keep what is longer than the mean of tokens per call in any closed hour of the four weeks before."""
    heavy = since(heavy, seen, _KEY, "born")
    heavy = heavy.filter(heavy.born <= heavy.begun - ibis.interval(days=HISTORY_DAYS))
    like = hourly.join(
        heavy,
        [
            hourly.owner_key == heavy.owner_key,
            hourly.subject == heavy.subject,
            hourly.closes <= heavy.begun,
            hourly.hour >= heavy.begun - ibis.interval(days=BASELINE_DAYS),
            hourly.tokens // ibis.greatest(hourly.calls, 1) >= _tokens(heavy["size"]),
        ],
        lname="{name}_hour",
        rname="{name}",
    )
    return heavy.anti_join(like, ["owner_key", "subject", "net", "bucket", "size"])


def _tokens(size: ir.IntegerValue) -> ir.IntegerValue:
    """Return the least number of tokens of a class."""
    least: ir.IntegerValue = (2**size).cast("int64")
    return least


RULE: Final = Analytic(
    id="LJ-23",
    title="Requests that cost much",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    family="volume",
    look_back_hours=HABIT_HOURS + 1,
    closes="when its five minutes are over",
    needs=("credential_id", "input_tokens"),
    needs_history=True,
    attack=("T1496.004",),
    atlas=("AML.T0034.001",),
    benign=("a new feature, or an evaluation, that sends whole documents",),
    next=(
        "Ask the key's owner whether something of theirs sends long documents now.",
        "If not, revoke the key; limit the tokens per request and per minute in any case.",
    ),
    why=(
        "sent {requests} prompts of {mean} tokens on average within an hour; in the two days before, none had more than"
        " {longest}, and no hour of the four weeks before came near"
    ),
    evidence=("infer",),
    find=find,
)
