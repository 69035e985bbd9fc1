"""LJ-12: the keys of AI services are listed by somebody who never did, or far more often than ever."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import dated, has_history, is_new
from seawall.detect.tampering import acts_of

#: Networks that people rent to be nobody in particular; administrators sit in offices and at home, where every first
#: listing of theirs would be news.
RENTED: Final = ("hosting", "vpn", "tor")
#: Who needs a key looks at one service or two; five listings within an hour, as a first thing, are a collection.
NEWCOMER_BURST: Final = 5
#: By hand nobody lists twenty times an hour; a tool that does so does it often, so that four times its habit is news.
BURST: Final = 20
TIMES: Final = 4
#: What a tool does every day is in here.
HABIT_HOURS: Final = 46


def find() -> ir.Table:
    """Listings by a new lister from a rented network new to the owner, or in a burst; only at an owner with history.

    A first listing from an office, or from a network that the owner uses, is a colleague at work. Azure OpenAI's own
    audit log names no lister, and Azure's activity log tells the same act: its records are not counted.
    """
    acts = acts_of("list_keys")
    acts = acts.filter(acts.credential_kind.fill_null("") != "resource")
    acts = dated(_counted(acts), "list_keys")
    acts = acts.filter(has_history(acts))
    new = is_new(acts, "habit_since")
    strange = new & is_new(acts, "net_since") & acts.src_kind.fill_null("").isin(RENTED)
    burst = ibis.or_(
        new & (acts.listings >= NEWCOMER_BURST),
        (acts.listings >= BURST) & (acts.listings > acts.busiest.fill_null(0) * TIMES),
    )
    acts = acts.mutate(strange=strange, new=new).filter(strange | burst)
    return matches(
        acts,
        network=acts.src_net,
        opened_at=acts.known_at,
        first=acts.begun,
        last=acts.known_at,
        events=acts.listings,
        often=ibis.ifelse(acts.listings == 1, "once", acts.listings.cast("string") + " times within an hour"),
        operation=acts.operation,
        standing=ibis.cases(
            (acts.strange, "it had never done so, nor was this network, a rented one, ever used at this owner"),
            (acts.new, "it had never done so before"),
            else_="its busiest hour of two days had " + acts.busiest.fill_null(0).cast("string"),
        ),
    )


def _counted(acts: ir.Table) -> ir.Table:
    """Add to each listing how many the subject made in the hour up to it, and in the busiest hour before that."""
    key = ["owner_key", "subject"]
    hour = ibis.range_window(group_by=key, order_by="known_at", preceding=ibis.interval(hours=1), following=0)
    acts = acts.mutate(listings=acts.count().over(hour), begun=acts.known_at.min().over(hour))
    before = ibis.range_window(
        group_by=key,
        order_by="known_at",
        preceding=(ibis.interval(hours=HABIT_HOURS), ibis.interval(hours=1)),
    )
    return acts.mutate(busiest=acts.listings.max().over(before))


RULE: Final = Analytic(
    id="LJ-12",
    title="Keys listed by a newcomer or in a burst",
    version=1,
    severity="low",
    confidence=0.35,
    key="owner",
    family="probe",
    look_back_hours=48,
    closes="at once: it rests on what was listed up to then",
    needs=("credential_id", "activity", "src_kind"),
    needs_history=True,
    attack=("T1552",),
    atlas=("AML.T0055",),
    benign=(
        "somebody who answers an incident and lists every key there is",
        "a new tool that takes stock, or a colleague behind a VPN",
    ),
    next=(
        "Ask whoever it was whether they listed the keys.",
        "If not, revoke their credential and renew every key that was listed.",
    ),
    why="listed keys {often} ({operation}): {standing}",
    evidence=("list_keys",),
    find=find,
)
