"""LJ-03: a canary key is used. It was planted to be stolen: whoever uses it took it from where it lay."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import rollup

#: A scan that finds the key, somebody else's alert about it and a bill are no use of it.
NO_USE: Final = ("exposure", "alert", "cost")


def find() -> ir.Table:
    """Any use of a canary key, refused ones included; from a network that the operator listed it rings softly."""
    rung = rollup.filter(
        rollup.credential_kind == "canary_key", rollup.subject.notnull(), ~rollup.activity.isin(NO_USE)
    )
    return matches(
        rung,
        network=rung.src_net,
        opened_at=rung["first"],
        first=rung["first"],
        last=rung["first"],
        events=ibis.literal(1),
        severity=ibis.ifelse(rung.known, "low", "high"),
        confidence=ibis.ifelse(rung.known, 0.4, 0.95),
        did=rung.activity,
        ended=rung.outcome.fill_null("without a word of how it ended"),
        client=rung.client.fill_null("no client named"),
        country=rung.src_country.fill_null("country unknown"),
    )


RULE: Final = Analytic(
    id="LJ-03",
    title="Canary key used",
    version=1,
    severity="high",
    confidence=0.95,
    key="owner",
    subject=("owner", "credential", "network"),
    family="source",
    look_back_hours=0,
    closes="at once",
    needs=("credential_id", "credential_kind"),
    attack=("T1078.004",),
    atlas=("AML.T0012",),
    benign=("somebody of yours, or a secret scanner of yours, who tried the key to see what it opens",),
    next=(
        "Look at where the canary lay: thieves read that place, so renew every other key that was ever there.",
        "Look for what else the same network did, with any credential.",
        "Leave the canary in place and watch it; plant a new one elsewhere.",
    ),
    why=(
        "was used ({did}, {ended}; {client}; {country}), though it is a canary key: planted to be stolen, and of no"
        " honest use"
    ),
    find=find,
)
