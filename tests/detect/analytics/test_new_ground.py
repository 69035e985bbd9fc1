"""LJ-13: how many at once, and new to whom."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.new_ground import RULE
from seawall.detect.examples.example import OWN_KEY, STRANGE, Row, at, steady

HISTORY: tuple[Row, ...] = steady(5, every=1, model="model-1", region="eu-central-1", **OWN_KEY)
AWAY: dict[str, Any] = {**STRANGE, **OWN_KEY, "model": "model-1", "region": "eu-central-1"}


def many(column: str, count: int, every: float = 5) -> list[Row]:
    """Return calls with another value of a column each."""
    return [{**AWAY, column: f"{column}-{number + 2}", "time": at(number * every)} for number in range(count)]


@pytest.mark.parametrize("column", ["model", "region"])
@pytest.mark.parametrize(("count", "every", "fires"), [(2, 5, False), (3, 5, True), (3, 29, True), (3, 40, False)])
def test_three_within_an_hour(found: Any, column: str, count: int, every: float, fires: bool) -> None:
    """Three new models or regions within an hour are told of, two are not, nor three that take longer."""
    findings = found(RULE, [*HISTORY, *many(column, count, every)])
    assert bool(findings) is fires
    assert all(f"began within an hour on 3 {column}s" in finding.why for finding in findings)


def test_models_of_another_key_are_no_news(found: Any) -> None:
    """What another key of the owner has long used is new to nobody."""
    others = [{**row, "credential_id": "key-2", "time": at(-5000)} for row in many("model", 4)]
    assert found(RULE, [*HISTORY, *others, *many("model", 4)]) == []


def test_an_idle_key_has_no_regions_to_compare_with(found: Any) -> None:
    """Regions are kept for two days: of a key that was not in use then, nobody can say which are new."""
    idle = steady(9, every=1, until=-3 * 24 * 60, model="model-1", region="eu-central-1", **OWN_KEY)
    assert found(RULE, [*idle, *many("region", 5)]) == []


def test_at_home_it_is_an_evaluation(found: Any) -> None:
    """From a network of the owner it is info; from one that came with it, low."""
    home = [{**row, "src_net": "192.0.2.0/24", "src_ip": "192.0.2.9"} for row in many("model", 3)]
    assert [finding.severity for finding in found(RULE, [*HISTORY, *home])] == ["info"]
    (away,) = found(RULE, [*HISTORY, *many("model", 3)])
    assert away.severity == "low"
    assert "from a network that is new to its owner too" in away.why


def test_a_deployment_by_a_newcomer_is_no_more_than_info(found: Any) -> None:
    """Administrators are seen when they act: that one is new says little by itself."""
    deploy = {
        "source": "azure.activity", "provider": "azure.ai.openai", "activity": "change_deployment", "client": None,
        "credential_id": None, "principal_id": "p-9",
        "operation": "Microsoft.CognitiveServices/accounts/deployments/write",
    }  # fmt: skip
    (finding,) = found(RULE, [*HISTORY, deploy])
    assert finding.severity == "info"
    assert "made a deployment (Microsoft.CognitiveServices/accounts/deployments/write)" in finding.why
