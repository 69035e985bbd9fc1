"""LiteLLM's logs: calls, who made them, what they cost, how they ended; and what never reaches `raw`."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import pytest

from seawall.model import Event, Unreadable
from seawall.sources.base import Context
from seawall.sources.litellm import LiteLLM

SOURCE = LiteLLM()
WORDS = "draw a lighthouse in the fog"
ROW: dict[str, Any] = {
    "request_id": "chatcmpl-1", "call_type": "acompletion", "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df77",
    "spend": 0.0125, "total_tokens": 150, "prompt_tokens": 100, "completion_tokens": 50,
    "startTime": "2025-10-09T10:00:00.500000", "endTime": "2025-10-09T10:00:02.000000Z", "model": "gpt-4o",
    "model_id": "m1", "model_group": "fast", "custom_llm_provider": "azure",
    "api_base": "https://example.openai.azure.com/", "user": "u-1", "cache_hit": "False", "team_id": "team-1",
    "organization_id": "org-1", "end_user": "eu-1", "requester_ip_address": "203.0.113.5", "session_id": "s-1",
    "request_tags": ["User-Agent: openai-python", "User-Agent: openai-python/1.99.1", "blue"], "status": "success",
    "metadata": {"status": "success", "usage_object": {"prompt_tokens_details": {"cached_tokens": 64}}},
    "messages": {}, "response": {},
}  # fmt: skip
PAYLOAD: dict[str, Any] = {
    "id": "chatcmpl-2", "trace_id": "t-2", "call_type": "aimage_generation", "response_cost": 0.04,
    "status": "success", "custom_llm_provider": "openai", "prompt_tokens": 0, "completion_tokens": 0,
    "startTime": 1760004000.25, "endTime": 1760004001.25, "model": "dall-e-3", "model_group": "pictures",
    "metadata": {"user_api_key_hash": "77aa", "user_api_key_team_id": "team-2", "user_api_key_user_id": "u-2",
                 "requester_ip_address": "198.51.100.7, 192.0.2.1", "user_agent": "curl/8.5.0"},
    "messages": WORDS, "response": {"data": [{"revised_prompt": WORDS}]}, "end_user": None,
    "model_parameters": {"n": 1, "prompt": WORDS},
}  # fmt: skip


def event(row: dict[str, Any], *, keep: bool = False) -> Event:
    """Return the event of a row or payload."""
    record = json.dumps(row).encode()
    assert SOURCE.matches(record)
    found = SOURCE.read(record, Context(owner="given", keep_content=keep))
    assert isinstance(found, list)
    assert len(found) == 1
    return found[0]


def test_a_spend_log_row_is_read_whole() -> None:
    """One row is one call: team, key, user, end user, address, user agent, model, tokens, spend, duration."""
    found = event(ROW)
    assert (found.event_id, found.request_id, found.activity) == ("chatcmpl-1", "chatcmpl-1", "infer")
    assert (found.provider, found.model, found.deployment, found.modality) == (
        "azure.ai.openai",
        "gpt-4o",
        "fast",
        "text",
    )
    assert (found.owner_id, found.credential_id, found.credential_kind) == ("team-1", ROW["api_key"], "virtual_key")
    assert (found.principal_id, found.end_user_id, found.session_id) == ("u-1", "eu-1", "s-1")
    assert (found.src_ip, found.user_agent, found.via) == ("203.0.113.5", "openai-python/1.99.1", "litellm")
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (100, 50, 64)
    assert (found.cost_usd, found.duration_ms, found.request_count, found.outcome) == (0.0125, 1500, 1, "success")
    assert (found.time, found.prompt_hash) == (1_760_004_000_500_000, None)


def test_a_callback_payload_is_read_whole() -> None:
    """A StandardLoggingPayload says the same in other places, with epoch seconds and an X-Forwarded-For."""
    found = event(PAYLOAD)
    assert (found.event_id, found.modality, found.provider, found.cost_usd) == ("chatcmpl-2", "image", "openai", 0.04)
    assert (found.owner_id, found.credential_id, found.principal_id) == ("team-2", "77aa", "u-2")
    assert (found.src_ip, found.user_agent, found.session_id) == ("198.51.100.7", "curl/8.5.0", "t-2")
    assert (found.time, found.duration_ms) == (1_760_004_000_250_000, 1000)


def test_a_row_of_a_csv_export_says_the_same_as_the_database() -> None:
    """Everything as text, metadata and tags as JSON inside text."""
    flat = {name: value if isinstance(value, str) else json.dumps(value) for name, value in ROW.items()}
    one, other = event(flat), event(ROW)
    for column in ("event_id", "time", "owner_id", "credential_id", "input_tokens", "cached_tokens", "cost_usd",
                   "user_agent", "outcome", "duration_ms"):  # fmt: skip
        assert getattr(one, column) == getattr(other, column)


def test_the_owner_is_the_team_else_the_organization_else_what_was_given() -> None:
    """An empty team is no team."""
    assert event({**ROW, "team_id": ""}).owner_id == "org-1"
    assert event({**ROW, "team_id": "", "organization_id": None}).owner_id == "given"


@pytest.mark.parametrize(
    ("status", "error", "outcome", "code"),
    [
        ("failure", {"error_code": "401", "error_class": "AuthenticationError"}, "denied", 401),
        ("failure", {"error_code": "429", "error_class": "RateLimitError"}, "throttled", 429),
        ("failure", {"error_code": "400", "error_class": "BudgetExceededError"}, "throttled", 400),
        ("failure", {"error_code": "400", "error_class": "ContentPolicyViolationError"}, "filtered", 400),
        ("failure", {"error_code": 400, "error_class": "BadRequestError"}, "invalid", 400),
        ("failure", {"error_code": "403", "error_class": ""}, "denied", 403),
        ("failure", {"error_code": "500", "error_class": "InternalServerError"}, "error", 500),
        ("failure", {"error_code": "", "error_class": "Timeout"}, "error", None),
        ("failure", None, "error", None),
        ("success", None, "success", None),
    ],
)
def test_a_call_ends_as_its_status_and_error_say(
    status: str, error: dict[str, Any] | None, outcome: str, code: int | None
) -> None:
    """The class of the error says more than its code; the log's own status decides that it is one."""
    found = event({**ROW, "status": status, "metadata": {"status": status, "error_information": error}})
    assert (found.outcome, found.status_code) == (outcome, code)


