"""LJ-25: how awake, and against what."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.round_the_clock import RULE
from seawall.detect.examples.example import OWN_KEY, STRANGE, Row, at


def hours(first: int, last: int, calls: int = 6, **columns: Any) -> list[Row]:
    """Return calls in each hour from so many hours after noon until so many."""
    return [{**OWN_KEY, "request_count": calls, **columns, "time": at(hour * 60 + 5)} for hour in range(first, last)]


def office(days: int, length: int = 9) -> list[Row]:
    """Return the work of an office on so many days before."""
    return [row for day in range(-days, 0) for row in hours(24 * day - 4, 24 * day - 4 + length)]


LATER = hours(50, 51, 1)


@pytest.mark.parametrize(("awake", "fires"), [(43, False), (44, True)])
def test_two_days_without_a_night(found: Any, awake: int, fires: bool) -> None:
    """Forty-four hours of two days are told of, an hour less is not."""
    assert bool(found(RULE, [*office(20), *hours(0, awake), *LATER])) is fires


@pytest.mark.parametrize(("days", "length", "fires"), [(13, 9, False), (16, 9, True), (20, 14, True), (20, 15, False)])
def test_the_past_must_have_a_rhythm(found: Any, days: int, length: int, fires: bool) -> None:
    """Two weeks of days that end are a rhythm; less is none, and neither is a day of fifteen hours."""
    assert bool(found(RULE, [*office(days, length), *hours(0, 48), *LATER])) is fires


def test_what_began_says_whom_it_serves(found: Any) -> None:
    """New models or clients raise it from info to low, and its one new network is named."""
    (plain,) = found(RULE, [*office(20), *hours(0, 48), *LATER])
    assert plain.severity == "info"
    (served,) = found(RULE, [*office(20), *hours(0, 48, **STRANGE, model="model-9"), *LATER])
    assert served.severity == "low"
    assert served.why.startswith("key-own from 198.19.0.0/24 was in use in ")
    assert "its fullest day had 9" in served.why
    assert "began on 1 models, with 1 clients and from 1 networks" in served.why


def test_usage_buckets_count_as_well(found: Any) -> None:
    """A service that exports hourly usage alone shows the same."""
    usage = {
        "source": "openai.usage", "provider": "openai", "activity": "usage", "bucket_seconds": 3600, "outcome": None,
        "src_net": None, "src_ip": None, "client": None,
    }  # fmt: skip
    rows = [{**row, **usage, "time": f"{row['time'][:13]}:00:00"} for row in [*office(20), *hours(0, 48), *LATER]]
    (finding,) = found(RULE, rows)
    assert finding.opened_at.endswith(":00:00Z")
