"""Microsoft Defender for Cloud's alerts about AI services, also as rows of Sentinel's SecurityAlert.

In: an alert of the API (`properties`), of the continuous export, or a SecurityAlert row. Out: one `alert` event whose
credential is the resource, and whose time is the start of what the alert is about. What it cannot tell: single calls,
tokens; the end user only where the application passes one. Excerpts of prompts and answers never reach `raw`.
Source: Defender for Cloud's reference of AI alerts, Sentinel's schema of SecurityAlert.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.model import Event
from seawall.sources.azure_acts import AI_SERVICES
from seawall.sources.azure_record import subscription_of
from seawall.sources.base import Context, Ignored
from seawall.sources.content import content_of
from seawall.sources.fields import by_folded_name, inner, read_object
from seawall.sources.prompts import without
from seawall.sources.values import address, digest_id, moment, record_text, text

_LIST: Final = msgspec.json.Decoder(list[Any])
_CONTENT: Final = content_of("azure.defender")
_EXCERPTS: Final = ("prompt", "response", "snippet", "segment", "evidence", "completion", "message")


class AzureDefender:
    """Reads alerts whose type is one of AI services, or whose resource is an AI service."""

    name = "azure.defender"
    title = "Microsoft Defender for Cloud alerts (AI services)"
    columns = frozenset({
        "operation", "owner_id", "resource_id", "credential_id", "credential_kind", "end_user_id", "src_ip",
        "user_agent", "model", "deployment",
    })  # fmt: skip
    cannot_tell = (
        "An alert is a summary: the calls behind it are in the resource's own logs.",
        "The end user is there only where the application passes a user security context.",
    )
    switch_on = (
        "Defender for Cloud's plan for AI services on the subscription, with user prompt evidence off unless you need "
        "it, and continuous export of alerts to an event hub or a workspace."
    )

    def matches(self, record: bytes) -> bool:
        """An alert's type together with its id, in either letter case."""
        return (b'"AlertType"' in record and b'"SystemAlertId"' in record) or (
            b'"alertType"' in record and (b'"systemAlertId"' in record or b"Microsoft.Security/" in record)
        )

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """One alert is one event.

        Raises:
            Unreadable: no JSON object, or no time.
        """
        outer = read_object(record)
        row = {**outer, **by_folded_name(inner(outer.get("properties")))}
        kind = text(row.get("alerttype"))
        resource = _resource(row)
        ai_resource = resource is not None and AI_SERVICES[0] in f"{resource}/"
        if not (kind or "").lower().startswith("ai.") and not ai_resource:
            return Ignored("Defender alert that is not about AI services")
        details = inner(row.get("extendedproperties"))
        told = by_folded_name(details)
        return [
            Event(
                event_id=text(row.get("systemalertid")) or text(outer.get("name")) or digest_id(record),
                time=moment(*(row.get(name) for name in _TIMES)),
                source=self.name,
                provider="azure.ai.openai",
                activity="alert",
                raw=record_text(record) if context.keep_content else without(record, _CONTENT | _excerpts(details)),
                operation=kind,
                owner_id=(subscription_of(resource) if resource else None) or context.owner,
                resource_id=resource,
                credential_id=resource if ai_resource else None,
                credential_kind="resource" if ai_resource else None,
                end_user_id=_first(told, "enduserid", "enduser", "userid"),
                src_ip=_address(row, told),
                user_agent=_first(told, "useragent", "clientuseragent"),
                model=_first(told, "modelname", "model"),
                deployment=_first(told, "modeldeploymentname", "deploymentname", "deployment"),
            )
        ]


#: The start of the activity agrees between all forms of an alert; when it was raised does not.
_TIMES: Final = (
    "starttimeutc", "starttime", "timegeneratedutc", "timegenerated", "processingendtimeutc", "processingendtime",
    "endtimeutc", "endtime",
)  # fmt: skip


def _first(told: dict[str, Any], *names: str) -> str | None:
    return next((found for name in names if (found := text(told.get(name)))), None)


def _objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list that may be written as JSON inside a text."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = _LIST.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return []
    return [by_folded_name(each) for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _resource(row: dict[str, Any]) -> str | None:
    """Return the Azure resource the alert is about, lower case."""
    named = [text(each.get("azureresourceid")) for each in _objects(row.get("resourceidentifiers"))]
    for found in (text(row.get("azureresourceid")), *named, text(row.get("resourceid"))):
        if found and found.startswith("/"):
            return found.lower()
    return None


def _address(row: dict[str, Any], told: dict[str, Any]) -> str | None:
    """Return the client's address: the alert names it, else its first entity of that type does."""
    entities = (each.get("address") for each in _objects(row.get("entities")) if each.get("type") == "ip")
    for place in (_first(told, "clientipaddress", "clientip", "sourceip", "ipaddress"), *entities):
        found = address(text(place) or "")
        if found:
            return found
    return None


def _excerpts(details: dict[str, Any]) -> frozenset[str]:
    """Return the members of an alert's details that may quote a prompt or an answer."""
    return frozenset(name for name in details if any(word in name.lower() for word in _EXCERPTS))
