"""LJ-10: somebody asks the provider for access to models that the account could not use, granted or not."""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hits


def find() -> ir.Table:
    """Every act that unlocks a model."""
    acts = hits.filter(hits.activity == "unlock_model", hits.subject.notnull())
    return matches(
        acts,
        network=acts.src_net,
        opened_at=acts.known_at,
        first=acts.known_at,
        last=acts.known_at,
        events=acts.events,
        operation=acts.operation.fill_null("an unlocking act"),
        model=acts.model.fill_null("models of this account"),
    )


RULE: Final = Analytic(
    id="LJ-10",
    title="Model access unlocked",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    family="tamper",
    look_back_hours=0,
    closes="at once",
    needs=("credential_id", "activity"),
    attack=("T1098",),
    atlas=("AML.T0040",),
    benign=("an administrator who takes a new model into use",),
    next=("Ask who needed the model.", "If nobody did, withdraw the access and revoke the key."),
    why="asked for access to {model} ({operation})",
    evidence=("unlock_model",),
    find=find,
)
