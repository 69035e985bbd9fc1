"""OpenTelemetry's generative AI telemetry: which spans are calls, what they say, and what never reaches `raw`."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from seawall.model import Event, Unreadable
from seawall.sources.base import Context, Ignored
from seawall.sources.otel_genai import OtelGenAI
from seawall.sources.partly import PartlyUnreadable

SOURCE = OtelGenAI()
WORDS = "write a poem about the sea"
CALL: dict[str, Any] = {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06", "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 30,
    "gen_ai.usage.cache_read.input_tokens": 100, "gen_ai.output.type": "text",
    "gen_ai.conversation.id": "conv-1", "enduser.id": "eu-1", "gen_ai.response.finish_reasons": ["stop"],
}  # fmt: skip


def any_value(value: Any) -> dict[str, Any]:
    """Return a value in OTLP's form."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(each) for each in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": pairs(value)}}
    return {"stringValue": value}


def pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """Return attributes in OTLP's form."""
    return [{"key": key, "value": any_value(value)} for key, value in attributes.items()]


def span(attributes: dict[str, Any], number: int = 1, **members: Any) -> dict[str, Any]:
    """Return a span with these attributes."""
    return {
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": f"eee19b7ec3c1b1{number:02d}", "name": "chat gpt-4o",
        "kind": 3, "startTimeUnixNano": "1760004000123456789", "endTimeUnixNano": "1760004001323456789",
        "attributes": pairs(attributes), **members,
    }  # fmt: skip


def export(*spans: dict[str, Any]) -> bytes:
    """Return an export of traces."""
    resource = {"attributes": pairs({"service.name": "shop", "host.id": "h"})}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}).encode()


def logs(*records: dict[str, Any]) -> bytes:
    """Return an export of log records."""
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": list(records)}]}]}).encode()


def events(record: bytes, *, keep: bool = False) -> list[Event]:
    """Return the events of a record, or none where it is ignored."""
    assert SOURCE.matches(record)
    found = SOURCE.read(record, Context(owner="given", keep_content=keep))
    return [] if isinstance(found, Ignored) else found


def one(attributes: dict[str, Any], *, keep: bool = False, **members: Any) -> Event:
    """Return the event of an export with one span."""
    (found,) = events(export(span(attributes, **members)), keep=keep)
    return found


def test_a_span_of_a_model_call_is_read_whole() -> None:
    """Model, tokens, conversation, end user, application, times in nanoseconds written as text."""
    found = one(CALL)
    assert (found.event_id, found.request_id) == ("5b8efff798038103d269b633813fc60c:eee19b7ec3c1b101", "chatcmpl-1")
    assert (found.activity, found.operation, found.modality, found.outcome) == ("infer", "chat", "text", "success")
    assert (found.provider, found.model, found.deployment) == ("openai", "gpt-4o", None)
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (120, 30, 100)
    assert (found.end_user_id, found.session_id, found.principal_id) == ("eu-1", "conv-1", "shop")
    assert (found.time, found.duration_ms, found.request_count) == (1_760_004_000_123_456, 1200, 1)
    assert (found.owner_id, found.credential_id, found.src_ip) == ("given", None, None)


def test_the_former_names_say_the_same() -> None:
    """`gen_ai.system`, `prompt_tokens` and `completion_tokens` are read like the names that replaced them."""
    found = one({
        "gen_ai.system": "az.ai.openai", "gen_ai.request.model": "my-deployment", "gen_ai.response.model": "gpt-4o",
        "gen_ai.usage.prompt_tokens": 7, "gen_ai.usage.completion_tokens": 8,
    })  # fmt: skip
    assert (found.provider, found.input_tokens, found.output_tokens) == ("azure.ai.openai", 7, 8)
    assert (found.model, found.deployment, found.activity) == ("gpt-4o", "my-deployment", "infer")


def test_each_span_of_generative_ai_is_one_event_and_others_are_none() -> None:
    """An export has many spans; those of databases and pages are not ours."""
    found = events(
        export(span(CALL), span({"db.system": "postgresql"}, 2), span({**CALL, "gen_ai.response.id": "b"}, 3))
    )
    assert [event.request_id for event in found] == ["chatcmpl-1", "b"]
    assert events(export(span({"db.system": "postgresql"}))) == []


def test_agents_and_tools_do_not_count_the_calls_they_make_again() -> None:
    """A span around calls has no tokens, no request and an id of its own."""
    found = one({**CALL, "gen_ai.operation.name": "invoke_agent"})
    assert (found.activity, found.input_tokens, found.request_count) == ("other", None, None)
    assert found.request_id == found.event_id


def test_a_span_and_its_log_record_are_one_call() -> None:
    """The details event of a call shares the answer's id with the span; single messages are told by the span."""
    record = {"timeUnixNano": "1760004001000000000", "traceId": "5b8e", "spanId": "eee1",
              "eventName": "gen_ai.client.inference.operation.details", "attributes": pairs(CALL)}  # fmt: skip
    message = {**record, "eventName": "gen_ai.user.message", "body": any_value({"content": WORDS})}
    (found,) = events(logs(record, message))
    assert (found.request_id, found.activity) == (one(CALL).request_id, "infer")
    assert found.event_id != one(CALL).event_id


