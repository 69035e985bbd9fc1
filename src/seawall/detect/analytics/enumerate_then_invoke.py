"""LJ-06: a key that never listed models lists them, and within a quarter of an hour invokes one."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hits, rollup, seen

MINUTES: Final = 15
#: An enumeration is new if the key's first one is no older than this.
NEW_HOURS: Final = 24


def find() -> ir.Table:
    """The first success in a bucket, after an enumeration in the last `MINUTES` that is new for the key."""
    listed = hits.filter(hits.activity == "list_models", hits.subject.notnull())
    invoked = rollup.filter(
        rollup.activity == "infer", rollup.outcome.fill_null("success") == "success", rollup.subject.notnull()
    )
    pairs = invoked.join(
        listed,
        [
            invoked.owner_key == listed.owner_key,
            invoked.subject == listed.subject,
            listed.known_at < invoked["first"],
            listed.known_at >= invoked["first"] - ibis.interval(minutes=MINUTES),
        ],
        rname="{name}_listed",
    )
    chains = pairs.group_by("owner_key", "owner_id", "subject", "src_net", opened=pairs["first"]).aggregate(
        begun=pairs.known_at.min(), listings=pairs.call.nunique(), model=pairs.model.min()
    )
    lists = seen.filter(seen.activity == "list_models")
    debut = lists.group_by("owner_key", "subject").aggregate(debut=lists["first"].min())
    chains = chains.join(debut, ["owner_key", "subject"])
    chains = chains.filter(chains.debut >= chains.begun - ibis.interval(hours=NEW_HOURS))
    return matches(
        chains,
        network=chains.src_net,
        opened_at=chains.opened,
        first=chains.begun,
        last=chains.opened,
        events=chains.listings + 1,
        listings=chains.listings,
        model=chains.model.fill_null("a model"),
    )


RULE: Final = Analytic(
    id="LJ-06",
    title="Enumerate then invoke",
    version=1,
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
    why="listed models {listings} times and then invoked {model} within 15 minutes, which it had never done before",
    evidence=("list_models", "infer"),
    find=find,
)
