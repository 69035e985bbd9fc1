"""Who is new: since when an owner, its subject, its network and the subject's habit are known, for rules about acts.

In: a table of acts with `owner_key`, `subject`, `src_net` and `known_at`. Out: the same with the columns `*_since`,
each the earliest `first` in `seen`, which never changes as more of a cell arrives.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.tables import seen

#: With less history than this, everything is new and nothing is news.
HISTORY_DAYS: Final = 3
#: What is younger than a day is new: who came yesterday has been seen by his colleagues.
NEW_HOURS: Final = 24
#: What administrators do by trade.
ADMINISTRATION: Final = (
    "change_logging", "change_guardrail", "change_access", "change_deployment", "create_key", "unlock_model",
)  # fmt: skip
#: Tools that write settings down in files and apply them, by trade and over and over.
DECLARATIVE_CLIENTS: Final = ("terraform", "opentofu", "pulumi")


def dated(acts: ir.Table, *habit: str) -> ir.Table:
    """Add `owner_since`, `subject_since` and `net_since` (of the network at this owner; null where it is unknown).

    Where a habit is named, also `habit_since` and `owner_habit_since`: when the subject, and anybody of the owner,
    first did one of these activities.
    """
    placed = seen.filter(seen.src_net.notnull())
    acts = since(acts, seen, ("owner_key",), "owner_since")
    acts = since(acts, seen, ("owner_key", "subject"), "subject_since")
    acts = since(acts, placed, ("owner_key", "src_net"), "net_since")
    if habit:
        done = seen.filter(seen.activity.isin(habit))
        acts = since(acts, done, ("owner_key", "subject"), "habit_since")
        acts = since(acts, done, ("owner_key",), "owner_habit_since")
    return acts


def since(acts: ir.Table, facts: ir.Table, key: tuple[str, ...], name: str) -> ir.Table:
    """Add the earliest `first` of the facts with the act's key; null where there is none."""
    firsts = facts.group_by(*key).aggregate(**{name: facts["first"].min()})
    return acts.left_join(firsts, list(key)).drop(*(f"{column}_right" for column in key))


def has_history(acts: ir.Table, column: str = "owner_since", days: int = HISTORY_DAYS) -> ir.BooleanValue:
    """Say whether something was known so many days before the act."""
    return acts[column] <= acts.known_at - ibis.interval(days=days)


def is_new(acts: ir.Table, column: str) -> ir.BooleanValue:
    """Say whether something was first seen no more than `NEW_HOURS` before the act; what is unknown is not new."""
    return (acts[column] > acts.known_at - ibis.interval(hours=NEW_HOURS)).fill_null(False)
