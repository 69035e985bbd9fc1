"""LJ-17: from one network, keys of owners who have nothing to do with each other, all new there within two weeks.

At a public egress, where strangers meet every day, only a wave is told: three new owners within three days, all with
one tool where the log names it. `arrivals` is shared with LJ-17A.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import seen

#: Two owners meet by chance at one VPN, or share a contractor; three who come within the same weeks rarely do.
OWNERS: Final = 3
#: A thief's pool fills within days of the theft; over months, strangers come together anywhere.
WINDOW_DAYS: Final = 14
#: Where many come and go, two weeks bring three users of any tool; three days rarely do.
WAVE_DAYS: Final = 3
#: An owner who has used a network for so long is at home there.
SETTLED_DAYS: Final = 7
#: Strangers share the exits of a VPN, of Tor and of a mobile carrier by trade; there, only one tool on all is news.
COMMON: Final = ("vpn", "tor", "mobile")
#: What a key is taken for: to use it, or to see what it may use. Administrators serve many customers by trade.
_USE: Final = ("infer", "list_models")
_CREDENTIAL: Final = ("src_net", "owner_key", "subject")
_TOOL: Final = ("src_net", "client")


def find() -> ir.Table:
    """Each arrival of a key that makes `OWNERS` new owners in `WINDOW_DAYS`, or a wave; and each key among them.

    The match of the network has neither owner nor subject; that of a key has both and is `info`: it says whose key
    was used, with which tool, and is told by the network's.
    """
    rated = _rated(arrivals())
    networks = rated.filter(rated.told.notnull())
    networks = networks.mutate(
        **dict.fromkeys(("owner_key", "owner_id", "subject", "owner_group"), ibis.null("string")),
        opened=networks.told,
        severity=ibis.literal("low"),
        weight=0,
        owners=ibis.ifelse(networks.wave, networks.wave_owners, networks.owners),
        keys=ibis.ifelse(networks.wave, networks.wave_keys, networks["keys"]),
        within=ibis.ifelse(networks.wave, WAVE_DAYS, WINDOW_DAYS).cast("int64"),
        clients=_clients(networks),
    )
    by_crowd = rated.told.nullif(rated.wave_at).min().over(_days(rated, following=WINDOW_DAYS))
    by_wave = rated.wave_at.min().over(_days(rated, _TOOL, following=WAVE_DAYS))
    # who comes with a tool that no log names may belong to any wave
    any_wave = rated.wave_at.min().over(_days(rated, following=WAVE_DAYS))
    victims = rated.mutate(opened=ibis.least(by_crowd, ibis.ifelse(rated.client.isnull(), any_wave, by_wave)))
    # the figures are the network's: at a key's arrival they were not yet what they are when the match opens
    victims = victims.filter(victims.opened.notnull()).mutate(
        **dict.fromkeys(("owners", "keys", "within"), ibis.null("int64")),
        same=ibis.null("boolean"),
        severity=ibis.literal("info"),
        weight=1,
        clients=ibis.null("string"),
    )
    return _shaped(networks).union(_shaped(victims))


def _rated(came: ir.Table) -> ir.Table:
    """Add to each arrival whom it joins, in two weeks or (with its tool) in `WAVE_DAYS`, and when it is told."""
    window, days = _days(came, preceding=WINDOW_DAYS), _days(came, preceding=WAVE_DAYS)
    tool, unnamed = _days(came, _TOOL, preceding=WAVE_DAYS), came.client.isnull()
    rated = came.mutate(
        owners=came.new_owner.sum().over(window),
        keys=came.count().over(window),
        named=came.client.count().over(window),
        least=came.client.min().over(window),
        most=came.client.max().over(window),
        unnamed=ibis.ifelse(unnamed, 0, unnamed.cast("int64").sum().over(days)),
        wave_owners=came.new_owner.sum().over(tool)
        + ibis.ifelse(unnamed, 0, (came.new_owner * unnamed.cast("int64")).sum().over(days)),
        wave_keys=came.count().over(tool),
    )
    same = (rated.named == rated.keys) & (rated.least == rated.most)
    same = (same & ~rated.public).fill_null(False)
    crowd = (rated.owners >= OWNERS) & ~rated.public & (same | ~rated.src_kind.fill_null("").isin(COMMON))
    wave = (rated.wave_owners >= OWNERS) & ~crowd
    return rated.mutate(
        wave=wave,
        wave_keys=rated.wave_keys + rated.unnamed,
        same=ibis.ifelse(wave, rated.client.notnull() & (rated.unnamed == 0), same),
        told=ibis.ifelse(crowd | wave, rated["first"], ibis.null("timestamp")),
        wave_at=ibis.ifelse(wave, rated["first"], ibis.null("timestamp")),
    )


def _clients(networks: ir.Table) -> ir.StringValue:
    return ibis.cases(
        (networks.same, ibis.literal("all with ") + networks.client),
        (networks.wave & networks.client.isnull(), "with clients that no log names"),
        (networks.wave, ibis.literal("all with ") + networks.client + " where a log names the client"),
        else_="with clients that differ",
    )


def arrivals() -> ir.Table:
    """The first use of each credential on a network, where its owner was new then.

    Columns: those of `seen`, `owner_first` (when the owner came), `new_owner` (1 if it came with this credential, else
    0), `public` (the network was a public egress by then: `OWNERS` unrelated owners had settled on it).
    """
    used = seen.filter(seen.subject.notnull(), seen.src_net.notnull(), seen.activity.isin(_USE), ~seen.known)
    order = [used["first"], used.fact]
    came = used.mutate(
        place=ibis.row_number().over(ibis.window(group_by=list(_CREDENTIAL), order_by=order)),
        place_of_owner=ibis.row_number().over(ibis.window(group_by=["src_net", "owner_group"], order_by=order)),
        owner_first=used["first"].min().over(ibis.window(group_by=["src_net", "owner_group"])),
    )
    came = came.filter(came.place == 0)
    came = came.mutate(new_owner=(came.place_of_owner == 0).cast("int64"))
    settled = came.new_owner.sum().over(
        ibis.range_window(
            group_by="src_net", order_by=came["first"], preceding=(None, ibis.interval(days=SETTLED_DAYS))
        )
    )
    came = came.mutate(public=settled.fill_null(0) >= OWNERS)
    return came.filter(came["first"] < came.owner_first + ibis.interval(days=SETTLED_DAYS))


def _days(came: ir.Table, group: tuple[str, ...] = ("src_net",), preceding: int = 0, following: int = 0) -> ir.Table:
    return ibis.range_window(
        group_by=list(group),
        order_by=came["first"],
        preceding=ibis.interval(days=preceding),
        following=ibis.interval(days=following),
    )


def _shaped(rows: ir.Table) -> ir.Table:
    return matches(
        rows,
        network=rows.src_net,
        opened_at=rows.opened,
        first=rows["first"],
        last=rows.opened,
        events=rows.weight,
        severity=rows.severity,
        confidence=ibis.ifelse(rows.same.fill_null(False), 0.5, 0.3),
        owners=rows.owners,
        keys=rows["keys"],
        same=rows.same,
        clients=rows.clients,
        within=rows.within,
        owner_group=rows.owner_group,
        client=rows.client,
    )


RULE: Final = Analytic(
    id="LJ-17",
    title="One source, keys of many owners",
    version=2,
    severity="low",
    confidence=0.3,
    key="network",
    subject=("network",),
    family="network",
    look_back_hours=0,
    closes="at once: it rests on who came before",
    needs=("credential_id", "owner_id", "src_net"),
    attack=("T1090", "T1583"),
    atlas=("AML.T0008.005",),
    benign=("owners that belong together, or a shared exit (office, NAT, VPN, CI) whose earlier use was not read",),
    next=(
        "Group owners that belong together in the owners file, and list your own exits in the known file.",
        "Ask the remaining owners whether the network is theirs; revoke the keys of those who do not know it.",
    ),
    why=(
        "used {keys} keys of {owners} owners that are not known to belong together, all new there within {within}"
        " days, {clients}"
    ),
    evidence=("infer", "list_models"),
    find=find,
)
