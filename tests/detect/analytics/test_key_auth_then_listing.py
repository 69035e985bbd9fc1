"""LJ-11: what the Sigma rule beside it adds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.detect.analytics.key_auth_then_listing import RULE, SWITCHED_ON
from seawall.detect.engine import Engine
from seawall.detect.examples.example import STRANGE, Row, at, events, steady
from seawall.detect.marking import own_rules
from seawall.model import Finding
from seawall.store import Views

AZURE: dict[str, Any] = {
    "source": "azure.activity", "provider": "azure.ai.openai", "credential_id": None, "principal_id": "principal-1",
    "client": None, "resource_id": "/subscriptions/owner-1/providers/microsoft.cognitiveservices/accounts/account-1",
}  # fmt: skip
LIST: dict[str, Any] = {
    **AZURE, "activity": "list_keys", "operation": "Microsoft.CognitiveServices/accounts/listKeys/action",
}  # fmt: skip
THIEF: dict[str, Any] = {**STRANGE, "client": None, "principal_id": "principal-9"}


def write(disabled: bool | None, **columns: Any) -> Row:
    """Return a write to the account whose record says whether key authentication is off then (None: nothing)."""
    body = {} if disabled is None else {"requestbody": json.dumps({"properties": {"disableLocalAuth": disabled}})}
    operation = "MICROSOFT.COGNITIVESERVICES/ACCOUNTS/WRITE"
    raw = {"operationName": operation, "resourceId": AZURE["resource_id"], "properties": body}
    return {**AZURE, "activity": "change_access", "operation": operation, "raw": json.dumps(raw), **columns}


HISTORY: tuple[Row, ...] = (*steady(5), *steady(5, every=24, **write(None)), *steady(5, every=24, **LIST))


def judged(*rows: Row) -> list[Finding]:
    """Return the rule's findings, with the Sigma rule that reads the request's body beside it."""
    sigma = [rule for rule in own_rules() if rule.id == SWITCHED_ON]
    assert sigma
    with Views(threads=1) as views:
        engine = Engine(views, rules=(RULE,), incident_rules=(), sigma=sigma)
        views.con.register("batch", events(rows))
        engine.add("batch")
        return [finding for finding in engine.findings() if finding.rule == RULE.id]


@pytest.mark.parametrize(
    ("disabled", "who", "severity"),
    [
        (False, THIEF, ["medium"]),
        (None, THIEF, ["low"]),
        (True, THIEF, ["low"]),
        (False, {}, ["low"]),
        (None, {}, []),
        (True, {}, []),
    ],
)
def test_the_switch_and_the_newcomer(disabled: bool | None, who: dict[str, Any], severity: list[str]) -> None:
    """The switch seen to turn, by a newcomer, is medium; either alone is low; neither is how tools work."""
    found = judged(*HISTORY, write(disabled, **who), {**LIST, **who, "time": at(7)})
    assert [finding.severity for finding in found] == severity


def test_another_hand_takes_the_keys() -> None:
    """Who turned the switch and who listed the keys need not be one principal; the sentence names the latter."""
    (finding,) = judged(*HISTORY, write(False), {**LIST, **THIEF, "time": at(7)})
    assert finding.severity == "medium"
    assert "listed the keys of /subscriptions/owner-1/" in finding.why
    assert "7 minutes after key authentication was switched on there" in finding.why
    assert finding.why.startswith("principal-9 from 198.19.0.0/24")
