"""Azure OpenAI's resource logs: one record per request (RequestResponse), and key listings (Audit).

In: a record of an event hub or storage account, or an AzureDiagnostics row. Out: one event each. What the log cannot
tell: which of the two keys was used, tokens, prompts, user agents, the last octet of an address, filtered or merely
wrong (both are status 400). So the credential is the resource itself. Source: Azure Monitor's log categories of
Microsoft.CognitiveServices/accounts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec

from seawall.model import Activity, Event
from seawall.sources.azure_record import lowered, said, subscription_of
from seawall.sources.base import Context, Ignored
from seawall.sources.content import content_of
from seawall.sources.fields import Form, made_by, parts
from seawall.sources.prompts import without
from seawall.sources.values import address, count, digest_id, http_outcome, moment, record_text, text

_CATEGORIES: Final = (b'"RequestResponse"', b'"Audit"', b'"Trace"', b'"AzureOpenAIRequestUsage"')
#: Logs whose records can hold the same words; a gateway's headers are written by its callers.
_OTHERS: Final = (b"diagnosticsettings", b"/providers/microsoft.apimanagement/")
_USES: Final = (
    "completion", "chat", "embedding", "image", "audio", "transcription", "translation", "speech", "response",
    "realtime", "video", "run",
)  # fmt: skip
_READS: Final = ("list", "get", "retrieve", "delete", "cancel")
_CHANGES: Final = ("create", "update", "delete", "put", "patch")
#: Longer names are not the service's own and are kept out of caches.
_LONGEST_NAME: Final = 128


class _Properties(msgspec.Struct, rename="camel"):
    object_id: Any = None
    model_deployment_name: Any = None
    model_name: Any = None
    request_time: Any = None


class _Record(msgspec.Struct, rename="camel"):
    time: Any = None
    category: Any = None
    operation_name: Any = None
    correlation_id: Any = None
    duration_ms: Any = None
    caller_ip_address: Any = None
    resource_id: Any = None
    location: Any = None
    result_signature: Any = None
    properties: _Properties | str | None = None


_RECORD: Final = Form(_Record, {"time": ("timegenerated",), "location": ("tenant",)})
_PROPERTIES: Final = Form(_Properties, {})
_CONTENT: Final = content_of("azure.openai")


class AzureOpenAI:
    """Reads RequestResponse and Audit; other categories are ignored."""

    name = "azure.openai"
    title = "Azure OpenAI resource logs (RequestResponse, Audit)"
    columns = frozenset({
        "request_id", "operation", "modality", "outcome", "status_code", "owner_id", "resource_id", "region",
        "credential_id", "credential_kind", "principal_id", "src_ip", "model", "deployment", "request_count",
        "duration_ms",
    })  # fmt: skip
    cannot_tell = (
        "It does not say which of the resource's keys was used: the credential is the resource.",
        "The last octet of the caller's address is masked, and there is no user agent.",
        "It has no tokens and no prompts: cost cannot be told from it.",
        "A request that the content filter blocked looks like any other request of status 400.",
    )
    switch_on = (
        "A diagnostic setting on each Azure OpenAI or Foundry resource with the categories RequestResponse and Audit; "
        "for keys, full addresses and tokens put API Management in front, with GatewayLogs and GatewayLlmLogs."
    )

    def matches(self, record: bytes) -> bool:
        """A category of this log and a resource of Cognitive Services; not a setting of it, nor a gateway before it."""
        if not any(category in record for category in _CATEGORIES):
            return False
        low = record.lower()
        return b"microsoft.cognitiveservices" in low and not any(mark in low for mark in _OTHERS)

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """One record is one event.

        Raises:
            Unreadable: no JSON object, or no time.
        """
        row, properties = parts(record, _RECORD, _PROPERTIES)
        category = (text(row.category) or "").lower()
        if category not in {"requestresponse", "audit"}:
            return Ignored("Azure OpenAI log of another category")
        operation = said(row.operation_name)
        resource = lowered(row.resource_id)
        model = text(properties.model_name)
        deployment = text(properties.model_deployment_name)
        activity = _activity((operation or "")[:_LONGEST_NAME], model is not None or deployment is not None)
        status = count(row.result_signature)
        status = status if status is not None and 100 <= status < 600 else None
        return [
            Event(
                event_id=digest_id(record),
                time=moment(row.time, properties.request_time),
                source=self.name,
                provider="azure.ai.openai",
                activity=activity,
                request_id=text(row.correlation_id),
                raw=record_text(record) if context.keep_content else without(record, _CONTENT),
                operation=operation,
                modality=_modality(model or deployment, operation) if activity == "infer" else None,
                outcome=http_outcome(status),
                status_code=status,
                owner_id=(subscription_of(resource) if resource else None) or context.owner,
                resource_id=resource,
                region=text(row.location),
                credential_id=resource,
                credential_kind="resource" if resource else None,
                principal_id=text(properties.object_id),
                src_ip=address(text(row.caller_ip_address) or ""),
                model=model,
                deployment=deployment,
                request_count=1,
                duration_ms=count(row.duration_ms),
            )
        ]


def _modality(model: str | None, operation: str | None) -> Any:
    return made_by((model or "")[:_LONGEST_NAME], (operation or "")[:_LONGEST_NAME])


@lru_cache(maxsize=4096)
def _activity(operation: str, has_model: bool) -> Activity:
    """Return what an operation does, by the words of its name, such as `ChatCompletions_Create` or `ListKey`."""
    low = operation.lower()
    if "key" in low:
        return "list_keys" if "list" in low else "change_key"
    if "deployment" in low and any(word in low for word in _CHANGES):
        return "change_deployment"
    reads = any(word in low for word in _READS)
    if reads and ("model" in low or "deployment" in low):
        return "list_models"
    return "infer" if not reads and (has_model or any(word in low for word in _USES)) else "other"
