"""LiteLLM's logs: spend log rows, logging-callback payloads, audit log rows → one event each.

In: a row of `LiteLLM_SpendLogs` (database, CSV, `/spend/logs`), a StandardLoggingPayload as its callbacks write it, or
a row of `LiteLLM_AuditLog`. Out: `infer` events with the virtual key's hash, the team, address, tokens and spend;
changes of keys and access. What it cannot tell: the provider's own key behind a model, and calls whose client switched
logging off with `no-log`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.model import Event, Modality, Outcome, Unreadable
from seawall.sources.base import Context, Ignored
from seawall.sources.buckets import dollars
from seawall.sources.chat import prompt_columns, prompt_text
from seawall.sources.content import content_of
from seawall.sources.litellm_audit import read_audit_row
from seawall.sources.litellm_keys import SECRETS, virtual_key
from seawall.sources.prompts import without
from seawall.sources.providers import error_outcome, provider_name
from seawall.sources.values import address, count, decode_leniently, digest_id, moment, text

_Number = float | str | None


class _Error(msgspec.Struct):
    error_code: str | int | None = None
    error_class: str | None = None


class _Metadata(msgspec.Struct):
    user_api_key: str | None = None
    user_api_key_hash: str | None = None
    user_api_key_team_id: str | None = None
    user_api_key_org_id: str | None = None
    user_api_key_user_id: str | None = None
    user_api_key_end_user_id: str | None = None
    requester_ip_address: str | None = None
    user_agent: str | None = None
    status: str | None = None
    error_information: _Error | None = None
    usage_object: dict[str, Any] | None = None
    guardrail_information: Any = None


class _Call(msgspec.Struct):
    request_id: str | None = None
    id: str | None = None
    call_type: str | None = None
    api_key: str | None = None
    spend: _Number = None
    response_cost: _Number = None
    prompt_tokens: _Number = None
    completion_tokens: _Number = None
    startTime: _Number = None  # noqa: N815 - the log's own spelling
    endTime: _Number = None  # noqa: N815 - the same
    request_duration_ms: _Number = None
    model: str | None = None
    model_group: str | None = None
    custom_llm_provider: str | None = None
    api_base: str | None = None
    user: str | None = None
    metadata: _Metadata | str | None = None
    cache_hit: bool | str | None = None
    request_tags: list[Any] | str | None = None
    team_id: str | None = None
    organization_id: str | None = None
    end_user: str | None = None
    requester_ip_address: str | None = None
    session_id: str | None = None
    trace_id: str | None = None
    status: str | None = None
    error_information: _Error | None = None
    guardrail_information: Any = None
    messages: Any = None
    proxy_server_request: Any = None


_DECODER: Final = msgspec.json.Decoder(_Call)
_METADATA: Final = msgspec.json.Decoder(_Metadata)
_TAGS: Final = msgspec.json.Decoder(list[Any])
_CONTENT: Final = content_of("litellm")
_KEY_MEMBERS: Final = frozenset({"api_key", "user_api_key", "user_api_key_hash"})
#: What a call type's words say was made, in the order in which they are looked for.
_MADE: Final[tuple[tuple[str, Modality], ...]] = (
    ("embedding", "embedding"), ("image", "image"), ("video", "video"), ("transcription", "text"), ("speech", "audio"),
    ("moderation", "moderation"), ("completion", "text"), ("responses", "text"), ("messages", "text"),
    ("generate_content", "text"), ("rerank", "other"), ("realtime", "other"), ("ocr", "text"),
    ("pass_through", "other"),
)  # fmt: skip
_AGENT_TAG: Final = "User-Agent: "


class LiteLLM:
    """Reads spend log rows, logging-callback payloads and audit log rows."""

    name = "litellm"
    title = "LiteLLM spend logs, audit log and logging callbacks"
    columns = frozenset({
        "request_id", "operation", "modality", "outcome", "status_code", "error_code", "owner_id", "resource_id",
        "credential_id", "credential_kind", "principal_id", "end_user_id", "session_id", "src_ip", "user_agent",
        "via", "model", "deployment", "input_tokens", "output_tokens", "cached_tokens", "request_count", "cost_usd",
        "duration_ms", "prompt_hash", "prompt_sketch", "prompt_chars", "guardrail_id",
    })  # fmt: skip
    cannot_tell = (
        "It does not name the provider's key that the gateway used.",
        'A client can keep a call out of it with "no-log", unless global_disable_no_log_param is set.',
        "Prompts are there only with store_prompts_in_spend_logs or in a callback.",
    )
    switch_on = (
        "Use a database (spend logs are then on), set store_audit_logs: true and global_disable_no_log_param: true, "
        "and export LiteLLM_SpendLogs and LiteLLM_AuditLog as JSON or CSV, or add a JSON logging callback."
    )

    def matches(self, record: bytes) -> bool:
        """A call has its type and a gateway's column; an audit row has who changed which table."""
        if b'"call_type"' in record:
            return b'"custom_llm_provider"' in record or b'"user_api_key' in record or b'"api_key"' in record
        return b'"changed_by"' in record and b'"table_name"' in record

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """One row or payload is one event."""
        if b'"table_name"' in record and b'"call_type"' not in record:
            return read_audit_row(record, self.name, context)
        row = decode_leniently(_DECODER, record)
        return [_call(row, _metadata(row.metadata), record, context)]


