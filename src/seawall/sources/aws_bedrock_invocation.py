"""Bedrock's model invocation log: what each call of a model was given, gave back, and how many tokens it took.

In: one record (`schemaType` `ModelInvocationLog`). Out: one event; the prompt becomes a fingerprint, the answer goes.
What its log cannot tell: the key, the address, the client (CloudTrail has them, joined by `requestId`).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.model import Activity, Event, Outcome, Unreadable
from seawall.sources.aws_acts import activity_of, model_of, outcome_of
from seawall.sources.aws_cloudtrail import OPENING, is_invocation
from seawall.sources.aws_record import cell
from seawall.sources.base import Context
from seawall.sources.bedrock_body import Verdict, images, modality, prompt, usage, verdict
from seawall.sources.chat import prompt_columns
from seawall.sources.content import content_of
from seawall.sources.prompts import without
from seawall.sources.values import count, decode, decode_leniently, digest_id, record_text, text, time_us

#: The members that carry prompts and answers.
_CONTENT: Final = content_of("aws.bedrock_invocation")
_ANY: Final = msgspec.json.Decoder()


class _Side(msgspec.Struct):
    """The request or the answer; a stream's answer is a list of pieces."""

    input_body: Any = msgspec.field(default=None, name="inputBodyJson")
    output_body: Any = msgspec.field(default=None, name="outputBodyJson")
    input_tokens: Any = msgspec.field(default=None, name="inputTokenCount")
    output_tokens: Any = msgspec.field(default=None, name="outputTokenCount")
    cache_read: Any = msgspec.field(default=None, name="cacheReadInputTokenCount")
    cache_written: Any = msgspec.field(default=None, name="cacheWriteInputTokenCount")
    video_seconds: Any = msgspec.field(default=None, name="outputVideoDurationSeconds")


class _Arn(msgspec.Struct):
    arn: str | None = None


_NO_SIDE: Final = _Side()


class _Record(msgspec.Struct, rename="camel"):
    """Only the fields that are read."""

    timestamp: str | None = None
    account_id: str | None = None
    region: str | None = None
    request_id: str | None = None
    operation: str | None = None
    model_id: str | None = None
    error_code: str | None = None
    status: Any = None
    identity: _Arn | None = None
    input: _Side | None = None
    output: _Side | None = None


_DECODER: Final = msgspec.json.Decoder(_Record)
_FIELDS: Final = {
    field.encode_name.lower(): field.encode_name
    for kind in (_Record, _Side, _Arn)
    for field in msgspec.structs.fields(kind)
}


class BedrockInvocation:
    """Reads the model invocation log."""

    name = "aws.bedrock_invocation"
    title = "Amazon Bedrock model invocation log"
    columns = frozenset({
        "request_id", "operation", "modality", "outcome", "status_code", "error_code", "owner_id", "resource_id",
        "region", "principal_id", "model", "input_tokens", "output_tokens", "cached_tokens", "image_count",
        "request_count", "duration_ms", "prompt_hash", "prompt_sketch", "prompt_chars", "filter_categories",
        "filter_severity", "guardrail_id",
    })  # fmt: skip
    cannot_tell = (
        "It names no key, no address and no client: CloudTrail does, joined by the request id.",
        "A body over 100 kB is in another file: its prompt has no fingerprint, its guardrail no verdict.",
        "Calls through the bedrock-mantle endpoint are not in it.",
    )
    switch_on = "In each region, Bedrock's model invocation logging to S3 or CloudWatch Logs."

    def matches(self, record: bytes) -> bool:
        """Its records say their schema type; a CloudTrail record that carries the words is none."""
        if record.startswith(OPENING) or b'"ModelInvocationLog"' not in record:
            return False
        return b'"eventSource"' not in record or is_invocation(record)

    def read(self, record: bytes, context: Context) -> list[Event]:
        """Return the record's event."""
        row = decode_leniently(_DECODER, record)
        content = _CONTENT
        if row.timestamp is None or row.model_id is None:
            row, content = _export(record)
        without_content = without(record, content)
        return [_event(row, record_text(record) if context.keep_content else without_content, without_content, context)]


def _event(row: _Record, raw: str, without_content: str, context: Context) -> Event:
    given, made = row.input or _NO_SIDE, row.output or _NO_SIDE
    judged = verdict(made.output_body)
    words = prompt(given.input_body)
    operation = text(row.operation)
    activity = _activity(operation)
    return Event(
        event_id=text(row.request_id) or digest_id(without_content.encode()),
        time=time_us(row.timestamp or ""),
        source=BedrockInvocation.name,
        provider="aws.bedrock",
        activity=activity,
        request_id=text(row.request_id),
        raw=raw,
        operation=operation,
        modality="video" if made.video_seconds else modality(made.output_body),
        outcome=_outcome(row, judged),
        status_code=count(row.status),
        error_code=text(row.error_code),
        owner_id=text(row.account_id) or context.owner,
        resource_id=row.model_id if row.model_id and row.model_id.startswith("arn:") else None,
        region=text(row.region),
        principal_id=row.identity.arn if row.identity else None,
        model=model_of(row.model_id) if row.model_id else None,
        request_count=1,
        image_count=images(made.output_body),
        **_tokens(given, made),
        **prompt_columns(words, context.key),
        **_judged(judged),
    )


def _activity(operation: str | None) -> Activity:
    """A record whose operation is missing is of a model's use: the log is about nothing else."""
    return "infer" if operation is None else activity_of("bedrock", operation) or "other"


def _outcome(row: _Record, judged: Verdict) -> Outcome:
    return "filtered" if judged.intervened else outcome_of(text(row.error_code))


def _tokens(given: _Side, made: _Side) -> dict[str, Any]:
    """Return the token columns; the log's own counts and those in the answer agree where both are there and not 0."""
    said = usage(made.output_body)
    read = _larger(count(given.cache_read), said.cache_read)
    written = _larger(count(given.cache_written), said.cache_written)
    fresh = _larger(count(given.input_tokens), said.input_tokens)
    return {
        "input_tokens": None if fresh is None else fresh + (read or 0) + (written or 0),
        "output_tokens": _larger(count(made.output_tokens), said.output_tokens),
        "cached_tokens": read,
        "duration_ms": said.latency_ms,
    }


def _larger(one: int | None, other: int | None) -> int | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _judged(judged: Verdict) -> dict[str, Any]:
    return {
        "filter_categories": judged.categories,
        "filter_severity": judged.severity,
        "guardrail_id": judged.guardrail_id,
    }


def _export(record: bytes) -> tuple[_Record, frozenset[str]]:
    """Read a row of an export, its names in lower case and its parts as text; name all of its content columns.

    Raises:
        Unreadable: it has no time even so.
    """
    tree = decode(_ANY, record)
    try:
        row = decode_leniently(_DECODER, msgspec.json.encode(_named(tree, depth=2)))
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    if row.timestamp is None:
        raise Unreadable("no timestamp")
    return row, _CONTENT | {key for key in tree if key.lower().startswith(("input", "output"))}


def _named(tree: Any, depth: int) -> Any:
    """Return the tree with the log's own names, two levels deep; below are bodies, which have names of their own."""
    if not isinstance(tree, dict) or depth == 0:
        return tree
    return {_FIELDS.get(key.lower(), key): _named(cell(value), depth - 1) for key, value in tree.items()}
