"""LJ-12: newcomers and bursts."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.key_listing import RULE
from seawall.detect.examples.example import AWAY, at, steady

LIST = {"activity": "list_keys", "operation": "ListAccessKeys", "credential_id": "role-2"}


@pytest.mark.parametrize(("count", "fires"), [(4, False), (5, True)])
def test_a_newcomers_burst(found: Any, count: int, fires: bool) -> None:
    """Five listings within an hour by somebody who never listed are told of, from wherever they come."""
    rows = [{**LIST, "time": at(14 * number)} for number in range(count)]
    assert bool(found(RULE, [*steady(5), *rows])) is fires


@pytest.mark.parametrize(("habit", "count", "fires"), [(1, 19, False), (1, 20, True), (6, 24, False), (6, 25, True)])
def test_a_burst_beyond_the_habit(found: Any, habit: int, count: int, fires: bool) -> None:
    """One who lists by trade is told of from twenty an hour on, and only beyond four times the busiest hour."""
    days = [{**LIST, "time": at(number / 2 - 1440 * day)} for day in range(1, 6) for number in range(habit)]
    rows = [{**LIST, "time": at(number / 2)} for number in range(count)]
    assert bool(found(RULE, [*days, *rows])) is fires


def test_a_stranger_is_told_of_at_once(found: Any) -> None:
    """A first listing from a rented network new to the owner needs no second; refused, it is told of as well."""
    for outcome in ("success", "denied"):
        (finding,) = found(RULE, [*steady(5), {**LIST, **AWAY, "src_kind": "hosting", "outcome": outcome}])
        assert finding.severity == "low"
        assert "nor was this network, a rented one, ever used" in finding.why
