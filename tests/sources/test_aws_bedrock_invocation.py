"""Bedrock's invocation log: tokens, verdicts and fingerprints come out; prompts and answers do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.model import Event, Unreadable
from seawall.sources import Context
from seawall.sources.aws_bedrock_invocation import BedrockInvocation
from seawall.sources.bedrock_body import prompt
from seawall.sources.prompts import fingerprint

ASKED = "zq-question zq-question"
TOLD = "zq-answer"
ARN = "arn:aws:sts::111122223333:assumed-role/app/cli"
SOURCE = BedrockInvocation()
KEY = bytes(range(32))


def call(given: Any = None, made: Any = None, **members: Any) -> dict[str, Any]:
    """Return a record of the log's shape."""
    return {
        "schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "2025-03-01T10:00:00Z",
        "accountId": "111122223333", "identity": {"arn": ARN}, "region": "us-east-1", "requestId": "r-1",
        "operation": "Converse", "modelId": "vendor.model-v1:0",
        "input": {"inputContentType": "application/json", "inputTokenCount": 10,
                  "inputBodyJson": given or {"messages": [{"role": "user", "content": [{"text": ASKED}]}]}},
        "output": {"outputContentType": "application/json", "outputTokenCount": 5,
                   "outputBodyJson": made or {"output": {"message": {"content": [{"text": TOLD}]}}}},
        **members,
    }  # fmt: skip


def read(record: dict[str, Any], **context: Any) -> Event:
    """Read a record that must become one event."""
    data = json.dumps(record).encode()
    assert SOURCE.matches(data)
    (event,) = SOURCE.read(data, Context(key=KEY, **context))
    return event


def test_a_call() -> None:
    """Every column that the log can fill is filled, and no other: above all no credential and no address."""
    event = read(call())
    filled = {name for name in event.__struct_fields__ if getattr(event, name) is not None}
    assert filled - {"event_id", "time", "source", "provider", "activity", "raw", "bucket_seconds"} <= SOURCE.columns
    assert (event.activity, event.outcome, event.modality) == ("infer", "success", "text")
    assert (event.input_tokens, event.output_tokens, event.cached_tokens) == (10, 5, None)
    assert (event.owner_id, event.principal_id, event.credential_id) == ("111122223333", ARN, None)
    assert event.prompt_hash == fingerprint(ASKED, KEY).hash


def test_content_is_kept_only_for_those_who_opted_in() -> None:
    """Prompt and answer stand nowhere in the event, unless the operator asked for them."""
    event = read(call())
    assert not any(word in str(event) for word in ("zq-question", "zq-answer"))
    kept = read(call(), keep_content=True)
    assert ASKED in (kept.raw or "")
    assert kept.prompt_hash == event.prompt_hash


STREAM = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": TOLD}}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": {"inputTokens": 7, "outputTokens": 9, "cacheReadInputTokens": 100},
                  "metrics": {"latencyMs": 300}}},
]  # fmt: skip
ANTHROPIC_STREAM = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 12, "output_tokens": 1}}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 40}},
    {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 12, "outputTokenCount": 40,
                                                                  "invocationLatency": 900}},
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "made", "columns"),
    [
        ({"inputTokenCount": 0}, {"usage": {"inputTokens": 3, "outputTokens": 4}}, (3, 4, None, None)),
        ({}, {"usage": {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": 2,
                        "cache_creation_input_tokens": 1}}, (6, 4, 2, None)),
        ({}, STREAM, (107, 9, 100, 300)),
        ({}, ANTHROPIC_STREAM, (12, 40, None, 900)),
        ({}, {"inputTextTokenCount": 8, "results": [{"tokenCount": 2}]}, (8, None, None, None)),
        ({}, {"prompt_token_count": 8, "generation_token_count": 2}, (8, 2, None, None)),
        ({"inputTokenCount": 5, "cacheReadInputTokenCount": 20, "cacheWriteInputTokenCount": 1}, {},
         (26, None, 20, None)),
        ({"inputTokenCount": -5}, {"metrics": {"latencyMs": -3}}, (None, None, None, None)),
        ({"inputTokenCount": "6"}, "text", (6, None, None, None)),
        ({}, {}, (None, None, None, None)),
    ],
    ids=["zero in the log", "anthropic", "converse stream", "anthropic stream", "titan", "llama", "cache", "negative",
         "text", "none"],
)  # fmt: skip
def test_tokens(given: dict[str, Any], made: Any, columns: tuple[int | None, ...]) -> None:
    """Tokens come from the log or the answer, whole or streamed, cached ones included; what is not said is null."""
    event = read(call(input=given, output={"outputBodyJson": made}))
    assert (event.input_tokens, event.output_tokens, event.cached_tokens, event.duration_ms) == columns


