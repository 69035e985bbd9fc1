"""Azure API Management in front of models: GatewayLogs say who called from where, GatewayLlmLogs what it cost.

In: a record of an event hub or storage account, or a row of ApiManagementGatewayLogs or ApiManagementGatewayLlmLog.
Out: one event each; both halves of a call carry its correlation id. What they cannot tell: the half with tokens knows
no caller, the half with the caller has tokens only where bodies are logged. Prompts, answers and headers never reach
`raw`, nor do addresses that carry a key. Source: Azure Monitor's reference of the two tables.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import msgspec

from seawall.model import Activity, Event, Outcome
from seawall.sources.azure_body import Answer, answer
from seawall.sources.azure_record import both_names, lowered, subscription_of
from seawall.sources.base import Context, Ignored
from seawall.sources.chat import prompt_columns, prompt_text
from seawall.sources.content import content_of, secrets_of
from seawall.sources.fields import Form, by_folded_name, inner, made_by, parts
from seawall.sources.prompts import without
from seawall.sources.values import address, count, digest_id, http_outcome, moment, text

_BODIES: Final = both_names(*content_of("azure.apim"))
#: Headers carry the key itself; they go even where content is kept.
_HEADERS: Final = both_names(*secrets_of("azure.apim"))
_ADDRESSES: Final = both_names("url", "backendUrl")
_SAFE_QUERY: Final = frozenset({"", "api-version", "alt", "stream"})
_MARKS: Final = (
    b'"GatewayLogs"', b'"GatewayLlmLogs"', b"ApiManagementGatewayLogs", b"ApiManagementGatewayLlmLog",
    b'"ApimSubscriptionId"',
)  # fmt: skip
_SIGNS: Final = (
    "openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com", "models.ai.azure.com",
    "inference.ai.azure.com", "inference.ml.azure.com", "api.openai.com", "api.anthropic.com", "bedrock-runtime.",
    "aiplatform.googleapis.com", "generativelanguage.googleapis.com", "api.mistral.ai", "/openai/", "/anthropic/",
)  # fmt: skip
#: Paths that only a model's API has, and paths that it shares with others.
_USE: Final = re.compile(
    r"/(chat/completions|embeddings|images/(generations|edits|variations)|audio/(transcriptions|translations|speech)"
    r"|deployments/[^/]{1,128}/completions)(/|$)|:(stream)?generatecontent",
    re.ASCII,
)
_SHARED_USE: Final = re.compile(
    r"/(completions|responses|messages|videos?|realtime|converse|converse-stream|invoke|score"
    r"|invoke-with-response-stream)(/|$)|:(stream)?(raw)?predict",
    re.ASCII,
)
_DEPLOYMENT: Final = re.compile(r"/deployments/([^/?]{1,128})", re.ASCII)
_USE_NAMES: Final = ("chatcompletion", "completions_create", "embeddings_create", "imagegenerations_create",
                     "generatecontent")  # fmt: skip


class _Properties(msgspec.Struct, rename="camel"):
    """Of the gateway's half, then of the model's half."""

    api_id: Any = None
    apim_subscription_id: Any = None
    operation_id: Any = None
    url: Any = None
    backend_url: Any = None
    response_code: Any = None
    last_error_reason: Any = None
    request_body: Any = None
    backend_request_body: Any = None
    response_body: Any = None
    backend_response_body: Any = None
    request_headers: Any = None
    sequence_number: Any = None
    prompt_tokens: Any = None
    completion_tokens: Any = None
    model_name: Any = None
    deployment_name: Any = None
    request_messages: Any = None
    response_messages: Any = None


class _Record(msgspec.Struct, rename="camel"):
    time: Any = None
    category: Any = None
    operation_name: Any = None
    correlation_id: Any = None
    duration_ms: Any = None
    caller_ip_address: Any = None
    resource_id: Any = None
    location: Any = None
    properties: _Properties | str | None = None


_RECORD: Final = Form(
    _Record, {"time": ("timegenerated",), "duration_ms": ("totaltime",), "location": ("region",), "category": ("type",)}
)
_PROPERTIES: Final = Form(_Properties, {})


class AzureApim:
    """Reads both logs of API Management; calls of APIs that are no models' are ignored."""

    name = "azure.apim"
    title = "Azure API Management GatewayLogs and GatewayLlmLogs"
    columns = frozenset({
        "request_id", "operation", "modality", "outcome", "status_code", "error_code", "owner_id", "resource_id",
        "region", "credential_id", "credential_kind", "src_ip", "user_agent", "via", "model", "deployment",
        "input_tokens", "output_tokens", "cached_tokens", "image_count", "request_count", "duration_ms",
        "prompt_hash", "prompt_sketch", "prompt_chars", "filter_categories", "filter_severity",
    })  # fmt: skip
    cannot_tell = (
        "GatewayLlmLogs have no caller: without GatewayLogs a call belongs to no subscription key.",
        "GatewayLogs have tokens and the content filter's verdict only where response bodies are logged.",
        "The user agent is there only where the request's headers are logged.",
    )
    switch_on = (
        "A diagnostic setting on the API Management service with GatewayLogs and GatewayLlmLogs; in each API's "
        "diagnostics, log the backend's response body and the header User-Agent."
    )

    def matches(self, record: bytes) -> bool:
        """A category, a table or a column that no other log has; diagnostic settings name them too and are not it."""
        if not any(mark in record for mark in _MARKS) and not (
            b'"SequenceNumber"' in record and b'"PromptTokens"' in record
        ):
            return False
        return b"diagnosticsettings" not in record.lower()

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """One record is one event; message rows without a prompt are ignored.

        Raises:
            Unreadable: no JSON object, or no time.
        """
        row, properties = parts(record, _RECORD, _PROPERTIES)
        category = (text(row.category) or "").lower()
        if "llm" in category or properties.sequence_number is not None:
            return self._model_half(record, row, properties, context)
        return self._gateway_half(record, row, properties, context)

    def _gateway_half(
        self, record: bytes, row: _Record, properties: _Properties, context: Context
    ) -> list[Event] | Ignored:
        place = (text(properties.backend_url) or text(properties.url) or "").lower()[:2048]
        operation = text(properties.operation_id)
        activity = _activity(place, (operation or "").lower()[:128])
        if activity is None:
            return Ignored("API Management call of an API that is no model's")
        asked = properties.backend_request_body or properties.request_body
        said = answer(properties.backend_response_body or properties.response_body)
        found = _DEPLOYMENT.search(place)
        status = count(properties.response_code)
        subscription = text(properties.apim_subscription_id)
        return [
            self._event(
                record, row, properties, context, asked,
                activity=activity,
                operation=operation,
                modality=_modality(said.model, found[1] if found else None, place) if activity == "infer" else None,
                outcome=_outcome(said, status),
                status_code=status if status is not None and 100 <= status < 600 else None,
                error_code=said.error_code or text(properties.last_error_reason),
                credential_id=subscription,
                credential_kind="subscription" if subscription else None,
                src_ip=address(text(row.caller_ip_address) or ""),
                user_agent=_user_agent(properties.request_headers),
                model=said.model,
                deployment=found[1] if found else None,
                input_tokens=said.input_tokens,
                output_tokens=said.output_tokens,
                cached_tokens=said.cached_tokens,
                image_count=said.image_count,
                request_count=1,
                duration_ms=count(row.duration_ms),
                filter_categories=said.categories,
                filter_severity=said.severity,
            )
        ]  # fmt: skip

    def _model_half(
        self, record: bytes, row: _Record, properties: _Properties, context: Context
    ) -> list[Event] | Ignored:
        sequence = count(properties.sequence_number) or 0
        if sequence and not properties.request_messages:
            return Ignored("API Management row with an answer's text")
        model = text(properties.model_name)
        deployment = text(properties.deployment_name)
        # Rows after the first repeat the counts as zeros, or not at all: they stand for no request of their own.
        tokens = None if sequence else count(properties.prompt_tokens)
        return [
            self._event(
                record, row, properties, context, properties.request_messages,
                activity="infer",
                operation=text(row.operation_name),
                modality=_modality(model, deployment, "") if model or deployment else None,
                model=model,
                deployment=deployment,
                input_tokens=tokens,
                output_tokens=None if sequence else count(properties.completion_tokens),
                request_count=None if sequence else 1,
            )
        ]  # fmt: skip

    def _event(
        self, record: bytes, row: _Record, properties: _Properties, context: Context, asked: object, **known: Any
    ) -> Event:
        """Return the event with what both halves share; `asked` is the prompt, as a body or as messages."""
        secret = _secret_names(properties)
        stripped = without(record, secret | _BODIES)
        words = prompt_text(asked) if known["activity"] == "infer" else None
        resource = lowered(row.resource_id)
        return Event(
            event_id=digest_id(stripped.encode()),
            time=moment(row.time),
            source=self.name,
            # The half with tokens does not know the backend; both halves of a call must agree.
            provider="azure.ai.openai",
            request_id=text(row.correlation_id),
            raw=without(record, secret) if context.keep_content else stripped,
            owner_id=(subscription_of(resource) if resource else None) or context.owner,
            resource_id=resource,
            region=text(row.location),
            via=resource.rpartition("/")[2] if resource else None,
            **prompt_columns(words, context.key),
            **known,
        )


