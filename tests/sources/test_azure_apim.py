"""API Management's two logs: caller and verdict in one, tokens in the other, words and keys in neither's `raw`."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from seawall.model import Event
from seawall.sources.azure_apim import AzureApim
from seawall.sources.azure_openai import AzureOpenAI
from seawall.sources.base import Context, Ignored
from seawall.sources.prompts import fingerprint

SOURCE = AzureApim()
CONTEXT = Context(key=b"k" * 16)
WORDS = "paint the harbour at dawn"
REPLY = "here is a harbour"
RESOURCE = "/SUBSCRIPTIONS/0F0E/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.APIMANAGEMENT/SERVICE/FRONT"
ASKED = json.dumps({"model": "pilot", "messages": [{"role": "user", "content": WORDS}]})
SAFE = {
    "hate": {"filtered": False, "severity": "safe"},
    "violence": {"filtered": False, "severity": "low"},
    "profanity": {"filtered": False, "detected": False},
    "custom_blocklists": [],
}
ANSWERED: dict[str, Any] = {
    "choices": [{"content_filter_results": SAFE, "finish_reason": "stop", "message": {"content": REPLY}}],
    "model": "gpt-4o", "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}],
    "usage": {"completion_tokens": 8, "prompt_tokens": 14, "prompt_tokens_details": {"cached_tokens": 4}},
}  # fmt: skip
BLOCKED: dict[str, Any] = {"error": {
    "message": "The response was filtered", "code": "content_filter", "status": 400,
    "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {
        **SAFE, "sexual": {"filtered": True, "severity": "high"}, "jailbreak": {"filtered": False, "detected": True},
        "custom_blocklists": [{"filtered": True, "id": "list"}]}},
}}  # fmt: skip
PROPERTIES: dict[str, Any] = {
    "apiId": "models", "apimSubscriptionId": "team-a", "backendMethod": "POST", "backendRequestBody": ASKED,
    "backendResponseBody": json.dumps(ANSWERED), "backendResponseCode": 200, "method": "POST",
    "backendUrl": "https://h.openai.azure.com/openai/deployments/pilot/chat/completions?api-version=2024-10-21",
    "operationId": "ChatCompletions_Create", "requestBody": ASKED, "responseBody": json.dumps(ANSWERED),
    "responseCode": 200,
    "url": "https://front.azure-api.net/deployments/pilot/chat/completions?api-version=2024-10-21",
}  # fmt: skip
GATEWAY: dict[str, Any] = {
    "Sku": "Basic", "callerIpAddress": "203.0.113.9", "category": "GatewayLogs", "correlationId": "c-9",
    "durationMs": 176, "isRequestSuccess": True, "location": "East US", "resourceId": RESOURCE,
    "properties": PROPERTIES, "operationName": "Microsoft.ApiManagement/GatewayLogs",
    "time": "2024-07-02T06:31:31.4465902Z",
}  # fmt: skip
TABLE_ROW: dict[str, Any] = {
    "TimeGenerated": "2024-07-02T06:31:31.4465902Z", "CorrelationId": "c-9", "CallerIpAddress": "203.0.113.9",
    "ApimSubscriptionId": "team-a", "OperationId": "ChatCompletions_Create", "TotalTime": "176", "Region": "East US",
    "Url": PROPERTIES["url"], "BackendUrl": PROPERTIES["backendUrl"], "ResponseCode": "200",
    "BackendResponseBody": json.dumps(ANSWERED), "BackendRequestBody": ASKED, "Type": "ApiManagementGatewayLogs",
    "_ResourceId": RESOURCE.lower(),
}  # fmt: skip
DIAGNOSTICS_ROW: dict[str, Any] = {
    "TimeGenerated": GATEWAY["time"], "Category": "GatewayLogs", "ResourceProvider": "MICROSOFT.APIMANAGEMENT",
    "CorrelationId": "c-9", "CallerIPAddress": "203.0.113.9", "DurationMs": "176", "location_s": "East US",
    "ResourceId": RESOURCE, "Type": "AzureDiagnostics", "responseCode_d": "200.0",
    **{f"{name}_s": value for name, value in PROPERTIES.items() if isinstance(value, str)},
}  # fmt: skip
LLM_ROW: dict[str, Any] = {
    "TimeGenerated": "2024-07-02T06:31:32Z", "CorrelationId": "c-9", "SequenceNumber": 0, "PromptTokens": 14,
    "CompletionTokens": 8, "TotalTokens": 22, "ModelName": "gpt-4o", "DeploymentName": "pilot", "Region": "East US",
    "IsStreamCompletion": False, "Type": "ApiManagementGatewayLlmLog", "_ResourceId": RESOURCE.lower(),
}  # fmt: skip
MESSAGE_ROW = {**LLM_ROW, "SequenceNumber": 1, "PromptTokens": 0, "CompletionTokens": 0,
               "RequestMessages": [{"role": "user", "content": WORDS}]}  # fmt: skip


def read(record: dict[str, Any], context: Context = CONTEXT) -> list[Event] | Ignored:
    """Return what becomes of a record that the source claims."""
    written = json.dumps(record).encode()
    assert SOURCE.matches(written)
    return SOURCE.read(written, context)


def event(record: dict[str, Any], context: Context = CONTEXT) -> Event:
    """Return the one event of a record."""
    found = read(record, context)
    assert isinstance(found, list)
    assert len(found) == 1
    return found[0]


def changed(**properties: Any) -> dict[str, Any]:
    """Return the gateway's record with other properties."""
    return {**GATEWAY, "properties": {**PROPERTIES, **properties}}


