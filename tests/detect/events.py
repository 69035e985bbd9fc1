"""What tests of rules share: events from a few columns, and what one rule finds in them."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.detect.analytic import Analytic
from seawall.detect.engine import Engine
from seawall.detect.examples.example import Row, event, events
from seawall.detect.settings import Settings
from seawall.model import Finding
from seawall.store import Views

__all__ = ["event", "found"]


def found(rule: Analytic | str, rows: Iterable[Row], settings: Settings | None = None) -> list[Finding]:
    """Return what one rule (or the rule of that id) finds in events that come at once."""
    if isinstance(rule, str):
        from seawall.detect.analytics import ANALYTICS

        rule = next(each for each in ANALYTICS if each.id == rule)
    with Views(threads=1) as views:
        engine = Engine(views, settings, rules=(rule,), incident_rules=())
        views.con.register("batch", events(rows))
        engine.add("batch")
        return engine.findings()
