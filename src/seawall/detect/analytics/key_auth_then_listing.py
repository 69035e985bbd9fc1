"""LJ-11: an account of an AI service is opened to key authentication, and within the hour its keys are listed.

The record that says which setting changed is told by a Sigma rule (`SWITCHED_ON`); where an export drops it, a write to
the account by somebody new to such acts must do.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hits, marks
from seawall.detect.tampering import acts_of, ends_with, with_standing

#: The Sigma rule that reads in the request's body that key authentication was switched on.
SWITCHED_ON: Final = "LJ-11-local-auth"
#: Whoever opens a door for a key takes the key in the same sitting.
MINUTES: Final = 60
_WRITES: Final = ("microsoft.cognitiveservices/accounts/write",)


def find() -> ir.Table:
    """Listings of an account's keys after a write to it, by somebody new to it or after the switch was seen to turn.

    Tools that set accounts up write and then read the keys at each run: without the switch, only a newcomer counts.
    """
    listed = acts_of("list_keys")
    listed = with_standing(listed.filter(listed.outcome == "success"), "list_keys", "change_access")
    pairs = _after(listed, _writes())
    chains = pairs.group_by("call").aggregate(begun=pairs.written_at.min(), switched=pairs.switched.max())
    chains = listed.join(chains, "call")
    chains = chains.mutate(sure=chains.switched & chains.unusual).filter(chains.switched | chains.unusual)
    return matches(
        chains,
        network=chains.src_net,
        opened_at=chains.known_at,
        first=chains.begun,
        last=chains.known_at,
        events=chains.events + 1,
        severity=ibis.ifelse(chains.sure, "medium", "low"),
        confidence=ibis.cases((chains.sure, 0.6), (chains.switched, 0.35), else_=0.3),
        what=ibis.ifelse(chains.switched, "key authentication was switched on", "its settings were written"),
        minutes=(chains.known_at.epoch_seconds().cast("int64") - chains.begun.epoch_seconds().cast("int64")) // 60,
        account=chains.resource_id,
        standing=ibis.cases(
            (chains.newcomer, "it was never seen at this owner before"),
            (chains.unusual, "it had never done either before, while others had"),
            else_="it had done so before",
        ),
    )


def _writes() -> ir.Table:
    """Return writes to accounts that were not refused, and whether the switch was seen to turn."""
    writes = hits.filter(
        hits.activity == "change_access",
        hits.resource_id.notnull(),
        hits.outcome.fill_null("success") == "success",
        ends_with(hits.operation, _WRITES),
    )
    turned = marks.filter(marks.rule == SWITCHED_ON).select("call").distinct()
    writes = writes.left_join(turned, "call")
    return writes.select(
        "owner_key", "resource_id", by="subject", written_at="known_at", switched=writes.call_right.notnull()
    )


def _after(listed: ir.Table, writes: ir.Table) -> ir.Table:
    """Return each listing with each write to the same account before it; a write that is a guess must be the lister's.

    Whoever switches keys on may take them as somebody else.
    """
    return listed.join(
        writes,
        [
            listed.owner_key == writes.owner_key,
            listed.resource_id == writes.resource_id,
            writes.written_at <= listed.known_at,
            writes.written_at >= listed.known_at - ibis.interval(minutes=MINUTES),
            writes.switched | (writes.by == listed.subject),
        ],
        rname="{name}_written",
    )


RULE: Final = Analytic(
    id="LJ-11",
    title="Key authentication opened, then keys listed",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    family="tamper",
    look_back_hours=1,
    closes="at once: it rests on the write before the listing",
    needs=("activity", "operation", "principal_id"),
    needs_history=True,
    attack=("T1098.001", "T1552"),
    atlas=("AML.T0055",),
    benign=("an administrator, or a tool, that moves an application to keys and hands them out",),
    next=(
        "Ask whoever it was whether they needed a key; if not, end their sessions.",
        "Renew both keys of the account, and switch key authentication off again.",
        "See what was invoked at this account since.",
    ),
    why="listed the keys of {account} {minutes} minutes after {what} there; {standing}",
    evidence=("change_access", "list_keys"),
    find=find,
)
