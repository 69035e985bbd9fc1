"""OpenAI's audit log: what each type of entry means, and who is said to have acted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.model import Event, Unreadable
from seawall.sources.base import Context
from seawall.sources.openai_audit import OpenAIAudit

SOURCE = OpenAIAudit()
SESSION = {
    "type": "session",
    "session": {
        "user": {"id": "user-1", "email": "a@example.com"},
        "ip_address": "203.0.113.9",
        "user_agent": "curl/8.5.0",
        "ja4": "t13d1516h2",
        "ip_address_details": {"country": "US", "asn": "64500"},
    },
}


def event(kind: str, **members: Any) -> Event:
    """Return the event of an entry of this type."""
    row = {"id": "audit_log-1", "type": kind, "effective_at": 1_760_000_000, "actor": SESSION, **members}
    found = SOURCE.read(json.dumps(row).encode(), Context(owner="org-1"))
    assert isinstance(found, list)
    return found[0]


@pytest.mark.parametrize(
    ("kind", "activity", "outcome"),
    [
        ("api_key.created", "create_key", "success"),
        ("service_account.created", "create_key", "success"),
        ("tenant.admin_api_key.created", "create_key", "success"),
        ("tenant.project_api_key.created", "create_key", "success"),
        ("api_key.updated", "change_key", "success"),
        ("api_key.deleted", "delete_key", "success"),
        ("ip_allowlist.config.deactivated", "change_access", "success"),
        ("role.assignment.created", "change_access", "success"),
        ("user.added", "change_access", "success"),
        ("invite.sent", "change_access", "success"),
        ("scim.disabled", "change_access", "success"),
        ("project.created", "change_access", "success"),
        ("rate_limit.updated", "change_access", "success"),
        ("tenant.usage_limit.updated", "change_access", "success"),
        ("organization.updated", "change_access", "success"),
        ("login.succeeded", "login", "success"),
        ("login.failed", "login", "denied"),
        ("logout.failed", "login", "denied"),
        ("resource.deleted", "other", "success"),
        ("something.new", "other", "success"),
    ],
)
def test_a_type_says_what_kind_of_act_it_was(kind: str, activity: str, outcome: str) -> None:
    """Every type becomes one activity and outcome, and stays readable as the operation."""
    found = event(kind)
    assert (found.activity, found.outcome, found.operation) == (activity, outcome, kind)


@pytest.mark.parametrize("member", ["organization.updated", "organization_updated"])
@pytest.mark.parametrize(
    "changed",
    [{"api_call_logging": "disabled"}, {"settings": {"api_call_logging": "none"}}, {"audit_logging": False}],
)
def test_switching_call_logging_is_told_from_other_changes(member: str, changed: dict[str, Any]) -> None:
    """An organization update that touches logging is a change of logging, with dots or underscores."""
    assert event("organization.updated", **{member: {"changes_requested": changed}}).activity == "change_logging"
    assert event("organization.updated", **{member: {"changes_requested": {"title": "x"}}}).activity == "change_access"


def test_a_session_names_the_user_and_the_network_and_no_key() -> None:
    """In a browser session the user is the principal, the credential is unknown, and geo is left to the enrichment."""
    found = event("api_key.created", **{"api_key.created": {"id": "key_1"}})
    assert (found.principal_id, found.credential_id, found.credential_kind) == ("user-1", None, None)
    assert (found.src_ip, found.user_agent, found.ja4) == ("203.0.113.9", "curl/8.5.0", "t13d1516h2")
    assert (found.src_country, found.src_asn, found.src_net) == (None, None, None)
    assert (found.resource_id, found.owner_id, found.time) == ("key_1", "org-1", 1_760_000_000_000_000)


def test_a_key_that_acted_is_the_credential() -> None:
    """An act by API key names the key, and its service account or user as principal."""
    found = event(
        "project.archived", actor={"type": "api_key", "api_key": {"id": "key_7", "service_account": {"id": "sa"}}}
    )
    assert (found.credential_id, found.credential_kind, found.principal_id) == ("key_7", "api_key", "sa")
    assert event("project.archived", actor={"type": "api_key", "api_key": {"user": {"id": "u"}}}).principal_id == "u"


def test_the_project_is_the_resource_where_no_payload_names_one() -> None:
    """An entry without details still says which project it is about."""
    assert event("rate_limit.updated", project={"id": "proj_1", "name": "p"}).resource_id == "proj_1"


def test_an_address_that_is_none_is_null() -> None:
    """A word in the place of the address is no address."""
    actor = {"session": {"ip_address": "internal.example", "user": {"id": "u"}}}
    assert event("login.succeeded", actor=actor).src_ip is None


@pytest.mark.parametrize("row", [{"type": "x", "effective_at": 1}, {"id": "1", "type": "x"}, {"id": "", "type": ""}])
def test_an_entry_without_id_type_or_time_is_unreadable(row: dict[str, Any]) -> None:
    """What makes an entry useless makes it unreadable."""
    with pytest.raises(Unreadable):
        SOURCE.read(json.dumps(row).encode(), Context())


@pytest.mark.data
def test_every_real_sample_is_one_event(samples: Path) -> None:
    """Each audit log sample is claimed and read; the kinds are those of its types."""
    rows = [json.loads(line)["log"] for line in (samples / "logs/panther/openai_audit.jsonl").read_text().splitlines()]
    events = []
    for row in rows:
        record = json.dumps(row).encode()
        assert SOURCE.matches(record)
        found = SOURCE.read(record, Context())
        assert isinstance(found, list)
        events += found
    assert len(events) == 22
    assert all(found.principal_id for found in events)
    assert {found.activity for found in events} == {
        "create_key", "change_key", "delete_key", "change_access", "login",
    }  # fmt: skip
