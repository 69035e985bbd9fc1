"""Whatever bytes AWS's logs bring: events, Ignored or Unreadable, and never anything else."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import Event, Unreadable
from seawall.sources import Context, Ignored, Source
from seawall.sources.aws_bedrock_invocation import BedrockInvocation
from seawall.sources.aws_cloudtrail import CloudTrail
from seawall.sources.aws_guardduty import GuardDuty
from seawall.sources.values import EARLIEST_US, LATEST_US

ALL = pytest.mark.parametrize("source", [CloudTrail(), BedrockInvocation(), GuardDuty()], ids=lambda each: each.name)
CONTENT = "zq-content-zq"

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([
    "", "bedrock.amazonaws.com", "InvokeModel", "2025-01-01T00:00:00Z", "{a=b}", "{", '{"a":1}', "null", "AKIA1",
    "arn:aws:iam::111122223333:user/BedrockAPIKey-1", "Impact:IAMUser/CostHarvesting",
]) | st.text(max_size=10)  # fmt: skip
_NAMES = st.sampled_from([
    "eventSource", "eventName", "eventTime", "userIdentity", "useridentity", "arn", "accessKeyId", "sessionContext",
    "sessionIssuer", "requestParameters", "additionalEventData", "responseElements", "detail", "CloudTrailEvent",
    "timestamp", "modelId", "input", "output", "inputBodyJson", "outputBodyJson", "inputTokenCount", "identity",
    "messages", "content", "usage", "amazon-bedrock-trace", "guardrail", "contentPolicy", "filters", "trace", "images",
    "type", "service", "resource", "accessKeyDetails", "action", "id", "accountId", "Type", "modelDetails",
])  # fmt: skip
_ANY_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=8),
    max_leaves=30,
)


def _account(source: Source, record: bytes) -> list[Event]:
    """Read, and hold what comes out to what every source promises."""
    source.matches(record)
    try:
        answer = source.read(record, Context())
    except Unreadable:
        return []
    if isinstance(answer, Ignored):
        assert 0 < len(answer.reason) < 80
        return []
    for event in answer:
        figures = (event.input_tokens, event.output_tokens, event.cached_tokens, event.image_count, event.duration_ms)
        assert EARLIEST_US <= event.time < LATEST_US
        assert all(figure is None or figure >= 0 for figure in figures)
        assert event.event_id
        (event.raw or "").encode()
    return answer


@ALL
@given(tree=_ANY_JSON)
@settings(max_examples=50)
def test_any_json_is_accounted_for(source: Source, tree: object) -> None:
    """Any JSON value is events, Ignored or Unreadable."""
    _account(source, json.dumps(tree).encode())


@ALL
@given(record=st.binary(max_size=200))
@settings(max_examples=30)
def test_any_bytes_are_accounted_for(source: Source, record: bytes) -> None:
    """Any bytes are events, Ignored or Unreadable."""
    _account(source, record)


@ALL
@given(tree=st.dictionaries(_NAMES, _ANY_JSON, max_size=6))
@settings(max_examples=50)
def test_a_plausible_record_with_odd_members_is_accounted_for(source: Source, tree: dict[str, object]) -> None:
    """A record that is right but for some members of odd shapes is read or refused, never a crash."""
    base = {
        "eventSource": "bedrock.amazonaws.com", "eventName": "Converse", "eventTime": "2025-01-01T00:00:00Z",
        "timestamp": "2025-01-01T00:00:00Z", "modelId": "m", "type": "Impact:IAMUser/CostHarvesting",
        "updatedAt": "2025-01-01T00:00:00Z",
    }  # fmt: skip
    _account(source, json.dumps(base | tree).encode())


@ALL
@pytest.mark.parametrize(
    "record",
    [
        b'{"eventSource":' + b"[" * 10_000,
        b'{"eventSource":"iam.amazonaws.com","a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"eventname":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
        b'{"timestamp":"2025-01-01T00:00:00Z","modelId":"m","a":"\xff"}',
        b'{"useridentity":"' + b"{a=" * 50_000 + b'"}',
        b'{"timestamp":"2025-01-01T00:00:00Z","modelId":"m","input":{"inputBodyJson":"' + b"[{" * 50_000 + b'"}}',
        b'{"detail":{"detail":{"detail":{}}},"CloudTrailEvent":"{\\"CloudTrailEvent\\":1}"}',
    ],
    ids=["open", "deep", "nested", "not utf-8", "struct", "deep body", "wrapped"],
)
def test_bad_records_cost_little(source: Source, record: bytes) -> None:
    """Nesting, broken text and near-structs are refused or read in bounded time."""
    started = time.process_time()
    _account(source, record)
    assert time.process_time() - started < 2
