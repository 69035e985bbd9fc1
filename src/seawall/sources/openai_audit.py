"""OpenAI's organisation audit log: who changed keys, limits and access → one event per entry.

In: one entry of `/v1/organization/audit_logs`; its details stand under the entry's type, with dots or underscores, or
nowhere. Out: an event whose `activity` says what kind of act it was and whose `operation` is OpenAI's own type. What it
cannot tell: the use of models, and the key behind an act done in a browser session (there `principal_id` is the user).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.model import Activity, Event, Outcome, Unreadable
from seawall.sources.base import Context, Ignored
from seawall.sources.values import address, decode, decode_leniently, moment, record_text, text


class _User(msgspec.Struct):
    id: str | None = None
    email: str | None = None


class _Session(msgspec.Struct):
    user: _User | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    ja4: str | None = None


class _ServiceAccount(msgspec.Struct):
    id: str | None = None


class _ApiKey(msgspec.Struct):
    id: str | None = None
    user: _User | None = None
    service_account: _ServiceAccount | None = None


class _Actor(msgspec.Struct):
    type: str | None = None
    session: _Session | None = None
    api_key: _ApiKey | None = None


class _Project(msgspec.Struct):
    id: str | None = None


class _Entry(msgspec.Struct):
    id: str
    type: str
    effective_at: int | float | str
    actor: _Actor | None = None
    project: _Project | None = None
    organization_id: str | None = None


_DECODER: Final = msgspec.json.Decoder(_Entry)
_ANY: Final = msgspec.json.Decoder(dict[str, Any])
#: Things that are keys: their `.created`, `.updated`, `.deleted` make, change and end a key.
_KEYS: Final = ("api_key", "service_account", "admin_api_key", "project_api_key")
_ENDINGS: Final[dict[str, Activity]] = {
    "created": "create_key", "updated": "change_key", "deleted": "delete_key", "revoked": "delete_key",
}  # fmt: skip
#: Who may do what, from where, and how much: by the first word of the type (after `tenant.`).
_ACCESS: Final = frozenset({
    "ip_allowlist", "role", "user", "invite", "scim", "sso", "project", "rate_limit", "usage_limit", "spend_limit",
    "spend_alert", "billing", "group", "certificate", "certificates", "external_key", "checkpoint", "organization",
    "workload_identity_provider", "workload_identity_provider_mapping", "domain", "mfa", "tunnel",
})  # fmt: skip
_LOGGING: Final = frozenset({"api_call_logging", "api_call_logging_project_ids", "audit_logging"})


class OpenAIAudit:
    """Reads audit log entries."""

    name = "openai.audit"
    title = "OpenAI organization audit log"
    columns = frozenset({
        "operation", "outcome", "owner_id", "resource_id", "credential_id", "credential_kind", "principal_id",
        "src_ip", "user_agent", "ja4", "error_code",
    })  # fmt: skip
    cannot_tell = (
        "It has no record of model use: OpenAI counts that in usage buckets only.",
        "An act in a browser session names the user, not a key.",
        "It names the organisation nowhere (give --owner).",
    )
    switch_on = (
        "Turn on audit logging in the organization's data controls (it cannot be turned off again), "
        "then fetch /v1/organization/audit_logs with an admin key."
    )

    def matches(self, record: bytes) -> bool:
        """An entry has `effective_at`, an actor and a type."""
        return b'"effective_at"' in record and b'"actor"' in record and b'"type"' in record

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """One entry is one event."""
        entry = decode_leniently(_DECODER, record)
        if not entry.id or not entry.type:
            raise Unreadable("an audit log entry without id or type")
        payload = _payload(record, entry.type)
        actor = entry.actor or _Actor()
        session, key = actor.session or _Session(), actor.api_key or _ApiKey()
        owner = text(entry.organization_id) or context.owner
        return [
            Event(
                event_id=entry.id,
                time=moment(entry.effective_at),
                source=self.name,
                provider="openai",
                activity=_activity(entry.type, payload),
                raw=record_text(record),
                operation=entry.type,
                outcome=_outcome(entry.type),
                error_code=text(payload.get("error_code")),
                owner_id=owner,
                resource_id=text(payload.get("id")) or (text(entry.project.id) if entry.project else None),
                credential_id=text(key.id),
                credential_kind="api_key" if text(key.id) else None,
                principal_id=_principal(session.user, key),
                src_ip=address(text(session.ip_address) or ""),
                user_agent=text(session.user_agent),
                ja4=text(session.ja4),
            )
        ]


def _payload(record: bytes, kind: str) -> dict[str, Any]:
    """Return the entry's details, whose member is the type itself or the type with underscores; else nothing."""
    if kind.startswith(("login", "logout")) and b'"error' not in record:
        return {}
    row = decode(_ANY, record)
    found = row.get(kind, row.get(kind.replace(".", "_")))
    return found if isinstance(found, dict) else {}


def _activity(kind: str, payload: dict[str, Any]) -> Activity:
    *path, ending = kind.removeprefix("tenant.").split(".")
    thing = path[0] if path else ending
    if thing in {"login", "logout"}:
        return "login"
    if thing in _KEYS:
        return _ENDINGS.get(ending, "change_key")
    if thing == "organization" and _changes_logging(payload):
        return "change_logging"
    return "change_access" if thing in _ACCESS else "other"


def _changes_logging(payload: dict[str, Any]) -> bool:
    """Say whether an `organization.updated` touched API call logging."""
    changed = payload.get("changes_requested")
    settings = changed.get("settings") if isinstance(changed, dict) else None
    return any(isinstance(place, dict) and not _LOGGING.isdisjoint(place) for place in (payload, changed, settings))


def _outcome(kind: str) -> Outcome:
    """The log holds what was done, and of logins and logouts what was tried."""
    return "denied" if kind.endswith(".failed") else "success"


def _principal(user: _User | None, key: _ApiKey) -> str | None:
    """Return the id of who acted: the session's user, else the key's service account or user."""
    account = key.service_account.id if key.service_account else None
    users = [each for each in (user, key.user) if each is not None]
    ids = [account, *(each.id for each in users), *(each.email for each in users)]
    return next(filter(None, map(text, ids)), None)