def _call(row: _Call, meta: _Metadata, record: bytes, context: Context) -> Event:
    start = moment(row.startTime)
    error = row.error_information or meta.error_information or _Error()
    secrets = _secret_members(row, meta, record)
    told = _first(row.request_id, row.id)
    words = prompt_text(row.messages) or prompt_text(row.proxy_server_request)
    return Event(
        event_id=told or digest_id(without(record, _CONTENT | secrets).encode()),
        request_id=told,
        time=start,
        source=LiteLLM.name,
        provider=provider_name(row.custom_llm_provider or "") or "litellm",
        activity="infer" if _modality(row.call_type) else "other",
        raw=without(record, secrets if context.keep_content else _CONTENT | secrets),
        operation=text(row.call_type),
        modality=_modality(row.call_type),
        outcome=_outcome(row.status or meta.status, error, count(row.completion_tokens)),
        status_code=_status_code(error),
        error_code=_first(error.error_class) or text(error.error_code),
        resource_id=(text(row.api_base) or "").partition("?")[0] or None,
        via="litellm",
        model=text(row.model),
        deployment=text(row.model_group),
        duration_ms=_duration(row, start),
        guardrail_id=_guardrail(row.guardrail_information) or _guardrail(meta.guardrail_information),
        **_who(row, meta, context),
        **_cost(row, meta),
        **prompt_columns(words, context.key),
    )


def _who(row: _Call, meta: _Metadata, context: Context) -> dict[str, Any]:
    """Return the columns of who called, and from where."""
    key = virtual_key(row.api_key) or virtual_key(meta.user_api_key_hash) or virtual_key(meta.user_api_key)
    team = _first(row.team_id, meta.user_api_key_team_id)
    return {
        "owner_id": team or _first(row.organization_id, meta.user_api_key_org_id) or context.owner,
        "credential_id": key,
        "credential_kind": "virtual_key" if key else None,
        "principal_id": _first(row.user, meta.user_api_key_user_id),
        "end_user_id": _first(row.end_user, meta.user_api_key_end_user_id),
        "session_id": _first(row.session_id, row.trace_id),
        "src_ip": _client(row.requester_ip_address) or _client(meta.requester_ip_address),
        "user_agent": text(meta.user_agent) or _tagged_agent(row.request_tags),
    }


