"""Correlations over hits: equal to asking the definition at every time, in any order."""

from __future__ import annotations

import operator
import statistics
from itertools import permutations
from typing import Any, get_args

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.sigma import Correlation, Hit, correlate
from seawall.detect.sigma.condition import And, Not
from seawall.detect.sigma.correlations import Kind

SPAN = 5


def correlation(kind: Any, **more: Any) -> Correlation:
    """Return a correlation of three rules."""
    return Correlation(id="c", title="c", kind=kind, rules=("r1", "r2", "r3"), timespan_us=SPAN, **more)


hits = st.lists(
    st.builds(
        Hit,
        st.sampled_from(["r1", "r2", "r3", "other"]),
        st.integers(0, 20),
        st.sampled_from([("x",), ("y",), (None,)]),
        st.sampled_from([None, 1, 2, 3, "2", "x"]),
    ),
    max_size=14,
)
correlations = st.one_of(
    st.builds(
        lambda kind, bounds, percentile: correlation(kind, bounds=tuple(bounds), percentile=percentile),
        st.sampled_from(get_args(Kind)),
        st.lists(
            st.tuples(st.sampled_from(["gte", "gt", "eq", "lt", "lte", "neq"]), st.integers(1, 3)),
            min_size=1,
            max_size=2,
        ),
        st.sampled_from([0, 25, 50, 100]),
    ),
    st.just(correlation("temporal", expression=And(("r1", Not("r2"))))),
)


def naive_figure(wanted: Correlation, inside: list[Hit]) -> float | None:
    """Work out the figure from its definition."""
    if wanted.kind == "event_count":
        return len(inside)
    if wanted.kind == "value_count":
        return len({hit.value for hit in inside} - {None})
    if wanted.kind == "temporal":
        return len({hit.rule for hit in inside})
    if wanted.kind in {"value_sum", "value_avg", "value_median", "value_percentile"}:
        numbers = [float(hit.value) for hit in inside if hit.value not in {None, "x"}]
        if not numbers:
            return None
        if wanted.kind == "value_percentile":
            return float(np.percentile(numbers, wanted.percentile))
        figures = {"value_sum": sum, "value_avg": statistics.fmean, "value_median": statistics.median}
        return float(figures[wanted.kind](numbers))
    times = [[hit.time_us for hit in inside if hit.rule == rule] for rule in wanted.rules]
    at, steps = -1, 0
    for one in times:
        later = [time for time in one if time >= at]
        if not later:
            break
        at, steps = min(later), steps + 1
    return steps


def naive(wanted: Correlation, found: list[Hit]) -> set[tuple[Any, int]]:
    """Return each (group, time) at which the condition holds, asked one by one."""
    names = {"gte": "ge", "gt": "gt", "eq": "eq", "lt": "lt", "lte": "le", "neq": "ne"}
    held = set()
    for now in found:
        inside = [
            hit
            for hit in found
            if hit.group == now.group and hit.rule in wanted.rules and now.time_us - SPAN < hit.time_us <= now.time_us
        ]
        if None in now.group or now.rule not in wanted.rules:
            continue
        rules = {hit.rule for hit in inside}
        figure = naive_figure(wanted, inside)
        simple = figure is not None and all(getattr(operator, names[op])(figure, bound) for op, bound in wanted.bounds)
        if ("r1" in rules and "r2" not in rules) if wanted.expression is not None else simple:
            held.add((now.group, now.time_us))
    return held


@settings(max_examples=50)
@given(correlations, hits, st.randoms())
def test_windows_cover_exactly_the_times_at_which_it_holds(wanted: Correlation, found: list[Hit], random: Any) -> None:
    """Every time at which the condition holds lies in one window, no other hit's time does, and order is nothing."""
    windows = correlate(wanted, found)
    asked = {(hit.group, hit.time_us) for hit in found if hit.rule in wanted.rules and None not in hit.group}
    held = {
        (group, time)
        for group, time in asked
        if sum(window.group == group and window.opened_us <= time <= window.last_us for window in windows) == 1
    }
    assert held == naive(wanted, found)
    assert all((window.group, edge) in held for window in windows for edge in (window.opened_us, window.last_us))
    assert correlate(wanted, random.sample(found, len(found))) == windows


@settings(max_examples=50)
@given(correlations, hits, st.integers(0, 20))
def test_what_opened_by_a_time_is_what_the_hits_up_to_it_open(wanted: Correlation, found: list[Hit], now: int) -> None:
    """Windows look back only: later hits open later windows and change no opening."""
    early = correlate(wanted, [hit for hit in found if hit.time_us <= now])
    opened = [(one.opened_us, one.first_us, one.group) for one in correlate(wanted, found) if one.opened_us <= now]
    assert [(one.opened_us, one.first_us, one.group) for one in early] == opened


def test_an_order_is_an_order() -> None:
    """Three rules in order match within the span, ties count as in order, and the wrong order does not match."""
    wanted = correlation("temporal_ordered", bounds=(("gte", 3),))
    for times in permutations((1, 2, 3)):
        found = [Hit(f"r{number}", time) for number, time in enumerate(times, 1)]
        assert bool(correlate(wanted, found)) == (times == (1, 2, 3))
    assert correlate(wanted, [Hit("r3", 1), Hit("r1", 1), Hit("r2", 1)])
    assert not correlate(wanted, [Hit("r1", 1), Hit("r2", 2), Hit("r3", 1 + SPAN)])


def test_a_window_says_when_and_how_much() -> None:
    """The opening, the first hit looked at, the last time it held, the greatest figure and the rules are told."""
    found = [Hit("r1", time, ("x",)) for time in (0, 2, 3, 4, 8, 30)] + [Hit("r2", 4, ("x",))]
    (window,) = correlate(correlation("event_count", bounds=(("gte", 3),)), found)
    assert (window.first_us, window.opened_us, window.last_us, window.figure) == (0, 3, 8, 5)
    assert (window.rules, window.group) == (("r1", "r2"), ("x",))
