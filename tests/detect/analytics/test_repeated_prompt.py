"""LJ-24: how often, and what the hashes of prompts say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from seawall.detect.analytic import Call
from seawall.detect.analytics.repeated_prompt import RULE, hashed
from seawall.detect.examples.example import OWN_KEY, STRANGE, at, steady
from seawall.detect.match import Match

NOON = datetime(2026, 1, 5, 12)  # noqa: DTZ001  # matches hold UTC without a zone
CANDIDATE = Match(
    rule=RULE.id, owner_key="owner-1", owner_id="owner-1", subject="key-1", src_net=None, opened_at=NOON, first=NOON,
    last=NOON, events=130, severity="low", confidence=0.25, figures='{"same":130,"proof":"none"}',
)  # fmt: skip


def calls(*hashes: str | None) -> list[Call]:
    """Return a call with each hash."""
    return [Call(NOON, "infer", "success", "model-1", None, each, None) for each in hashes]


@pytest.mark.parametrize(("count", "fires"), [(99, False), (100, True)])
def test_a_hundred_of_one_length(found: Any, count: int, fires: bool) -> None:
    """A hundred prompts of one length within the hour are told of when their bucket is over."""
    flood = [
        {**STRANGE, **OWN_KEY, "input_tokens": 411, "time": at(10 + 4 * number / count)} for number in range(count)
    ]
    findings = found(RULE, [*steady(5, every=1, input_tokens=900, **OWN_KEY), *flood, {"time": at(90)}])
    assert [finding.opened_at for finding in findings] == (["2026-01-05T12:15:00Z"] if fires else [])


def test_hashes_confirm_or_clear() -> None:
    """One hash on most prompts confirms the flood, many hashes clear it; without hashes it stands as it is."""
    assert hashed(CANDIDATE, calls(*[None] * 130)) == CANDIDATE
    kept = hashed(CANDIDATE, calls(*["a"] * 110, *"bcdefghij"))
    assert kept is not None
    assert kept.confidence > CANDIDATE.confidence
    assert "110 of 119 are the same prompt" in kept.figures
    assert hashed(CANDIDATE, calls(*map(str, range(130)))) is None
    assert hashed(CANDIDATE, calls(*["a"] * 110, *map(str, range(130)))) is None
