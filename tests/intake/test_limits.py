"""Limits: one frozen set of bounds."""

from __future__ import annotations

import pytest

from seawall.intake.limits import Limits


def test_limits_cannot_be_widened_on_the_way() -> None:
    """What a run was started with holds to its end."""
    with pytest.raises(AttributeError):
        Limits().record_bytes = 1 << 40  # type: ignore[misc]


def test_defaults_are_those_of_the_design() -> None:
    """The documented bounds are the ones in force."""
    limits = Limits()
    assert (limits.record_bytes, limits.record_depth, limits.sample_bytes) == (16 << 20, 64, 200)
    assert (limits.ratio, limits.ratio_from_bytes, limits.stream_bytes) == (200, 100 << 20, 64 << 30)
    assert (limits.archive_members, limits.archive_depth) == (100_000, 2)
