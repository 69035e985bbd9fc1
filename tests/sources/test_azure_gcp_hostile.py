"""The laws of the Azure and Google Cloud sources: whatever comes in, only `Unreadable` goes out, and no words stay.

Real-shaped records are bent at one place, which reaches deeper than random JSON does.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import Event, Unreadable
from seawall.sources.azure_activity import AzureActivity
from seawall.sources.azure_apim import AzureApim
from seawall.sources.azure_defender import AzureDefender
from seawall.sources.azure_openai import AzureOpenAI
from seawall.sources.base import Context, Ignored, Source
from seawall.sources.gcp_vertex import GcpVertex
from seawall.sources.values import EARLIEST_US, LATEST_US

CONTENT = "zq paint the harbour at dawn zq"
ACCOUNT = "/subscriptions/0f0e/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/harbour"
BODY = json.dumps({"messages": [{"role": "user", "content": CONTENT}]})
REPLY = json.dumps({
    "choices": [{"message": {"content": CONTENT}, "content_filter_results": {"hate": {"severity": "safe"}}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4}, "error": {"innererror": {"code": "x"}},
})  # fmt: skip
SAMPLES: tuple[tuple[Source, dict[str, Any]], ...] = (
    (AzureOpenAI(), {
        "time": "2026-03-02T10:00:00Z", "category": "RequestResponse", "operationName": "ChatCompletions_Create",
        "resourceId": ACCOUNT, "correlationId": "c", "durationMs": 5, "callerIpAddress": "192.0.2.***",
        "resultSignature": "200",
        "properties": {"objectId": "", "modelName": "gpt-4o", "requestTime": 638_515_262_815_394_150},
    }),
    (AzureApim(), {
        "time": "2026-03-02T10:00:00Z", "category": "GatewayLogs", "resourceId": "/subscriptions/0f0e/x/service/front",
        "correlationId": "c", "durationMs": 5, "callerIpAddress": "192.0.2.1",
        "properties": {"url": "https://f.example/deployments/d/chat/completions?api-version=1", "responseCode": 200,
                       "apimSubscriptionId": "s", "requestBody": BODY, "responseBody": REPLY,
                       "requestHeaders": {"User-Agent": "x"}},
    }),
    (AzureApim(), {
        "TimeGenerated": "2026-03-02T10:00:00Z", "CorrelationId": "c", "SequenceNumber": 0, "PromptTokens": 3,
        "CompletionTokens": 4, "ModelName": "gpt-4o", "RequestMessages": [{"content": CONTENT}],
        "_ResourceId": "/subscriptions/0f0e/x", "Type": "ApiManagementGatewayLlmLog",
    }),
    (AzureActivity(), {
        "time": "2026-03-02T10:00:00Z", "resourceId": ACCOUNT, "category": {"value": "Administrative"},
        "operationName": {"value": "Microsoft.CognitiveServices/accounts/listKeys/action"}, "correlationId": "c",
        "status": {"value": "Failed"}, "properties": {"statusCode": "Forbidden", "statusMessage": "{}"},
        "identity": {"claims": {"appid": "a", "ipaddr": "192.0.2.1"}, "authorization": {"action": "x", "scope": "y"}},
    }),
    (AzureDefender(), {
        "AlertType": "AI.Azure_X", "SystemAlertId": "a", "StartTimeUtc": "2026-03-02T10:00:00Z",
        "AzureResourceId": ACCOUNT, "Entities": [{"Type": "ip", "Address": "192.0.2.1"}],
        "ResourceIdentifiers": [{"AzureResourceId": ACCOUNT}],
        "ExtendedProperties": {"User prompt": CONTENT, "Model": "m"},
    }),
    (GcpVertex(), {
        "insertId": "i", "timestamp": "2026-03-02T10:00:00Z",
        "logName": "projects/p/logs/cloudaudit.googleapis.com%2Fx",
        "resource": {"labels": {"project_id": "p"}}, "operation": {"id": "o"},
        "protoPayload": {"serviceName": "aiplatform.googleapis.com", "methodName": "a.GenerateContent",
                         "resourceName": "projects/p/locations/l/publishers/google/models/m", "status": {"code": 0},
                         "authenticationInfo": {"principalEmail": "a@b"}, "requestMetadata": {"callerIp": "192.0.2.1"},
                         "request": {"contents": [{"parts": [{"text": CONTENT}]}]},
                         "response": {"candidates": [{"finishReason": "STOP", "safetyRatings": [{"category": "x"}]}],
                                      "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}},
    }),
    (GcpVertex(), {
        "logging_time": "2026-03-02T10:00:00Z", "model": "publishers/google/models/m", "request_id": 5,
        "full_request": {"model": "projects/p/locations/l/publishers/google/models/m", "contents": [{"text": CONTENT}]},
        "full_response": {"candidates": [{"content": {"text": CONTENT}}], "usage_metadata": {}},
        "metadata": {"request_latency": 1.5},
    }),
)  # fmt: skip
IDS = [f"{source.name}-{place}" for place, (source, _) in enumerate(SAMPLES)]
EACH = pytest.mark.parametrize(("source", "sample"), SAMPLES, ids=IDS)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12) | st.sampled_from(["nan", "1e999", "-5", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
                                              '{"a":', "[1]", "[[", "data: {}", "/subscriptions/",
                                              "5/24/2024, 1:00:00 PM"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every member of a tree."""
    for name, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield (*path, name)
        if isinstance(value, dict | list):
            yield from places(value, (*path, name))


