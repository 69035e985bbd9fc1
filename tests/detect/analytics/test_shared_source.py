"""LJ-17: who counts as unrelated, what is told, and whose keys are named."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.shared_source import RULE
from seawall.detect.examples.example import at
from seawall.detect.examples.shared_source import home, pool
from seawall.detect.settings import KnownNetwork, Owner, Settings

POOL = pool(4, 20)


def test_owners_of_one_group_are_not_unrelated(found: Any) -> None:
    """Owners that the owners file puts into one group count once."""
    grouped = Settings(owners=tuple(Owner(f"owner-{number}", "the firm") for number in (1, 2, 3)))
    assert found(RULE, POOL, settings=grouped) == []
    assert found(RULE, POOL, settings=Settings(owners=grouped.owners[:2]))


def test_a_known_network_is_no_news(found: Any) -> None:
    """The operator's own exit is not told of."""
    assert found(RULE, POOL, settings=Settings(networks=(KnownNetwork("198.51.100.0/24", "VPN"),))) == []


def test_one_finding_per_network(found: Any) -> None:
    """The finding is about the network, opens with the third owner, and names every key as context."""
    (finding,) = found(RULE, POOL)
    assert (finding.severity, finding.owner_id, finding.credential_id) == ("low", None, None)
    assert finding.opened_at == "2026-01-05T12:40:00Z"
    named = {(entity.type, entity.role) for entity in finding.entities}
    assert named == {("network", "subject"), ("owner", "context"), ("credential", "context")}
    assert [entity.value for entity in finding.entities if entity.type == "credential"] == [
        "key-1", "key-2", "key-3", "key-4",
    ]  # fmt: skip
    assert "used 3 keys of 3 owners" in finding.why
    assert "all with curl" in finding.why


def test_clients_that_differ_are_said_to(found: Any) -> None:
    """The sentence tells a tool from a crowd, and the confidence follows."""
    (tool,) = found(RULE, POOL)
    (crowd,) = found(RULE, [{**row, "client": row["credential_id"]} for row in POOL])
    assert "with clients that differ" in crowd.why
    assert crowd.confidence < tool.confidence


@pytest.mark.parametrize(("settled", "fires"), [(2, True), (3, False)])
def test_a_public_egress_is_no_news(found: Any, settled: int, fires: bool) -> None:
    """Where three unrelated owners have been at home for a week, newcomers with tools of their own are no news."""
    there = [{**row, "owner_id": f"old-{row['owner_id']}"} for row in home(settled, 30)]
    people = [{**row, "client": row["credential_id"]} for row in POOL]
    opened = [finding.opened_at for finding in found(RULE, [*there, *people])]
    assert any(moment >= "2026-01-05" for moment in opened) is fires


def test_a_trickle_at_a_public_egress(found: Any) -> None:
    """Newcomers with one tool who come two days apart are never three within three days, so no wave."""
    there = [{**row, "owner_id": f"old-{row['owner_id']}"} for row in home(3, 30)]
    findings = found(RULE, [*there, *pool(6, 2 * 1440)])
    assert all(finding.opened_at < "2026-01-05" for finding in findings)


def test_a_wave_at_a_public_egress(found: Any) -> None:
    """Three newcomers with one tool are told with their number and time, and whoever else comes then is not named."""
    there = [{**row, "owner_id": f"old-{row['owner_id']}"} for row in home(3, 30)]
    other = {**POOL[3], "client": "axios", "time": at(50)}
    wave = max(found(RULE, [*there, *POOL[:3], other]), key=lambda finding: finding.opened_at)
    assert "used 3 keys of 3 owners" in wave.why
    assert "within 3 days, all with curl" in wave.why
    assert {entity.value for entity in wave.entities if entity.type == "credential"} == {"key-1", "key-2", "key-3"}


def test_a_settled_owners_new_key_is_no_victim(found: Any) -> None:
    """Two newcomers and an owner at home who takes a new key are two, not three."""
    there = [{**row, "owner_id": "at-home"} for row in home(1, 30)]
    new_key = {**POOL[0], "owner_id": "at-home", "credential_id": "fresh", "time": at(50)}
    assert found(RULE, [*there, *POOL[:2], new_key]) == []
