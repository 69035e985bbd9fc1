"""LJ-13: somebody begins on several models or regions within the hour, or makes a deployment as a newcomer.

From a network where the owner is at home that is an evaluation or a roll-out: `info`, which incidents may read.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import DECLARATIVE_CLIENTS, HISTORY_DAYS, NEW_HOURS, since
from seawall.detect.tables import rollup, seen
from seawall.detect.tampering import acts_of, ends_with, with_standing

#: An upgrade brings one model, a comparison of two brings two, a failover one region. Who serves customers, or sees
#: what a stolen key opens, takes all there are.
AT_ONCE: Final = 3
#: Regions are kept for two days only: a key must have been in use then for a region to be news.
REGION_HOURS: Final = 46
IN_USE: Final = 20
#: Profiles of Bedrock that spread a key's calls over regions by themselves begin with these.
SPREADING: Final = ("us.", "eu.", "apac.", "jp.", "au.", "ca.", "us-gov.", "global.")
#: Acts after which somebody pays for a model that was not there before.
MADE: Final = (
    "/deployments/write", "createprovisionedmodelthroughput", "createcustommodeldeployment",
    "createmarketplacemodelendpoint", "deploymodel", "deploypublishermodel",
)  # fmt: skip
_KEY: Final = ("owner_key", "subject")


def find() -> ir.Table:
    """The third new model, or region, of a key within an hour; a deployment by somebody who is new to such acts."""
    return _shaped(_models()).union(_shaped(_regions())).union(_deployments())


def _used() -> ir.Table:
    """Calls that a model answered, of subjects that the log knows, from networks that the operator does not."""
    answered = rollup.outcome.fill_null("success") == "success"
    return rollup.filter(rollup.activity == "infer", answered, rollup.subject.notnull(), ~rollup.known)


def _models() -> ir.Table:
    """Return a key's first answer by each model that is new to its owner, who had a history by then."""
    named = seen.filter(seen.activity.isin(("infer", "usage")), seen.model.notnull())
    debuts = named.group_by("owner_key", "model").aggregate(debut=named["first"].min())
    debuts = since(debuts, seen, ("owner_key",), "born")
    debuts = debuts.filter(debuts.born <= debuts.debut - ibis.interval(days=HISTORY_DAYS))
    used = _used().join(debuts, ["owner_key", "model"])
    used = used.filter(used.debut > used["first"] - ibis.interval(hours=NEW_HOURS))
    return _firsts(used, "model", "models that nobody of its owner had used")


def _regions() -> ir.Table:
    """Return a key's first call to each region that it did not use in the two days before, where it was in use."""
    used = _used()
    # most keys stay in one region: they need no windows
    places = used.filter(used.region.notnull()).select(*_KEY, "region").distinct()
    several = places.group_by(*_KEY).having(places.count() >= AT_ONCE).aggregate()
    used = used.semi_join(several, list(_KEY))
    model = used.model.fill_null("").lower()
    spread = ibis.or_(*(model.startswith(prefix) for prefix in SPREADING)) | model.contains("inference-profile")
    used = used.filter(used.region.notnull(), ~spread, used.bucket_seconds == 0)
    before = ibis.range_window(
        group_by=list(_KEY),
        order_by=used.bucket,
        preceding=(ibis.interval(hours=REGION_HOURS), ibis.interval(hours=1)),
    )
    in_bucket = ibis.window(group_by=[*_KEY, "region", "bucket"], order_by=[used["first"], used.cell])
    used = used.mutate(calls_before=used.calls.sum().over(before), place=ibis.row_number().over(in_bucket))
    used = used.filter(used.place == 0)
    used = used.mutate(last_use=used.bucket.lag(1).over(ibis.window(group_by=[*_KEY, "region"], order_by=used.bucket)))
    used = used.filter(
        used.calls_before >= IN_USE,
        used.last_use.isnull() | (used.last_use < used.bucket - ibis.interval(hours=REGION_HOURS)),
    )
    return used.select(
        "owner_key", "owner_id", "subject", "src_net", "first", name="region",
        what=ibis.literal("regions that it had not used in two days"),
    )  # fmt: skip


def _firsts(used: ir.Table, column: str, what: str) -> ir.Table:
    """Return the first row of each subject and value of a column, the value as `name`."""
    order = ibis.window(group_by=[*_KEY, column], order_by=[used["first"], used.cell])
    used = used.mutate(place=ibis.row_number().over(order))
    used = used.filter(used.place == 0)
    return used.select("owner_key", "owner_id", "subject", "src_net", "first", name=column, what=ibis.literal(what))


def _shaped(firsts: ir.Table) -> ir.Table:
    """Match each first that makes `AT_ONCE` within an hour."""
    firsts = since(firsts, seen, ("owner_key",), "born")
    hour = ibis.range_window(
        group_by=list(_KEY), order_by=firsts["first"], preceding=ibis.interval(hours=1), following=0
    )
    rated = firsts.mutate(
        many=firsts.count().over(hour), begun=firsts["first"].min().over(hour), least=firsts.name.min().over(hour)
    )
    burst = rated.filter(rated.many >= AT_ONCE, rated.born <= rated.begun - ibis.interval(days=HISTORY_DAYS))
    burst = since(burst, seen.filter(seen.src_net.notnull()), ("owner_key", "src_net"), "net_since")
    strange = (burst.net_since > burst["first"] - ibis.interval(hours=NEW_HOURS)).fill_null(False)
    return matches(
        burst,
        network=burst.src_net,
        opened_at=burst["first"],
        first=burst.begun,
        last=burst["first"],
        events=burst.many,
        severity=ibis.ifelse(strange, "low", "info"),
        confidence=ibis.ifelse(strange, 0.3, 0.1),
        what=ibis.literal("began within an hour on ")
        + burst.many.cast("string")
        + " "
        + burst.what
        + ", "
        + burst.least
        + " among them"
        + ibis.ifelse(strange, ", from a network that is new to its owner too", ""),
    )


def _deployments() -> ir.Table:
    acts = acts_of("change_deployment")
    acts = acts.filter(
        acts.outcome == "success",
        ends_with(acts.operation, MADE),
        ~acts.client.isin(DECLARATIVE_CLIENTS).fill_null(False),
    )
    acts = with_standing(acts, "change_deployment")
    acts = acts.filter(acts.unusual)
    return matches(
        acts,
        network=acts.src_net,
        opened_at=acts.known_at,
        first=acts.known_at,
        last=acts.known_at,
        events=acts.events,
        # logs hear of administrators only when they act: nearly each is seen for the first time
        severity=ibis.literal("info"),
        confidence=ibis.literal(0.1),
        what=ibis.literal("made a deployment (")
        + acts.operation
        + "), "
        + ibis.ifelse(
            acts.newcomer,
            "and was never seen at this owner before",
            "which it had never done before while others had",
        ),
    )


RULE: Final = Analytic(
    id="LJ-13",
    title="New models, regions or deployments",
    version=1,
    severity="low",
    confidence=0.25,
    key="owner",
    family="purpose",
    look_back_hours=REGION_HOURS + 1,
    closes="at once: it rests on what was seen before",
    needs=("credential_id", "model", "region"),
    needs_history=True,
    attack=("T1496.004", "T1535"),
    atlas=("AML.T0034", "AML.T0040"),
    benign=("somebody who evaluates models, or rolls a service out",),
    next=(
        "Ask the key's owner whether they try models out or roll something out.",
        "If not, revoke the key, delete what was deployed, and deny the regions and models that you do not use.",
    ),
    why="{what}",
    evidence=("infer", "change_deployment"),
    find=find,
)
