"""LJ-04: what is a probe, and what is a mistake."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.parameter_probe import RULE
from seawall.detect.examples.example import AWAY, at, steady
from seawall.detect.settings import KnownNetwork, Settings

INVALID = {**AWAY, "outcome": "invalid", "model": "model-a"}


@pytest.mark.parametrize(
    ("apart", "tries", "fires"), [(20, 3, True), (30, 3, True), (31, 3, False), (0, 3, True), (1, 2, False)]
)
def test_three_within_a_minute(found: Any, apart: float, tries: int, fires: bool) -> None:
    """Three invalid requests within sixty seconds are a script's; fewer or slower ones may be a person's."""
    rows = [{**INVALID, "time": at(apart * number / 60)} for number in range(tries)]
    assert bool(found(RULE, rows)) is fires


def test_models_are_counted_within_ten_minutes(found: Any) -> None:
    """The third model after more than ten minutes belongs to another run."""
    near = [{**INVALID, "time": at(4 * number), "model": f"model-{number}"} for number in range(3)]
    far = [{**INVALID, "time": at(5 * number), "model": f"model-{number}"} for number in range(3)]
    assert found(RULE, near)
    assert found(RULE, far) == []


def test_opens_with_the_third(found: Any) -> None:
    """The finding opens when the third model was tried, not before, and names the network."""
    (finding,) = found(RULE, [{**INVALID, "time": at(2 * number), "model": f"model-{number}"} for number in range(5)])
    assert finding.opened_at == "2026-01-05T12:04:00Z"
    assert "198.51.100.0/24" in finding.why
    assert "3 different models" in finding.why


def test_a_probe_beside_the_owners_use(found: Any) -> None:
    """That the key works for its owner at home does not hide the probe from elsewhere."""
    rows = [*steady(3, every=0.5, until=30, model="model-a"), *({**INVALID, "time": at(n / 10)} for n in range(3))]
    assert found(RULE, rows)


def test_known_networks_are_no_news(found: Any) -> None:
    """What comes from a network that the operator listed is no probe."""
    settings = Settings(networks=(KnownNetwork("198.51.100.0/24", "the test lab"),))
    assert found(RULE, [{**INVALID, "time": at(n / 10)} for n in range(3)], settings=settings) == []