def test_the_callers_half_is_read_whole() -> None:
    """GatewayLogs name the subscription key, the full address, the deployment, tokens and the filter's verdict."""
    found = event(GATEWAY)
    assert (found.provider, found.activity, found.request_id) == ("azure.ai.openai", "infer", "c-9")
    assert (found.credential_id, found.credential_kind, found.owner_id) == ("team-a", "subscription", "0f0e")
    assert (found.src_ip, found.via, found.region) == ("203.0.113.9", "front", "East US")
    assert (found.model, found.deployment, found.modality) == ("gpt-4o", "pilot", "text")
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (14, 8, 4)
    assert (found.outcome, found.status_code, found.duration_ms) == ("success", 200, 176)
    assert (found.filter_categories, found.filter_severity) == (None, 2)
    assert found.prompt_hash == fingerprint(WORDS, CONTEXT.key).hash


@pytest.mark.parametrize("record", [TABLE_ROW, DIAGNOSTICS_ROW], ids=["ApiManagementGatewayLogs", "AzureDiagnostics"])
def test_a_table_row_tells_the_same(record: dict[str, Any]) -> None:
    """A row of Log Analytics, in either of its tables, gives the same columns as the event hub's record."""
    native, row = event(GATEWAY), event(record)
    for column in SOURCE.columns | {"time"}:
        assert getattr(row, column) == getattr(native, column), column
    assert WORDS not in (row.raw or "")


def test_a_caller_cannot_dress_a_call_as_another_log() -> None:
    """Headers that hold another Azure log's words do not make that log's source claim the record."""
    record = changed(requestHeaders={"X-A": "Audit", "X-B": "microsoft.cognitiveservices", "User-Agent": "Trace"})
    assert not AzureOpenAI().matches(json.dumps(record).encode())
    assert event(record).activity == "infer"


def test_the_halves_of_a_call_join_and_only_one_counts_it() -> None:
    """The model's half has tokens and no caller; its message rows carry no count; all share provider and id."""
    caller, tokens, message = event(GATEWAY), event(LLM_ROW), event(MESSAGE_ROW)
    assert len({(each.provider, each.owner_id, each.request_id) for each in (caller, tokens, message)}) == 1
    assert (tokens.credential_id, tokens.src_ip, tokens.outcome) == (None, None, None)
    assert (tokens.input_tokens, tokens.output_tokens, tokens.model, tokens.request_count) == (14, 8, "gpt-4o", 1)
    assert (message.input_tokens, message.output_tokens, message.request_count) == (None, None, None)
    assert message.prompt_hash == caller.prompt_hash
    assert read({**MESSAGE_ROW, "RequestMessages": "", "ResponseMessages": [{"content": REPLY}]}) == Ignored(
        "API Management row with an answer's text"
    )


