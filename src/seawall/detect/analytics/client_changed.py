"""LJ-18: one and the same client by its own word, but not by its TLS handshake: another program wears its name.

In: `ja4` of acts and of refused calls, which the views keep one by one.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir
from ibis.expr.builders import LegacyWindowBuilder

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hits

#: An upgrade changes the handshake too, but for good: what was there for a day goes on beside what is new.
SETTLED_HOURS: Final = 24
#: Whoever took a key uses it while its owner does: the usual handshake is back within half a day.
BACK_HOURS: Final = 12
LOOK_BACK_HOURS: Final = 46
_NAMED: Final = ("owner_key", "subject", "client")


def find() -> ir.Table:
    """A call with the handshake that a client always had, right after one with a new handshake from another network."""
    told = hits.filter(hits.ja4.notnull(), hits.client.notnull(), hits.subject.notnull(), hits.src_net.notnull())
    told = told.mutate(
        settled=told.known_at.min().over(_past(told, LOOK_BACK_HOURS)),
        fresh=told.known_at.min().over(_past(told, LOOK_BACK_HOURS - BACK_HOURS)),
    )
    order = ibis.window(group_by=list(_NAMED), order_by=[told.known_at, told.call])
    told = told.mutate(
        **{
            f"odd_{column}": told[column].lag(1).over(order)
            for column in ("known_at", "ja4", "src_net", "fresh", "known")
        }
    )
    back = told.filter(
        told.ja4 != told.odd_ja4,
        told.src_net != told.odd_src_net,
        ~told.odd_known,
        told.odd_known_at >= told.known_at - ibis.interval(hours=BACK_HOURS),
        told.settled <= told.odd_fresh - ibis.interval(hours=SETTLED_HOURS),
    )
    return matches(
        back,
        network=back.odd_src_net,
        opened_at=back.known_at,
        first=back.odd_known_at,
        last=back.known_at,
        events=ibis.literal(2),
        client=back.client,
        odd=back.odd_ja4,
        usual=back.ja4,
        home=back.src_net,
    )


def _past(told: ir.Table, hours: int) -> LegacyWindowBuilder:
    """The calls of a client with one handshake in so many hours up to the current one."""
    return ibis.range_window(
        group_by=[*_NAMED, "ja4"], order_by=told.known_at, preceding=ibis.interval(hours=hours), following=0
    )


RULE: Final = Analytic(
    id="LJ-18",
    title="Client by name, not by handshake",
    version=1,
    severity="info",
    confidence=0.2,
    key="owner",
    family="source",
    look_back_hours=LOOK_BACK_HOURS,
    closes="at once: when the usual handshake is back",
    needs=("credential_id", "client", "ja4"),
    attack=("T1036",),
    atlas=("AML.T0012",),
    benign=("a second device, or a second host whose libraries are of another version",),
    next=("Ask the key's owner whether both networks are theirs.", "If not, end the sessions and revoke the key."),
    why=(
        "called itself {client} with the TLS handshake {odd}, new in two days; from {home} the same client goes on with"
        " {usual}"
    ),
    find=find,
)