def test_a_row_of_an_old_version_without_status_is_a_success_if_it_has_an_answer() -> None:
    """Old spend logs hold only calls that worked; a row without answer says nothing."""
    old = {name: value for name, value in ROW.items() if name not in {"status", "metadata"}}
    assert event(old).outcome == "success"
    assert event({**old, "completion_tokens": 0}).outcome is None


@pytest.mark.parametrize(
    ("call_type", "activity", "modality"),
    [
        ("acompletion", "infer", "text"),
        ("anthropic_messages", "infer", "text"),
        ("aresponses", "infer", "text"),
        ("aembedding", "infer", "embedding"),
        ("aimage_edit", "infer", "image"),
        ("atranscription", "infer", "text"),
        ("aspeech", "infer", "audio"),
        ("amoderation", "infer", "moderation"),
        ("pass_through_endpoint", "infer", "other"),
        ("acreate_file", "other", None),
        ("call_mcp_tool", "other", None),
        ("alist_input_items", "other", None),
    ],
)
def test_only_model_use_is_inference(call_type: str, activity: str, modality: str | None) -> None:
    """Files, lists and tools are no inference."""
    found = event({**ROW, "call_type": call_type})
    assert (found.activity, found.modality) == (activity, modality)


@pytest.mark.parametrize(
    ("name", "provider"),
    [("bedrock_converse", "aws.bedrock"), ("vertex_ai-anthropic_models", "gcp.vertex_ai"), ("gemini", "gcp.gemini"),
     ("xai", "x_ai"), ("anthropic", "anthropic"), ("a_new_one", "a_new_one"), ("", "litellm"), (None, "litellm")],
)  # fmt: skip
def test_providers_have_their_opentelemetry_names(name: str | None, provider: str) -> None:
    """Known names are translated, unknown ones stay, and where none is logged the gateway itself answers."""
    assert event({**ROW, "custom_llm_provider": name}).provider == provider


def test_a_spend_of_zero_for_tokens_is_no_figure() -> None:
    """LiteLLM writes 0 for models it has no price for; a cache hit really is free."""
    assert event({**ROW, "spend": 0.0}).cost_usd is None
    assert event({**ROW, "spend": 0.0, "cache_hit": "True"}).cost_usd == 0.0


