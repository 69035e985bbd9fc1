"""LJ-03: how loud it rings."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.detect.analytics.canary_used import NO_USE, RULE
from seawall.detect.examples.example import AWAY, at
from seawall.detect.settings import KnownNetwork, Settings

CANARY: dict[str, Any] = {**AWAY, "credential_id": "key-canary", "credential_kind": "canary_key"}
ACTS = st.sampled_from(("infer", "usage", "list_models", "read_logging", "create_key", "login", "other", *NO_USE))
ENDS = st.sampled_from(("success", "denied", "invalid", "throttled", None))


@given(activity=ACTS, outcome=ENDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_use_rings_and_nothing_else(found: Any, activity: str, outcome: str | None) -> None:
    """Whatever is done with a canary, and however it ends, is high at once; what is no use of it is nothing."""
    findings = found(RULE, [{**CANARY, "activity": activity, "outcome": outcome}])
    assert [finding.severity for finding in findings] == ([] if activity in NO_USE else ["high"])


def test_at_home_it_rings_softly(found: Any) -> None:
    """From a network that the operator listed it is low, and high as soon as somebody else comes."""
    home = Settings(networks=(KnownNetwork("198.51.100.0/24", "office"),))
    (finding,) = found(RULE, [CANARY], settings=home)
    assert finding.severity == "low"
    away = {**CANARY, "time": at(5), "src_net": "203.0.113.0/24", "src_ip": "203.0.113.9"}
    assert {finding.severity for finding in found(RULE, [CANARY, away], settings=home)} == {"low", "high"}


def test_the_sentence_says_who_and_what(found: Any) -> None:
    """The sentence names the key, the network, the act, its end and the client."""
    (finding,) = found(RULE, [{**CANARY, "outcome": "denied", "src_country": "DE"}])
    assert finding.why.startswith(
        "key-canary from 198.51.100.0/24 was used (infer, denied; curl; DE), though it is a canary key"
    )
    assert finding.opened_at == "2026-01-05T12:00:00Z"
