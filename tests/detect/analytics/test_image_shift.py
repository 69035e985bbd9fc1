"""LJ-26: whose first image it is."""

from __future__ import annotations

from typing import Any

from seawall.detect.analytics.image_shift import RULE
from seawall.detect.examples.example import AWAY, at, steady
from seawall.detect.settings import KnownNetwork, Settings

TEXT: dict[str, Any] = {"modality": "text"}
IMAGE: dict[str, Any] = {"modality": "image", "image_count": 1}


def test_the_first_image_of_an_owner_is_told_once(found: Any) -> None:
    """The first key of an owner that makes an image is named, with its network; the second is no news."""
    keys = [*steady(5, **TEXT), *steady(5, credential_id="key-2", **TEXT)]
    rows = [*keys, {**AWAY, **IMAGE}, {**IMAGE, "credential_id": "key-2", "time": at(30)}]
    (finding,) = found(RULE, rows)
    assert finding.credential_id == "key-1"
    assert "key-1 from 198.51.100.0/24 made the first image of its owner, after 5 days of text" in finding.why


def test_at_home_it_is_no_news(found: Any) -> None:
    """A first image from a known network is not told of, and what follows elsewhere is not the first."""
    home = Settings(networks=(KnownNetwork("192.0.2.0/24", "office"),))
    rows = [*steady(5, **TEXT), {**IMAGE, "time": at(0)}, {**AWAY, **IMAGE, "time": at(5)}]
    assert found(RULE, rows, settings=home) == []