def _trace(*filters: tuple[str, str, str]) -> dict[str, Any]:
    listed = [{"type": kind, "confidence": grade, "action": action} for kind, grade, action in filters]
    return {"contentPolicy": {"filters": listed}}


@pytest.mark.parametrize(
    ("made", "columns"),
    [
        ({"amazon-bedrock-guardrailAction": "INTERVENED", "amazon-bedrock-trace": {"guardrail": {
            "input": {"gr1": _trace(("VIOLENCE", "HIGH", "BLOCKED"), ("HATE", "LOW", "NONE"))}}}},
         ("filtered", "violence", 6, "gr1")),
        ({"stopReason": "guardrail_intervened", "trace": {"guardrail": {"inputAssessment": {
            "gr2": _trace(("SEXUAL", "MEDIUM", "BLOCKED"), ("PROMPT_ATTACK", "LOW", "BLOCKED"))}}}},
         ("filtered", "prompt_attack,sexual", 4, "gr2")),
        ([{"messageStop": {"stopReason": "guardrail_intervened"}}, {"metadata": {"trace": {"guardrail": {
            "outputAssessments": {"gr3": [_trace(("INSULTS", "LOW", "BLOCKED")), {"sensitiveInformationPolicy": {
                "piiEntities": [{"type": "EMAIL", "match": "zq", "action": "ANONYMIZED"}]}}]}}}}}],
         ("filtered", "insults,pii", 2, "gr3")),
        ({"amazon-bedrock-guardrailAction": "NONE", "amazon-bedrock-trace": {"guardrail": {
            "input": {"gr1": _trace(("HATE", "NONE", "NONE"))}}}}, ("success", None, None, "gr1")),
        ({"trace": {"guardrail": {"inputAssessment": {"gr4": {"contentPolicy": {"filters": [
            {"type": "HATE", "confidence": "HIGH", "action": "NONE", "detected": True}]}}}}}},
         ("success", "hate", 6, "gr4")),
        ({"stopReason": "guardrail_intervened"}, ("filtered", None, None, None)),
        ({"trace": {"guardrail": {"inputAssessment": [1, {"g": 2}]}}}, ("success", None, None, None)),
    ],
    ids=["invoke", "converse", "stream", "passed", "detected only", "no trace", "odd"],
)  # fmt: skip
def test_verdicts(made: Any, columns: tuple[Any, ...]) -> None:
    """A guardrail's verdict is read in the three shapes that Bedrock writes; without a trace, that it intervened."""
    event = read(call(made=made))
    assert (event.outcome, event.filter_categories, event.filter_severity, event.guardrail_id) == columns


