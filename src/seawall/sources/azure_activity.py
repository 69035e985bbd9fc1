"""The Azure Activity Log: who listed or changed keys, guardrails, deployments, access and logging of AI services.

In: a record of an event hub or storage account, an entry of the Activity Log's API (`operationName` is an object with
a `value`), or an AzureActivity row. Out: one event; Start and Success are two events of one call. What the log cannot
tell: any use of a model, and which key was looked at. The actor is a principal, not a credential.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from seawall.model import Event, Outcome
from seawall.sources.azure_acts import activity_of
from seawall.sources.azure_record import said, subscription_of
from seawall.sources.base import Context, Ignored
from seawall.sources.content import secrets_of
from seawall.sources.fields import by_folded_name, inner, read_object
from seawall.sources.prompts import without
from seawall.sources.values import address, digest_id, http_outcome, moment, text

_STATUSES: Final = {folded.name.replace("_", "").lower(): folded.value for folded in HTTPStatus}
_PENDING: Final = frozenset({"start", "started", "accept", "accepted", "inprogress", "running", "active"})
_DENIALS: Final = ("authorization", "forbidden", "unauthorized", "denied", "disallowedbypolicy")
_SECRETS: Final = secrets_of("azure.activity")
_CLAIMS: Final = (
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "appid",
)


class AzureActivity:
    """Reads administrative operations on AI services, and on the roles, keys and logging around them."""

    name = "azure.activity"
    title = "Azure Activity Log"
    columns = frozenset({
        "request_id", "operation", "outcome", "status_code", "error_code", "owner_id", "resource_id", "region",
        "principal_id", "src_ip", "deployment", "request_count",
    })  # fmt: skip
    cannot_tell = (
        "It has no use of a model: only what was changed or looked up around it.",
        "A key listing names the resource, not the key, and the person or application, not its credential.",
        "Whether key authentication was switched on shows only in the body of accounts/write, which some exports drop.",
    )
    switch_on = (
        "The Activity Log is always on and kept for 90 days: export it by a diagnostic setting of the subscription, "
        "category Administrative."
    )

    def matches(self, record: bytes) -> bool:
        """Names of fields that only this log has together."""
        if b'"OperationNameValue"' in record:
            return True
        if b'"operationName"' not in record:
            return False
        return b'"Administrative"' in record or (b'"authorization"' in record and b'"claims"' in record)

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """One record is one event.

        Raises:
            Unreadable: no JSON object, or no time.
        """
        row = read_object(record)
        rights = by_folded_name(inner(row.get("authorization")) or inner(_identity(row).get("authorization")))
        operation = said(row.get("operationnamevalue")) or said(row.get("operationname")) or text(rights.get("action"))
        resource = (text(row.get("resourceid")) or text(rights.get("scope")) or "").lower()
        activity = activity_of((operation or "").lower()[:256], resource[:1024])
        if activity is None:
            return Ignored("Azure operation outside AI services and their keys")
        properties = by_folded_name(inner(row.get("properties")))
        outcome, status, error = _result(row, properties)
        correlation = text(row.get("correlationid"))
        stripped = without(record, _SECRETS)
        return [
            Event(
                event_id=text(row.get("eventdataid")) or text(properties.get("eventdataid")) or digest_id(record),
                time=moment(row.get("time"), row.get("eventtimestamp"), row.get("timegenerated")),
                source=self.name,
                provider="azure.ai.openai",
                activity=activity,
                request_id=f"{correlation}|{(operation or '').lower()}|{resource}" if correlation else None,
                raw=stripped,
                operation=operation,
                outcome=outcome,
                status_code=status,
                error_code=error,
                owner_id=subscription_of(resource) or _subscription(row) or context.owner,
                resource_id=resource or None,
                region=text(row.get("location")),
                principal_id=_principal(row),
                src_ip=_address(row),
                deployment=_deployment(resource),
                request_count=1,
            )
        ]


def _identity(row: dict[str, Any]) -> dict[str, Any]:
    return by_folded_name(inner(row.get("identity")))


def _claims(row: dict[str, Any]) -> dict[str, Any]:
    return inner(row.get("claims")) or inner(_identity(row).get("claims"))


def _principal(row: dict[str, Any]) -> str | None:
    """Return the caller, else the name or id in the token's claims."""
    claims = _claims(row)
    return text(row.get("caller")) or next((found for name in _CLAIMS if (found := text(claims.get(name)))), None)


def _address(row: dict[str, Any]) -> str | None:
    """Return the caller's address, from its column, the HTTP request or the token's claims."""
    request = by_folded_name(inner(row.get("httprequest")))
    for place in (row.get("calleripaddress"), request.get("clientipaddress"), _claims(row).get("ipaddr")):
        found = address(text(place) or "")
        if found:
            return found
    return None


def _subscription(row: dict[str, Any]) -> str | None:
    found = text(row.get("subscriptionid"))
    return found.lower() if found else None


def _deployment(resource: str) -> str | None:
    return resource.partition("/deployments/")[2].partition("/")[0] or None


def _result(row: dict[str, Any], properties: dict[str, Any]) -> tuple[Outcome | None, int | None, str | None]:
    """Return (outcome, HTTP status, error) of a record; a Start or Accepted has no outcome yet."""
    phase = said(row.get("activitystatusvalue")) or said(row.get("activitystatus")) or said(row.get("status"))
    phase = (phase or said(row.get("resulttype")) or "").lower()
    detail = said(row.get("activitysubstatusvalue")) or said(row.get("substatus")) or said(row.get("resultsignature"))
    detail = text(properties.get("statuscode")) or (detail or "").rpartition(".")[2]
    status = _status(detail[:64])
    if phase in _PENDING or not phase:
        return None, status, None
    if phase in {"success", "succeeded", "resolved"}:
        return "success", status, None
    error = _error(properties) or detail or None
    if any(word in (error or "").lower() for word in _DENIALS):
        return "denied", status, error
    outcome = http_outcome(status)
    return outcome if outcome and outcome != "success" else "error", status, error


@lru_cache(maxsize=1024)
def _status(written: str) -> int | None:
    """Return the HTTP status of its name (`Forbidden`) or number."""
    name = "".join(filter(str.isalnum, written)).lower()
    number = int(name) if name.isdecimal() and name.isascii() and len(name) == 3 else _STATUSES.get(name)
    return number if number is not None and 100 <= number < 600 else None


def _error(properties: dict[str, Any]) -> str | None:
    """Return the code of the error, which the status message holds as JSON."""
    told = inner(properties.get("statusmessage"))
    return text((inner(told.get("error")) or told).get("code"))
