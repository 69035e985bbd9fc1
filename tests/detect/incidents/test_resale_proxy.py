"""The incident *resale proxy*: what makes it low, medium and high, and whom it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from seawall.detect.analytics import denied_model_sweep, key_alternation, novel_source, shared_source
from seawall.detect.engine import Engine
from seawall.detect.examples.check import failures
from seawall.detect.examples.example import at, events
from seawall.detect.examples.resale_proxy import history
from seawall.detect.examples.shared_source import pool
from seawall.detect.incidents import resale_proxy
from seawall.detect.match import Match
from seawall.model import Finding
from seawall.store import Views

RULES = (shared_source.RULE, key_alternation.RULE, novel_source.RULE, denied_model_sweep.RULE)
NET = "198.51.100.0/24"


def incidents(rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return the resale proxies that the network rules and the novel sources of these events make."""
    with Views(threads=1) as views:
        engine = Engine(views, rules=RULES, incident_rules=(resale_proxy.RULE,))
        views.con.register("batch", events(rows))
        engine.add("batch")
        return [finding for finding in engine.findings() if finding.rule == resale_proxy.RULE.id]


def test_its_examples() -> None:
    """It fires in the examples in which it must, and in no other."""
    assert failures(resale_proxy.RULE) == []


@pytest.mark.parametrize(("known", "severity"), [(0, "low"), (1, "low"), (2, "low"), (3, "medium"), (4, "medium")])
def test_history_decides(known: int, severity: str) -> None:
    """One tool takes turns with four keys: most of the owners so far must never have known the network."""
    (incident,) = incidents([*history(known), *pool(4, 1)])
    assert incident.severity == severity
    assert ("stays low" in incident.why) is (severity == "low")


def sweep(key: int, **columns: Any) -> list[dict[str, Any]]:
    """Return five models refused to a key of the pool."""
    (row,) = pool(key, 1, start=30)[-1:]
    return [
        {**row, "time": at(30 + number / 10), "outcome": "denied", "model": f"model-{number}", **columns}
        for number in range(5)
    ]


@pytest.mark.parametrize(("keys", "severity"), [((), "medium"), ((1,), "medium"), ((1, 2), "high")])
def test_misconduct_tells_a_thief_from_a_hosted_tool(keys: tuple[int, ...], severity: str) -> None:
    """Strangers with one tool whose keys take turns are medium; probes with the keys of two owners make it high."""
    probes = [row for key in keys for row in sweep(key)]
    (incident,) = incidents([*history(4), *pool(4, 1), *probes])
    assert incident.severity == severity
    assert ("probed" in incident.why) is bool(keys)


def test_no_high_without_one_tool() -> None:
    """Keys that take turns with different clients may be people behind one exit: medium at most."""
    crowd = [{**row, "client": f"tool-{row['credential_id']}"} for row in (*pool(4, 1), *sweep(1), *sweep(2))]
    (incident,) = incidents([*history(4), *crowd])
    assert incident.severity == "medium"


def late(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows as those of other owners."""
    return [
        {**row, "owner_id": f"late-{row['owner_id']}", "credential_id": f"late-{row['credential_id']}"} for row in rows
    ]


def test_a_later_wave_is_a_theft_of_its_own() -> None:
    """At an exit where a crowd was told of, strangers who come later with one tool are an incident that opens then."""
    crowd = [
        {**row, "client": row["credential_id"]} for day in range(20) for row in pool(4, 1, start=1440 * (day - 20))
    ]
    low, wave = incidents([*crowd, *late(history(4)), *late(pool(4, 1))])
    assert (low.severity, wave.severity) == ("low", "medium")
    assert low.opened_at < "2025-12-17"
    assert wave.opened_at == "2026-01-05T12:02:00Z"
    assert "used 4 keys of 4 owners" in wave.why


def test_later_people_at_an_exit_are_none() -> None:
    """Strangers who come later to such an exit, each with a tool that their key long had, stay low."""
    crowd = [
        {**row, "client": row["credential_id"]} for day in range(20) for row in pool(4, 1, start=1440 * (day - 20))
    ]
    known = [{**row, "client": "curl"} for row in late(history(4))]
    assert {incident.severity for incident in incidents([*crowd, *known, *late(pool(4, 1))])} == {"low"}


def test_no_incident_without_a_pool() -> None:
    """Three owners who come hours apart and share nothing but the exit are a finding, not an incident."""
    assert incidents([*history(3), *pool(3, 120)]) == []


def test_names_whom_it_hit() -> None:
    """Owners and credentials are its entities, the network its subject, and the cost that of the pool alone."""
    rows = [*history(3), *({**row, "cost_usd": 2.0} for row in pool(3, 1))]
    (incident,) = incidents(rows)
    named = {(entity.type, entity.value): entity.role for entity in incident.entities}
    assert named.pop(("network", NET)) == "subject"
    assert named == {(kind, f"{word}-{number}"): "context" for kind, word in (("owner", "owner"), ("credential", "key"))
                     for number in (1, 2, 3)}  # fmt: skip
    assert incident.cost_usd == 6.0
    assert incident.opened_at == "2026-01-05T12:02:00Z"
    assert "3 keys of 3 owners" in incident.why


def test_a_wave_is_one_theft() -> None:
    """What two owners did on the network weeks before has no part in the theft that three others make."""
    later = [
        {**row, "credential_id": f"late-{row['credential_id']}", "owner_id": f"late-{row['owner_id']}"}
        for row in pool(3, 1, start=20 * 1440)
    ]
    (incident,) = incidents([*pool(2, 1), *later])
    assert incident.first_event_time == "2026-01-25T12:00:00Z"
    assert "3 keys of 3 owners" in incident.why


def match(rule: str, minute: int, subject: str | None = None, **figures: Any) -> Match:
    """Return a match on the network, or one of a credential that names no network."""
    moment = datetime.fromisoformat(at(minute))
    owner = subject and f"owner-{subject}"
    net = None if rule in resale_proxy.VOLUME else NET
    figure = msgspec.json.encode(figures).decode()
    return Match(rule, owner, owner, subject, net, moment, moment, moment, 1, "low", 0.3, figure)


def test_volume_is_evidence_too() -> None:
    """Where keys do not take turns, a key of the pool that is used far more than ever before makes the incident."""
    shared = [match("LJ-17", 0, key, owner_group=f"owner-{key}", client="curl") for key in "abc"]
    shared.append(match("LJ-17", 0, same=True, within=14))
    assert resale_proxy.assemble(shared, {}) == []
    (strike,) = resale_proxy.assemble([*shared, match("LJ-21", 30, "a"), match("LJ-21", 40, "elsewhere")], {})
    assert strike.opened_at == datetime.fromisoformat(at(0)) + timedelta(minutes=30)
    assert strike.nets == {NET}
    assert "elsewhere" not in {part.subject for part in strike.parts}


@pytest.mark.parametrize(("apart", "severity"), [(60, "high"), (1440, "medium")])
def test_strangers_who_come_at_once_are_no_customers(apart: int, severity: str) -> None:
    """Four owners begin with one tool, for something new, and take turns: within hours that is high, over days not."""
    pooled = []
    for number, key in enumerate("abcd"):
        came = apart * number
        pooled.append(match("LJ-17", came, key, owner_group=f"owner-{key}", client="curl"))
        pooled.append(match("LJ-14", came, key, client_new=True))
        pooled.append(match("LJ-34", came + 1, key))
    last = apart * 3
    pooled += [match("LJ-17", last, same=True, within=14), match("LJ-17A", last + 1)]
    (strike,) = resale_proxy.assemble(pooled, {})
    assert strike.severity == severity
