"""Draws follow the table, and the table follows the trace."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.simulate.act import DAY, HOUR
from seawall.simulate.quantiles import PROBABILITIES, TABLE, arrivals, draw, poisson
from seawall.simulate.rhythm import KINDS, hour_of_week, shape


@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(TABLE)))
@settings(max_examples=50)
def test_a_draw_lies_within_its_row(seed: int, name: str) -> None:
    """No draw is below the least or above the greatest value of the trace."""
    assert TABLE[name][0] <= draw(Random(seed), name) <= TABLE[name][-1]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_middle_of_many_draws_is_the_median(name: str) -> None:
    """Many draws have about the median of the table."""
    middle = TABLE[name][PROBABILITIES.index(0.5)]
    rng = Random(5)
    assert median(draw(rng, name) for _ in range(4000)) == pytest.approx(middle, rel=0.12, abs=0.05)


@given(
    seed=st.integers(0, 2**32), count=st.integers(0, 200), start=st.integers(0, 2**52), length=st.integers(1, 10**11),
    profile=st.sampled_from(["chat", "code"]),
)  # fmt: skip
@settings(max_examples=50)
def test_arrivals_are_sorted_and_within(seed: int, count: int, start: int, length: int, profile: str) -> None:
    """Exactly `count` sorted times come out, all inside the window."""
    times = arrivals(Random(seed), profile, count, start, length)
    assert len(times) == count
    assert times == sorted(times)
    assert all(start <= time < start + length for time in times)


@pytest.mark.parametrize("mean", [-1.0, 0.0, 0.3, 7.0, 31.0, 400.0])
def test_counts_have_their_mean(mean: float) -> None:
    """The mean of many counts is the mean asked for, and nothing comes of nothing."""
    rng = Random(1)
    total = sum(poisson(rng, mean) for _ in range(2000)) / 2000
    assert total == pytest.approx(max(mean, 0.0), rel=0.1)


@given(seed=st.integers(0, 2**32), kind=st.sampled_from(KINDS), offset=st.integers(-8, 12))
@settings(max_examples=50)
def test_a_rhythm_is_a_week(seed: int, kind: str, offset: int) -> None:
    """A rhythm is 168 weights that are nowhere negative and make seven mean days."""
    weights = shape(Random(seed), kind, offset)  # type: ignore[arg-type]
    assert len(weights) == 168
    assert min(weights) >= 0
    assert sum(weights) == pytest.approx(7)


def test_offices_rest_at_night_in_their_own_zone() -> None:
    """The busiest hour of an office in Tokyo is a night hour in UTC, and weekends are quiet."""
    weights = shape(Random(3), "office", 9)
    assert weights.index(max(weights)) % 24 in range(9)
    assert sum(weights[120 + 15 : 168]) < sum(weights[: 24 + 15]) / 2


def test_the_week_begins_on_monday() -> None:
    """The first hour of 1970, a Thursday, is hour 72 of its week."""
    assert hour_of_week(0) == 72
    assert hour_of_week(4 * DAY) == 0
    assert hour_of_week(4 * DAY - HOUR) == 167


@pytest.mark.data
@pytest.mark.parametrize(("profile", "file"), [("chat", "conv"), ("code", "code")])
def test_the_table_is_that_of_the_trace(samples: Path, profile: str, file: str) -> None:
    """The quantiles kept are those of the published trace."""
    with gzip.open(samples / "logs" / "azure-llm-trace" / f"AzureLLMInferenceTrace_{file}.csv.gz", "rt") as lines:
        rows = list(csv.DictReader(lines))
    times = [datetime.fromisoformat(row["TIMESTAMP"][:26]).timestamp() for row in rows]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    columns = {
        "input": [float(row["ContextTokens"]) for row in rows],
        "output": [float(row["GeneratedTokens"]) for row in rows],
        "gap": [gap / mean for gap in gaps],
    }
    for what, values in columns.items():
        ranked = sorted(values)
        found = [round(ranked[int(p * (len(ranked) - 1))], 3) for p in PROBABILITIES]
        assert found == pytest.approx(list(TABLE[f"{profile}.{what}"]), abs=0.0011)
