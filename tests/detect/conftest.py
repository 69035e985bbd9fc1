"""What tests of rules share: what one rule finds in a few events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa
import pytest

from seawall.detect.analytic import Analytic
from seawall.detect.engine import Engine
from seawall.detect.examples.example import events
from seawall.detect.settings import Settings
from seawall.model import Finding
from seawall.store import Views

Found = Callable[..., list[Finding]]


def find(
    rule: Analytic | str, *batches: Iterable[Mapping[str, Any]] | pa.Table, settings: Settings | None = None
) -> list[Finding]:
    """Return what one rule (or the rule of that id) finds in batches of rows or of events."""
    if isinstance(rule, str):
        from seawall.detect.analytics import ANALYTICS

        rule = next(each for each in ANALYTICS if each.id == rule)
    with Views(threads=1) as views:
        engine = Engine(views, settings, rules=(rule,), incident_rules=())
        for batch in batches:
            views.con.register("batch", batch if isinstance(batch, pa.Table) else events(batch))
            engine.add("batch")
        return engine.findings()


@pytest.fixture
def found() -> Found:
    """Return `find`: rule (or id), batches and settings in, findings out."""
    return find
