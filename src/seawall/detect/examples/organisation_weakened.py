"""Examples of LJ-30."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Columns, Example, Row, at, steady

_ADMIN: Final[Columns] = {"credential_id": None, "client": "firefox", "activity": "change_access"}
_OPENAI: Final[Columns] = {**_ADMIN, "source": "openai.audit", "provider": "openai", "principal_id": "user-1"}
_ANTHROPIC: Final[Columns] = {
    **_ADMIN,
    "source": "anthropic.activity",
    "provider": "anthropic",
    "principal_id": "user-1",
}
_LIMIT: Final[Columns] = {**_ANTHROPIC, "operation": "platform_spend_limit_deleted", "resource_id": "workspace-1"}
_LATER: Final[Columns] = {**_ANTHROPIC, "activity": "login", "operation": "sso_login_succeeded", "time": at(30)}
_HISTORY: Final[tuple[Row, ...]] = steady(5, every=24, **_OPENAI | {"operation": "project.updated"})
_INTRUDER: Final[Columns] = {**_OPENAI, **AWAY, "principal_id": "user-2"}

FIRES: Final = (
    Example("the IP allow-list is switched off", ({**_OPENAI, "operation": "ip_allowlist.config.deactivated"},)),
    Example("single sign-on is switched off", ({**_ANTHROPIC, "operation": "org_sso_connection_deactivated"},)),
    Example(
        "somebody is made an owner",
        (
            {
                **_OPENAI,
                "operation": "role.assignment.created",
                "resource_id": "role_assignment_role-api-organization-owner",
            },
        ),
    ),
    Example("a spend limit is deleted and not set anew", (_LIMIT, _LATER)),
    Example("a newcomer raises a rate limit", (*_HISTORY, {**_INTRUDER, "operation": "rate_limit.updated"})),
    Example(
        "a newcomer makes an admin key",
        (*_HISTORY, {**_INTRUDER, "activity": "create_key", "operation": "tenant.admin_api_key.created"}),
    ),
)
QUIET: Final = (
    Example("an administrator raises a rate limit", (*_HISTORY, {**_OPENAI, "operation": "rate_limit.updated"})),
    Example("an administrator makes a key", ({**_OPENAI, "activity": "create_key", "operation": "api_key.created"},)),
    Example("an allow-list is switched on", ({**_OPENAI, "operation": "ip_allowlist.config.activated"},)),
    Example("an administrator's role is taken away", ({**_OPENAI, "operation": "role.assignment.deleted",
                                                    "resource_id": "role_assignment_role-api-organization-owner"},)),
    Example(
        "a spend limit is set anew after some minutes",
        (_LIMIT, {**_LIMIT, "operation": "platform_spend_limit_created", "time": at(6)}, _LATER),
    ),
    Example("a spend limit was deleted just now", (_LIMIT,)),
)  # fmt: skip
