"""LJ-27: somebody is refused by a content filter again and again until one attempt gets through."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.confirm import reworded
from seawall.detect.tables import hits, rollup

#: One or two refusals are bad luck, and a person rephrases once or twice.
REFUSED: Final = 5
#: More is refused than let through; a service with many users loses a few calls in a hundred to its filter.
SHARE: Final = 0.5
#: Where the day before was a third as bad, refusals are the work itself: a test of the filter, a moderation queue.
USUAL: Final = 3
_ACTOR: Final = ("owner_key", "owner_id", "subject", "net", "user")


def find() -> ir.Table:
    """A first success in a 5-minute bucket after an hour in which the same actor was mostly refused.

    An actor is a key's user at a network (where the log knows no user or network: those it does not know). The hour is
    that of the whole buckets before, and of what was refused in the current one before the success.
    """
    used = _acting(rollup).filter(rollup.bucket_seconds == 0)
    stopped = used.filter(used.outcome == "filtered")
    often = stopped.group_by("owner_key", "subject").having(stopped.calls.sum() >= REFUSED).aggregate()
    used = used.semi_join(often, ["owner_key", "subject"])
    filtered = used.outcome == "filtered"
    buckets = used.group_by(*_ACTOR, "bucket").aggregate(
        refused=ibis.ifelse(filtered, used.calls, 0).sum(),
        calls=used.calls.sum(),
        refused_first=used["first"].min(where=filtered),
        passed=used["first"].min(where=used.outcome.fill_null("success") == "success"),
    )
    hour, day = _before(buckets, 60, 5), _before(buckets, 25 * 60, 65)
    rated = buckets.mutate(
        blocked=buckets.refused.sum().over(hour).fill_null(0),
        tried=buckets.calls.sum().over(hour).fill_null(0),
        begun=buckets.refused_first.min().over(hour),
        usual_blocked=buckets.refused.sum().over(day).fill_null(0),
        usual_tried=buckets.calls.sum().over(day).fill_null(0),
    )
    rated = _with_current(rated.filter(rated.passed.notnull()))
    looped = rated.filter(
        rated.blocked >= REFUSED,
        rated.blocked >= rated.tried * SHARE,
        rated.blocked * rated.usual_tried >= rated.usual_blocked * rated.tried * USUAL,
    )
    return matches(
        looped,
        network=looped.net.nullif(""),
        opened_at=looped.passed,
        first=looped.begun,
        last=looped.passed,
        events=looped.blocked + 1,
        blocked=looped.blocked,
        tried=looped.tried,
        user=ibis.ifelse(looped.user == "", "", ibis.literal(" by end user ") + looped.user),
    )


def _acting(calls: ir.Table) -> ir.Table:
    """Inferences with the columns of their actor, which are never null so that they can be joined."""
    inferred = calls.filter(calls.activity == "infer", calls.subject.notnull())
    return inferred.mutate(net=inferred.src_net.fill_null(""), user=inferred.end_user_id.fill_null(""))


def _before(buckets: ir.Table, minutes: int, until: int) -> ir.Table:
    """The whole buckets of an actor from so many minutes before the current one until so many before it."""
    return ibis.range_window(
        group_by=list(_ACTOR),
        order_by=buckets.bucket,
        preceding=(ibis.interval(minutes=minutes), ibis.interval(minutes=until)),
    )


def _with_current(rated: ir.Table) -> ir.Table:
    """Add to the hour what was refused in the current bucket before its first success."""
    keys = ["owner_key", "subject", "net", "user", "bucket"]
    refused = _acting(hits).filter(hits.outcome == "filtered")
    refused = refused.select(*keys, "known_at").join(rated.select(*keys, "passed"), keys)
    refused = refused.filter(refused.known_at < refused.passed)
    now = refused.group_by(*keys).aggregate(now=refused.count(), now_first=refused.known_at.min())
    rated = rated.left_join(now, keys, rname="{name}_now")
    return rated.mutate(
        blocked=rated.blocked + rated.now.fill_null(0),
        tried=rated.tried + rated.now.fill_null(0),
        begun=ibis.least(rated.begun, rated.now_first),
    )


RULE: Final = Analytic(
    id="LJ-27",
    title="Filter-block retry loop",
    version=1,
    severity="low",
    confidence=0.35,
    key="owner",
    family="content",
    look_back_hours=26,
    closes="with the first success after the refusals",
    needs=("credential_id", "outcome"),
    attack=(),
    atlas=("AML.T0054", "AML.T0068"),
    benign=("a red-team test or an evaluation of the filter", "an application that repeats a refused prompt unchanged"),
    next=(
        "Ask the key's owner whether they test their filter.",
        "If not, find the user behind the calls and look at the categories that were refused.",
    ),
    why="had {blocked} of {tried} calls refused by a content filter within an hour{user}, and then got one through",
    evidence=("infer",),
    find=find,
    confirm=reworded,
)
