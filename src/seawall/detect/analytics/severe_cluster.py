"""LJ-28: one actor is refused again and again for sexual or violent content of the highest severity."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.actor import ACTOR, acting, buckets_before
from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import since
from seawall.detect.tables import hits, rollup, seen

#: Every provider's own scale ends here; by default filters stop lower grades as well.
SEVERE: Final = 6
#: Categories, by a part of the name that each provider gives them, in lower case.
CATEGORIES: Final = ("sexual", "violen")
#: Nobody stumbles into the highest grade five times in an hour.
REFUSED: Final = 5
#: A service with many users loses one call in hundreds to the highest grade; one in ten is what the actor is there for.
SHARE: Final = 0.1
#: Where the day before was a third as bad, this is the work itself: a test of the filter, a moderation queue.
USUAL: Final = 3
#: Of a younger key, nobody knows what it is for.
DAY_HOURS: Final = 24


def find() -> ir.Table:
    """A bucket, once closed, with which the actor's last hour is full of the worst, unlike the day before.

    An actor is a key's user at a network (where the log knows no user or network: those it does not know).
    """
    buckets = _buckets()
    hour, day = buckets_before(buckets, 55, 0), buckets_before(buckets, 25 * 60, 60)
    rated = buckets.mutate(
        refused=buckets.severe.sum().over(hour),
        tried=buckets.calls.sum().over(hour),
        begun=buckets.severe_first.min().over(hour),
        kind=buckets.kind.min().over(hour),
        other_kind=buckets.other_kind.max().over(hour),
        usual_refused=buckets.severe.sum().over(day).fill_null(0),
        usual_tried=buckets.calls.sum().over(day).fill_null(0),
    )
    rated = since(rated, seen, ("owner_key", "subject"), "born")
    cluster = rated.filter(
        rated.severe > 0,
        rated.born <= rated.begun - ibis.interval(hours=DAY_HOURS),
        rated.refused >= REFUSED,
        rated.refused >= rated.tried * SHARE,
        rated.refused * rated.usual_tried >= rated.usual_refused * rated.tried * USUAL,
    )
    closes = cluster.bucket + ibis.interval(minutes=5)
    return matches(
        cluster,
        network=cluster.net.nullif(""),
        opened_at=closes,
        first=cluster.begun,
        last=closes,
        events=cluster.refused,
        refused=cluster.refused,
        tried=cluster.tried,
        what=ibis.ifelse(cluster.kind == cluster.other_kind, cluster.kind, cluster.kind + " and " + cluster.other_kind),
        user=ibis.ifelse(cluster.user == "", "", ibis.literal(" by end user ") + cluster.user),
    )


def _buckets() -> ir.Table:
    """Return an actor's calls in five minutes, and how many of them were refused as the worst there is."""
    worst = acting(hits).filter(hits.outcome == "filtered", hits.filter_severity >= SEVERE, ~hits.known)
    named = worst.filter_categories.fill_null("").lower()
    sexual, violent = (named.contains(part) for part in CATEGORIES)
    worst = worst.mutate(kind=ibis.cases((sexual, "sexual"), (violent, "violent")))
    worst = worst.filter(worst.kind.notnull())
    severe = worst.group_by(*ACTOR, "bucket").aggregate(
        severe=worst.count(),
        severe_first=worst.known_at.min(),
        kind=worst.kind.min(),
        other_kind=worst.kind.max(),
    )
    tried = acting(rollup.semi_join(severe, ["owner_key", "subject"]))
    tried = tried.filter(tried.bucket_seconds == 0)
    tried = tried.group_by(*ACTOR, "bucket").aggregate(calls=tried.calls.sum())
    keys = ["owner_key", "subject", "net", "user", "bucket"]
    buckets = tried.left_join(severe.drop("owner_id"), keys).drop(*(f"{key}_right" for key in keys))
    return buckets.mutate(severe=buckets.severe.fill_null(0))


RULE: Final = Analytic(
    id="LJ-28",
    title="Cluster of severe content",
    version=1,
    severity="low",
    confidence=0.4,
    key="owner",
    family="content",
    look_back_hours=26,
    closes="when its five minutes are over",
    needs=("credential_id", "filter_categories", "filter_severity"),
    attack=(),
    atlas=("AML.T0088", "AML.T0048.003"),
    benign=("a red-team test of the filter, or the launch of a service whose users try it out",),
    next=(
        "Ask the key's owner whether they test their filter.",
        "If not, find the user behind the calls, and stop them.",
        "Do not open the prompts more than you must; material that sexualises minors goes to the reporting body.",
    ),
    why=(
        "had {refused} of its {tried} calls within an hour{user} refused as {what} content of the highest severity,"
        " which the day before does not explain"
    ),
    evidence=("infer",),
    needs_history=True,
    find=find,
)
