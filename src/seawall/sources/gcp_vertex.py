"""Google Cloud's audit logs of Vertex AI and the Gemini API, of the keys that reach them, and Vertex's request log.

In: a log entry (Data Access or Admin Activity), its BigQuery form, a row of the Logs Explorer's CSV, or a row of the
request-response log. Out: one event. What they cannot tell: tokens and prompts (audit logs), caller and key
(request-response log); the two logs share no id. Prompts and answers never reach `raw`; safety settings stay.
Source: Google's reference of AuditLog and LogEntry, and of request-response logging.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from seawall.model import Activity, CredentialKind, Event
from seawall.sources.base import Context, Ignored
from seawall.sources.chat import prompt_columns, prompt_text
from seawall.sources.content import content_of, secrets_of
from seawall.sources.fields import by_folded_name, inner, made_by
from seawall.sources.gcp_acts import PROVIDERS, STATUS_NAMES, activity_of, outcome_of
from seawall.sources.gcp_answer import answer
from seawall.sources.gcp_entry import Entry, Payload, Whence, Who, entry_of
from seawall.sources.prompts import without
from seawall.sources.values import address, count, digest_id, moment, text

_CONTENT: Final = content_of("gcp.vertex")
#: What a request or response holds where the log leaves its words out; anything else may be words.
_WORDLESS: Final = frozenset({
    "@type", "endpoint", "model", "name", "parent", "safetySettings", "generationConfig", "usageMetadata",
    "modelVersion", "responseId", "createTime",
})  # fmt: skip
_SECRETS: Final = secrets_of("gcp.vertex")
_PROJECT: Final = re.compile(r"(?://[a-z.]{1,64}/)?projects/([^/]{1,64})", re.ASCII)
_LOCATION: Final = re.compile(r"/locations/([^/]{1,64})", re.ASCII)
_MODEL: Final = re.compile(r"(?:^|/)models/([^/:]{1,128})", re.ASCII)
_ENDPOINT: Final = re.compile(r"/endpoints/([^/:]{1,128})", re.ASCII)


class GcpVertex:
    """Reads audit log entries about models and their keys, and Vertex's request-response log."""

    name = "gcp.vertex"
    title = "Google Cloud Audit Logs (Vertex AI, IAM) and Vertex AI request-response logs"
    columns = frozenset({
        "request_id", "operation", "modality", "outcome", "error_code", "owner_id", "resource_id", "region",
        "credential_id", "credential_kind", "principal_id", "src_ip", "user_agent", "via", "model", "deployment",
        "input_tokens", "output_tokens", "cached_tokens", "request_count", "duration_ms", "prompt_hash",
        "prompt_sketch", "prompt_chars", "filter_categories", "filter_severity",
    })  # fmt: skip
    cannot_tell = (
        "Audit logs have no tokens: cost cannot be told from them.",
        "The request-response log has no caller, key or address, and shares no id with the audit log.",
        "A call by a user or an attached service account names no key: the credential is the principal's address.",
    )
    switch_on = (
        "Data Access audit logs (DATA_READ) of Vertex AI and the Gemini API for all principals, Admin Activity is "
        "always on; request-response logging of the models you use for tokens and safety verdicts."
    )

    def matches(self, record: bytes) -> bool:
        """An audit log's type or name, or the request-response log's own columns."""
        return (
            b"google.cloud.audit.AuditLog" in record
            or b"cloudaudit.googleapis.com" in record
            or (b'"full_request"' in record and b'"logging_time"' in record)
        )

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """One entry is one event.

        Raises:
            Unreadable: no JSON object, or no time.
        """
        entry = entry_of(record)
        if isinstance(entry, dict):
            return [self._logged_request(record, entry, context)]
        payload = entry.proto_payload or Payload()
        activity = activity_of((text(payload.service_name) or "")[:128], (text(payload.method_name) or "")[:256])
        if activity is None:
            return Ignored("Google Cloud call outside models and their keys")
        return [self._audited(record, entry, payload, activity, context)]

    def _audited(self, record: bytes, entry: Entry, payload: Payload, activity: Activity, context: Context) -> Event:
        service, method = text(payload.service_name) or "", text(payload.method_name)
        who = payload.authentication_info or Who()
        whence = payload.request_metadata or Whence()
        caller = text(whence.caller_ip)
        place = text(payload.resource_name)
        code = count(payload.status.code) if payload.status else None
        words = service in PROVIDERS and (_may_hold_words(payload.request) or _may_hold_words(payload.response))
        known = _told(payload.request, payload.response, context) if activity == "infer" else {}
        blocked = known.pop("blocked", False)
        model = _found(_MODEL, place)
        credential, kind = _credential(who)
        return Event(
            event_id=text(entry.insert_id) or digest_id(_stripped(record)),
            time=moment(entry.timestamp),
            source=self.name,
            provider=PROVIDERS.get(service, "gcp.vertex_ai"),
            activity=activity,
            # The first and the last entry of a long call, such as a live session, share their operation.
            request_id=text(entry.operation.id) if entry.operation else None,
            raw=_raw(record, context) if words else without(record, _SECRETS),
            operation=method,
            modality=made_by(model, method[-128:] if method else None) if activity == "infer" else None,
            outcome="filtered" if blocked else outcome_of(code),
            error_code=STATUS_NAMES[code] if code and code < len(STATUS_NAMES) else None,
            owner_id=_owner(entry, place) or context.owner,
            resource_id=place,
            region=_found(_LOCATION, place) or _label(entry, "location"),
            credential_id=credential,
            credential_kind=kind,
            principal_id=text(who.principal_email) or text(who.principal_subject),
            src_ip=address(caller) if caller else None,
            user_agent=text(whence.caller_supplied_user_agent),
            via=caller if caller and not address(caller) else None,
            model=model,
            deployment=_found(_ENDPOINT, place),
            request_count=1,
            **known,
        )

    def _logged_request(self, record: bytes, row: dict[str, Any], context: Context) -> Event:
        """Return the event of the request-response log: what was used and what it cost, never by whom."""
        request = inner(row.get("full_request"))
        place = text(request.get("model")) or text(row.get("endpoint")) or text(row.get("model"))
        model = _found(_MODEL, place) or _found(_MODEL, text(row.get("model")))
        method = text(row.get("api_method"))
        known = _told(request, row.get("full_response"), context)
        return Event(
            event_id=digest_id(_stripped(record)),
            time=moment(row.get("logging_time")),
            source=self.name,
            provider="gcp.vertex_ai",
            activity="infer",
            request_id=text(row.get("request_id")),
            raw=_raw(record, context),
            operation=method,
            modality=made_by(model, method[-128:] if method else None),
            outcome="filtered" if known.pop("blocked") else "success" if row.get("full_response") else None,
            owner_id=_project(place) or context.owner,
            resource_id=place,
            region=_found(_LOCATION, place),
            model=model,
            deployment=_found(_ENDPOINT, place),
            request_count=1,
            duration_ms=count(inner(row.get("metadata")).get("request_latency")),
            **known,
        )