def _cost(row: _Call, meta: _Metadata) -> dict[str, Any]:
    """Return the columns of what the call used."""
    return {
        "input_tokens": count(row.prompt_tokens),
        "output_tokens": count(row.completion_tokens),
        "cached_tokens": _cached(meta.usage_object),
        "request_count": 1,
        "cost_usd": _spend(row),
    }


def _metadata(written: _Metadata | str | None) -> _Metadata:
    """Return the metadata, which exports write as an object or as JSON in a text."""
    if not isinstance(written, str):
        return written or _Metadata()
    try:
        found: _Metadata = decode_leniently(_METADATA, written.encode())
    except Unreadable:
        return _Metadata()
    return found


def _first(*written: str | None) -> str | None:
    return next(filter(None, map(text, written)), None)


def _duration(row: _Call, start: int) -> int | None:
    """Return milliseconds, as logged, else from start to end; a negative one is None."""
    logged = count(row.request_duration_ms)
    if logged is not None or row.endTime is None:
        return logged
    try:
        return count((moment(row.endTime) - start) // 1000)
    except Unreadable:
        return None


def _secret_members(row: _Call, meta: _Metadata, record: bytes) -> frozenset[str]:
    """Return the members that must not reach `raw`: a key in the clear, or a provider's key in an address."""
    keys = (row.api_key, meta.user_api_key, meta.user_api_key_hash)
    clear = any(virtual_key(key) != text(key) for key in keys)
    return SECRETS | (_KEY_MEMBERS if clear else frozenset()) | ({"api_base"} if b"key=" in record else frozenset())


def _modality(call_type: str | None) -> Modality | None:
    """Return what a call of this type makes; None for calls that use no model (files, batches, tools, health)."""
    written = call_type or ""
    if any(word in written for word in ("file", "batch", "list", "mcp", "health", "assistant", "thread", "vector")):
        return None
    return next((made for word, made in _MADE if word in written), None)


def _outcome(status: str | None, error: _Error, output_tokens: int | None) -> Outcome | None:
    """Return how the call ended; rows of old versions have no status, and are of calls that worked."""
    if error.error_class or error.error_code or status == "failure":
        return error_outcome(error.error_class, _status_code(error))
    return "success" if status == "success" or output_tokens else None


def _status_code(error: _Error) -> int | None:
    code = count(error.error_code)
    return code if code is not None and 100 <= code < 600 else None


def _client(written: str | None) -> str | None:
    """Return the first address: behind a proxy, the gateway logs the whole X-Forwarded-For."""
    return address((written or "").partition(",")[0].strip())


def _tagged_agent(tags: list[Any] | str | None) -> str | None:
    """Return the user agent, which LiteLLM adds to the tags, once in full and once without its version."""
    if isinstance(tags, str):
        try:
            tags = _TAGS.decode(tags)
        except (msgspec.DecodeError, RecursionError):
            return None
    agents = [tag.removeprefix(_AGENT_TAG) for tag in tags or () if isinstance(tag, str) and tag.startswith(_AGENT_TAG)]
    return text(max(agents, key=len, default=None))


def _cached(usage: dict[str, Any] | None) -> int | None:
    """Return the tokens read from the provider's cache, under either provider's name."""
    details = (usage or {}).get("prompt_tokens_details")
    told = details.get("cached_tokens") if isinstance(details, dict) else None
    return count(told if told is not None else (usage or {}).get("cache_read_input_tokens"))


def _spend(row: _Call) -> float | None:
    """Return the gateway's figure; it writes 0 for a model it has no price for, which is no figure."""
    figure = dollars(row.spend if row.spend is not None else row.response_cost)
    free = str(row.cache_hit).lower() == "true" or not (count(row.prompt_tokens) or count(row.completion_tokens))
    return figure if figure or free else None


def _guardrail(information: Any) -> str | None:
    entries = information if isinstance(information, list) else [information]
    return next((text(each.get("guardrail_name")) for each in entries if isinstance(each, dict)), None)
