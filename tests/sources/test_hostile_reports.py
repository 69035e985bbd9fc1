"""The laws of the OpenAI, Anthropic, LiteLLM and OpenTelemetry sources: whatever comes in, only `Unreadable` goes out.

Real-shaped records are bent at one place, which reaches deeper than random JSON does.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import Event, Unreadable
from seawall.sources.anthropic_activity import AnthropicActivity
from seawall.sources.anthropic_usage import AnthropicUsage
from seawall.sources.base import Context, Ignored, Source
from seawall.sources.litellm import LiteLLM
from seawall.sources.openai_audit import OpenAIAudit
from seawall.sources.openai_usage import OpenAIUsage
from seawall.sources.otel_genai import OtelGenAI

CONTENT = "paint the harbour at dawn"
SAMPLES: tuple[tuple[Source, dict[str, Any]], ...] = (
    (OpenAIAudit(), {
        "id": "audit_log-1", "type": "api_key.created", "effective_at": 1_760_000_000, "project": {"id": "proj_1"},
        "actor": {"type": "session", "session": {"user": {"id": "user-1"}, "ip_address": "192.0.2.7", "ja4": "t13d"},
                  "api_key": {"id": "key_9", "service_account": {"id": "sa-1"}}},
        "api_key.created": {"id": "key_1", "data": {"scopes": ["all"]}},
    }),
    (OpenAIUsage(), {
        "object": "bucket", "start_time": 1_760_000_000, "end_time": 1_760_003_600,
        "results": [{"object": "organization.usage.completions.result", "input_tokens": 10, "model": "gpt-4o",
                     "num_model_requests": 2, "api_key_id": "key_1", "batch": False}],
    }),
    (AnthropicUsage(), {
        "starting_at": "2025-10-09T00:00:00Z", "ending_at": "2025-10-10T00:00:00Z",
        "results": [{"uncached_input_tokens": 5, "cache_creation": {"ephemeral_5m_input_tokens": 1},
                     "cache_read_input_tokens": 2, "output_tokens": 3, "api_key_id": "apikey_1", "amount": "12.5"}],
    }),
    (AnthropicActivity(), {
        "id": "activity_1", "created_at": "2026-05-07T10:00:00Z", "organization_id": "org_1",
        "type": "admin_api_key_created", "actor": {"type": "user_actor", "user_id": "u", "ip_address": "192.0.2.1"},
    }),
    (LiteLLM(), {
        "request_id": "chatcmpl-1", "call_type": "acompletion", "api_key": "88dc28", "spend": 0.1, "model": "gpt-4o",
        "prompt_tokens": 10, "completion_tokens": 5, "startTime": "2025-10-09 10:00:00.123", "api_base": "https://a/v1",
        "endTime": "2025-10-09T10:00:02Z", "custom_llm_provider": "azure", "request_tags": ["User-Agent: x/1"],
        "metadata": {"error_information": {"error_code": "429", "error_class": "RateLimitError"},
                     "usage_object": {"prompt_tokens_details": {"cached_tokens": 2}},
                     "guardrail_information": [{"guardrail_name": "g", "guardrail_response": CONTENT}]},
        "messages": [{"role": "user", "content": CONTENT}], "response": {"choices": [{"text": CONTENT}]},
    }),
    (LiteLLM(), {
        "id": "a-1", "updated_at": "2025-10-09T10:00:00Z", "changed_by": "admin", "changed_by_api_key": "88dc28",
        "action": "created", "table_name": "LiteLLM_VerificationToken", "object_id": "99", "updated_values": "{}",
    }),
    (OtelGenAI(), {
        "resourceSpans": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeSpans": [{"spans": [{
                "traceId": "5b8e", "spanId": "eee1", "name": "chat gpt-4o", "startTimeUnixNano": "1760000000000000000",
                "endTimeUnixNano": "1760000001000000000", "status": {"code": 2},
                "attributes": [{"key": "gen_ai.system", "value": {"stringValue": "openai"}},
                               {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "7"}},
                               {"key": "gen_ai.input.messages", "value": {"stringValue": CONTENT}},
                               {"key": "gen_ai.response.finish_reasons",
                                "value": {"arrayValue": {"values": [{"stringValue": "stop"}]}}}],
                "events": [{"name": "gen_ai.user.message",
                            "attributes": [{"key": "content", "value": {"stringValue": CONTENT}}]}],
            }]}],
        }],
    }),
)  # fmt: skip
IDS = [f"{source.name}-{place}" for place, (source, _) in enumerate(SAMPLES)]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12) | st.sampled_from(["nan", "1e999", "-5", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def read(source: Source, record: bytes) -> list[Event] | Ignored | Unreadable:
    """Read a record and check what must hold of every event."""
    try:
        found = source.read(record, Context(owner="o"))
    except Unreadable as refusal:
        return refusal
    for event in found if isinstance(found, list) else ():
        numbers = (event.input_tokens, event.output_tokens, event.cached_tokens, event.image_count, event.cost_usd,
                   event.duration_ms, event.request_count, event.bucket_seconds)  # fmt: skip
        assert all(number is None or number >= 0 for number in numbers)
        assert event.source == source.name
        assert event.event_id
        assert 1_420_070_400_000_000 <= event.time < 4_102_444_800_000_000
        json.loads(event.raw or "")
    return found


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value below a node."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [below for key, value in inner for below in ((*path, key), *places(value, (*path, key)))]


@pytest.mark.parametrize(("source", "sample"), SAMPLES, ids=IDS)
def test_a_sample_is_claimed_by_its_source_alone_and_read(source: Source, sample: dict[str, Any]) -> None:
    """Each sample is matched by its own source, by no other of these, and gives an event without any content."""
    record = json.dumps(sample).encode()
    assert {each.name for each, _ in SAMPLES if each.matches(record)} == {source.name}
    found = read(source, record)
    assert isinstance(found, list)
    assert len(found) == 1
    assert CONTENT not in (found[0].raw or "")


@pytest.mark.parametrize("source", dict.fromkeys(type(source) for source, _ in SAMPLES))
@settings(max_examples=50)
@given(record=st.binary(max_size=60) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_events_ignored_or_unreadable(source: type[Source], record: bytes) -> None:
    """No bytes make a source raise anything but `Unreadable`."""
    assert isinstance(read(source(), record), list | Ignored | Unreadable)


@pytest.mark.parametrize(("source", "sample"), SAMPLES, ids=IDS)
@settings(max_examples=50)
@given(data=st.data(), value=ANY_JSON)
def test_a_record_bent_at_any_place_is_read_or_refused(
    source: Source, sample: dict[str, Any], data: st.DataObject, value: Any
) -> None:
    """A real-shaped record with one value replaced by anything is read or refused, and leaks no content."""
    bent = copy.deepcopy(sample)
    *path, last = data.draw(st.sampled_from(places(sample)))
    holder = bent
    for step in path:
        holder = holder[step]
    holder[last] = value
    found = read(source, json.dumps(bent).encode())
    if isinstance(found, list) and last != "key":  # under another name, a text is an attribute like any other
        assert all(CONTENT not in (event.raw or "") for event in found)


@pytest.mark.parametrize(("source", "sample"), SAMPLES, ids=IDS)
def test_hostile_encodings_are_refused_or_read(source: Source, sample: dict[str, Any]) -> None:
    """Bad UTF-8, deep nesting and numbers beyond a float, in a member nobody reads, raise nothing else."""
    head = json.dumps(sample).encode()[:-1]
    for tail in (b',"x":"\xff"}', b',"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}", b',"x":1e999}', b',"x":"\\ud800"}'):
        assert isinstance(read(source, head + tail), list | Unreadable)
