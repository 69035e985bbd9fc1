"""Sigma rules in the engine: each batch's events are matched once, and the marks become matches like any rule's.

In: Sigma rules, and a relation of new events. Out: rows of the `marks` view (rule, call, time, event), and for each
rule an `Analytic` that reads them. Our own rules are in `rules/`; imported ones are capped at `medium`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final

import ibis.expr.types as ir
import pyarrow as pa

from seawall.detect.analytic import Analytic, matches
from seawall.detect.correlated import Correlated, find
from seawall.detect.sigma import Index, SigmaRule, load
from seawall.detect.tables import hits, marks
from seawall.model import Severity, at_least
from seawall.store import Views
from seawall.store.calls import CALL

#: Rows matched at a time: large enough that a dictionary costs little a row, fewer where records come along.
ROWS: Final = 500_000
_ROWS_WITH_RECORDS: Final = 100_000
_OWN: Final = Path(__file__).with_name("rules")
_CONFIDENCE: Final = 0.3
_FINDS: Final = "what the rule looks for, {operation}"
_HOUR_US: Final = 3_600_000_000


@cache
def own_rules() -> tuple[SigmaRule, ...]:
    """Return the Sigma rules that come with Seawall; raises UsageError where one is broken."""
    loaded = load(sorted(_OWN.glob("*.yml")))
    loaded.check()
    return tuple(loaded.rules)


def analytic(rule: SigmaRule | Correlated, *, imported: bool = False) -> Analytic:
    """Return a Sigma rule or correlation as the engine knows rules."""
    finds = "what the rules look for together, {figure}" if isinstance(rule, Correlated) else _FINDS
    told = rule.seawall
    severity: Severity = "medium" if imported and at_least(rule.level, "medium") else rule.level
    if told.told_by:  # one fact, one finding
        severity = "info"
    return Analytic(
        id=rule.id,
        title=rule.title,
        version=told.version,
        severity=severity,
        confidence=_CONFIDENCE,
        key="owner",
        family="tamper",
        look_back_hours=-(-rule.span_us // _HOUR_US) if isinstance(rule, Correlated) else 0,
        closes="at once",
        needs=told.data,
        attack=rule.attack,
        atlas=told.atlas,
        benign=told.benign or rule.falsepositives or ("an administrator at work",),
        next=told.next or ("Ask whoever did it.",),
        why=f"did {finds}" + (f" (rule by {_plain(rule.author)})" if imported else ""),
        find=partial(find, rule) if isinstance(rule, Correlated) else partial(_find, rule.id),
    )


def _plain(text: str) -> str:
    """Return text that stands for itself in `why`, where braces name figures."""
    return text.replace("{", "{{").replace("}", "}}")


def _find(rule: str) -> ir.Table:
    """Every call with an event that the rule marked."""
    acts = hits.semi_join(marks.filter(marks.rule == rule), "call").filter(hits.subject.notnull())
    return matches(
        acts,
        network=acts.src_net,
        opened_at=acts.known_at,
        first=acts.known_at,
        last=acts.known_at,
        events=acts.events,
        operation=acts.operation.fill_null("an act"),
    )


class Marker:
    """Rules compiled together, that mark the events of each batch."""

    def __init__(self, rules: Sequence[SigmaRule | Correlated], *, use_too: bool = False) -> None:
        """Compile the rules; `blind` says which of them no log can feed.

        Plain use of models is by far the most of what is logged and no rule of ours reads its record: it is matched
        only where `use_too` asks for it, as imported rules may.
        """
        self._index = Index(rule for rule in rules if isinstance(rule, SigmaRule))
        self._only = "TRUE" if use_too else "activity NOT IN ('infer', 'usage', 'cost')"
        self.blind = tuple(self._index.blind)

    def mark(self, views: Views, batch: str) -> None:
        """Add the marks of the relation `batch` of new events."""
        columns = self._index.cost.columns
        if not columns:
            return
        wanted = ", ".join(dict.fromkeys((*columns, "event_id", "time")))
        events = f"SELECT {wanted}, {CALL} AS call FROM {batch} WHERE {self._only}"
        reader = views.con.sql(events).to_arrow_reader(_ROWS_WITH_RECORDS if "raw" in columns else ROWS)
        found = [marked for part in reader for marked in self._marked(pa.Table.from_batches([part]))]
        if found:
            views.con.register("marked", pa.concat_tables(found))
            views.con.execute(
                "INSERT INTO marks BY NAME SELECT * FROM marked EXCEPT SELECT rule, call, time, event_id FROM marks"
            )
            views.con.unregister("marked")

    def _marked(self, part: pa.Table) -> Iterator[pa.Table]:
        told = part.select(["call", "time", "event_id"])
        for rule, rows in self._index.match(part).rows.items():
            taken = told.take(pa.array(rows))
            yield pa.table(
                {
                    "rule": pa.array([rule] * len(rows), pa.string()),
                    "call": taken["call"],
                    "time": taken["time"].cast(pa.timestamp("us")),
                    "event_id": taken["event_id"],
                }
            )
