"""LJ-02: how soon, who else, and what was there before."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.exposed_key_used import RULE
from seawall.detect.examples.example import OWN_KEY, STRANGE, Row, at, steady
from seawall.detect.settings import KnownNetwork, Settings

HOME: dict[str, Any] = {"src_asn": 64496, "src_country": "DE", **OWN_KEY}
AWAY: dict[str, Any] = {**STRANGE, **OWN_KEY, "src_asn": 64511, "src_country": "BR"}
HISTORY: tuple[Row, ...] = steady(8, every=8, **HOME)


def leak(minutes: float) -> Row:
    """Return the exposure of the key so many minutes after noon."""
    nowhere = {"src_net": None, "src_ip": None, "client": None, "outcome": None}
    return {**OWN_KEY, **nowhere, "source": "seawall.scan", "activity": "exposure", "time": at(minutes)}


@pytest.mark.parametrize(
    ("leaked", "columns", "severity"),
    [
        (-17, {}, "medium"),
        (-17, {"src_country": "DE"}, "medium"),
        (-17, {"client": "boto3"}, "low"),
        (-17, {"client": None}, "low"),
        (-17, {"src_country": "DE", "src_asn": 64496}, "low"),
        (-17, {"src_country": None, "src_asn": None}, "medium"),
        (-25 * 60, {}, "low"),
    ],
)
def test_soon_and_somebody_else_is_medium(found: Any, leaked: float, columns: dict[str, Any], severity: str) -> None:
    """Within a day, a new client together with a new place is medium; a pipeline with the usual client is low."""
    assert [finding.severity for finding in found(RULE, [*HISTORY, leak(leaked), {**AWAY, **columns}])] == [severity]


def test_a_leak_that_becomes_known_later_is_told_as_of_the_use(found: Any) -> None:
    """A scan that finds last week's leak opens the finding at the use that followed the leak, not at the scan."""
    use = {**AWAY, "time": at(-24 * 60)}
    (finding,) = found(RULE, [*HISTORY, use], [leak(-26 * 60)])
    assert finding.opened_at == "2026-01-04T12:00:00Z"
    assert "was used 120 minutes" not in finding.why
    assert "was used 2 hours after the key had been exposed in public, by axios, new to it (BR, new to its owner)" in (
        finding.why
    )


def test_what_came_before_the_leak_is_the_baseline(found: Any) -> None:
    """A network that any key of the owner used before the leak is home, also when it comes back weeks later."""
    before = {**AWAY, "credential_id": "key-2", "time": at(-40)}
    assert found(RULE, [*HISTORY, before, leak(-17), AWAY]) == []


def test_the_second_stranger_is_told_too(found: Any) -> None:
    """Each network that comes after a leak is a finding of its own; a known one is none."""
    second = {**AWAY, "time": at(9), "src_net": "198.18.7.0/24", "src_ip": "198.18.7.9"}
    assert len(found(RULE, [*HISTORY, leak(-17), AWAY, second])) == 2
    home = Settings(networks=(KnownNetwork("198.18.7.0/24", "office"),))
    assert len(found(RULE, [*HISTORY, leak(-17), AWAY, second], settings=home)) == 1
