"""The Azure Activity Log: which operations count, the halves of a call, every form of a record."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from seawall.model import Event, Unreadable
from seawall.sources.azure_activity import AzureActivity
from seawall.sources.azure_acts import activity_of
from seawall.sources.base import Context, Ignored

SOURCE = AzureActivity()
GROUP = "/subscriptions/0f0e/resourcegroups/rg"
ACCOUNT = f"{GROUP}/providers/microsoft.cognitiveservices/accounts/harbour"
STORAGE = f"{GROUP}/providers/microsoft.storage/storageaccounts/s"
SETTING = "/providers/microsoft.insights/diagnosticsettings/x"
ROLE = "/providers/microsoft.authorization/roleassignments/r"
LISTING = "Microsoft.CognitiveServices/accounts/listKeys/action"
HUB: dict[str, Any] = {
    "time": "2026-03-02T10:00:00.1234567Z", "resourceId": ACCOUNT.upper(), "operationName": LISTING.upper(),
    "category": "Administrative", "resultType": "Success", "resultSignature": "Succeeded.OK", "durationMs": "120",
    "callerIpAddress": "203.0.113.7", "correlationId": "c-1", "level": "Information", "location": "global",
    "identity": {"authorization": {"scope": ACCOUNT, "action": LISTING}, "claims": {"appid": "app-1"}},
    "properties": {"statusCode": "OK", "serviceRequestId": "s-1"},
}  # fmt: skip
API: dict[str, Any] = {
    "authorization": {"action": LISTING, "scope": ACCOUNT}, "caller": "app-1", "category": {"value": "Administrative"},
    "correlationId": "c-1", "eventDataId": "e-1", "eventTimestamp": "2026-03-02T10:00:00.1234567Z",
    "httpRequest": {"clientIpAddress": "203.0.113.7", "method": "POST"}, "operationName": {"value": LISTING},
    "resourceId": ACCOUNT, "status": {"value": "Succeeded"}, "subStatus": {"value": "OK"},
    "properties": {"statusCode": "OK"},
}  # fmt: skip
ROW: dict[str, Any] = {
    "TimeGenerated": "2026-03-02T10:00:00.1234567Z", "OperationName": "List Keys",
    "OperationNameValue": LISTING.upper(), "ActivityStatusValue": "Success", "ActivitySubstatusValue": "OK",
    "Caller": "app-1", "CorrelationId": "c-1", "CallerIpAddress": "203.0.113.7", "EventDataId": "e-1",
    "_ResourceId": ACCOUNT, "SubscriptionId": "0F0E", "CategoryValue": "Administrative",
    "Properties": json.dumps({"statusCode": "OK"}), "Properties_d": "",
}  # fmt: skip


def read(record: dict[str, Any]) -> list[Event] | Ignored:
    """Return what becomes of a record that the source claims."""
    written = json.dumps(record).encode()
    assert SOURCE.matches(written)
    return SOURCE.read(written, Context())


def event(record: dict[str, Any]) -> Event:
    """Return the one event of a record."""
    found = read(record)
    assert isinstance(found, list)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("record", [HUB, API, ROW], ids=["event hub", "API", "AzureActivity row"])
def test_every_form_tells_the_same(record: dict[str, Any]) -> None:
    """A key listing reads alike from an event hub, the API and Log Analytics."""
    found = event(record)
    assert (found.activity, found.outcome, found.status_code) == ("list_keys", "success", 200)
    assert (found.owner_id, found.resource_id, found.principal_id) == ("0f0e", ACCOUNT, "app-1")
    assert (found.src_ip, found.credential_id) == ("203.0.113.7", None)
    assert found.request_id == f"c-1|{LISTING.lower()}|{ACCOUNT}"
    assert found.time == 1_772_445_600_123_456


def test_start_and_success_are_two_events_of_one_call() -> None:
    """Both halves share the request id and the activity; the start has no outcome."""
    start = event({**HUB, "resultType": "Start", "resultSignature": "Started."})
    success = event(HUB)
    assert (start.outcome, success.outcome) == (None, "success")
    assert start.request_id == success.request_id
    assert start.event_id != success.event_id


@pytest.mark.parametrize(
    ("change", "outcome", "error"),
    [
        ({"resultType": "Failure", "properties": {"statusCode": "Forbidden"}}, "denied", "Forbidden"),
        ({"resultType": "Failed", "properties": {"statusCode": "Conflict"}}, "invalid", "Conflict"),
        ({"resultType": "Failure", "properties": {"statusCode": "TooManyRequests"}}, "throttled", "TooManyRequests"),
        ({"resultType": "Failure", "properties": {}, "resultSignature": "Failed.InternalServerError"}, "error",
         "InternalServerError"),
        ({"resultType": "Failure", "properties": {
            "statusMessage": json.dumps({"error": {"code": "AuthorizationFailed", "message": "…"}})}},
         "denied", "AuthorizationFailed"),
        ({"resultType": "Accept"}, None, None),
    ],
)  # fmt: skip
def test_outcomes(change: dict[str, Any], outcome: str | None, error: str | None) -> None:
    """Failures are denied, invalid, throttled or errors by their status or error code."""
    found = event({**HUB, **change})
    assert (found.outcome, found.error_code) == (outcome, error)


@pytest.mark.parametrize(
    ("operation", "resource", "expected"),
    [
        ("microsoft.cognitiveservices/accounts/listkeys/action", ACCOUNT, "list_keys"),
        ("microsoft.cognitiveservices/accounts/regeneratekey/action", ACCOUNT, "change_key"),
        ("microsoft.cognitiveservices/accounts/deployments/write", f"{ACCOUNT}/deployments/d", "change_deployment"),
        ("microsoft.cognitiveservices/accounts/deployments/delete", f"{ACCOUNT}/deployments/d", "change_deployment"),
        ("microsoft.cognitiveservices/accounts/raipolicies/write", ACCOUNT, "change_guardrail"),
        ("microsoft.cognitiveservices/accounts/raiblocklists/raiblocklistitems/delete", ACCOUNT, "change_guardrail"),
        ("microsoft.cognitiveservices/accounts/write", ACCOUNT, "change_access"),
        ("microsoft.cognitiveservices/accounts/delete", ACCOUNT, "change_deployment"),
        ("microsoft.cognitiveservices/accounts/read", ACCOUNT, "other"),
        ("microsoft.insights/diagnosticsettings/delete", f"{ACCOUNT}{SETTING}", "change_logging"),
        ("microsoft.insights/diagnosticsettings/write", f"/subscriptions/0f0e{SETTING}", "change_logging"),
        ("microsoft.insights/diagnosticsettings/write", f"{STORAGE}{SETTING}", None),
        ("microsoft.authorization/roleassignments/write", f"{ACCOUNT}{ROLE}", "change_access"),
        ("microsoft.authorization/roleassignments/write", f"{GROUP}{ROLE}", "change_access"),
        ("microsoft.authorization/roleassignments/write", f"{STORAGE}{ROLE}", None),
        ("microsoft.apimanagement/service/subscriptions/listsecrets/action", "", "list_keys"),
        ("microsoft.apimanagement/service/subscriptions/regenerateprimarykey/action", "", "change_key"),
        ("microsoft.apimanagement/service/subscriptions/write", "", "create_key"),
        ("microsoft.apimanagement/service/apis/write", "", None),
        ("microsoft.machinelearningservices/workspaces/onlineendpoints/listkeys/action", "", "list_keys"),
        ("microsoft.machinelearningservices/workspaces/serverlessendpoints/write", "", "change_deployment"),
        ("microsoft.security/pricings/write", "/subscriptions/0f0e/providers/microsoft.security/pricings/ai",
         "change_logging"),
        ("microsoft.storage/storageaccounts/listkeys/action", "", None),
        ("", "", None),
    ],
)  # fmt: skip
def test_operations(operation: str, resource: str, expected: str | None) -> None:
    """Only operations on AI services, and on the roles, keys and logging around them, have an activity."""
    assert activity_of(operation, resource) == expected


def test_a_deployment_is_named_and_secrets_in_bodies_are_dropped() -> None:
    """A deployment's name comes from its id; keys in a request body never reach `raw`, disableLocalAuth does."""
    key = secrets.token_hex(16)
    body = json.dumps({"properties": {"disableLocalAuth": False, "credentials": {"key": key}}})
    found = event({
        **HUB, "operationName": "Microsoft.CognitiveServices/accounts/deployments/write",
        "resourceId": f"{ACCOUNT}/deployments/pilot", "properties": {"requestbody": body},
    })  # fmt: skip
    assert (found.activity, found.deployment) == ("change_deployment", "pilot")
    assert key not in (found.raw or "")
    assert "disableLocalAuth" in (found.raw or "")


def test_other_operations_are_ignored() -> None:
    """A storage account's key listing is understood and not about AI."""
    other = read({**HUB, "operationName": "Microsoft.Storage/storageAccounts/listKeys/action"})
    assert other == Ignored("Azure operation outside AI services and their keys")


@pytest.mark.data
def test_the_published_attack_has_no_time(samples: Path) -> None:
    """The documentation's two records of exfiltrated keys are claimed, and quarantined for want of a time."""
    records = json.loads((samples / "logs/stratus/azure.persistence.exfiltrate-foundry-key.json").read_bytes())
    assert len(records) == 2
    for record in records:
        with pytest.raises(Unreadable, match="no time"):
            read(record)
    dated = [event({**record, "eventTimestamp": "2026-03-02T10:00:00Z"}) for record in records]
    assert [(each.activity, each.outcome) for each in dated] == [("change_access", None), ("list_keys", "success")]
