"""LJ-09: a guardrail is deleted or changed, or a credential's calls stop to carry one."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import dated, has_history
from seawall.detect.tables import rollup
from seawall.detect.tampering import standing, tampering

#: Acts after which a guardrail is gone.
GONE: Final = (
    "deleteguardrail", "deleteenforcedguardrailconfiguration", "raipolicies/delete", "raiblocklists/delete",
    "raitopics/delete", "deletetemplate", "guardrailstable.deleted",
)  # fmt: skip
#: A new guardrail, or a copy of one, weakens none.
HARMLESS: Final = ("createguardrail", "createguardrailversion", "createtemplate", "guardrailstable.created")
#: A hundred calls of a day with a guardrail, and not one without, are how the application is built.
GUARDED: Final = 100
BEFORE_HOURS: Final = 24
#: One call without is somebody who tries something out; ten within an hour are use.
BARE: Final = 10


def find() -> ir.Table:
    """Acts on guardrails, and hours in which calls that always had one have none."""
    return _acts().union(_vanished())


def _acts() -> ir.Table:
    acts = tampering("change_guardrail", undo=GONE, harmless=HARMLESS)
    done = acts.outcome == "success"
    return matches(
        acts,
        network=acts.src_net,
        opened_at=acts.known_at,
        first=acts.known_at,
        last=acts.known_at,
        events=acts.events,
        severity=ibis.cases((acts.undoes & done & acts.newcomer, "medium"), else_="low"),
        confidence=ibis.cases((acts.undoes & done & acts.newcomer, 0.5), else_=0.3),
        what=ibis.cases(
            (acts.undoes & done, "deleted a guardrail ("),
            (acts.undoes, "tried in vain to delete a guardrail ("),
            (done, "changed a guardrail ("),
            else_="tried in vain to change a guardrail (",
        )
        + acts.operation
        + ")"
        + standing(acts),
    )


def _vanished() -> ir.Table:
    """A bucket, once closed, with which the last hour has `BARE` calls without, after `GUARDED` and none without."""
    slots = _slots()
    hour = ibis.range_window(
        group_by=["owner_key", "subject"], order_by="bucket", preceding=ibis.interval(minutes=55), following=0
    )
    before = ibis.range_window(
        group_by=["owner_key", "subject"],
        order_by="bucket",
        preceding=(ibis.interval(hours=BEFORE_HOURS + 1), ibis.interval(hours=1)),
    )
    slots = slots.mutate(
        guarded_before=slots.guarded.sum().over(before),
        bare_before=slots.bare.sum().over(before),
        bare_now=slots.bare_news.sum().over(hour),
        begun=slots.begun.min().over(hour),
        net=slots.net.min().over(hour),
        last_net=slots.last_net.max().over(hour),
    )
    gone = slots.filter(
        slots.bare_news > 0, slots.bare_now >= BARE, slots.guarded_before >= GUARDED, slots.bare_before == 0
    )
    gone = gone.mutate(
        known_at=gone.bucket + ibis.interval(minutes=5), src_net=ibis.ifelse(gone.net == gone.last_net, gone.net, None)
    )
    gone = dated(gone)
    gone = gone.filter(has_history(gone, "subject_since"))
    return matches(
        gone,
        network=gone.src_net,
        opened_at=gone.known_at,
        first=gone.begun,
        last=gone.known_at,
        events=gone.bare_now,
        severity=ibis.literal("low"),
        confidence=ibis.literal(0.3),
        what=ibis.literal("made ")
        + gone.bare_now.cast("string")
        + " calls without a guardrail within an hour; all its "
        + gone.guarded_before.cast("string")
        + " calls of the day before had one",
    )


def _slots() -> ir.Table:
    """Calls with and without a guardrail, by credential and bucket; `bare_news` are those from no known network."""
    # Tokens are told by the log that also tells the guardrail: a call of unknown size is one whose record is not here.
    met = rollup.filter(
        rollup.activity == "infer",
        rollup.outcome.isin(("success", "filtered")),
        rollup.subject.notnull(),
        rollup.bucket_seconds == 0,
        rollup["size"] > 0,
    )
    # most keys never have one: they need no windows
    met = met.semi_join(met.filter(met.guardrail_id.notnull()), ["owner_key", "subject"])
    bare = met.guardrail_id.isnull()
    news = bare & ~met.known
    return met.group_by("owner_key", "owner_id", "subject", "bucket").aggregate(
        guarded=met.calls.sum(where=~bare).fill_null(0),
        bare=met.calls.sum(where=bare).fill_null(0),
        bare_news=met.calls.sum(where=news).fill_null(0),
        begun=met["first"].min(where=news),
        net=met.src_net.min(where=news),
        last_net=met.src_net.max(where=news),
    )


RULE: Final = Analytic(
    id="LJ-09",
    title="Guardrail deleted, weakened or left out",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    family="tamper",
    look_back_hours=BEFORE_HOURS + 1,
    closes="acts at once; calls without a guardrail when their five minutes are over",
    needs=("credential_id", "activity", "guardrail_id"),
    attack=("T1562.001", "T1685"),
    atlas=("AML.T0054",),
    benign=(
        "a developer who clears away a test",
        "a release that moves the guardrail to another place, or a second application with the same credential",
    ),
    next=("Ask who changed it, and put the guardrail back.", "If nobody did, revoke the credential."),
    why="{what}",
    evidence=("change_guardrail", "infer"),
    find=find,
)
