"""Acts against a safeguard: which switch it off, which rewrite it, and whether whoever did it is new to that.

In: an activity and the endings of the operations that undo or merely set up. Out: the acts among `hits` that are worth
a word, with flags. Shared by the rules about logging, guardrails and organisations.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.newness import DECLARATIVE_CLIENTS, dated, has_history, is_new
from seawall.detect.tables import hits

_COLUMNS: Final = (
    "call", "owner_key", "owner_id", "subject", "src_net", "known_at", "events", "provider", "activity", "operation",
    "outcome", "credential_kind", "resource_id", "client", "src_kind",
)  # fmt: skip


def ends_with(operation: ir.StringValue, endings: Iterable[str]) -> ir.BooleanValue:
    """Say whether the name of an operation, in whatever case, ends with one of these (in lower case); null does not."""
    name = operation.lower().fill_null("")
    return ibis.or_(*(name.endswith(ending) for ending in endings))


def acts_of(*activities: str) -> ir.Table:
    """Return the acts of these kinds that were done or refused, by somebody, from no known network."""
    return hits.filter(
        hits.activity.isin(activities),
        hits.subject.notnull(),
        hits.operation.notnull(),
        # A record of a start says nothing of the end, a failed call changed nothing.
        hits.outcome.isin(("success", "denied")),
        ~hits.known,
    ).select(*_COLUMNS)


def with_standing(acts: ir.Table, *habit: str) -> ir.Table:
    """Add `newcomer` (the subject is new to an owner with history) and `unusual`.

    Unusual: a newcomer, or one who never did such a thing where others of the owner have long done it. Without history
    nobody is either.
    """
    acts = dated(acts, *habit)
    settled = has_history(acts)
    newcomer = settled & is_new(acts, "subject_since")
    others = is_new(acts, "habit_since") & ~is_new(acts, "owner_habit_since")
    return acts.mutate(newcomer=newcomer, unusual=newcomer | (settled & others))


def tampering(activity: str, *, undo: Iterable[str], harmless: Iterable[str]) -> ir.Table:
    """Return acts on a safeguard with the flags `undoes`, `newcomer`, `unusual`.

    What undoes is always told; what rewrites (the record does not say whether for the worse) only where it is unusual,
    and not of tools that rewrite settings by trade; what is harmless never.
    """
    acts = acts_of(activity)
    acts = acts.filter(~ends_with(acts.operation, harmless)).mutate(undoes=ends_with(acts.operation, undo))
    acts = with_standing(acts, activity)
    by_trade = acts.client.isin(DECLARATIVE_CLIENTS).fill_null(False)
    return acts.filter(acts.undoes | (acts.unusual & ~by_trade))


def standing(acts: ir.Table) -> ir.StringValue:
    """Return the clause that says who did it."""
    return ibis.cases(
        (acts.newcomer, ", and was never seen at this owner before"),
        (acts.unusual, ", which it had never done before while others had"),
        else_="",
    )
