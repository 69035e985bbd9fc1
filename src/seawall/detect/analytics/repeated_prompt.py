"""LJ-24: one prompt is sent over and over within the hour: a flood that costs, or somebody who farms answers.

The views keep no prompts: prompts of exactly one length in tokens make the candidate, and where a log keeps keyed
hashes of prompts the second step looks at these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import ibis
import ibis.expr.types as ir
import msgspec

from seawall.detect.analytic import Analytic, Call, matches
from seawall.detect.match import Match
from seawall.detect.newness import since
from seawall.detect.tables import hourly, rollup, seen

#: More often than by hand, and more often than a probe of a service's health.
SAME: Final = 100
#: A few calls of one length within five minutes are chance; a run of them is a rule.
RUN: Final = 5
#: What repeats itself by trade did so yesterday; four times as often is news.
TIMES: Final = 4
HABIT_HOURS: Final = 46
HISTORY_DAYS: Final = 3
#: The flood is what the network does then, not a part of it.
SHARE: Final = 0.5
_FLOOD: Final = ("owner_key", "subject", "net", "model", "tokens")


def find() -> ir.Table:
    """A bucket, once closed, that brings the calls of one network, model and length to `SAME` in the last hour."""
    runs = _runs()
    hour = ibis.range_window(
        group_by=list(_FLOOD), order_by=runs.bucket, preceding=ibis.interval(minutes=55), following=0
    )
    runs = runs.mutate(same=runs.calls.sum().over(hour), begun=runs.begun.min().over(hour))
    before = ibis.range_window(
        group_by=["owner_key", "subject"],
        order_by=runs.bucket,
        preceding=(ibis.interval(hours=HABIT_HOURS), ibis.interval(hours=1)),
    )
    runs = runs.mutate(busiest=runs.same.max().over(before).fill_null(0))
    flood = runs.filter(runs.same >= SAME, runs.same > runs.busiest * TIMES)
    flood = since(flood, seen, ("owner_key", "subject"), "born")
    flood = flood.filter(flood.born <= flood.begun - ibis.interval(days=HISTORY_DAYS))
    closes = flood.bucket + ibis.interval(minutes=5)
    return matches(
        flood,
        network=flood.net.nullif(""),
        opened_at=closes,
        first=flood.begun,
        last=closes,
        events=flood.same,
        same=flood.same,
        tokens=flood.tokens,
        model=ibis.ifelse(flood.model == "", "a model", flood.model),
        busiest=flood.busiest,
        proof=ibis.literal("no log keeps hashes of them"),
    )


def _runs() -> ir.Table:
    """Return the cells of the rollup whose calls all had prompts of one length, added up by that length."""
    sent = rollup.filter(
        rollup.activity == "infer", rollup.subject.notnull(), rollup.bucket_seconds == 0, ~rollup.known
    )
    # a hundred within an hour are fifty in one of two: most keys are never that busy
    sent = sent.semi_join(hourly.filter(hourly.calls * 2 >= SAME), ["owner_key", "subject"])
    # a greatest length that, times the calls, is the sum, is the length of each; an unknown length is none
    sent = sent.filter(sent.max_input > 0, sent.max_input.cast("float64") * sent.calls == sent.input_tokens)
    sent = sent.mutate(net=sent.src_net.fill_null(""), model=sent.model.fill_null(""), tokens=sent.max_input)
    runs = sent.group_by(*_FLOOD, "owner_id", "bucket").aggregate(
        calls=sent.calls.sum().cast("int64"), begun=sent["first"].min()
    )
    return runs.filter(runs.calls >= RUN)


def hashed(match: Match, looked_at: Sequence[Call]) -> Match | None:
    """Confirm a flood: most of the prompts are one and the same. Without hashes the match stands as it is."""
    hashes = Counter(call.prompt_hash for call in looked_at if call.prompt_hash is not None)
    if not hashes:
        return match
    ((_, most),) = hashes.most_common(1)
    if most < SAME or most < hashes.total() * SHARE:
        return None
    figures = msgspec.json.decode(match.figures) | {"proof": f"{most} of {hashes.total()} are the same prompt"}
    return msgspec.structs.replace(match, confidence=0.6, figures=msgspec.json.encode(figures).decode())


RULE: Final = Analytic(
    id="LJ-24",
    title="One prompt, over and over",
    version=1,
    severity="low",
    confidence=0.25,
    key="owner",
    family="volume",
    look_back_hours=HABIT_HOURS + 2,
    closes="when its five minutes are over",
    needs=("credential_id", "input_tokens"),
    needs_history=True,
    attack=("T1496.004",),
    atlas=("AML.T0034.000", "AML.T0029"),
    benign=("a load test, a loop that retries, or an evaluation that asks one thing many times",),
    next=(
        "Ask the key's owner whether they test something; a program that retries for ever wants a limit anyway.",
        "If not, revoke the key, or limit its requests per minute.",
    ),
    why=(
        "sent {same} prompts of exactly {tokens} tokens to {model} within an hour ({proof}); the most in any hour of"
        " the two days before was {busiest}"
    ),
    evidence=("infer",),
    find=find,
    confirm=hashed,
)
