"""LJ-30: the organisation at OpenAI or Anthropic loses a safeguard: whence, how much, or who may use its keys.

Audit logs hear of administrators only when they act: that one was never seen before is nearly always true, and lifts
nothing above low. A key that such a newcomer makes is `info`: incidents want to know of it.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hits
from seawall.detect.tampering import acts_of, ends_with, standing, with_standing

PROVIDERS: Final = ("openai", "anthropic")
#: Operation endings → what was done; each opens the door by itself, whoever did it.
OPENED: Final = {
    "switched off the IP allow-list": ("ip_allowlist.config.deactivated", "ip_allowlist.deleted",
                                       "ip_restriction_deleted"),
    "switched off single sign-on": ("sso_connection_deactivated", "sso_connection_deleted", "sso.disabled",
                                    "scim.disabled"),
}  # fmt: skip
#: The same for what administrators do every week: it is told of those alone who are new to it.
LOOSENED: Final = {
    "toggled single sign-on": ("sso_toggled",),
    "changed or removed a rate limit": ("rate_limit.updated", "rate_limit.deleted", "rate_limit_updated",
                                        "rate_limit_deleted"),
    "made an admin key": ("admin_api_key.created", "admin_api_key_created"),
    "granted a role": ("role_assignment_granted",),
}  # fmt: skip
#: A role whose name, which is part of the assignment's id, says that it may do everything.
ADMIN_ROLES: Final = ("owner", "admin")
#: Limits that are changed in the console are deleted and set anew; nobody takes ten minutes over it.
RENEWED_MINUTES: Final = 10
_LIMIT: Final = ("spend_limit", "usage_limit")
_HABIT: Final = ("change_access", "create_key")


def find() -> ir.Table:
    """Acts that weaken the organisation, and spend limits that were deleted and not set anew."""
    return _acts().union(_unlimited())


def _acts() -> ir.Table:
    acts = acts_of(*_HABIT)
    acts = acts.filter(acts.provider.isin(PROVIDERS), acts.outcome == "success")
    acts = with_standing(acts, *_HABIT)
    role = (acts.resource_id.fill_null("") + acts.operation).lower()
    admin = ends_with(acts.operation, ("role.assignment.created",)) & ibis.or_(
        *(role.contains(name) for name in ADMIN_ROLES)
    )
    admin |= ends_with(acts.operation, ("primary_owner_transferred",))
    opened = ibis.or_(*(ends_with(acts.operation, endings) for endings in OPENED.values()))
    loosened = ibis.or_(*(ends_with(acts.operation, endings) for endings in LOOSENED.values()))
    said = [(ends_with(acts.operation, endings), what) for what, endings in (OPENED | LOOSENED).items()]
    makes = acts.newcomer & (acts.activity == "create_key") & ends_with(acts.operation, ("created",))
    weakens = opened | admin | (loosened & acts.unusual)
    acts = acts.mutate(
        severity=ibis.cases((opened, "medium"), (weakens, "low"), else_="info"),
        what=ibis.cases(*said, (admin, "made somebody an owner or administrator"), else_="made a key"),
        told=weakens | makes,
    )
    return _matches(acts.filter(acts.told), acts.known_at)


def _unlimited() -> ir.Table:
    """Spend limits that nobody set anew within `RENEWED_MINUTES`; told when these are over."""
    gone = acts_of("change_access")
    gone = gone.filter(gone.provider.isin(PROVIDERS), gone.outcome == "success", _is_limit(gone, ("deleted",)))
    anew = hits.filter(hits.activity == "change_access", hits.operation.notnull())
    anew = anew.filter(_is_limit(anew, ("created", "updated")))
    wait = ibis.interval(minutes=RENEWED_MINUTES)
    gone = gone.anti_join(
        anew,
        [
            gone.owner_key == anew.owner_key,
            gone.resource_id.identical_to(anew.resource_id),
            anew.known_at >= gone.known_at,
            anew.known_at <= gone.known_at + wait,
        ],
    )
    gone = with_standing(gone, *_HABIT)
    what = f"removed a spend limit, which was not set anew within {RENEWED_MINUTES} minutes"
    gone = gone.mutate(severity=ibis.literal("low"), what=ibis.literal(what))
    return _matches(gone, gone.known_at + wait)


def _is_limit(acts: ir.Table, endings: tuple[str, ...]) -> ir.BooleanValue:
    named = ibis.or_(*(acts.operation.lower().contains(word) for word in _LIMIT))
    return named & ends_with(acts.operation, endings)


def _matches(acts: ir.Table, opened_at: ir.Value) -> ir.Table:
    return matches(
        acts,
        network=acts.src_net,
        opened_at=opened_at,
        first=acts.known_at,
        last=acts.known_at,
        events=acts.events,
        severity=acts.severity,
        confidence=ibis.cases((acts.severity == "medium", 0.5), (acts.severity == "low", 0.3), else_=0.1),
        what=acts.what,
        operation=acts.operation,
        standing=standing(acts),
    )


RULE: Final = Analytic(
    id="LJ-30",
    title="Organisation weakened",
    version=2,
    severity="low",
    confidence=0.3,
    key="owner",
    family="tamper",
    look_back_hours=1,
    closes="at once; a deleted spend limit after ten minutes",
    needs=("credential_id", "activity", "operation"),
    attack=("T1098", "T1562.007"),
    atlas=(),
    benign=("an administrator who changes how people sign in, or what a project may spend",),
    next=(
        "Put the safeguard back, and ask whoever did it whether it was them.",
        "If not, end their sessions, revoke their keys, and list the keys that were made since.",
    ),
    why="{what} ({operation}){standing}",
    evidence=("change_access", "create_key"),
    find=find,
)
