"""LJ-17A: what counts as taking turns."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.key_alternation import RULE
from seawall.detect.examples.example import at
from seawall.detect.examples.shared_source import home, pool
from seawall.detect.settings import Owner, Settings


@pytest.mark.parametrize(("apart", "fires"), [(4.9, True), (5, False)])
def test_whole_buckets(found: Any, apart: float, fires: bool) -> None:
    """Two owners' keys take turns when both are used in one bucket of five minutes."""
    assert bool(found(RULE, pool(2, apart))) is fires


def test_alone_it_is_only_a_hint(found: Any) -> None:
    """It opens with the second key and stays at `info`."""
    (finding,) = found(RULE, pool(2, 1))
    assert (finding.severity, finding.opened_at) == ("info", "2026-01-05T12:01:00Z")


def test_related_owners_do_not_alternate(found: Any) -> None:
    """Keys of owners of one group are one customer's."""
    grouped = Settings(owners=(Owner("owner-1", "the firm"), Owner("owner-2", "the firm")))
    assert found(RULE, pool(2, 1), settings=grouped) == []


def test_an_owner_at_home_is_left_out(found: Any) -> None:
    """After a week on a network, an owner's use beside a newcomer's is no sign of a pool."""
    rows = [*home(1, 8), {**pool(1, 1)[0], "time": at(1)}, {**pool(2, 1)[1], "time": at(2)}]
    assert found(RULE, rows) == []
