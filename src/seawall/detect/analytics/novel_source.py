"""LJ-14: a key with a history appears from a network that is new together with what usually stays when people move."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import HISTORY_DAYS, NEW_HOURS
from seawall.detect.tables import seen

#: An owner of a week has shown where its people and machines are.
OWNER_DAYS: Final = 7


def find() -> ir.Table:
    """A key's first use of a network that is new to its owner, and more than the network is new.

    A new office, a traveller and a new tool each change one thing; so two of autonomous system, country and client
    must be new as well: the first two to the owner, the client to the key. A cloud that the owner uses does not vouch
    for somebody who comes out of it in another country with another tool. Where the log names no client, a new system
    or country alone is a weak novelty, and the match says so. A key of a few days has no habits yet: once it was used
    elsewhere, it is compared with its owner's.
    """
    came = arrivals()
    return shaped(came.filter(came.strength != "slight"))


def arrivals() -> ir.Table:
    """Return each key's arrival at a network that is new to its owner, what else is new, and how much that is.

    `strength`: `strong` (two things), `weak` (one, and no client is named), `slight` (one of three).
    """
    used = seen.filter(seen.subject.notnull(), seen.src_net.notnull())
    arrived = used.group_by("owner_key", "owner_id", "subject", "src_net").aggregate(
        arrival=used["first"].min(),
        src_asn=used.src_asn.min(),
        src_country=used.src_country.min(),
        known=used.known.max(),
    )
    arrived = arrived.filter(~arrived.known)
    born = used.group_by("owner_key", "subject").aggregate(born=used["first"].min())
    owners = used.group_by("owner_key").aggregate(owner_since=used["first"].min())
    arrived = arrived.join(born, ["owner_key", "subject"]).join(owners, "owner_key")
    arrived = arrived.mutate(young=arrived.arrival < arrived.born + ibis.interval(days=HISTORY_DAYS))
    grown = arrived.owner_since <= arrived.arrival - ibis.interval(days=OWNER_DAYS)
    arrived = arrived.filter(~arrived.young | (grown & (arrived.born < arrived.arrival)))
    for column, first in (("src_net", "net_first"), ("src_asn", "asn_first"), ("src_country", "country_first")):
        arrived = _with_first(arrived, used, column, first)
    arrived = _with_client(arrived, used)
    return _rated(arrived)


def _with_first(arrived: ir.Table, used: ir.Table, column: str, name: str) -> ir.Table:
    """Add when the owner first used the value of a column."""
    known = used.filter(used[column].notnull())
    firsts = known.group_by("owner_key", column).aggregate(**{name: known["first"].min()})
    return arrived.left_join(firsts, ["owner_key", column]).drop("owner_key_right", f"{column}_right")


def _with_client(arrived: ir.Table, used: ir.Table) -> ir.Table:
    """Add the client that came with the arrival, and when the key (a young one: its owner) first used that client."""
    came = used.join(
        arrived,
        [
            used.owner_key == arrived.owner_key,
            used.subject == arrived.subject,
            used.src_net == arrived.src_net,
            used["first"] == arrived.arrival,
        ],
        rname="{name}_arrived",
    )
    came = came.group_by("owner_key", "subject", "src_net").aggregate(client=came.client.min())
    arrived = arrived.left_join(came, ["owner_key", "subject", "src_net"], rname="{name}_came")
    arrived = arrived.drop("owner_key_came", "subject_came", "src_net_came")
    arrived = _with_first(arrived, used, "client", "client_first_of_owner")
    debut = used.group_by("owner_key", "subject", "client").aggregate(client_first_of_key=used["first"].min())
    arrived = arrived.left_join(debut, ["owner_key", "subject", "client"], rname="{name}_debut")
    return arrived.mutate(
        client_first=ibis.ifelse(arrived.young, arrived.client_first_of_owner, arrived.client_first_of_key)
    )


def _rated(arrived: ir.Table) -> ir.Table:
    def new(column: str, first: str) -> ir.BooleanValue:
        # a thief's second network brings the client of his first, minutes later
        fresh = arrived[first] > arrived.arrival - ibis.interval(hours=NEW_HOURS)
        return (arrived[column].notnull() & fresh).fill_null(False)

    arrived = arrived.mutate(
        asn_new=new("src_asn", "asn_first"),
        country_new=new("src_country", "country_first"),
        client_new=new("client", "client_first"),
    )
    count = sum(arrived[flag].cast("int64") for flag in ("asn_new", "country_new", "client_new"))
    # without a geo table, network and client are all there is
    strong = (count > 1) | (arrived.src_asn.isnull() & arrived.client_new)
    strength = ibis.cases((strong, "strong"), (arrived.client.isnull(), "weak"), else_="slight")
    return arrived.mutate(count=count, strength=strength).filter(
        new("src_net", "net_first"), (count > 0) & (strong | ~arrived.young)
    )


def shaped(novel: ir.Table) -> ir.Table:
    """Return arrivals as matches."""
    return matches(
        novel,
        network=novel.src_net,
        opened_at=novel.arrival,
        first=novel.arrival,
        last=novel.arrival,
        events=ibis.literal(1),
        confidence=ibis.ifelse(novel.strength == "strong", 0.15 + 0.1 * novel["count"], 0.15),
        strength=novel.strength,
        count=novel["count"],
        client_new=novel.client_new,
        news=_news(novel),
        client=novel.client.fill_null("no client named"),
        country=novel.src_country.fill_null("unknown"),
        days=_days(novel.arrival, ibis.ifelse(novel.young, novel.owner_since, novel.born)),
    )


def _days(until: ir.Value, since: ir.Value) -> ir.Value:
    return (until.epoch_seconds().cast("int64") - since.epoch_seconds().cast("int64")) // 86_400


def _news(novel: ir.Table) -> ir.Value:
    """Return what is new, in words."""
    named = (("autonomous system", novel.asn_new), ("country", novel.country_new), ("client", novel.client_new))
    words = [ibis.ifelse(flag, f", {word}", "") for word, flag in named]
    return ibis.literal("network") + words[0] + words[1] + words[2]


RULE: Final = Analytic(
    id="LJ-14",
    title="Novel source",
    version=3,
    severity="low",
    confidence=0.3,
    key="owner",
    subject=("owner", "credential", "network"),
    family="source",
    look_back_hours=0,
    closes="at once: it rests on what was seen before",
    needs=("credential_id", "src_net", "client"),
    needs_history=True,
    attack=("T1078.004",),
    atlas=("AML.T0012",),
    benign=("a colleague on the road, a new office or VPN, or a new tool on a new host",),
    next=("Ask the key's owner whether this source is theirs.", "If it is, add its network to the known file."),
    why="(country {country}, {client}) appeared after {days} days of history; new with it: {news}",
    find=find,
)