def test_a_block_is_filtered_with_categories_and_severity() -> None:
    """The content filter's error outranks its status 400; what fired is sorted, the severity is the worst."""
    found = event(changed(responseCode=400, backendResponseBody=json.dumps(BLOCKED)))
    assert (found.outcome, found.status_code, found.error_code) == ("filtered", 400, "content_filter")
    assert (found.filter_categories, found.filter_severity) == ("custom_blocklists,jailbreak,sexual", 6)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (json.dumps(BLOCKED)[:150], "filtered"),
        (json.dumps({"choices": [{"finish_reason": "content_filter"}]}), "filtered"),
        ('data: {"choices":[{"finish_reason":"content_filter"}]}\n\ndata: [DONE]\n', "filtered"),
        (json.dumps({"choices": [{"message": {"content": '"code":"content_filter"'}}]}), "success"),
        (json.dumps({"choices": [{"message": {"content": '"code":"content_filter"' + "x" * 99}}]})[:99], "success"),
        ("", "success"),
    ],
    ids=["cut off", "in a choice", "in a stream", "only quoted", "only quoted, cut off", "no body"],
)
def test_blocks_in_bodies_of_every_form(body: str, expected: str) -> None:
    """A cut-off body, a choice or a stream tells of a block; a model that quotes the words does not."""
    assert event(changed(backendResponseBody=body, responseBody=body)).outcome == expected


def test_a_streams_last_usage_counts() -> None:
    """Tokens of a stream stand in its last chunk."""
    stream = 'data: {"model":"gpt-4o","usage":null}\n\ndata: {"usage":{"prompt_tokens":5,"completion_tokens":7}}\n\n'
    found = event(changed(backendResponseBody=stream))
    assert (found.model, found.input_tokens, found.output_tokens) == ("gpt-4o", 5, 7)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"backendUrl": "https://h.openai.azure.com/openai/models", "operationId": "Models_List"}, "list_models"),
        ({"backendUrl": "https://h.openai.azure.com/openai/v1/responses", "operationId": None}, "infer"),
        ({"backendUrl": None, "operationId": None, "responseCode": 401}, "infer"),
        ({"backendUrl": "https://h.openai.azure.com/openai/files", "operationId": "Files_List"}, "other"),
        ({"backendUrl": "https://shop.example/orders/messages", "url": "/orders", "operationId": "GetImage"}, None),
        ({"backendUrl": "https://flows.example/manual/invoke", "url": "/x", "operationId": "run"}, None),
    ],
)
def test_calls_are_told_from_those_of_other_apis(properties: dict[str, Any], expected: str | None) -> None:
    """Addresses and operations of models are kept; any other API behind the same gateway is ignored."""
    found = read(changed(**properties))
    assert (found[0].activity if isinstance(found, list) else None) == expected


def test_neither_words_nor_keys_reach_raw() -> None:
    """Bodies, messages, headers and addresses with a key are dropped; the operator may keep bodies, never keys."""
    key = secrets.token_hex(16)
    record = changed(
        url=f"{PROPERTIES['url']}&subscription-key={key}",
        requestHeaders={"api-key": key, "User-Agent": "proxy/1.0"},
    )
    found, kept = event(record), event(record, Context(keep_content=True))
    assert found.user_agent == "proxy/1.0"
    assert WORDS not in (found.raw or "")
    assert REPLY not in (found.raw or "")
    assert WORDS in (kept.raw or "")
    assert key not in (found.raw or "") + (kept.raw or "")
    assert found.event_id == kept.event_id
    assert WORDS not in (event(MESSAGE_ROW).raw or "")


def test_a_diagnostic_setting_is_not_claimed() -> None:
    """The Activity Log's record of a setting that names our categories is left to its own source."""
    setting = {"category": "GatewayLogs", "resourceId": RESOURCE + "/providers/microsoft.insights/diagnosticSettings/x"}
    assert not SOURCE.matches(json.dumps(setting).encode())
