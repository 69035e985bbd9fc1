"""The event: one flat, normalised row for one record of any provider's log.

The field names are the lake's columns and what analysts type. A log that lacks something leaves None: never a guess,
never a zero. `docs/reference/event.md` is made from this class.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

Activity = Literal[
    "infer", "list_models", "read_logging", "change_logging", "change_guardrail", "unlock_model", "list_keys",
    "create_key", "change_key", "delete_key", "change_deployment", "change_access", "login", "usage", "cost",
    "exposure", "alert", "other",
]  # fmt: skip
Outcome = Literal["success", "denied", "invalid", "filtered", "throttled", "error"]
CredentialKind = Literal[
    "access_key", "role", "bearer_key", "api_key", "service_account_key", "subscription", "virtual_key",
    "canary_key", "resource", "unknown",
]  # fmt: skip
Modality = Literal["text", "image", "audio", "video", "embedding", "moderation", "other"]
SrcKind = Literal["residential", "business", "mobile", "hosting", "vpn", "tor"]

#: From the most specific to the least: what a call with several records is said to have come to.
OUTCOME_ORDER: Final[tuple[Outcome, ...]] = ("filtered", "denied", "invalid", "throttled", "error", "success")


def _column(text: str, *, ocsf: str = "", otel: str = "") -> msgspec.Meta:
    """Describe a column: what it holds, and its names in OCSF (API Activity 6003, ai_operation) and OTel GenAI."""
    return msgspec.Meta(description=text, extra={"ocsf": ocsf, "otel": otel})


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A normalised record. Times are microseconds since 1970-01-01 UTC; money is US dollars."""

    # record
    event_id: Annotated[str, _column("the provider's id, else a hash of the record without prompt and response",
                                     ocsf="metadata.uid")]  # fmt: skip
    time: Annotated[int, _column("when it happened, µs since 1970 UTC", ocsf="time", otel="timestamp")]
    source: Annotated[str, _column("the reader of the log format, such as `aws.cloudtrail`", ocsf="metadata.log_name")]
    provider: Annotated[str, _column("who serves the model", ocsf="ai_model.ai_provider", otel="gen_ai.provider.name")]
    activity: Annotated[Activity, _column("what was done, one word for all providers", ocsf="activity_name")]
    request_id: Annotated[str | None, _column("what joins the records of one call", ocsf="api.request.uid")] = None
    raw: Annotated[str | None, _column("the record as JSON, prompts and responses removed", ocsf="raw_data")] = None
    # what
    operation: Annotated[str | None, _column("the provider's own name of the act", ocsf="api.operation",
                                             otel="gen_ai.operation.name")] = None  # fmt: skip
    modality: Annotated[Modality | None, _column("what was produced", otel="gen_ai.output.type")] = None
    outcome: Annotated[Outcome | None, _column("how it ended", ocsf="status")] = None
    status_code: Annotated[int | None, _column("HTTP status", ocsf="http_response.code",
                                               otel="http.response.status_code")] = None  # fmt: skip
    error_code: Annotated[str | None, _column("the provider's error", ocsf="api.response.error",
                                              otel="error.type")] = None  # fmt: skip
    # who
    owner_id: Annotated[str | None, _column("the customer account the credential belongs to",
                                            ocsf="actor.user.account.uid")] = None  # fmt: skip
    resource_id: Annotated[str | None, _column("the resource acted on", ocsf="resources.uid")] = None
    region: Annotated[str | None, _column("the provider's region", ocsf="cloud.region", otel="cloud.region")] = None
    credential_id: Annotated[str | None, _column("the long-lived thing one would revoke, by its public id",
                                                 ocsf="actor.user.credential_uid")] = None  # fmt: skip
    credential_kind: Annotated[CredentialKind | None, _column("what sort of credential")] = None
    principal_id: Annotated[str | None, _column("who the provider says acted", ocsf="actor.user.uid")] = None
    end_user_id: Annotated[str | None, _column("the customer's own user, where the application passes it",
                                               otel="enduser.id")] = None  # fmt: skip
    session_id: Annotated[str | None, _column("temporary credential or conversation", ocsf="actor.session.uid",
                                              otel="gen_ai.conversation.id")] = None  # fmt: skip
    # whence
    src_ip: Annotated[str | None, _column("as logged, possibly masked", ocsf="src_endpoint.ip",
                                          otel="client.address")] = None  # fmt: skip
    src_net: Annotated[str | None, _column("the /24 or /48 of the address", ocsf="src_endpoint.subnet_uid")] = None
    src_asn: Annotated[int | None, _column("autonomous system", ocsf="src_endpoint.autonomous_system.number")] = None
    src_as_org: Annotated[str | None, _column("its name", ocsf="src_endpoint.autonomous_system.name")] = None
    src_country: Annotated[str | None, _column("ISO 3166-1 alpha-2", ocsf="src_endpoint.location.country")] = None
    src_lat: Annotated[float | None, _column("degrees", ocsf="src_endpoint.location.lat")] = None
    src_lon: Annotated[float | None, _column("degrees", ocsf="src_endpoint.location.long")] = None
    src_kind: Annotated[SrcKind | None, _column("what sort of network")] = None
    user_agent: Annotated[str | None, _column("as sent", ocsf="http_request.user_agent",
                                              otel="user_agent.original")] = None  # fmt: skip
    client: Annotated[str | None, _column("family of the user agent")] = None
    ja4: Annotated[str | None, _column("TLS client fingerprint", ocsf="tls.ja4_fingerprint_list")] = None
    via: Annotated[str | None, _column("the gateway or service in between", ocsf="proxy.hostname")] = None
    # cost
    model: Annotated[str | None, _column("model id as the provider writes it", ocsf="ai_model.name",
                                         otel="gen_ai.request.model")] = None  # fmt: skip
    deployment: Annotated[str | None, _column("the customer's name for the model", ocsf="ai_model.uid")] = None
    input_tokens: Annotated[int | None, _column("tokens in, cached ones included", ocsf="message_context.prompt_tokens",
                                                otel="gen_ai.usage.input_tokens")] = None  # fmt: skip
    output_tokens: Annotated[int | None, _column("tokens out", ocsf="message_context.completion_tokens",
                                                 otel="gen_ai.usage.output_tokens")] = None  # fmt: skip
    cached_tokens: Annotated[int | None, _column("of the tokens in, those read from a cache",
                                                 otel="gen_ai.usage.cache_read.input_tokens")] = None  # fmt: skip
    image_count: Annotated[int | None, _column("images made")] = None
    request_count: Annotated[int | None, _column("requests this row stands for: 1 for an instant")] = None
    bucket_seconds: Annotated[int, _column("0 for an instant, else the width of a usage bucket")] = 0
    cost_usd: Annotated[float | None, _column("billed cost, or the estimate at list price")] = None
    duration_ms: Annotated[int | None, _column("as logged; a negative one is None", ocsf="duration")] = None
    # content, never text
    prompt_hash: Annotated[str | None, _column("keyed hash of the prompt")] = None
    prompt_sketch: Annotated[bytes | None, _column("keyed MinHash of the prompt, 32 × 16 bits")] = None
    prompt_chars: Annotated[int | None, _column("length of the prompt, characters")] = None
    filter_categories: Annotated[str | None, _column("content filters that fired, sorted, comma-separated")] = None
    filter_severity: Annotated[int | None, _column("0 safe, 2 low, 4 medium, 6 high")] = None
    guardrail_id: Annotated[str | None, _column("the guardrail in force")] = None


COLUMNS: Final[tuple[str, ...]] = Event.__struct_fields__
