"""LJ-29: who made it, how soon it was used, and whence."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.planted_key import RULE
from seawall.detect.examples.example import STRANGE, Row, at, steady

MAKE: dict[str, Any] = {"activity": "create_key", "operation": "CreateServiceSpecificCredential"}
HISTORY: tuple[Row, ...] = (*steady(5), *steady(5, every=24, **MAKE, credential_id="key-admin"))
PLANTED: dict[str, Any] = {**STRANGE, "credential_id": "key-planted"}


@pytest.mark.parametrize(("minutes", "fires"), [(0.1, True), (1430, True), (1450, False)])
def test_within_a_day(found: Any, minutes: float, fires: bool) -> None:
    """A key that is used within a day of being made is told of, a later one is not."""
    assert bool(found(RULE, [*HISTORY, {**MAKE, **STRANGE}, {**PLANTED, "time": at(minutes)}])) is fires


def test_the_new_key_is_the_subject_and_its_maker_is_named(found: Any) -> None:
    """The finding is about the new credential; the sentence says who made it and what was odd about that."""
    rows = [*HISTORY, {**MAKE, **STRANGE, "credential_id": "key-9"}, {**PLANTED, "time": at(6)}]
    (finding,) = found(RULE, rows)
    assert finding.credential_id == "key-planted"
    assert "6 minutes after key-9, who was never seen at this owner before, had made a key" in finding.why


def test_a_credential_that_the_owner_had_is_not_new(found: Any) -> None:
    """An old credential that moves to a new network was not made just now."""
    old = {**PLANTED, "src_net": "192.0.2.0/24", "time": at(-3000)}
    assert found(RULE, [*HISTORY, old, {**MAKE, **STRANGE}, {**PLANTED, "time": at(6)}]) == []
