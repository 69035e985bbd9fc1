"""LJ-20: which names count, and how much."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.relay import RULE
from seawall.detect.examples.example import OWN_KEY, STRANGE, at, steady

LISTS: dict[str, Any] = {**STRANGE, **OWN_KEY, "activity": "list_models"}


@pytest.mark.parametrize(
    ("via", "client", "severity"),
    [
        ("some-words.trycloudflare.com", "axios", ["info"]),
        ("SOME-WORDS.NGROK-FREE.APP", "axios", ["info"]),
        ("some-words.trycloudflare.com.example.org", "axios", []),
        ("oai-reverse-proxy 1.0", "axios", ["low"]),
        (None, "sub2api", ["low"]),
        (None, "axios", []),
    ],
)
def test_tunnels_and_programs(found: Any, via: str | None, client: str, severity: list[str]) -> None:
    """A tunnel is a host name that ends so, and info; a program that pools keys is low, wherever it is named."""
    findings = found(RULE, [*steady(5, **OWN_KEY), {**LISTS, "via": via, "client": client}])
    assert [finding.severity for finding in findings] == severity


def test_it_is_told_once_in_two_days(found: Any) -> None:
    """A tunnel that stays is told of when it comes, not at every call."""
    tunnel = {**LISTS, "via": "some-words.trycloudflare.com"}
    rows = [*steady(5, **OWN_KEY), *({**tunnel, "time": at(60 * hour)} for hour in range(30))]
    (finding,) = found(RULE, rows)
    assert finding.event_count == 1
    assert "came through a tunnel that anybody may open (some-words.trycloudflare.com)" in finding.why
