"""LJ-22: hours and usage buckets of every width."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.cost_velocity import RULE
from seawall.detect.examples.example import at, steady


def buckets(seconds: int, *costs: float) -> list[dict[str, Any]]:
    """Return usage buckets one after another, the last of which ends at noon."""
    width = seconds / 60
    return [
        {
            "activity": "usage", "source": "openai.usage", "bucket_seconds": seconds, "cost_usd": cost,
            "src_net": None, "src_ip": None, "event_id": f"bucket-{number}", "time": at((number - len(costs)) * width),
        }
        for number, cost in enumerate(costs)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "usual", "last", "fires"),
    [
        (86_400, 20, 300, True),  # 15 times the costliest day
        (86_400, 20, 70, False),  # less than four times
        (86_400, 1, 40, False),  # forty times, of a bill that nobody asks about
        (43_200, 10, 150, True),
    ],
)
def test_days_are_compared_with_days(found: Any, seconds: int, usual: float, last: float, fires: bool) -> None:
    """A usage bucket is compared with those of its own width, and its hours with the limit."""
    rows = [*buckets(seconds, *[usual] * 8, last), {"time": at(1)}]
    assert bool(found(RULE, rows)) is fires


def test_opens_when_the_hour_is_over(found: Any) -> None:
    """A sum counts from the end of its hour, and the sentence says what a day would cost."""
    rows = [*steady(5, cost_usd=0.5), {"time": at(10), "cost_usd": 6.0}]
    assert found(RULE, rows) == []
    (finding,) = found(RULE, [*rows, {"time": at(60)}])
    assert finding.opened_at == "2026-01-05T13:00:00Z"
    assert "cost 6 USD in 1 h, 144 USD a day" in finding.why
