"""LJ-35: within a week a key appears from four autonomous systems that its owner never used."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import NEW_HOURS
from seawall.detect.tables import seen

#: A journey brings an airport, a hotel and a carrier; four operators in a week are somebody who changes them.
SYSTEMS: Final = 4
WINDOW_DAYS: Final = 7
#: A key that met more than one new system in the four weeks before goes round by trade.
BASELINE_DAYS: Final = 28
USUAL: Final = 1
#: Two weeks of history beside the one in question: what is younger has not met its own places yet.
HISTORY_DAYS: Final = 14
_KEY: Final = ("owner_key", "subject")


def find() -> ir.Table:
    """The arrival that makes `SYSTEMS` new ones in `WINDOW_DAYS`, where one at most was new in the weeks before."""
    used = seen.filter(seen.subject.notnull())
    born = used.group_by(*_KEY).aggregate(born=used["first"].min())
    placed = used.filter(used.src_asn.notnull())
    debuts = placed.group_by("owner_key", "src_asn").aggregate(debut=placed["first"].min(), known=placed.known.max())
    came = placed.group_by(*_KEY, "owner_id", "src_asn").aggregate(arrival=placed["first"].min())
    came = came.join(debuts, ["owner_key", "src_asn"]).join(born, list(_KEY))
    new = came.filter(
        ~came.known,
        came.debut > came.arrival - ibis.interval(hours=NEW_HOURS),
        came.arrival > came.born + ibis.interval(days=HISTORY_DAYS - WINDOW_DAYS),
    )
    rated = new.mutate(
        systems=new.count().over(_window(new, WINDOW_DAYS, 0)),
        begun=new.arrival.min().over(_window(new, WINDOW_DAYS, 0)),
        before=new.count().over(_window(new, WINDOW_DAYS + BASELINE_DAYS, WINDOW_DAYS)).fill_null(0),
    )
    many = rated.filter(
        rated.systems >= SYSTEMS,
        rated.before <= USUAL,
        rated.born <= rated.arrival - ibis.interval(days=HISTORY_DAYS),
    )
    return matches(
        many,
        opened_at=many.arrival,
        first=many.begun,
        last=many.arrival,
        events=many.systems,
        systems=many.systems,
        before=many.before,
    )


def _window(came: ir.Table, since: int, until: int) -> ir.Table:
    return ibis.range_window(
        group_by=list(_KEY),
        order_by=came.arrival,
        preceding=(ibis.interval(days=since), ibis.interval(days=until)) if until else ibis.interval(days=since),
        following=None if until else 0,
    )


RULE: Final = Analytic(
    id="LJ-35",
    title="One key, ever new operators",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    family="spread",
    look_back_hours=0,
    closes="at once: it rests on the arrivals before",
    needs=("credential_id", "src_asn"),
    needs_history=True,
    attack=("T1090.003", "T1078.004"),
    atlas=("AML.T0091.000",),
    benign=("a colleague on a long journey, or an application that was given out to its users with the key inside",),
    next=("Ask the key's owner who holds the key.", "If it is in an application's code, it is public: replace it."),
    why=(
        "appeared within a week from {systems} operators' networks that its owner had never used; in the four weeks"
        " before, from {before}"
    ),
    find=find,
)
