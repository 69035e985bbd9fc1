"""LiteLLM's audit log: who changed keys, teams, users and models of the gateway → one event per row.

In: a row of `LiteLLM_AuditLog` (from the database, its CSV, or `/audit`). Out: an event whose `operation` is table and
action. The changed values are kept in `raw` without members that may hold a key or a provider's secret.
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.model import Activity, Event
from seawall.sources.base import Context
from seawall.sources.litellm_keys import SECRETS, virtual_key
from seawall.sources.prompts import without
from seawall.sources.values import decode_leniently, digest_id, text, time_us


class _Row(msgspec.Struct):
    updated_at: str
    action: str
    table_name: str
    id: str | None = None
    changed_by: str | None = None
    changed_by_api_key: str | None = None
    object_id: str | None = None


_DECODER: Final = msgspec.json.Decoder(_Row)
_KEY_ACTS: Final[dict[str, Activity]] = {"created": "create_key", "deleted": "delete_key"}
_TABLES: Final[tuple[tuple[str, Activity], ...]] = (
    ("model", "change_deployment"), ("guardrail", "change_guardrail"), ("config", "other"),
    ("team", "change_access"), ("user", "change_access"), ("organization", "change_access"),
    ("budget", "change_access"), ("credential", "change_access"),
)  # fmt: skip


def read_audit_row(record: bytes, source: str, context: Context) -> list[Event]:
    """Return the event of an audit log row.

    Raises:
        Unreadable: no JSON object, or no time, action or table.
    """
    row = decode_leniently(_DECODER, record)
    raw = without(record, SECRETS)
    key = virtual_key(row.changed_by_api_key)
    target = virtual_key(row.object_id)
    if key != text(row.changed_by_api_key) or target != text(row.object_id):
        raw = without(raw.encode(), frozenset({"changed_by_api_key", "object_id"}))
    return [
        Event(
            event_id=text(row.id) or digest_id(raw.encode()),
            time=time_us(row.updated_at),
            source=source,
            provider="litellm",
            activity=_activity(row.table_name.lower(), row.action.lower()),
            raw=raw,
            operation=f"{row.table_name}.{row.action}",
            outcome="success",
            owner_id=context.owner,
            resource_id=target,
            credential_id=key,
            credential_kind="virtual_key" if key else None,
            principal_id=text(row.changed_by),
            via="litellm",
        )
    ]


def _activity(table: str, action: str) -> Activity:
    if "verificationtoken" in table:
        return _KEY_ACTS.get(action, "change_key")
    return next((activity for word, activity in _TABLES if word in table), "other")
