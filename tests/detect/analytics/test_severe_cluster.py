"""LJ-28: how many, how large a share, of what, and whose."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.severe_cluster import RULE
from seawall.detect.examples.example import at, steady
from seawall.detect.settings import KnownNetwork, Settings

WORST: dict[str, Any] = {"outcome": "filtered", "filter_categories": "sexual", "filter_severity": 6}
LATER = {"time": at(120)}


@pytest.mark.parametrize(
    ("worst", "others", "fires"), [(4, 0, False), (5, 0, True), (5, 45, True), (5, 46, False), (20, 179, True)]
)
def test_number_and_share(found: Any, worst: int, others: int, fires: bool) -> None:
    """Five within an hour are enough, if they are a tenth of what the actor tried."""
    rows = [{**WORST, "time": at(1 + number)} for number in range(worst)]
    rows += [{"time": at(number / 100)} for number in range(others)]
    assert bool(found(RULE, [*steady(2), *rows, LATER])) is fires


@pytest.mark.parametrize(
    ("categories", "said"),
    [
        ("sexual", "sexual content"),
        ("SEXUAL,VIOLENCE", "sexual content"),
        ("hate,violence", "violent content"),
        ("sexual|violence", "sexual and violent content"),
        ("hate", None),
        (None, None),
    ],
)
def test_what_it_was(found: Any, categories: str | None, said: str | None) -> None:
    """Only sexual and violent content counts, by whatever name the provider has for it."""
    kinds = (categories or "").split("|")
    rows = [{**WORST, "filter_categories": kinds[n % len(kinds)] or None, "time": at(n / 2)} for n in range(6)]
    findings = found(RULE, [*steady(2), *rows, LATER])
    assert [said is not None and said in finding.why for finding in findings] == ([True] if said else [])


def test_it_is_told_when_its_five_minutes_are_over(found: Any) -> None:
    """The finding opens at the end of the bucket that fills it, not at its first refusal."""
    rows = [{**WORST, "end_user_id": "user-7", "time": at(number / 10)} for number in range(6)]
    (finding,) = found(RULE, [*steady(2), *rows, LATER])
    assert finding.opened_at == "2026-01-05T12:05:00Z"
    assert "had 6 of its 6 calls within an hour by end user user-7 refused as sexual content" in finding.why


def test_a_test_in_the_office_is_no_news(found: Any) -> None:
    """What comes from a network that the operator listed is their own test of the filter."""
    rows = [*steady(2), *({**WORST, "time": at(number)} for number in range(6)), LATER]
    assert found(RULE, rows, settings=Settings(networks=(KnownNetwork("192.0.2.0/24", "office"),))) == []
