"""LJ-02: a key that was exposed in public is used from a source that is new to its owner.

In: an `exposure` event names the key and, as its time, when it leaked. What was there before the leak is the baseline.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import HISTORY_DAYS, NEW_HOURS, since
from seawall.detect.tables import hits, seen

#: Keys that leak are first tried within minutes; after a day, whoever comes may be anybody.
SOON_HOURS: Final = 24


def find() -> ir.Table:
    """The first use of an exposed key from a network that its owner never used before the leak.

    The key must have a history, in which it would have shown where it is at home. Within a day of a leak, a new client
    together with a new system or country says that somebody else took the key; a pipeline that the leaking commit
    starts comes soon too, but with the client that the key has always had.
    """
    used = seen.filter(seen.subject.notnull(), seen.src_net.notnull(), ~seen.activity.isin(("exposure", "alert")))
    used = used.semi_join(seen.filter(seen.activity == "exposure"), "owner_key")
    came = _dated(_arrivals(used), used)
    came = came.filter(
        came.leaked.notnull(),
        came.net_since > came.leaked,
        came.net_since > came.known_at - ibis.interval(hours=NEW_HOURS),
        came.born <= came.known_at - ibis.interval(days=HISTORY_DAYS),
    )
    day = ibis.interval(hours=NEW_HOURS)
    client_new = (came.client_since > came.known_at - day).fill_null(False)
    place_new = (came.asn_since > came.known_at - day).fill_null(False)
    place_new |= (came.country_since > came.known_at - day).fill_null(False)
    # without a geo table, network and client are all there is
    other = client_new & (place_new | (came.src_asn.isnull() & came.src_country.isnull()))
    soon = came.leaked > came.known_at - ibis.interval(hours=SOON_HOURS)
    return matches(
        came,
        network=came.src_net,
        opened_at=came.known_at,
        first=came.known_at,
        last=came.known_at,
        events=ibis.literal(1),
        severity=ibis.ifelse(soon & other, "medium", "low"),
        confidence=ibis.cases((soon & other, 0.7), (soon | other, 0.45), else_=0.3),
        soon=soon,
        after=_span(came.known_at.epoch_seconds() - came.leaked.epoch_seconds()),
        client=came.client.fill_null("no client named"),
        client_new=ibis.ifelse(client_new, ", new to it", ""),
        place=came.src_country.fill_null("country unknown"),
        place_new=ibis.ifelse(place_new, ", new to its owner", ""),
    )


def _span(seconds: ir.IntegerValue) -> ir.StringValue:
    """Return a time in words."""
    minutes = seconds.cast("int64") // 60
    return ibis.cases(
        (minutes < 2 * 60, minutes.cast("string") + " minutes"),
        (minutes < 2 * 1440, (minutes // 60).cast("string") + " hours"),
        else_=(minutes // 1440).cast("string") + " days",
    )


def _arrivals(used: ir.Table) -> ir.Table:
    """Return the first use of each credential on each network, where that network is not the operator's own."""
    order = ibis.window(group_by=["owner_key", "subject", "src_net"], order_by=[used["first"], used.fact])
    came = used.mutate(place=ibis.row_number().over(order))
    came = came.filter(came.place == 0, ~came.known)
    return came.select(
        "owner_key", "owner_id", "subject", "src_net", "src_asn", "src_country", "client", known_at=came["first"]
    )


def _dated(came: ir.Table, used: ir.Table) -> ir.Table:
    """Add the last leak before each arrival, and since when its key and what it came with are known."""
    came = since(came, used, ("owner_key", "subject"), "born")
    came = since(came, used, ("owner_key", "src_net"), "net_since")
    came = since(came, used, ("owner_key", "src_asn"), "asn_since")
    came = since(came, used, ("owner_key", "src_country"), "country_since")
    came = since(came, used, ("owner_key", "subject", "client"), "client_since")
    first = seen.filter(seen.activity == "exposure", seen.subject.notnull())
    first = first.select("owner_key", "subject", leak="first")
    # a key may leak again: single exposures are kept for two days
    again = hits.filter(hits.activity == "exposure", hits.subject.notnull())
    again = again.select("owner_key", "subject", leak="known_at")
    key = ["owner_key", "subject", "src_net", "known_at"]
    early = first.join(came.select(key), ["owner_key", "subject"])
    early = early.filter(early.leak <= early.known_at)
    late = again.join(came.select(key), ["owner_key", "subject"])
    late = late.filter(late.leak <= late.known_at, late.leak > late.known_at - ibis.interval(hours=SOON_HOURS))
    leaks = early.select(*key, "leak").union(late.select(*key, "leak"))
    leaks = leaks.group_by(key).aggregate(leaked=leaks.leak.max())
    return came.left_join(leaks, key).drop(*(f"{column}_right" for column in key))


RULE: Final = Analytic(
    id="LJ-02",
    title="Exposed key used",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    subject=("owner", "credential", "network"),
    family="source",
    look_back_hours=SOON_HOURS,
    closes="at once: it rests on what was seen before",
    needs=("credential_id", "src_net"),
    needs_history=True,
    attack=("T1078.004", "T1552.001"),
    atlas=("AML.T0012", "AML.T0055"),
    benign=("the project in which the key was exposed, now run on a new machine or in a pipeline",),
    next=(
        "Revoke the key now, whoever this was: it is public.",
        "Ask its owner whether this source is theirs.",
        "Take the key out of where it was exposed, its history included.",
    ),
    why=(
        "was used {after} after the key had been exposed in public, by {client}{client_new} ({place}{place_new}); no"
        " key of its owner had used this network before the exposure"
    ),
    find=find,
)
