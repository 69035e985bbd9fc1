"""LJ-14: a key with a history appears from a network, an autonomous system and a client that are new together."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import seen

#: With less history than this, everything is new and nothing is news.
HISTORY_DAYS: Final = 3


def find() -> ir.Table:
    """A network's first use by a key that is older than `HISTORY_DAYS`, where its owner knew neither it nor its AS.

    The client must be new to the key as well, or the country to its owner: a new office, a traveller and a new tool
    each change one of them.
    """
    used = seen.filter(seen.subject.notnull(), seen.src_net.notnull())
    arrived = used.group_by("owner_key", "owner_id", "subject", "src_net").aggregate(
        arrival=used["first"].min(),
        src_asn=used.src_asn.min(),
        src_country=used.src_country.min(),
        known=used.known.max(),
    )
    arrived = arrived.filter(~arrived.known)
    arrived = _with_first(arrived, used, "subject", "born", any_owner_key=False)
    arrived = arrived.filter(arrived.arrival >= arrived.born + ibis.interval(days=HISTORY_DAYS))
    for column, first in (("src_net", "net_first"), ("src_asn", "asn_first"), ("src_country", "country_first")):
        arrived = _with_first(arrived, used, column, first, any_owner_key=True)
    arrived = _with_client(arrived, used)
    return _shaped(arrived)


def _with_first(arrived: ir.Table, used: ir.Table, column: str, name: str, *, any_owner_key: bool) -> ir.Table:
    """Add when the owner (or, for `subject`, the key) first used the value of a column."""
    known = used.filter(used[column].notnull()) if any_owner_key else used
    firsts = known.group_by("owner_key", column).aggregate(**{name: known["first"].min()})
    return arrived.left_join(firsts, ["owner_key", column]).drop("owner_key_right", f"{column}_right")


def _with_client(arrived: ir.Table, used: ir.Table) -> ir.Table:
    """Add the client that came with the arrival, and when the key first used that client."""
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
    debut = used.group_by("owner_key", "subject", "client").aggregate(client_first=used["first"].min())
    return arrived.left_join(debut, ["owner_key", "subject", "client"], rname="{name}_debut").drop(
        "owner_key_debut", "subject_debut", "client_debut"
    )


def _shaped(arrived: ir.Table) -> ir.Table:
    def new(first: str) -> ir.BooleanValue:
        return arrived[first] >= arrived.arrival

    client_new = arrived.client.notnull() & new("client_first")
    country_new = arrived.src_country.notnull() & new("country_first")
    novel = arrived.filter(
        new("net_first"), arrived.src_asn.isnull() | new("asn_first"), client_new | country_new,
    )  # fmt: skip
    client_new = novel.client.notnull() & (novel.client_first >= novel.arrival)
    country_new = novel.src_country.notnull() & (novel.country_first >= novel.arrival)
    return matches(
        novel,
        network=novel.src_net,
        opened_at=novel.arrival,
        first=novel.arrival,
        last=novel.arrival,
        events=ibis.literal(1),
        confidence=0.2 + 0.15 * client_new.cast("int64") + 0.1 * country_new.cast("int64"),
        joint=client_new & country_new,
        client=novel.client.fill_null("no client named"),
        country=novel.src_country.fill_null("unknown"),
        days=(novel.arrival.epoch_seconds() - novel.born.epoch_seconds()) // 86_400,
    )


RULE: Final = Analytic(
    id="LJ-14",
    title="Novel source",
    version=1,
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
    benign=("a colleague on the road, a new office or VPN, or a new tool",),
    next=("Ask the key's owner whether this source is theirs.", "If it is, add its network to the known file."),
    why="(country {country}, {client}) was never seen in the {days} days before",
    find=find,
)