@pytest.mark.parametrize(
    ("record", "columns"),
    [
        (call(errorCode="ValidationException"), {"outcome": "invalid", "error_code": "ValidationException"}),
        (call(errorCode="AccessDeniedException"), {"outcome": "denied"}),
        (call(operation="ListModels"), {"activity": "list_models"}),
        (call(operation="CountTokens"), {"activity": "other"}),
        (call(operation=None), {"activity": "infer"}),
        (call(made={"images": ["x", "y"]}), {"image_count": 2, "modality": "image"}),
        (call(made={"artifacts": [{"base64": "x"}]}), {"image_count": 1}),
        (call(made={"embedding": [0.1]}), {"modality": "embedding", "image_count": None}),
        (call(modelId="arn:aws:bedrock:us-east-1:1:inference-profile/us.v.m"),
         {"model": "us.v.m", "resource_id": "arn:aws:bedrock:us-east-1:1:inference-profile/us.v.m"}),
        (call(input={"inputBodyS3Path": "s3://b/k"}), {"prompt_hash": None, "input_tokens": None}),
        (call(timestamp="2025-03-01 10:00:00.000000000"), {"time": 1_740_823_200_000_000}),
        (call(identity="odd", input=[1], output="odd"), {"principal_id": None, "input_tokens": None}),
    ],
)  # fmt: skip
def test_columns(record: dict[str, Any], columns: dict[str, Any]) -> None:
    """Each oddity of the log leads to the column values that it means."""
    event = read(record)
    assert {name: getattr(event, name) for name in columns} == columns


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": ASKED},
        {"inputText": ASKED},
        {"messages": [{"role": "user", "content": ASKED}]},
        {"messages": [{"role": "user", "content": [{"image": {"source": {"bytes": "AA"}}}, {"text": ASKED}]}]},
        {"text_prompts": [{"text": ASKED, "weight": 1}]},
        {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": ASKED}},
        {"texts": [ASKED]},
    ],
    ids=["prompt", "titan", "text", "blocks", "diffusion", "canvas", "embed"],
)
def test_each_family_s_prompt_is_found(body: dict[str, Any]) -> None:
    """The words of a prompt are found where each model family keeps them, and nothing but the words."""
    assert prompt(body) == ASKED


@pytest.mark.parametrize(
    "columns",
    [
        {"input": '{"inputTokenCount": 10, "inputBodyJson": {"prompt": "zq-question"}}'},
        {"input": '{inputtokencount=10, inputbodyjson={"prompt":"zq-question"}}'},
        {"input.inputBodyJson.prompt": "zq-question", "input.inputTokenCount": "10"},
    ],
    ids=["json", "struct", "dotted"],
)
def test_an_export_keeps_no_content_either(columns: dict[str, str]) -> None:
    """A row of an export, its names in lower case, is read as far as it can be and loses all content columns."""
    row = {
        "schematype": "ModelInvocationLog", "timestamp": "2025-03-01T10:00:00Z", "accountid": "111122223333",
        "requestid": "r-1", "operation": "Converse", "modelid": "vendor.model-v1:0", "output": "{a=zq-answer}",
        "identity": f"{{arn={ARN}}}",
    }  # fmt: skip
    event = read(row | columns)
    assert (event.model, event.owner_id, event.request_id) == ("vendor.model-v1:0", "111122223333", "r-1")
    assert event.principal_id == ARN
    assert "zq-" not in str(event)


def test_an_export_s_parts_are_read_where_they_are_json() -> None:
    """Tokens and prompt of a row whose parts are JSON in a text are those of the record."""
    row = {name.lower(): json.dumps(part) if isinstance(part, dict) else part for name, part in call().items()}
    own, exported = read(call()), read(row)
    assert {name for name in own.__struct_fields__ if getattr(own, name) != getattr(exported, name)} == {"raw"}


def test_a_prompt_cannot_disown_its_record() -> None:
    """A caller who writes CloudTrail's words into a prompt's body is still seen."""
    assert read(call(given={"eventSource": "iam.amazonaws.com", "prompt": ASKED})).activity == "infer"


def test_a_record_without_time_is_unreadable() -> None:
    """Without a time a record goes to quarantine with a reason."""
    with pytest.raises(Unreadable, match="timestamp"):
        SOURCE.read(json.dumps(call(timestamp=None)).encode(), Context())


@pytest.mark.data
def test_every_real_record_is_an_event(samples: Path) -> None:
    """All records of the real samples are events; the guardrail case is filtered, and no words are left."""
    lines = (samples / "logs" / "panther" / "bedrock_invocation.jsonl").read_text().splitlines()
    events = [read(json.loads(line)["log"]) for line in lines]
    assert [event.activity for event in events] == ["infer", "list_models", "infer", "list_models", "infer", "infer"]
    assert [event.outcome for event in events] == ["success"] * 5 + ["filtered"]
    assert (events[5].filter_categories, events[5].filter_severity) == ("violence", 6)
    assert not any("question" in str(event) for event in events)