def account(source: Source, record: bytes) -> list[Event]:
    """Read, and hold what comes out to what every source promises."""
    source.matches(record)
    try:
        found = source.read(record, Context(owner="given"))
    except Unreadable:
        return []
    if isinstance(found, Ignored):
        assert 0 < len(found.reason) < 80
        return []
    for each in found:
        figures = (each.input_tokens, each.output_tokens, each.cached_tokens, each.image_count, each.duration_ms)
        assert EARLIEST_US <= each.time < LATEST_US
        assert all(figure is None or figure >= 0 for figure in figures)
        assert each.filter_severity in {None, 0, 2, 4, 6}
        assert (each.credential_id is None) == (each.credential_kind is None)
        assert each.event_id
        json.loads(each.raw or "")
    return found


@EACH
def test_samples_are_read_and_keep_no_words(source: Source, sample: dict[str, Any]) -> None:
    """Each sample is claimed by its source alone, is one event, and leaves none of its words in any column."""
    record = json.dumps(sample).encode()
    claimed = {type(each) for each, _ in SAMPLES if each.matches(record)}
    assert claimed == {type(source)}
    (found,) = account(source, record)
    assert found.source == source.name
    assert CONTENT not in repr(found)


@EACH
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_record_bent_anywhere_is_accounted_for(source: Source, sample: dict[str, Any], data: st.DataObject) -> None:
    """With any member replaced by anything, a record gives events, a reason, or Unreadable."""
    bent = copy.deepcopy(sample)
    *way, last = data.draw(st.sampled_from(list(places(sample))))
    node: Any = bent
    for step in way:
        node = node[step]
    node[last] = data.draw(ODD)
    account(source, json.dumps(bent).encode())


@pytest.mark.parametrize("source", {type(source): source for source, _ in SAMPLES}.values(), ids=lambda each: each.name)
@given(tree=ODD, junk=st.binary(max_size=60))
@settings(max_examples=50, deadline=None)
def test_any_json_and_any_bytes_are_accounted_for(source: Source, tree: Any, junk: bytes) -> None:
    """Nothing but Unreadable is raised for any JSON value or any bytes."""
    account(source, json.dumps(tree).encode())
    account(source, junk)


@EACH
def test_hostile_records_cost_little(source: Source, sample: dict[str, Any]) -> None:
    """Deep nesting, broken UTF-8, long texts and long lists neither raise nor take more than linear time."""
    record = json.dumps(sample).encode()
    began = time.process_time()
    for hostile in (
        record[:-1] + b',"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        record[:-1] + b',"x":"\xff"}',
        record[:-1],
        *(
            json.dumps(_bent_all(sample, long)).encode()
            for long in (
                "/chat/completions/deployments" * 9_000,
                "9" * 200_000,
                '{"a":' * 40_000,
                "data: {}\n" * 20_000,
            )
        ),
    ):
        account(source, hostile)
    assert time.process_time() - began < 3


def _bent_all(tree: Any, value: str) -> Any:
    """Return the tree with a long text after every text of it, but for the names of logs."""
    if isinstance(tree, dict):
        return {name: each if name in {"category", "Type"} else _bent_all(each, value) for name, each in tree.items()}
    if isinstance(tree, list):
        return [_bent_all(each, value) for each in tree]
    return tree + value if isinstance(tree, str) and not tree.startswith("2026") else tree


@pytest.mark.data
def test_real_logs_of_others_are_not_claimed(samples: Path) -> None:
    """No record of CloudTrail, Bedrock, OpenAI or Anthropic is taken for one of Azure or Google Cloud."""
    files = sorted((samples / "logs/panther").glob("*.jsonl"))
    assert files
    for path in files:
        for line in path.read_bytes().splitlines():
            claimed = [source.name for source, _ in SAMPLES if source.matches(line)]
            assert claimed == [], (path.name, line[:200])
