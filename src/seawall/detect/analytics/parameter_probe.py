"""LJ-04: somebody finds out what a key can do with requests that are invalid on purpose, and so cost nothing."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.sweep import sweeps
from seawall.detect.tables import hits, rollup, seen

#: A mistake in a program concerns the model it uses, or two; who tries what a key may use goes on to the next.
MODELS: Final = 3
MINUTES: Final = 10
#: A person reads the error before the next try: the third within a minute comes from a script.
TRIES: Final = 3
SECONDS: Final = 60
#: A key that had a success from this network within a day, or that used a model before, has nothing to find out there.
KNOWN_HOURS: Final = 24


def find() -> ir.Table:
    """Invalid requests for `MODELS` models new to the key, or `TRIES` in a row before any success."""
    return _models().union(_row())


def _models() -> ir.Table:
    """An invalid request after which the key has, within `MINUTES`, `MODELS` models that were new to it and invalid."""
    invalid = rollup.filter(
        rollup.activity == "infer",
        rollup.outcome == "invalid",
        rollup.model.notnull(),
        rollup.subject.notnull(),
        ~rollup.known,
    )
    used = seen.filter(seen.activity == "infer", seen.subject.notnull(), seen.model.notnull())
    debut = used.group_by("owner_key", "subject", "model").aggregate(debut=used["first"].min())
    fresh = invalid.join(debut, ["owner_key", "subject", "model"])
    fresh = fresh.filter(fresh.debut > fresh["first"] - ibis.interval(hours=KNOWN_HOURS))
    probed = sweeps(fresh, models=MODELS, minutes=MINUTES)
    what = probed.models.cast("string") + f" different models within {MINUTES} minutes, all new to it"
    return _matches(probed, probed.models, what)


def _row() -> ir.Table:
    """The last of `TRIES` invalid requests within `SECONDS` from a network where the key had no success for a day."""
    tries = hits.filter(hits.activity == "infer", hits.outcome == "invalid", hits.subject.notnull(), ~hits.known)
    in_order = ibis.window(group_by=["owner_key", "subject", "src_net"], order_by=["known_at", "call"])
    tries = tries.mutate(begun=tries.known_at.lag(TRIES - 1).over(in_order), hour=tries.known_at.truncate("h"))
    tries = tries.filter(tries.begun >= tries.known_at - ibis.interval(seconds=SECONDS))
    rows = tries.group_by("owner_key", "owner_id", "subject", "src_net", "hour").aggregate(
        opened=tries.known_at.min(), begun=tries.begun.min()
    )
    worked = rollup.filter(rollup.activity == "infer", rollup.outcome.fill_null("success") == "success")
    rows = rows.anti_join(
        worked,
        [
            rows.owner_key == worked.owner_key,
            rows.subject == worked.subject,
            rows.src_net.identical_to(worked.src_net),
            worked["first"] < rows.begun,
            worked["first"] >= rows.begun - ibis.interval(hours=KNOWN_HOURS),
        ],
    )
    what = ibis.literal(f"a model {TRIES} times within {SECONDS} seconds, before anything from there had succeeded")
    return _matches(rows, ibis.literal(TRIES), what)


def _matches(probes: ir.Table, events: ir.Value, what: ir.Value) -> ir.Table:
    return matches(
        probes,
        network=probes.src_net,
        opened_at=probes.opened,
        first=probes.begun,
        last=probes.opened,
        events=events,
        what=what,
    )


RULE: Final = Analytic(
    id="LJ-04",
    title="Invalid-parameter probe",
    version=1,
    severity="low",
    confidence=0.35,
    key="owner",
    family="probe",
    look_back_hours=KNOWN_HOURS + 1,
    closes="at once: it rests on what was invalid up to then",
    needs=("credential_id", "model", "outcome"),
    attack=("T1526",),
    atlas=("AML.T0075", "AML.T0040"),
    benign=("a new program with a mistake in its requests", "an evaluation that tries one prompt on many models"),
    next=("Ask the key's owner whether they tried something at that time.", "If not, revoke the key."),
    why="sent invalid requests to {what}: the answer tells what a key may use, and costs nothing",
    evidence=("infer",),
    find=find,
)
