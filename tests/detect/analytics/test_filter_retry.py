"""LJ-27: how many, how large a share, and whose."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.filter_retry import RULE
from seawall.detect.examples.example import at

REFUSED = {"outcome": "filtered"}


@pytest.mark.parametrize(("refused", "passed", "fires"), [(4, 0, False), (5, 0, True), (6, 6, True), (6, 7, False)])
def test_number_and_share(found: Any, refused: int, passed: int, fires: bool) -> None:
    """Five refusals in the hour before are enough, if they are half of what the actor tried."""
    rows = [{"time": at(number / 10)} for number in range(passed)]
    rows += [{**REFUSED, "time": at(10 + number / 2)} for number in range(refused)]
    assert bool(found(RULE, [*rows, {"time": at(20)}])) is fires


def test_a_loop_within_a_minute(found: Any) -> None:
    """A program that retries at once is told of with its first success, and the sentence has the user."""
    rows = [{**REFUSED, "end_user_id": "user-7", "time": at(number / 10)} for number in range(7)]
    (finding,) = found(RULE, [*rows, {"end_user_id": "user-7", "time": at(1)}])
    assert finding.opened_at == "2026-01-05T12:01:00Z"
    assert "had 7 of 7 calls refused by a content filter within an hour by end user user-7" in finding.why
    assert finding.event_count == 8


def test_unknown_users_are_one_actor(found: Any) -> None:
    """Where the log names neither user nor network, the key itself is the actor."""
    blind = {"src_net": None, "src_ip": None}
    rows = [{**REFUSED, **blind, "time": at(number)} for number in range(6)]
    assert found(RULE, [*rows, {**blind, "time": at(20)}])
