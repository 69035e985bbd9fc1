"""LJ-17A: from one network, keys of unrelated owners in turn within five minutes: a pool of keys looks like that."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir
import msgspec

from seawall.detect.analytic import matches
from seawall.detect.analytics.shared_source import RULE as SHARED
from seawall.detect.analytics.shared_source import SETTLED_DAYS, arrivals
from seawall.detect.tables import rollup

#: One key follows another: two are enough, since alone this says little (severity `info`).
OWNERS: Final = 2


def find() -> ir.Table:
    """The second owner's first use in a 5-minute bucket, where neither is at home on the network yet.

    On a public egress, keys alternate all day: there, only those count that came and go on with one tool.
    """
    came = arrivals()
    came = came.mutate(lane=ibis.ifelse(came.public, came.client.fill_null("unnamed"), "any"))
    # a network with one new owner cannot alternate: most end here
    crowd = came.group_by("src_net").having(came.owner_group.nunique() >= OWNERS).aggregate()
    newcomers = came.semi_join(crowd, "src_net")
    newcomers = newcomers.group_by("src_net", "owner_group", "lane").aggregate(came=newcomers["first"].min())
    used = rollup.filter(rollup.activity == "infer", rollup.bucket_seconds == 0, rollup.subject.notnull())
    used = used.semi_join(crowd, "src_net")
    turns = used.group_by("src_net", "owner_group", "client", "bucket").aggregate(turn=used["first"].min())
    turns = turns.join(newcomers, ["src_net", "owner_group"])
    turns = turns.filter(
        turns.turn < turns.came + ibis.interval(days=SETTLED_DAYS),
        turns.lane.isin(("any", turns.client.fill_null("unnamed"))),
    )
    turns = turns.group_by("src_net", "owner_group", "lane", "bucket").aggregate(turn=turns.turn.min())
    order = ibis.window(group_by=["src_net", "lane", "bucket"], order_by=[turns.turn, turns.owner_group])
    turns = turns.mutate(place=ibis.row_number().over(order), before=turns.turn.lag(1).over(order))
    second = turns.filter(turns.place == OWNERS - 1)
    second = second.mutate(owner_key=ibis.null("string"), owner_id=ibis.null("string"), subject=ibis.null("string"))
    return matches(
        second,
        network=second.src_net,
        opened_at=second.turn,
        first=second.before,
        last=second.turn,
        events=ibis.literal(2),
        owners=ibis.literal(OWNERS),
    )


#: What is not named here is as with LJ-17: the same fact about the same subject.
RULE: Final = msgspec.structs.replace(
    SHARED,
    id="LJ-17A",
    title="One source, alternating keys",
    severity="info",
    confidence=0.2,
    look_back_hours=1,
    closes="at once: it rests on the use before in the same bucket",
    attack=("T1090",),
    benign=("a shared exit (office, NAT, VPN, CI) behind which two customers work at the same time",),
    next=("See whether other findings speak of this network; alone, this is no reason to act.",),
    why="used keys of {owners} owners that are not known to belong together within five minutes",
    evidence=("infer",),
    find=find,
)
