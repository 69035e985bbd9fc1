"""LJ-23: how long, how often, and against what."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.heavy_requests import RULE
from seawall.detect.examples.example import AWAY, Row, at, steady
from seawall.detect.settings import KnownNetwork, Settings

LATER = {"time": at(90)}


def long(count: int, tokens: int = 120_000, **columns: Any) -> list[Row]:
    """Return prompts of so many tokens, one a minute."""
    return [{"input_tokens": tokens, **columns, "time": at(number)} for number in range(count)]


@pytest.mark.parametrize(
    ("usual", "tokens", "count", "fires"),
    [
        (900, 120_000, 9, False),
        (900, 120_000, 10, True),
        (900, 32_767, 10, False),
        (900, 32_768, 10, True),
        (16_000, 32_767, 10, False),
        (16_000, 65_536, 10, True),
        (20_000, 65_535, 10, False),
    ],
)
def test_length_and_number(found: Any, usual: int, tokens: int, count: int, fires: bool) -> None:
    """Ten prompts of at least 32,768 tokens, two classes above the longest of two days, are told of."""
    assert bool(found(RULE, [*steady(5, every=0.4, input_tokens=usual), *long(count, tokens), LATER])) is fires


def test_one_long_prompt_yesterday_is_a_habit(found: Any) -> None:
    """Where the key sent such a prompt within two days, more of them are no news."""
    rows = [*steady(5, every=0.4, input_tokens=900), {"input_tokens": 120_000, "time": at(-1500)}, *long(12), LATER]
    assert found(RULE, rows) == []


def test_the_figures_are_those_of_the_network(found: Any) -> None:
    """The network that sends them is named, with their number and mean length; a known one is no news."""
    (finding,) = found(RULE, [*steady(5, every=0.4, input_tokens=900), *long(11, **AWAY), LATER])
    assert finding.why.startswith("key-1 from 198.51.100.0/24 sent 10 prompts of 120,000 tokens on average")
    assert "none had more than 1,024" in finding.why
    home = Settings(networks=(KnownNetwork("198.51.100.0/24", "office"),))
    rows = [*steady(5, every=0.4, input_tokens=900), *long(11, **AWAY), LATER]
    assert found(RULE, rows, settings=home) == []
