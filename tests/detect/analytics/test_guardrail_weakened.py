"""LJ-09: acts on guardrails, and calls that go without."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.guardrail_weakened import BARE, RULE
from seawall.detect.examples.example import AWAY, at, steady

GUARDED = {"model": "model-a", "input_tokens": 400, "guardrail_id": "guardrail-1"}
NAKED = {**GUARDED, "guardrail_id": None, **AWAY}


@pytest.mark.parametrize(
    ("act", "severity"),
    [
        ({**AWAY, "credential_id": "key-2"}, "medium"),
        ({**AWAY, "credential_id": "key-2", "outcome": "denied"}, "low"),
        ({}, "low"),
    ],
)
def test_severity(found: Any, act: dict[str, Any], severity: str) -> None:
    """A deletion is medium only when a newcomer did it."""
    deletion = {"activity": "change_guardrail", "operation": "DeleteGuardrail", **act}
    (finding,) = found(RULE, [*steady(5), deletion])
    assert finding.severity == severity


def test_opens_when_the_bucket_closes(found: Any) -> None:
    """Calls are counted in whole five minutes: ten calls in eleven minutes are known when the third bucket is over."""
    rows = [*steady(4, every=0.2, **GUARDED), *({**NAKED, "time": at(1.2 * number)} for number in range(BARE))]
    assert found(RULE, rows) == []
    (finding,) = found(RULE, [*rows, {**GUARDED, "time": at(16)}])
    assert finding.opened_at == "2026-01-05T12:15:00Z"
    assert finding.first_event_time == "2026-01-05T12:00:00Z"
    assert "198.51.100.0/24 made 10 calls without a guardrail" in finding.why


def test_from_several_networks_none_is_named(found: Any) -> None:
    """Calls from two networks together are told of without one."""
    nets = ("198.51.100.0/24", "203.0.113.0/24")
    naked = [{**NAKED, "time": at(number), "src_net": nets[number % 2]} for number in range(BARE)]
    (finding,) = found(RULE, [*steady(4, every=0.2, **GUARDED), *naked, {**GUARDED, "time": at(16)}])
    assert not any(entity.type == "network" for entity in finding.entities)


def test_needs_history(found: Any) -> None:
    """A key of a day has no custom that it could break."""
    naked = [{**NAKED, "time": at(number)} for number in range(12)]
    assert found(RULE, [*steady(2, every=0.1, **GUARDED), *naked, {**GUARDED, "time": at(40)}]) == []
