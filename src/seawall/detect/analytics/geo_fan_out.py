"""LJ-15: one key is used from three countries or more within four hours, and not where its owner usually is."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import HISTORY_DAYS, NEW_HOURS
from seawall.detect.tables import rollup, seen

#: One person is in one country, two with a VPN; a pool of buyers is in many.
COUNTRIES: Final = 3
#: One new country at a time is a traveller. A key that was in `COUNTRIES` before is one that goes round by trade: CI
#: runners, functions, a service in many regions.
NEW_COUNTRIES: Final = 2
HOURS: Final = 4


def find() -> ir.Table:
    """A use by a key that in the last `HOURS` was used from at least `COUNTRIES` countries and as many networks.

    At least `NEW_COUNTRIES` of them must be new to an owner with a history, and the key none that always went round;
    without a history, the match says so.
    """
    placed = rollup.filter(
        rollup.subject.notnull(), rollup.src_country.notnull(), rollup.src_net.notnull(), ~rollup.known
    )
    spread = placed.group_by("owner_key", "subject").having(placed.src_country.nunique() >= COUNTRIES).aggregate()
    placed = placed.semi_join(spread, ["owner_key", "subject"])
    anchor, earlier = placed.view(), _dated(placed.view())
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
    fresh = pairs.country_since > pairs["first"] - ibis.interval(hours=NEW_HOURS)
    fans = pairs.group_by("owner_key", "owner_id", "subject", opened=pairs["first"]).aggregate(
        begun=pairs.first_earlier.min(),
        countries=pairs.src_country_earlier.nunique(),
        nets=pairs.src_net_earlier.nunique(),
        fresh=pairs.src_country_earlier.nunique(where=fresh),
        owner_since=pairs.owner_since.min(),
    )
    fans = fans.filter(fans.countries >= COUNTRIES, fans.nets >= COUNTRIES)
    fans = _with_habit(fans).mutate(history=fans.owner_since <= fans.opened - ibis.interval(days=HISTORY_DAYS))
    fans = fans.filter(((fans.fresh >= NEW_COUNTRIES) & (fans.usual < COUNTRIES)) | ~fans.history)
    news = fans.fresh.cast("string") + " of the countries new to its owner"
    return matches(
        fans,
        opened_at=fans.opened,
        first=fans.begun,
        last=fans.opened,
        events=fans.nets,
        confidence=ibis.ifelse(fans.history, 0.5, 0.2),
        countries=fans.countries,
        nets=fans.nets,
        history=fans.history,
        habit=ibis.ifelse(fans.history, news, "with too little history to say whether that is usual"),
    )


def _with_habit(fans: ir.Table) -> ir.Table:
    """Add in how many countries the key had been when the last `NEW_HOURS` began."""
    placed = seen.filter(seen.src_country.notnull())
    firsts = placed.group_by("owner_key", "subject", "src_country").aggregate(since=placed["first"].min())
    keys = fans.select("owner_key", "subject", "opened")
    before = keys.join(
        firsts,
        [
            keys.owner_key == firsts.owner_key,
            keys.subject == firsts.subject,
            firsts.since <= keys.opened - ibis.interval(hours=NEW_HOURS),
        ],
    )
    habits = before.group_by("owner_key", "subject", "opened").aggregate(usual=before.count())
    fans = fans.left_join(habits, ["owner_key", "subject", "opened"], rname="{name}_habit")
    return fans.drop("owner_key_habit", "subject_habit", "opened_habit").mutate(usual=ibis._.usual.fill_null(0))


def _dated(uses: ir.Table) -> ir.Table:
    """Add since when the owner is known, and since when it is in the use's country."""
    owners = seen.group_by("owner_key").aggregate(owner_since=seen["first"].min())
    placed = seen.filter(seen.src_country.notnull())
    countries = placed.group_by("owner_key", "src_country").aggregate(country_since=placed["first"].min())
    uses = uses.left_join(owners, "owner_key").drop("owner_key_right")
    return uses.left_join(countries, ["owner_key", "src_country"]).drop("owner_key_right", "src_country_right")


RULE: Final = Analytic(
    id="LJ-15",
    title="Key used from many countries",
    version=2,
    severity="low",
    confidence=0.5,
    key="owner",
    family="spread",
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
    why="was used from {countries} countries and {nets} networks within 4 hours, {habit}",
    find=find,
)
