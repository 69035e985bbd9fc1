"""Anthropic's activity feed: what each type of activity means, and who is said to have acted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.model import Event, Unreadable
from seawall.sources.anthropic_activity import AnthropicActivity
from seawall.sources.base import Context, Ignored

SOURCE = AnthropicActivity()
USER = {"type": "user_actor", "user_id": "user_1", "ip_address": "198.51.100.4", "user_agent": "Mozilla/5.0"}


def read(kind: str, **members: Any) -> list[Event] | Ignored:
    """Read an activity of this type."""
    row = {"id": "activity_1", "created_at": "2026-05-07T10:00:00Z", "type": kind, "actor": USER, **members}
    return SOURCE.read(json.dumps(row).encode(), Context(owner="org-given"))


def event(kind: str, **members: Any) -> Event:
    """Return the event of an activity of this type."""
    found = read(kind, **members)
    assert isinstance(found, list)
    return found[0]


@pytest.mark.parametrize(
    ("kind", "activity", "outcome"),
    [
        ("admin_api_key_created", "create_key", "success"),
        ("service_key_created", "create_key", "success"),
        ("platform_api_key_created", "create_key", "success"),
        ("admin_api_key_updated", "change_key", "success"),
        ("service_key_revoked", "delete_key", "success"),
        ("admin_api_key_deleted", "delete_key", "success"),
        ("org_ip_restriction_deleted", "change_access", "success"),
        ("platform_spend_limit_deleted", "change_access", "success"),
        ("role_assignment_granted", "change_access", "success"),
        ("org_sso_toggled", "change_access", "success"),
        ("org_sso_connection_deactivated", "change_access", "success"),
        ("org_user_invite_sent", "change_access", "success"),
        ("org_user_deleted", "change_access", "success"),
        ("primary_owner_transferred", "change_access", "success"),
        ("claude_organization_settings_updated", "change_access", "success"),
        ("sso_login_succeeded", "login", "success"),
        ("sso_login_failed", "login", "denied"),
        ("something_new", "other", "success"),
    ],
)
def test_a_type_says_what_kind_of_act_it_was(kind: str, activity: str, outcome: str) -> None:
    """Every type becomes one activity and outcome, and stays readable as the operation."""
    found = event(kind)
    assert (found.activity, found.outcome, found.operation) == (activity, outcome, kind)


@pytest.mark.parametrize("kind", ["claude_chat_created", "claude_artifact_sharing_updated", "mcp_server_created",
                                  "integration_user_connected", "claude_user_settings_updated"])  # fmt: skip
def test_what_people_do_in_the_chat_product_is_ignored(kind: str) -> None:
    """The chat product uses no key that could be stolen; its activities are counted by one reason."""
    assert read(kind) == Ignored("chat product activity")


def test_who_acted_is_the_user_else_the_key() -> None:
    """A user is the principal; a key that acted is the credential; the given owner is used where none is logged."""
    found = event("service_key_created", organization_id="org_1", service_key_id="key_2")
    assert (found.principal_id, found.credential_id, found.owner_id) == ("user_1", None, "org_1")
    assert (found.src_ip, found.user_agent, found.resource_id) == ("198.51.100.4", "Mozilla/5.0", "key_2")
    found = event("service_key_created", actor={"type": "api_actor", "api_key_id": "apikey_1"})
    assert (found.credential_id, found.credential_kind, found.owner_id) == ("apikey_1", "api_key", "org-given")


def test_a_failed_login_has_an_address_and_nobody() -> None:
    """An unauthenticated actor is no principal, unless the feed says which address was tried."""
    actor = {"type": "unauthenticated_user_actor", "ip_address": "192.0.2.8"}
    found = event("sso_login_failed", actor=actor)
    assert (found.principal_id, found.src_ip, found.outcome) == (None, "192.0.2.8", "denied")


@pytest.mark.parametrize("missing", ["id", "created_at", "type"])
def test_an_activity_without_id_time_or_type_is_unreadable(missing: str) -> None:
    """What makes an activity useless makes it unreadable."""
    row = {"id": "1", "created_at": "2026-05-07T10:00:00Z", "type": "x"}
    del row[missing]
    with pytest.raises(Unreadable):
        SOURCE.read(json.dumps(row).encode(), Context())


@pytest.mark.data
def test_every_real_sample_is_an_event_or_ignored(samples: Path) -> None:
    """Each activity sample is claimed, and is one event or chat product activity."""
    lines = (samples / "logs/panther/anthropic_activity.jsonl").read_text().splitlines()
    records = [json.dumps(json.loads(line)["log"]).encode() for line in lines]
    assert len(records) == 30
    assert all(map(SOURCE.matches, records))
    results = [SOURCE.read(record, Context()) for record in records]
    ignored = [found for found in results if isinstance(found, Ignored)]
    events = [found[0] for found in results if isinstance(found, list)]
    assert {found.reason for found in ignored} == {"chat product activity"}
    assert len(events) + len(ignored) == 30
    assert "other" not in {found.activity for found in events}
    assert all(found.owner_id and found.src_ip for found in events)
