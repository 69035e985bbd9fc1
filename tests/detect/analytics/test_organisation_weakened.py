"""LJ-30: which acts weaken an organisation, and how grave they are."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.organisation_weakened import RULE
from seawall.detect.examples.example import AWAY, at, steady
from seawall.sources.base import Context
from seawall.sources.openai_audit import OpenAIAudit

ADMIN = {"provider": "anthropic", "credential_id": None, "principal_id": "user-1", "activity": "change_access"}
NEWCOMER = {**ADMIN, **AWAY, "principal_id": "user-2"}
HISTORY = steady(5, every=24, **ADMIN, operation="org_user_invite_sent")
LATER = {**ADMIN, "activity": "login", "time": at(30)}


@pytest.mark.parametrize(
    ("operation", "by_admin", "by_newcomer"),
    [
        ("org_ip_restriction_deleted", "medium", "medium"),
        ("org_sso_connection_deactivated", "medium", "medium"),
        ("ip_allowlist.config.deactivated", "medium", "medium"),
        ("platform_spend_limit_deleted", "low", "low"),
        ("primary_owner_transferred", "low", "low"),
        ("org_sso_toggled", None, "low"),
        ("role_assignment_granted", None, "low"),
        ("rate_limit.updated", None, "low"),
        ("org_ip_restriction_created", None, None),
        ("project.updated", None, None),
    ],
)
def test_severity(found: Any, operation: str, by_admin: str | None, by_newcomer: str | None) -> None:
    """What opens the door is medium whoever did it; everyday administration is told of newcomers alone, and low."""
    for who, severity in ((ADMIN, by_admin), (NEWCOMER, by_newcomer)):
        findings = found(RULE, [*HISTORY, {**who, "operation": operation}, LATER])
        assert [finding.severity for finding in findings] == ([severity] if severity else [])


def test_a_newcomers_key_is_a_hint(found: Any) -> None:
    """A key that somebody never seen makes is `info`; an administrator's is not told of."""
    key = {"activity": "create_key", "operation": "platform_api_key_created"}
    (finding,) = found(RULE, [*HISTORY, {**NEWCOMER, **key}, LATER])
    assert (finding.severity, "never seen" in finding.why) == ("info", True)
    assert found(RULE, [*HISTORY, {**ADMIN, **key}, LATER]) == []


@pytest.mark.parametrize(("minutes", "fires"), [(10, False), (11, True), (-1, True)])
def test_a_limit_set_anew(found: Any, minutes: float, fires: bool) -> None:
    """A limit that is set anew within ten minutes was only changed; the finding waits for these minutes."""
    gone = {**ADMIN, "operation": "platform_spend_limit_deleted", "resource_id": "workspace-1"}
    anew = {**gone, "operation": "platform_spend_limit_created", "time": at(minutes)}
    findings = found(RULE, [gone, anew, LATER])
    assert [finding.opened_at for finding in findings] == (["2026-01-05T12:10:00Z"] if fires else [])


def test_a_limit_of_another_workspace(found: Any) -> None:
    """A limit that another workspace gets makes up for none."""
    gone = {**ADMIN, "operation": "platform_spend_limit_deleted", "resource_id": "workspace-1"}
    anew = {**gone, "operation": "platform_spend_limit_created", "resource_id": "workspace-2", "time": at(2)}
    assert found(RULE, [gone, anew, LATER])


def test_reads_the_role_where_the_source_puts_it(found: Any) -> None:
    """An assignment of the owner's role, as OpenAI's audit log writes it, is found; its removal is not."""
    record = (
        b'{"id":"audit_log-1","type":"role.assignment.%s","effective_at":1767614400,"actor":{"type":"session",'
        b'"session":{"user":{"id":"user-1"}}},"role_assignment_%s":{"id":"role_assignment_role-api-organization-owner'
        b'__api-organization__org-1_user-2","principal_id":"user-2"}}'
    )
    for word, fires in ((b"created", True), (b"deleted", False)):
        (event,) = OpenAIAudit().read(record % (word, word), Context(owner="org-1"))
        columns = ("operation", "activity", "outcome", "resource_id", "provider", "principal_id", "credential_id")
        row = {column: getattr(event, column) for column in columns}
        assert bool(found(RULE, [{**row, "src_net": None}])) is fires