@pytest.mark.parametrize(
    "change",
    [
        {"messages": [{"role": "user", "content": WORDS}]},
        {"messages": json.dumps([{"role": "user", "content": [{"type": "text", "text": WORDS}]}])},
        {"proxy_server_request": {"model": "x", "messages": [{"role": "user", "content": WORDS}]}},
        {"proxy_server_request": json.dumps({"input": WORDS})},
    ],
)
def test_a_prompt_is_fingerprinted_and_not_kept(change: dict[str, Any]) -> None:
    """Wherever the prompt stands, its hash is the same, and the words are kept only where the operator asks for it."""
    found = event({**ROW, **change, "response": {"choices": [{"message": {"content": WORDS}}]}})
    assert (found.prompt_hash, found.prompt_chars) == (event(PAYLOAD).prompt_hash, len(WORDS))
    assert WORDS not in (found.raw or "")
    assert WORDS in (event({**ROW, **change}, keep=True).raw or "")


def test_a_redacted_prompt_is_no_prompt() -> None:
    """What the gateway writes instead of the words has no fingerprint."""
    assert event({**ROW, "messages": [{"role": "user", "content": "redacted-by-litellm"}]}).prompt_hash is None


@pytest.mark.parametrize("member", ["api_key", "user_api_key", "user_api_key_hash"])
def test_a_key_in_the_clear_becomes_its_hash_and_is_not_kept(member: str) -> None:
    """Some records hold the key itself: the credential is LiteLLM's hash of it, and `raw` never has it."""
    key = "sk-" + secrets.token_urlsafe(16)
    hashed = hashlib.sha256(key.encode()).hexdigest()
    inner = {} if member == "api_key" else {member: key}
    row = {**ROW, "api_key": key if member == "api_key" else "", "metadata": inner}
    for keep in (False, True):
        found = event(row, keep=keep)
        assert found.credential_id == hashed
        assert key not in (found.raw or "")


def test_a_providers_key_in_an_address_is_not_kept() -> None:
    """Some providers take the key in the address: it is cut off, and the address leaves `raw`."""
    key = secrets.token_urlsafe(16)
    found = event({**ROW, "api_base": f"https://example.com/v1:generate?key={key}"}, keep=True)
    assert found.resource_id == "https://example.com/v1:generate"
    assert key not in (found.raw or "")


@pytest.mark.parametrize(
    ("table", "action", "activity"),
    [
        ("LiteLLM_VerificationToken", "created", "create_key"),
        ("LiteLLM_VerificationToken", "updated", "change_key"),
        ("LiteLLM_VerificationToken", "blocked", "change_key"),
        ("LiteLLM_VerificationToken", "rotated", "change_key"),
        ("LiteLLM_VerificationToken", "deleted", "delete_key"),
        ("LiteLLM_TeamTable", "updated", "change_access"),
        ("LiteLLM_UserTable", "created", "change_access"),
        ("LiteLLM_ProxyModelTable", "created", "change_deployment"),
        ("LiteLLM_GuardrailsTable", "deleted", "change_guardrail"),
        ("LiteLLM_Somewhere", "updated", "other"),
    ],
)
def test_an_audit_row_says_what_was_changed(table: str, action: str, activity: str) -> None:
    """Keys, teams, models and guardrails: the table and the action make the activity."""
    key = "sk-" + secrets.token_urlsafe(16)
    row = {
        "id": "a-1", "updated_at": "2025-10-09T10:00:00.000Z", "changed_by": "admin", "changed_by_api_key": "77aa",
        "action": action, "table_name": table, "object_id": "99bb", "before_value": None,
        "updated_values": json.dumps({"key": key, "max_budget": 5, "litellm_params": {"api_key": key}}),
    }  # fmt: skip
    found = event(row)
    assert (found.activity, found.operation, found.outcome) == (activity, f"{table}.{action}", "success")
    assert (found.credential_id, found.principal_id, found.resource_id) == ("77aa", "admin", "99bb")
    assert key not in (found.raw or "")
    assert "max_budget" in (found.raw or "")


@pytest.mark.parametrize("missing", ["startTime"])
def test_a_call_without_time_is_unreadable(missing: str) -> None:
    """A call that says not when it was cannot be judged."""
    row = {name: value for name, value in ROW.items() if name != missing}
    with pytest.raises(Unreadable):
        SOURCE.read(json.dumps(row).encode(), Context())


def test_a_call_without_id_has_one_that_content_does_not_change() -> None:
    """The id of a record without one is a hash of what is not content."""
    row = {name: value for name, value in ROW.items() if name != "request_id"}
    one, other = event({**row, "messages": "one"}), event({**row, "messages": "other"})
    assert one.event_id == other.event_id
    assert one.request_id is None
