"""What an analytic is: metadata, the key it is judged by, and a query that finds matches.

An analytic looks back only: a match at `opened_at` may rest on nothing that is known later. What was seen counts from
a cell's `first`, a sum from its bucket's end. It reads `rollup`, `hits` and `marks` up to 48 h back, and `seen` and
`hourly` for anything older. To add one: copy `analytics/example.py`, put it in the list, add a test file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

import ibis
import ibis.expr.types as ir
import msgspec

from seawall.detect.match import Match
from seawall.model import Activity, Outcome, Severity


class Call(msgspec.Struct, frozen=True):
    """A call as a rule's second step sees it."""

    known_at: datetime
    activity: Activity
    outcome: Outcome | None
    model: str | None
    end_user_id: str | None
    prompt_hash: str | None
    prompt_sketch: bytes | None


class Analytic(msgspec.Struct, frozen=True, kw_only=True):
    """A rule in Python.

    `key`: the column whose rows decide it, `owner` or `network`. `subject`: what a finding is about. `family`: rules
    of one family tell the same fact, which counts once. `closes`: in words, when a match is final. `needs`: event
    columns without which it is blind. `evidence`: the activities whose events prove it (empty: all). `benign`: what
    innocent activity looks like it, the likeliest first. `why`: a sentence with the figures of a match in braces.
    `confirm`: a second step, from a candidate and the calls of its subject in its window to what is left of it.
    """

    id: str
    title: str
    version: int
    severity: Severity
    confidence: float
    key: Literal["owner", "network"]
    subject: tuple[Literal["owner", "credential", "network"], ...] = ("owner", "credential")
    family: Literal[
        "source", "spread", "probe", "tamper", "volume", "content", "network", "rhythm", "purpose", "beside"
    ]
    look_back_hours: int
    closes: str
    needs: tuple[str, ...]
    attack: tuple[str, ...]
    atlas: tuple[str, ...]
    benign: tuple[str, ...]
    next: tuple[str, ...]
    why: str
    find: Callable[[], ir.Table]
    evidence: tuple[Activity, ...] = ()
    needs_history: bool = False
    confirm: Callable[[Match, Sequence[Call]], Match | None] | None = None


def matches(
    table: ir.Table,
    *,
    opened_at: ir.Value,
    first: ir.Value,
    last: ir.Value,
    events: ir.Value,
    network: ir.Value | None = None,
    subject: ir.Value | None = None,
    severity: ir.Value | str | None = None,
    confidence: ir.Value | float | None = None,
    **figures: ir.Value,
) -> ir.Table:
    """Shape a rule's result: one row per match, with the columns of the `matches` view.

    `severity` and `confidence` default to the rule's own; `figures` are what `why` speaks of.
    """
    return table.select(
        owner_key=table.owner_key,
        owner_id=table.owner_id,
        subject=table.subject if subject is None else subject,
        src_net=ibis.null("string") if network is None else network,
        opened_at=opened_at,
        first=first,
        last=last,
        events=events.cast("int64"),
        severity=ibis.null("string") if severity is None else severity,
        confidence=ibis.null("float64") if confidence is None else confidence,
        figures=ibis.struct(figures),
    )
