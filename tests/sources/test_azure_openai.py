"""Azure OpenAI's resource logs: requests and key listings, in every spelling; what the log cannot tell stays None."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.model import Event, Unreadable
from seawall.sources.azure_openai import AzureOpenAI
from seawall.sources.base import Context, Ignored
from seawall.sources.values import time_us

SOURCE = AzureOpenAI()
SUBSCRIPTION = "0F0E0D0C-0000-4000-8000-00000000000A"
RESOURCE = f"/SUBSCRIPTIONS/{SUBSCRIPTION}/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/HARBOUR"
PROPERTIES: dict[str, Any] = {
    "apiName": "Azure OpenAI API version 2024-10-21", "requestTime": 638_515_262_815_394_150, "requestLength": 128,
    "responseTime": 638_515_262_825_606_520, "objectId": "", "streamType": "Non-Streaming",
    "modelDeploymentName": "pilot", "modelName": "gpt-4o", "modelVersion": "2024-08-06",
}  # fmt: skip
REQUEST: dict[str, Any] = {
    "Tenant": "eastus", "callerIpAddress": "198.51.100.***", "category": "RequestResponse", "correlationId": "c-1",
    "durationMs": 1021, "event": "ShoeboxCallResult", "location": "eastus", "operationName": "ChatCompletions_Create",
    "properties": PROPERTIES, "resourceId": RESOURCE, "resultSignature": "200", "time": "2024-05-24T12:23:02.4350000Z",
}  # fmt: skip
AUDIT: dict[str, Any] = {
    "AssetIdentity": "a-1", "Tenant": "eastus", "category": "Audit", "operationName": "ListKey",
    "properties": {"objectId": "11110000-0000-4000-8000-000000000001"}, "resourceId": RESOURCE,
    "time": "2024-04-17T06:03:30.0000000Z",
}  # fmt: skip
ROW = {
    "TenantId": "t", "TimeGenerated [UTC]": "5/24/2024, 12:23:02.435 PM", "ResourceId": RESOURCE,
    "Category": "RequestResponse", "OperationName": "ChatCompletions_Create", "CorrelationId": "c-1",
    "DurationMs": "1021", "CallerIPAddress": "198.51.100.***", "ResultSignature": "200", "location_s": "eastus",
    "properties_s": json.dumps(PROPERTIES), "event_s": "ShoeboxCallResult", "_ResourceId": RESOURCE.lower(),
    "Type": "AzureDiagnostics",
}  # fmt: skip


def event(record: dict[str, Any], context: Context = Context()) -> Event:  # noqa: B008 - a Context is frozen
    """Return the one event of a record that the source claims."""
    written = json.dumps(record).encode()
    assert SOURCE.matches(written)
    found = SOURCE.read(written, context)
    assert isinstance(found, list)
    assert len(found) == 1
    return found[0]


def test_a_request_is_read_whole() -> None:
    """One record is one inference by the resource's key: who, whence as masked, what, how it ended."""
    found = event(REQUEST)
    assert (found.provider, found.activity, found.operation) == ("azure.ai.openai", "infer", "ChatCompletions_Create")
    assert (found.owner_id, found.resource_id) == (SUBSCRIPTION.lower(), RESOURCE.lower())
    assert (found.credential_id, found.credential_kind, found.principal_id) == (RESOURCE.lower(), "resource", None)
    assert (found.src_ip, found.region, found.request_id) == ("198.51.100.***", "eastus", "c-1")
    assert (found.model, found.deployment, found.modality) == ("gpt-4o", "pilot", "text")
    assert (found.outcome, found.status_code, found.duration_ms, found.request_count) == ("success", 200, 1021, 1)
    assert (found.input_tokens, found.image_count, found.user_agent) == (None, None, None)
    assert found.time == time_us("2024-05-24T12:23:02.435Z")
    assert json.loads(found.raw or "") == REQUEST


