"""OpenTelemetry's generative AI telemetry: spans and log records of applications → one event each.

In: an OTLP export as JSON (`resourceSpans`, `resourceLogs`), or one span of it; attributes in their present and former
names (`gen_ai.provider.name`, `gen_ai.system`). Out: `infer` events for model calls, `other` for the agents and tools
around them, whose token sums would count the calls twice. What it cannot tell: the key, unless the application says it
in `seawall.credential.id`; anything a thief does elsewhere with the key.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, get_args

import msgspec

from seawall.model import CredentialKind, Event, Modality, Outcome, Unreadable
from seawall.sources.base import Context, Ignored
from seawall.sources.chat import prompt_columns, prompt_text
from seawall.sources.content import holds_content, holds_secret
from seawall.sources.otlp import Item, items
from seawall.sources.partly import read_parts
from seawall.sources.providers import error_outcome, provider_name
from seawall.sources.values import address, count, decode, digest_id, moment, text

_DECODER: Final = msgspec.json.Decoder(dict[str, Any])
_MARKS: Final = ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.system")
_AROUND: Final = frozenset({"execute_tool", "invoke_agent", "create_agent", "invoke_workflow", "retrieval"})
_DETAILS: Final = "gen_ai.client.inference.operation.details"
_MODALITIES: Final[dict[str, Modality]] = {
    "text": "text", "json": "text", "image": "image", "speech": "audio", "video": "video", "chat": "text",
    "text_completion": "text", "generate_content": "text", "embeddings": "embedding", "image_generation": "image",
}  # fmt: skip
_FILTERED: Final = ("content_filter", "SAFETY", "guardrail_intervened", "content_filtered")
_ADDRESSES: Final = frozenset({"url.full", "url.original", "http.url", "http.target", "url.path"})
#: A longer value is taken for content, whatever its name.
_MAX_VALUE: Final = 256
_RESOURCE: Final = ("service.name", "service.namespace", "cloud.account.id", "cloud.region", "deployment.environment")


class OtelGenAI:
    """Reads OTLP/JSON traces and logs."""

    name = "otel.genai"
    title = "OpenTelemetry GenAI spans and events (OTLP as JSON)"
    columns = frozenset({
        "request_id", "operation", "modality", "outcome", "status_code", "error_code", "owner_id", "region",
        "credential_id", "credential_kind", "principal_id", "end_user_id", "session_id", "src_ip", "user_agent",
        "model", "deployment", "input_tokens", "output_tokens", "cached_tokens", "request_count", "duration_ms",
        "prompt_hash", "prompt_sketch", "prompt_chars", "guardrail_id",
    })  # fmt: skip
    cannot_tell = (
        "It tells what the instrumented application did, and nothing of what others do with its key.",
        "It names no key, unless the application sets seawall.credential.id.",
        "An address is there only where the span is of a server (client.address).",
    )
    switch_on = (
        "Instrument the application with the GenAI conventions (OTEL_SEMCONV_STABILITY_OPT_IN="
        "gen_ai_latest_experimental), set seawall.credential.id to the key's public id, "
        "and write traces with the collector's file exporter as JSON."
    )

    def matches(self, record: bytes) -> bool:
        """An export names its resources; a single span has attributes of generative AI."""
        if b'"attributes"' in record and b'"gen_ai.' in record:
            return True
        return any(name in record for name in (b'"resourceSpans"', b'"resourceLogs"', b'"resource_spans"'))

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """Each span or log record of generative AI is one event; an export without any is ignored.

        Raises:
            PartlyUnreadable: some of an export's spans are unreadable; the others are read.
            Unreadable: no JSON object, or no span of it is readable.
        """
        try:
            spans = filter(_concerns, items(decode(_DECODER, record)))
            found = read_parts(spans, partial(_event, context=context), "spans")
        except RecursionError as error:
            raise Unreadable("nested too deeply") from error
        return found or Ignored("telemetry without model calls")


def _concerns(item: Item) -> bool:
    """Say whether this is an act of generative AI; single messages and evaluations are told by their span."""
    if not any(mark in item.attributes for mark in _MARKS):
        return False
    return not item.log or item.name == _DETAILS or not item.name.startswith("gen_ai.")


def _event(item: Item, context: Context) -> Event:
    operation = _said(item, "gen_ai.operation.name")
    call = operation not in _AROUND
    own_id = f"{item.trace_id}:{item.span_id}" if item.trace_id and item.span_id else None
    answer = _said(item, "aws.request_id", "az.service_request_id", "gen_ai.response.id") if call else None
    stripped = _raw(item, keep=False)
    start = moment(item.start)
    return Event(
        event_id=own_id if own_id and not item.log else digest_id(stripped.encode()),
        request_id=answer or own_id,
        time=start,
        source=OtelGenAI.name,
        provider=provider_name(_said(item, "gen_ai.provider.name", "gen_ai.system") or "") or "unknown",
        activity="infer" if call else "other",
        raw=_raw(item, keep=True) if context.keep_content else stripped,
        operation=operation or text(item.name),
        modality=_MODALITIES.get(_said(item, "gen_ai.output.type") or operation or ""),
        outcome=_outcome(item),
        status_code=_status_code(item),
        error_code=_said(item, "error.type", "error.code"),
        region=_said(item, "aws.region", "cloud.region"),
        duration_ms=_duration(item, start),
        guardrail_id=_said(item, "aws.bedrock.guardrail.id", "gen_ai.guardrail.id"),
        **_who(item, context),
        **(_cost(item) if call else {}),
        **prompt_columns(prompt_text(_prompts(item)), context.key),
    )


def _who(item: Item, context: Context) -> dict[str, Any]:
    """Return the columns of who acted, and from where."""
    key = _said(item, "seawall.credential.id", "gen_ai.credential.id")
    kind = _said(item, "seawall.credential.kind")
    return {
        "owner_id": _said(item, "seawall.owner.id") or context.owner,
        "credential_id": key,
        "credential_kind": (kind if kind in get_args(CredentialKind) else "unknown") if key else None,
        "principal_id": text(item.resource.get("service.name")),
        "end_user_id": _said(item, "enduser.id", "user.id"),
        "session_id": _said(item, "gen_ai.conversation.id", "session.id"),
        "src_ip": address(_said(item, "client.address") or ""),
        "user_agent": _said(item, "user_agent.original"),
    }


def _cost(item: Item) -> dict[str, Any]:
    """Return the columns of what a model call used.

    At Azure, the model that was asked for is the deployment, the customer's own name for it.
    """
    asked, answered = _said(item, "gen_ai.request.model"), _said(item, "gen_ai.response.model")
    azure = provider_name(_said(item, "gen_ai.provider.name", "gen_ai.system") or "") == "azure.ai.openai"
    return {
        "model": (answered or asked) if azure else (asked or answered),
        "deployment": asked if azure and answered else None,
        "input_tokens": _tokens(item, "input_tokens", "prompt_tokens"),
        "output_tokens": _tokens(item, "output_tokens", "completion_tokens"),
        "cached_tokens": _tokens(item, "cache_read.input_tokens", "cache_read_input_tokens"),
        "request_count": 1,
    }


def _said(item: Item, *names: str) -> str | None:
    return next(filter(None, (text(item.attributes.get(name)) for name in names)), None)


def _tokens(item: Item, *names: str) -> int | None:
    found = (count(item.attributes.get(f"gen_ai.usage.{name}")) for name in names)
    return next((number for number in found if number is not None), None)


def _outcome(item: Item) -> Outcome:
    reasons = item.attributes.get("gen_ai.response.finish_reasons")
    if any(word in _FILTERED for word in (reasons if isinstance(reasons, list) else [reasons])):
        return "filtered"
    error = _said(item, "error.type", "error.code")
    status = _status_code(item)
    if error or item.failed or (status or 0) >= 400:
        return error_outcome(error, status)
    return "success"


def _status_code(item: Item) -> int | None:
    found = (count(item.attributes.get(name)) for name in ("http.response.status_code", "http.status_code",
                                                           "error.type"))  # fmt: skip
    return next((code for code in found if code is not None and 100 <= code < 600), None)


def _duration(item: Item, start: int) -> int | None:
    if item.end is None:
        return None
    try:
        return count((moment(item.end) - start) // 1000)
    except Unreadable:
        return None


def _prompts(item: Item) -> list[Any]:
    """Return what holds the prompt, in attributes, in numbered attributes, or in events of the span."""
    said = item.attributes
    names = ("gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.prompt", "ai.prompt.messages", "ai.prompt")
    found = [said[name] for name in names if name in said]
    if not found:
        found = [value for name, value in said.items() if _is_numbered_prompt(name)]
    if not found:
        told = [(name, attributes) for name, attributes in item.events if name.startswith("gen_ai.")]
        found = [attributes[key] for name, attributes in told for key in (*names, "content")
                 if key in attributes and name != "gen_ai.choice"]  # fmt: skip
    return found


def _is_numbered_prompt(name: str) -> bool:
    return name.startswith(("gen_ai.prompt.", "llm.input_messages.")) and name.endswith(".content")


def _raw(item: Item, *, keep: bool) -> str:
    """Return the item as JSON text: attributes that can hold a key never, content only if `keep`."""
    kept = {name: _address(name, value) for name, value in item.attributes.items() if _may_stay(name, value, keep)}
    resource = {name: item.resource[name] for name in _RESOURCE if _short(item.resource.get(name))}
    row: dict[str, Any] = {
        "traceId": item.trace_id, "spanId": item.span_id, "name": item.name, "time": item.start, "end": item.end,
        "error": item.failed, "attributes": kept, "resource": resource, "events": [name for name, _ in item.events],
    }  # fmt: skip
    if keep:
        row["events"] = [{"name": name, "attributes": said} for name, said in item.events]
    return msgspec.json.encode(row).decode()


def _may_stay(name: str, value: object, keep: bool) -> bool:
    if holds_secret(name):
        return False
    return keep or (_short(value) and not holds_content(name))


def _short(value: object) -> bool:
    """Say whether a value is plain and short enough to be a label."""
    if isinstance(value, list):
        return len(value) <= 32 and all(isinstance(each, str) and len(each) <= 64 for each in value)
    return value is not None and not isinstance(value, dict) and len(str(value)) <= _MAX_VALUE


def _address(name: str, value: Any) -> Any:
    """Return an address without its query, where some providers take the key."""
    return value.partition("?")[0] if name in _ADDRESSES and isinstance(value, str) else value
