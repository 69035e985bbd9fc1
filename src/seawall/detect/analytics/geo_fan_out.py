"""LJ-15: one key is used from three countries or more within four hours."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import rollup

#: One person is in one country, two with a VPN; a pool of buyers is in many.
COUNTRIES: Final = 3
HOURS: Final = 4


def find() -> ir.Table:
    """A use by a key that in the last `HOURS` was used from at least `COUNTRIES` countries and as many networks."""
    placed = rollup.filter(
        rollup.subject.notnull(), rollup.src_country.notnull(), rollup.src_net.notnull(), ~rollup.known
    )
    spread = placed.group_by("owner_key", "subject").having(placed.src_country.nunique() >= COUNTRIES).aggregate()
    placed = placed.semi_join(spread, ["owner_key", "subject"])
    anchor, earlier = placed.view(), placed.view()
    pairs = anchor.join(
        earlier,
        [
            anchor.owner_key == earlier.owner_key,
            anchor.subject == earlier.subject,
            earlier["first"] <= anchor["first"],
            earlier["first"] > anchor["first"] - ibis.interval(hours=HOURS),
        ],
        rname="{name}_earlier",
    )
    fans = pairs.group_by("owner_key", "owner_id", "subject", opened=pairs["first"]).aggregate(
        begun=pairs.first_earlier.min(),
        countries=pairs.src_country_earlier.nunique(),
        nets=pairs.src_net_earlier.nunique(),
    )
    fans = fans.filter(fans.countries >= COUNTRIES, fans.nets >= COUNTRIES)
    return matches(
        fans,
        opened_at=fans.opened,
        first=fans.begun,
        last=fans.opened,
        events=fans.nets,
        countries=fans.countries,
        nets=fans.nets,
    )


RULE: Final = Analytic(
    id="LJ-15",
    title="Key used from many countries",
    version=1,
    severity="low",
    confidence=0.5,
    key="owner",
    family="source",
    look_back_hours=HOURS,
    closes="at once: it rests on what was seen up to then",
    needs=("credential_id", "src_net", "src_country"),
    attack=("T1078.004", "T1550.001"),
    atlas=("AML.T0091.000",),
    benign=("a service that runs in several regions, or a team that shares one key",),
    next=(
        "Ask the key's owner where it is meant to run.",
        "If not there, revoke it; if so, list those networks as known.",
    ),
    why="was used from {countries} countries and {nets} networks within 4 hours",
    find=find,
)
