"""LJ-18: what is a hand-over, and what goes on beside."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.client_changed import RULE
from seawall.detect.examples.example import OWN_KEY, STRANGE, Row, at, steady
from seawall.detect.settings import KnownNetwork, Settings

USUAL: dict[str, Any] = {**OWN_KEY, "activity": "list_models", "ja4": "t13d000000_000000000000_000000000000"}
ODD: dict[str, Any] = {**USUAL, **STRANGE, "client": "boto3", "ja4": "t13d111100_111111111111_111111111111"}


def world(history_hours: float, back_minutes: float) -> list[Row]:
    """Return a client's usual handshake for so many hours, an odd one at noon, and the usual one again."""
    return [*steady(history_hours / 24, every=1, **USUAL), ODD, {**USUAL, "time": at(back_minutes)}]


@pytest.mark.parametrize(
    ("history", "back", "fires"), [(23, 5, False), (25, 5, True), (40, 710, True), (40, 730, False)]
)
def test_settled_and_soon_back(found: Any, history: float, back: float, fires: bool) -> None:
    """The usual handshake must be a day older than the odd one, and back within half a day."""
    assert bool(found(RULE, world(history, back))) is fires


def test_it_names_the_stranger(found: Any) -> None:
    """The network of the odd handshake is the finding's, and no finding is made of one that is known."""
    (finding,) = found(RULE, world(40, 5))
    assert finding.why.startswith("key-own from 198.19.0.0/24 called itself boto3 with the TLS handshake t13d1111")
    assert finding.severity == "info"
    home = Settings(networks=(KnownNetwork("198.19.0.0/24", "office"),))
    assert found(RULE, world(40, 5), settings=home) == []