@pytest.mark.parametrize(
    "flat",
    [
        {"traceId": "5b8e", "spanId": "eee1", "startTimeUnixNano": 1_760_004_000_123_456_789, "attributes": CALL},
        {"name": "chat", "context": {"trace_id": "0x5b8e", "span_id": "0xeee1"}, "attributes": CALL,
         "start_time": "2025-10-09T10:00:00.123456Z", "end_time": "2025-10-09T10:00:01Z",
         "status": {"status_code": "UNSET"}, "resource": {"attributes": {"service.name": "shop"}}},
    ],
)  # fmt: skip
def test_a_single_flattened_span_is_read(flat: dict[str, Any]) -> None:
    """File and console exporters write one span an entry, with attributes as a map."""
    (found,) = events(json.dumps(flat).encode())
    assert (found.event_id, found.time, found.model) == ("5b8e:eee1", 1_760_004_000_123_456, "gpt-4o")
    assert (found.input_tokens, found.outcome) == (120, "success")


@pytest.mark.parametrize(
    ("attributes", "status", "outcome"),
    [
        ({}, {"code": 2}, "error"),
        ({}, {"code": "STATUS_CODE_ERROR"}, "error"),
        ({"error.type": "429"}, {"code": 2}, "throttled"),
        ({"error.type": "RateLimitError"}, {}, "throttled"),
        ({"error.type": "AccessDeniedException"}, {}, "denied"),
        ({"error.type": "openai.AuthenticationError"}, {}, "denied"),
        ({"error.type": "ValidationException"}, {}, "invalid"),
        ({"http.response.status_code": 500}, {}, "error"),
        ({"http.response.status_code": 200}, {"code": 1}, "success"),
        ({"gen_ai.response.finish_reasons": ["content_filter"]}, {}, "filtered"),
    ],
)
def test_a_call_ends_as_its_status_and_error_say(
    attributes: dict[str, Any], status: dict[str, Any], outcome: str
) -> None:
    """Status, error type, HTTP status and finish reason together make the outcome."""
    assert one({**CALL, **attributes}, status=status).outcome == outcome


def test_the_application_can_name_the_key() -> None:
    """`seawall.credential.id` and its kind are taken as they are; a kind we do not know is unknown."""
    found = one({**CALL, "seawall.credential.id": "key_1", "seawall.credential.kind": "api_key"})
    assert (found.credential_id, found.credential_kind) == ("key_1", "api_key")
    assert one({**CALL, "gen_ai.credential.id": "k", "seawall.credential.kind": "odd"}).credential_kind == "unknown"


MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": WORDS}]}]
EVENT = {"name": "gen_ai.user.message", "timeUnixNano": "1", "attributes": pairs({"content": WORDS})}


@pytest.mark.parametrize(
    ("attributes", "span_events"),
    [
        ({"gen_ai.input.messages": json.dumps(MESSAGES)}, []),
        ({"gen_ai.input.messages": MESSAGES}, []),
        ({"gen_ai.prompt": WORDS}, []),
        ({"gen_ai.prompt.0.content": WORDS, "gen_ai.prompt.0.role": "user"}, []),
        ({}, [EVENT]),
    ],
)
def test_a_prompt_is_fingerprinted_and_not_kept(attributes: dict[str, Any], span_events: list[Any]) -> None:
    """In every place that the conventions had for it, the prompt gives the same hash and does not stay."""
    told = {**CALL, **attributes, "gen_ai.output.messages": WORDS, "gen_ai.completion": WORDS}
    found = one(told, events=span_events)
    assert found.prompt_hash == one({**CALL, "gen_ai.prompt": WORDS}).prompt_hash
    assert found.prompt_chars == len(WORDS)
    assert WORDS not in (found.raw or "")
    assert WORDS in (one(told, events=span_events, keep=True).raw or "")


def test_a_long_value_is_taken_for_content_whatever_its_name() -> None:
    """An attribute that we do not know cannot smuggle a prompt into `raw`; a short one stays."""
    raw = one({**CALL, "my.notes": "word " * 300, "my.label": "blue"}).raw or ""
    assert "word word" not in raw
    assert "blue" in raw


def test_a_key_in_a_header_or_an_address_is_not_kept() -> None:
    """Headers and queries can carry the key: they never reach `raw`, opted in or not."""
    key = secrets.token_urlsafe(16)
    told = {
        **CALL,
        "http.request.header.authorization": [f"Bearer {key}"],
        "url.full": f"https://example.com/?key={key}",
    }
    assert key not in (one(told).raw or "")
    assert key not in (one(told, keep=True).raw or "")


def test_a_broken_span_does_not_spoil_its_export() -> None:
    """The good spans are read, and the record says how many others there were and why; nothing goes in silence."""
    broken = span(CALL, 2, startTimeUnixNano="0")
    with pytest.raises(PartlyUnreadable, match="1 of 3 spans unreadable: no time") as caught:
        SOURCE.read(export(span(CALL), broken, span(CALL, 3)), Context(owner="given"))
    assert [each.event_id for each in caught.value.found] == [f"{each['traceId']}:{each['spanId']}" for each in
                                                              (span(CALL), span(CALL, 3))]  # fmt: skip
    assert caught.value.each(lambda event: event.source).found == ["otel.genai"] * 2


def test_an_export_of_broken_spans_is_unreadable() -> None:
    """Where no span can be read there is no part to keep."""
    with pytest.raises(Unreadable, match="no time") as caught:
        SOURCE.read(export(span(CALL, startTimeUnixNano="0")), Context())
    assert not isinstance(caught.value, PartlyUnreadable)
