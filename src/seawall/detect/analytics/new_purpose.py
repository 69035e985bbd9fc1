"""LJ-34: a key is used for a family of models that nobody of its owner ever used."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import NEW_HOURS
from seawall.detect.tables import seen

#: A team that begins tries what there is; after a week it has found what it needs.
HISTORY_DAYS: Final = 7
#: The letters a model's name begins with, after region and maker: `us.anthropic.claude-3-…` → `claude`. A new version
#: of the same family is an upgrade, and everybody upgrades.
_FAMILY: Final = r"(?:^|/)(?:(?:us|eu|apac|jp|au|ca|us-gov|global)\.)?(?:[a-z0-9]+\.)?([a-z]+)"


def find() -> ir.Table:
    """A key's first use of a model family, where its owner has a history and is no more than a day older to it."""
    used = seen.filter(seen.subject.notnull(), seen.activity.isin(("infer", "usage")), ~seen.known)
    used = used.mutate(made=used.model.lower().re_extract(_FAMILY, 1).nullif(""))
    owners = used.group_by("owner_key").aggregate(owner_since=used["first"].min())
    named = used.filter(used.made.notnull())
    debuts = named.group_by("owner_key", "made").aggregate(debut=named["first"].min())
    order = ibis.window(group_by=["owner_key", "subject", "made"], order_by=[named["first"], named.fact])
    firsts = named.mutate(place=ibis.row_number().over(order))
    firsts = firsts.filter(firsts.place == 0).join(debuts, ["owner_key", "made"]).join(owners, "owner_key")
    new = firsts.filter(
        firsts.debut > firsts["first"] - ibis.interval(hours=NEW_HOURS),
        firsts.owner_since <= firsts["first"] - ibis.interval(days=HISTORY_DAYS),
    )
    return matches(
        new,
        network=new.src_net,
        opened_at=new["first"],
        first=new["first"],
        last=new["first"],
        events=ibis.literal(1),
        model=new.model,
        days=(new["first"].epoch_seconds().cast("int64") - new.owner_since.epoch_seconds().cast("int64")) // 86_400,
    )


RULE: Final = Analytic(
    id="LJ-34",
    title="New purpose",
    version=1,
    severity="info",
    confidence=0.15,
    key="owner",
    family="purpose",
    look_back_hours=0,
    closes="at once: it rests on what was seen before",
    needs=("credential_id", "model"),
    needs_history=True,
    attack=("T1496.004",),
    atlas=("AML.T0040",),
    benign=("a team that tries another maker's model",),
    next=("Ask the key's owner whether they meant to use this model.",),
    why="used {model}, the first of its family in {days} days of its owner's history",
    evidence=("infer", "usage"),
    find=find,
)
