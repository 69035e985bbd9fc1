"""LJ-07: who may look and who is told of."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.logging_reconnaissance import RULE
from seawall.detect.examples.example import AWAY, at, steady

READ = {"activity": "read_logging", "operation": "GetModelInvocationLoggingConfiguration", **AWAY}


@pytest.mark.parametrize(("days", "fires"), [(2.9, False), (3.1, True)])
def test_needs_history(found: Any, days: float, fires: bool) -> None:
    """Until an owner has been watched for three days nobody can be said never to have looked."""
    assert bool(found(RULE, [*steady(days), READ])) is fires


@pytest.mark.parametrize(("before", "fires"), [(-60, True), (-25 * 60, False)])
def test_a_habit_is_a_day_old(found: Any, before: float, fires: bool) -> None:
    """Who began to look an hour ago is still new to it; who looked the day before is not."""
    opened = found(RULE, [*steady(5, until=-2000), {**READ, "time": at(before)}, READ])
    assert [finding.last_event_time for finding in opened if finding.last_event_time > "2026-01-05"] == (
        ["2026-01-05T12:00:00Z"] if fires else []
    )
