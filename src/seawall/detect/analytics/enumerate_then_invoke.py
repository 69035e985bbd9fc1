"""LJ-06: a key that never listed models lists them, and within the hour (of that, or of an unlock after it) invokes."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import HISTORY_DAYS, NEW_HOURS, since
from seawall.detect.tables import hits, rollup, seen

#: A thief who has found what there is uses it in the same sitting; an application lists at its start and runs for days.
MINUTES: Final = 60


def find() -> ir.Table:
    """The first success in a bucket, after an enumeration that is new for the key: at most a day older than its first.

    No more than `MINUTES` may lie between one step and the next; an unlock of a model may be a step between.
    """
    steps = _steps()
    invoked = rollup.filter(
        rollup.activity == "infer", rollup.outcome.fill_null("success") == "success", rollup.subject.notnull()
    )
    pairs = invoked.join(
        steps,
        [
            invoked.owner_key == steps.owner_key,
            invoked.subject == steps.subject,
            steps.step < invoked["first"],
            steps.step >= invoked["first"] - ibis.interval(minutes=MINUTES),
        ],
        rname="{name}_listed",
    )
    chains = pairs.group_by("owner_key", "owner_id", "subject", "src_net", opened=pairs["first"]).aggregate(
        begun=pairs.known_at.min(),
        listings=pairs.call.nunique(),
        unlocked=pairs.unlocked.max(),
        model=pairs.model.min(),
    )
    lists = seen.filter(seen.activity == "list_models")
    debut = lists.group_by("owner_key", "subject").aggregate(debut=lists["first"].min())
    chains = chains.join(debut, ["owner_key", "subject"])
    chains = chains.filter(chains.debut >= chains.begun - ibis.interval(hours=NEW_HOURS))
    chains = since(chains, seen.filter(seen.src_net.notnull()), ("owner_key", "src_net"), "net_since")
    at_home = chains.net_since <= chains.opened - ibis.interval(days=HISTORY_DAYS)
    return matches(
        chains,
        network=chains.src_net,
        opened_at=chains.opened,
        first=chains.begun,
        last=chains.opened,
        events=chains.listings + 1,
        listings=chains.listings,
        unlocked=ibis.ifelse(chains.unlocked > 0, ", unlocked one", ""),
        model=chains.model.fill_null("a model"),
        at_home=at_home.fill_null(False),
    )


def _steps() -> ir.Table:
    """Return enumerations as steps that an invocation may follow, and again at each unlock within `MINUTES` of them."""
    named = hits.filter(hits.subject.notnull())
    listed = named.filter(named.activity == "list_models").select("call", "owner_key", "subject", "known_at")
    unlocks = named.filter(named.activity == "unlock_model", named.outcome.fill_null("success") == "success")
    unlocks = unlocks.select("owner_key", "subject", step="known_at")
    after = listed.join(
        unlocks,
        [
            listed.owner_key == unlocks.owner_key,
            listed.subject == unlocks.subject,
            unlocks.step > listed.known_at,
            unlocks.step <= listed.known_at + ibis.interval(minutes=MINUTES),
        ],
    )
    columns = ["call", "owner_key", "subject", "known_at", "step", "unlocked"]
    return (
        listed.mutate(step=listed.known_at, unlocked=0).select(columns).union(after.mutate(unlocked=1).select(columns))
    )


RULE: Final = Analytic(
    id="LJ-06",
    title="Enumerate then invoke",
    version=3,
    severity="low",
    confidence=0.35,
    key="owner",
    family="probe",
    look_back_hours=24,
    closes="at once: it rests on the enumerations before the invocation",
    needs=("credential_id", "activity", "outcome"),
    attack=("T1526", "T1078.004"),
    atlas=("AML.T0075", "AML.T0040"),
    benign=("a legitimate onboarding, or a console or SDK that lists models before it calls one",),
    next=("Ask the key's owner whether they set something up at that time.", "If not, revoke the key."),
    why=(
        "listed models or asked for their availability {listings} times{unlocked} and then invoked {model},"
        " no more than an hour between the steps;"
        " it had never listed models before"
    ),
    evidence=("list_models", "unlock_model", "infer"),
    find=find,
)
