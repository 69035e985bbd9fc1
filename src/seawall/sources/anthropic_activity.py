"""Anthropic's activity feed: who changed keys, limits and access → one event per activity.

In: one activity of `/v1/compliance/activities`. Out: an event whose `activity` says what kind of act it was and whose
`operation` is Anthropic's own type; what people do in the chat product is ignored. What it cannot tell: the use of
models by key, and the key behind an act done in a browser (there `principal_id` is the user).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec

from seawall.model import Activity, Event, Outcome, Unreadable
from seawall.sources.base import Context, Ignored
from seawall.sources.values import address, decode_leniently, record_text, text, time_us


class _Actor(msgspec.Struct):
    type: str | None = None
    user_id: str | None = None
    email_address: str | None = None
    unauthenticated_email_address: str | None = None
    api_key_id: str | None = None
    admin_api_key_id: str | None = None
    service_account_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None


class _Activity(msgspec.Struct):
    id: str
    created_at: str
    type: str
    organization_id: str | None = None
    organization_uuid: str | None = None
    actor: _Actor | None = None
    api_key_id: str | None = None
    admin_api_key_id: str | None = None
    service_key_id: str | None = None
    workspace_id: str | None = None


_DECODER: Final = msgspec.json.Decoder(_Activity)
_KEY_ENDINGS: Final[dict[str, Activity]] = {
    "created": "create_key", "updated": "change_key", "deleted": "delete_key", "revoked": "delete_key",
}  # fmt: skip
_CHAT: Final = ("claude_chat", "claude_artifact", "claude_project", "claude_file", "claude_user", "claude_skill",
                "claude_memory", "mcp_", "integration_")  # fmt: skip
_ACCESS: Final = ("ip_restriction", "spend_limit", "rate_limit", "role_assignment", "_sso_", "sso_connection", "scim",
                  "directory_sync", "domain", "org_user", "invite", "member", "owner_transferred", "workspace",
                  "group", "organization_settings", "service_account", "federation", "external_key", "data_retention",
                  )  # fmt: skip
_LOGGING: Final = ("audit_log", "compliance_api", "activity_feed")


class AnthropicActivity:
    """Reads activities."""

    name = "anthropic.activity"
    title = "Anthropic Compliance API activity feed"
    columns = frozenset({
        "operation", "outcome", "owner_id", "resource_id", "credential_id", "credential_kind", "principal_id",
        "src_ip", "user_agent",
    })  # fmt: skip
    cannot_tell = (
        "It has no record of model use by key: Anthropic counts that in usage buckets only.",
        "An act in a browser names the user, not a key.",
    )
    switch_on = (
        "Have the Compliance API enabled for the organization (it records from then on, nothing before), "
        "then fetch /v1/compliance/activities."
    )

    def matches(self, record: bytes) -> bool:
        """An activity has `created_at` and an actor of an `…_actor` type."""
        return b'"created_at"' in record and b'"actor"' in record and b'_actor"' in record

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """One activity is one event; those of the chat product are ignored."""
        row = decode_leniently(_DECODER, record)
        if not row.id or not row.type:
            raise Unreadable("an activity without id or type")
        if row.type.startswith(_CHAT):
            return Ignored("chat product activity")
        actor = row.actor or _Actor()
        key = text(actor.api_key_id) or text(actor.admin_api_key_id)
        return [
            Event(
                event_id=row.id,
                time=time_us(row.created_at),
                source=self.name,
                provider="anthropic",
                activity=_activity(row.type),
                raw=record_text(record),
                operation=row.type,
                outcome=_outcome(row.type),
                owner_id=text(row.organization_id) or text(row.organization_uuid) or context.owner,
                resource_id=_resource(row),
                credential_id=key,
                credential_kind="api_key" if key else None,
                principal_id=_principal(actor),
                src_ip=address(text(actor.ip_address) or ""),
                user_agent=text(actor.user_agent),
            )
        ]


@lru_cache(maxsize=4096)
def _activity(kind: str) -> Activity:
    """Return the activity of a type, by the words that Anthropic builds its types from."""
    if "login" in kind or "logout" in kind:
        return "login"
    head, _, ending = kind.rpartition("_")
    if head.endswith("_key") and not head.endswith("external_key"):
        return _KEY_ENDINGS.get(ending, "change_key")
    if any(word in kind for word in _LOGGING):
        return "change_logging"
    return "change_access" if any(word in kind for word in _ACCESS) else "other"


def _outcome(kind: str) -> Outcome:
    """The feed holds what was done, and of logins what was tried."""
    return "denied" if kind.endswith("_failed") else "success"


def _resource(row: Any) -> str | None:
    """Return what was acted on: the key, else the workspace."""
    ids = (row.api_key_id, row.admin_api_key_id, row.service_key_id, row.workspace_id)
    return next(filter(None, map(text, ids)), None)


def _principal(actor: _Actor) -> str | None:
    ids = (actor.user_id, actor.service_account_id, actor.email_address, actor.unauthenticated_email_address)
    return next(filter(None, map(text, ids)), None)
