"""LJ-19: what counts as not being there, how often, and from where."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.paths_tried import RULE
from seawall.detect.examples.example import OWN_KEY, STRANGE, Row, at


def lost(count: int, status: int = 404, **columns: Any) -> list[Row]:
    """Return calls for so many paths, a minute apart."""
    call = {**STRANGE, **OWN_KEY, "outcome": "invalid", "status_code": status, **columns}
    return [{**call, "operation": f"/v1/secret-{number}", "time": at(number)} for number in range(count)]


@pytest.mark.parametrize(
    ("count", "status", "fires"), [(2, 404, False), (3, 404, True), (3, 405, True), (3, 410, True), (9, 429, False)]
)
def test_three_paths(found: Any, count: int, status: int, fires: bool) -> None:
    """Three paths within the hour that HTTP says are not there are told of."""
    findings = found(RULE, lost(count, status))
    assert bool(findings) is fires
    assert all("3 paths or versions that the service does not have, /v1/secret-0" in each.why for each in findings)


def test_each_network_is_looked_at_by_itself(found: Any) -> None:
    """Two networks that each miss two paths are two clients with a wrong setting."""
    elsewhere = [{**row, "src_net": "198.18.7.0/24", "operation": f"{row['operation']}-b"} for row in lost(2)]
    assert found(RULE, [*lost(2), *elsewhere]) == []
