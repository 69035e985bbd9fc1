"""Who is behind a key's calls: its end user at a network, for rules about what is asked for.

In: calls of `rollup` or `hits`. Out: the same with the columns of an actor, and windows over an actor's buckets.
"""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir

#: What tells one actor from another: where the log knows no user or network, those it does not know are one.
ACTOR: Final = ("owner_key", "owner_id", "subject", "net", "user")


def acting(calls: ir.Table) -> ir.Table:
    """Return inferences with the columns of their actor, which are never null so that they can be joined."""
    inferred = calls.filter(calls.activity == "infer", calls.subject.notnull())
    return inferred.mutate(net=inferred.src_net.fill_null(""), user=inferred.end_user_id.fill_null(""))


def buckets_before(buckets: ir.Table, minutes: int, until: int) -> Any:
    """Return the window of an actor's whole buckets from so many minutes before the current one until so many."""
    return ibis.range_window(
        group_by=list(ACTOR),
        order_by=buckets.bucket,
        preceding=(ibis.interval(minutes=minutes), ibis.interval(minutes=until)),
    )
