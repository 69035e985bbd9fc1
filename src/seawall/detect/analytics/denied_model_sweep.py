"""LJ-05: somebody tries one model after another to see which the key may use."""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.sweep import sweeps
from seawall.detect.tables import rollup

#: A person who lacks a permission is refused one model, or two; a sweep goes on.
MODELS: Final = 3
MINUTES: Final = 10


def find() -> ir.Table:
    """A refused call whose subject was refused at least `MODELS` different models in the last `MINUTES`."""
    refused = rollup.filter(
        rollup.activity == "infer", rollup.outcome == "denied", rollup.model.notnull(), rollup.subject.notnull()
    )
    swept = sweeps(refused, models=MODELS, minutes=MINUTES)
    return matches(
        swept,
        network=swept.src_net,
        opened_at=swept.opened,
        first=swept.begun,
        last=swept.opened,
        events=swept.calls,
        models=swept.models,
    )


RULE: Final = Analytic(
    id="LJ-05",
    title="Denied-model sweep",
    version=1,
    severity="low",
    confidence=0.4,
    key="owner",
    family="probe",
    look_back_hours=1,
    closes="at once: it rests on what was refused up to then",
    needs=("credential_id", "model", "outcome"),
    attack=("T1580",),
    atlas=("AML.T0075",),
    benign=("a new application whose model access has not been granted yet", "an access review that tries each model"),
    next=("Ask the key's owner whether they tried these models.", "If not, revoke the key."),
    why="was refused {models} different models within 10 minutes",
    evidence=("infer",),
    find=find,
)
