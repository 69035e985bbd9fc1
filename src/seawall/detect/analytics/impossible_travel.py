"""LJ-16: a key is used in two places that no journey joins in the time between."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import rollup, seen

#: An airliner cruises at about 900 km/h; below 500 km the tables of places are not to be trusted.
KMH: Final = 900
KM: Final = 500
#: Such networks say where a machine or a carrier's gateway stands, not where its user is.
PLACELESS: Final = ("hosting", "vpn", "tor", "mobile")
#: A key that its owner uses from two places for so long is shared between them.
SETTLED_DAYS: Final = 3
_EARTH_RADIUS_KM: Final = 6371


def find() -> ir.Table:
    """A use in a place that cannot be reached from the place of the use before, where one of the two is new."""
    placed = rollup.filter(
        rollup.subject.notnull(), rollup.src_net.notnull(), rollup.src_lat.notnull(), rollup.src_lon.notnull(),
        rollup.bucket_seconds == 0, ~rollup.known, ~rollup.src_kind.fill_null("").isin(PLACELESS),
    )  # fmt: skip
    moving = placed.group_by("owner_key", "subject").having(placed.src_net.nunique() > 1).aggregate()
    placed = placed.semi_join(moving, ["owner_key", "subject"])
    order = ibis.window(group_by=["owner_key", "subject"], order_by=[placed["first"], placed.src_net, placed.cell])
    before = {
        f"{column}_before": placed[column].lag(1).over(order)
        for column in ("first", "src_net", "src_lat", "src_lon", "src_country")
    }
    moved = placed.mutate(**before)
    moved = moved.filter(moved.src_net != moved.src_net_before)
    moved = moved.mutate(km=_distance(moved), seconds=_seconds(moved["first"]) - _seconds(moved.first_before))
    moved = moved.filter(moved.km > KM, moved.km * 3600 > moved.seconds * KMH)
    moved = _settled(_settled(moved, "src_net", "here"), "src_net_before", "there")
    moved = moved.filter(~(moved.here & moved.there))
    return matches(
        moved,
        network=moved.src_net,
        opened_at=moved["first"],
        first=moved.first_before,
        last=moved["first"],
        events=ibis.literal(2),
        confidence=ibis.ifelse(moved.here | moved.there, 0.45, 0.3),
        km=moved.km.round().cast("int64"),
        minutes=moved.seconds // 60,
        before=moved.src_net_before,
        here=moved.src_country.fill_null("country unknown"),
        there=moved.src_country_before.fill_null("country unknown"),
    )


def _seconds(time: ir.Value) -> ir.Value:
    return time.epoch_seconds().cast("int64")


def _distance(moved: ir.Table) -> ir.Value:
    """The great circle between the two places, in km (haversine)."""
    south, north = moved.src_lat_before.radians(), moved.src_lat.radians()
    half_lat, half_lon = (north - south) / 2, (moved.src_lon - moved.src_lon_before).radians() / 2
    chord = half_lat.sin() ** 2 + south.cos() * north.cos() * half_lon.sin() ** 2
    return 2 * _EARTH_RADIUS_KM * ibis.least(chord.sqrt(), 1.0).asin()


def _settled(moved: ir.Table, column: str, name: str) -> ir.Table:
    """Add whether the owner had used a network for `SETTLED_DAYS` by then."""
    used = seen.filter(seen.src_net.notnull())
    debut = used.group_by(net_owner="owner_key", net="src_net").aggregate(net_first=used["first"].min())
    joined = moved.left_join(debut, [moved.owner_key == debut.net_owner, moved[column] == debut.net])
    settled = joined.net_first <= joined["first"] - ibis.interval(days=SETTLED_DAYS)
    return joined.mutate(**{name: settled.fill_null(False)}).drop("net_owner", "net", "net_first")


RULE: Final = Analytic(
    id="LJ-16",
    title="Impossible travel of a key",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    subject=("owner", "credential"),
    family="source",
    look_back_hours=24,
    closes="at once: it rests on the use before",
    needs=("credential_id", "src_net", "src_lat", "src_lon"),
    attack=("T1078.004",),
    atlas=("AML.T0091.000",),
    benign=(
        "a key that two people share, or a VPN or proxy that the table of networks does not know as one",
        "a place that the table has wrong",
    ),
    next=(
        "Ask the key's owner whether both places are theirs.",
        "If not, revoke the key; if so, list the networks as known and give each place a key of its own.",
    ),
    why="({here}) was used {minutes} minutes after {before} ({there}), {km} km away: no journey is as fast",
    find=find,
)
