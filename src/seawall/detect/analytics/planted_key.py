"""LJ-29: somebody new to it makes a key, and within a day the new key is used from a network new to the owner.

Whoever has stolen a credential makes another, such as a long-lived Bedrock API key with a user of its own, so that he
stays when the first is revoked. Single acts with bearer keys are told by Sigma rules.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import since
from seawall.detect.tables import seen
from seawall.detect.tampering import acts_of, with_standing

#: A thief's key is used as soon as it is there; an administrator's goes into a vault and a release.
SOON_HOURS: Final = 24
#: What a key is for.
_USE: Final = ("infer", "usage", "list_models")


def find() -> ir.Table:
    """The first use of a credential that the owner never had, soon after somebody new to it had made a key."""
    made = acts_of("create_key")
    made = with_standing(made.filter(made.outcome == "success"), "create_key")
    made = made.filter(made.unusual).select("owner_key", "newcomer", "operation", by="subject", made_at="known_at")
    used = _debuts(made)
    pairs = used.join(
        made,
        [
            used.owner_key == made.owner_key,
            used.subject != made.by,
            made.made_at <= used.born,
            made.made_at >= used.born - ibis.interval(hours=SOON_HOURS),
            used.net_since > made.made_at - ibis.interval(hours=SOON_HOURS),
        ],
        rname="{name}_made",
    )
    order = ibis.window(group_by=["owner_key", "subject"], order_by=[pairs.made_at.desc(), pairs.by, pairs.operation])
    pairs = pairs.mutate(place=ibis.row_number().over(order))
    chains = pairs.filter(pairs.place == 0)
    return matches(
        chains,
        network=chains.src_net,
        opened_at=chains.born,
        first=chains.made_at,
        last=chains.born,
        events=ibis.literal(2),
        by=chains.by,
        operation=chains.operation,
        minutes=(chains.born.epoch_seconds().cast("int64") - chains.made_at.epoch_seconds().cast("int64")) // 60,
        standing=ibis.ifelse(chains.newcomer, "was never seen at this owner before", "had never made a key before"),
    )


def _debuts(made: ir.Table) -> ir.Table:
    """Return the first use of each credential of the owners of `made`, and since when the owner knows its network."""
    used = seen.filter(seen.subject.notnull()).semi_join(made, "owner_key")
    order = ibis.window(group_by=["owner_key", "subject"], order_by=[used["first"], used.fact])
    used = used.mutate(place=ibis.row_number().over(order))
    used = used.filter(used.place == 0, used.activity.isin(_USE), used.src_net.notnull(), ~used.known)
    used = used.select("owner_key", "owner_id", "subject", "src_net", born="first")
    return since(used, seen.filter(seen.src_net.notnull()), ("owner_key", "src_net"), "net_since")


RULE: Final = Analytic(
    id="LJ-29",
    title="Key made by a newcomer, then used by a stranger",
    version=1,
    severity="low",
    confidence=0.35,
    key="owner",
    family="tamper",
    look_back_hours=SOON_HOURS,
    closes="at once: it rests on who made the key before",
    needs=("credential_id", "activity", "src_net"),
    needs_history=True,
    attack=("T1098.001", "T1078.004"),
    atlas=("AML.T0091.000",),
    benign=("a colleague who sets a new application up on a new host, and makes a key for the first time",),
    next=(
        "Ask whoever made the key whether it was them; if not, revoke it and whatever they used.",
        "List every key and user that was made since, Bedrock API keys and their users among them.",
    ),
    why=(
        "was used for the first time {minutes} minutes after {by}, who {standing}, had made a key ({operation}); its"
        " network is new to the owner too"
    ),
    evidence=("create_key", "infer", "list_models"),
    find=find,
)