def _may_hold_words(body: object) -> bool:
    return body is not None and not (isinstance(body, dict) and body.keys() <= _WORDLESS)


def _stripped(record: bytes) -> bytes:
    return without(record, _CONTENT | _SECRETS).encode()


def _raw(record: bytes, context: Context) -> str:
    return without(record, _SECRETS if context.keep_content else _CONTENT | _SECRETS)


def _told(request: object, response: object, context: Context) -> dict[str, Any]:
    """Return the columns that a request and its response fill, and whether the answer was `blocked`."""
    asked = by_folded_name(inner(request))
    said = answer(response)
    words = prompt_text([asked.get(name) for name in ("systeminstruction", "contents", "instances", "messages")])
    return {
        "blocked": said.blocked,
        "input_tokens": said.input_tokens,
        "output_tokens": said.output_tokens,
        "cached_tokens": said.cached_tokens,
        "filter_categories": said.categories,
        "filter_severity": said.severity,
        **prompt_columns(words, context.key),
    }


def _credential(who: Who) -> tuple[str | None, CredentialKind | None]:
    """Return the key's full name, else the principal: what one would revoke."""
    key = text(who.service_account_key_name)
    if key:
        return key, "service_account_key"
    principal = text(who.principal_email)
    return principal, "unknown" if principal else None


def _owner(entry: Entry, place: str | None) -> str | None:
    """Return the project by its id; by its number only where no field has the id."""
    named = (_project(place), _project(text(entry.log_name)), _label(entry, "project_id"))
    return next((each for each in named if each and not each.isdecimal()), None) or next(filter(None, named), None)


def _project(place: str | None) -> str | None:
    found = _PROJECT.match(place[:256]) if place else None
    return found[1] if found else None


def _label(entry: Entry, name: str) -> str | None:
    labels = entry.resource.labels if entry.resource else None
    return text(getattr(labels, name)) if labels else None


def _found(pattern: re.Pattern[str], place: str | None) -> str | None:
    return _search(pattern, place[:1024]) if place else None


@lru_cache(maxsize=16_384)
def _search(pattern: re.Pattern[str], place: str) -> str | None:
    found = pattern.search(place)
    return found[1] if found else None