def _secret_names(properties: _Properties) -> frozenset[str]:
    """Return the members that may hold a key: headers, and addresses where the query has more than the usual."""
    for address_ in (properties.url, properties.backend_url):
        query = (text(address_) or "").partition("?")[2]
        if any(part.partition("=")[0].lower() not in _SAFE_QUERY for part in query.split("&")):
            return _HEADERS | _ADDRESSES
    return _HEADERS


@lru_cache(maxsize=16_384)
def _activity(place: str, operation: str) -> Activity | None:
    """Return what a call does, by its address and the API's operation; None where it is no model's API."""
    path = place.partition("?")[0]
    if _USE.search(path) or any(name in operation for name in _USE_NAMES):
        return "infer"
    if not any(sign in path for sign in _SIGNS):
        return None
    if _SHARED_USE.search(path):
        return "infer"
    return "list_models" if path.endswith(("/models", "/deployments")) or "/models/" in path else "other"


def _modality(model: str | None, deployment: str | None, place: str) -> Any:
    path = place.partition("?")[0]
    found = _USE.search(path) or _SHARED_USE.search(path)
    return made_by((model or deployment or "")[:128], found[0] if found else "text")


def _outcome(said: Answer, status: int | None) -> Outcome | None:
    return "filtered" if said.blocked else http_outcome(status)


def _user_agent(headers: object) -> str | None:
    return text(by_folded_name(inner(headers)).get("useragent"))