@pytest.mark.parametrize(
    "record",
    [{**REQUEST, "properties": json.dumps(PROPERTIES)}, ROW, {name.lower(): value for name, value in REQUEST.items()}],
    ids=["properties as text", "AzureDiagnostics row", "lower-case names"],
)
def test_every_spelling_tells_the_same(record: dict[str, Any]) -> None:
    """Properties as text, a Log Analytics row and lower-case names give the event that the native form gives."""
    native, other = event(REQUEST), event(record)
    for column in SOURCE.columns | {"time"}:
        assert getattr(other, column) == getattr(native, column), column


def test_a_key_listing_names_its_principal() -> None:
    """Audit's ListKey is list_keys; the object id is the principal, the resource stays the credential."""
    found = event(AUDIT)
    assert (found.activity, found.operation, found.modality) == ("list_keys", "ListKey", None)
    assert found.principal_id == "11110000-0000-4000-8000-000000000001"
    assert (found.credential_id, found.outcome, found.src_ip) == (RESOURCE.lower(), None, None)


@pytest.mark.parametrize(
    ("change", "column", "expected"),
    [
        ({"durationMs": -1021}, "duration_ms", None),
        ({"callerIpAddress": "AzureServices"}, "src_ip", None),
        ({"resultSignature": "401"}, "outcome", "denied"),
        ({"resultSignature": 429}, "outcome", "throttled"),
        ({"resultSignature": "400"}, "outcome", "invalid"),
        ({"resultSignature": "503"}, "outcome", "error"),
        ({"resultSignature": "-1"}, "outcome", None),
        ({"operationName": "Models_List", "properties": {}}, "activity", "list_models"),
        ({"operationName": "Deployments_Create", "properties": {}}, "activity", "change_deployment"),
        ({"operationName": "Create_Thread", "properties": {"objectId": ""}}, "activity", "other"),
        ({"operationName": "Create_Run", "properties": {}}, "activity", "infer"),
        ({"properties": {**PROPERTIES, "modelName": "dall-e-3"}}, "modality", "image"),
        ({"properties": {**PROPERTIES, "modelName": "gpt-image-1"}}, "modality", "image"),
        ({"properties": {**PROPERTIES, "modelName": "sora"}}, "modality", "video"),
        ({"properties": {**PROPERTIES, "modelName": "text-embedding-3-large"}}, "modality", "embedding"),
        ({"time": None}, "time", time_us("2024-05-17T07:04:41.5394150Z")),
        ({"resourceId": "/x/MICROSOFT.COGNITIVESERVICES"}, "owner_id", "given"),
    ],
)
def test_odd_values_and_other_operations(change: dict[str, Any], column: str, expected: object) -> None:
    """Negative durations are None, ticks stand in for a time, statuses and operations map to our words."""
    assert getattr(event({**REQUEST, **change}, Context(owner="given")), column) == expected


def test_other_categories_are_ignored_and_other_logs_are_not_claimed() -> None:
    """Trace is ignored by name; a diagnostic setting that lists our categories is the Activity Log's."""
    found = SOURCE.read(json.dumps({**REQUEST, "category": "Trace"}).encode(), Context())
    assert found == Ignored("Azure OpenAI log of another category")
    setting = {"category": "Administrative", "properties": {"logs": ["RequestResponse"]},
               "resourceId": RESOURCE + "/providers/microsoft.insights/diagnosticSettings/x"}  # fmt: skip
    assert not SOURCE.matches(json.dumps(setting).encode())
    assert not SOURCE.matches(json.dumps({**REQUEST, "resourceId": "/x/MICROSOFT.STORAGE/y"}).encode())


def test_without_any_time_it_is_unreadable() -> None:
    """A record with neither a time nor the request's ticks cannot be placed."""
    with pytest.raises(Unreadable, match="no time"):
        SOURCE.read(json.dumps({**REQUEST, "time": None, "properties": {}}).encode(), Context())
