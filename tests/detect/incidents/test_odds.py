"""How evidence adds up: laws of the weights, whatever the rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.detect import ANALYTICS
from seawall.detect.incidents import odds

FAMILIES = {rule.id: rule.family for rule in ANALYTICS}
SETS = st.sets(st.sampled_from(sorted(odds.WEIGHTS)))


def test_every_weight_is_of_a_rule_that_there_is() -> None:
    """A weight names a rule of ours, with shares of which the stolen keys' is the greater, or they say nothing."""
    for rule, shares in (*odds.WEIGHTS.items(), *odds.USAGE.items()):
        assert rule in FAMILIES
        assert 0 < shares.honest <= shares.stolen <= 1


@given(SETS, st.sampled_from(sorted(odds.WEIGHTS)), st.floats(0, 2))
def test_more_evidence_never_says_less(rules: set[str], one: str, source: float) -> None:
    """A further rule never lowers the sum, nor does a weightier source."""
    known = odds.total(rules, FAMILIES, source)
    assert odds.total({*rules, one}, FAMILIES, source) >= known - 1e-9
    assert odds.total(rules, FAMILIES, source + 0.5) >= known


@given(st.sets(st.sampled_from(sorted(rule for rule in odds.WEIGHTS if FAMILIES[rule] in odds.NEWCOMER))))
def test_what_newcomers_bring_is_bounded(rules: set[str]) -> None:
    """However much an honest newcomer brings along, it does not make a theft by itself."""
    # a flood, or a key that nobody needed, is not what newcomers bring
    assert odds.total(rules - {"LJ-37", "LJ-24"}, FAMILIES) <= 1.7


@given(st.integers(0, 400), st.integers(0, 30), st.sampled_from(["all", "strong", "weak", "slight"]))
def test_a_source_says_more_to_those_who_know_their_keys(days: int, restless: int, strength: str) -> None:
    """Each day of history adds to what a new source says, and each day on which the key was somewhere new takes."""
    weight = odds.arrival(strength, days, restless)
    assert 0 <= weight <= odds.arrival(strength, days + 1, restless)
    assert odds.arrival(strength, days, restless + 1) <= weight
    assert weight <= odds.arrival("all", days, restless)


@pytest.mark.parametrize(("log_odds", "sure"), [(-2, 0.01), (0, 0.5), (1, 0.91), (9, 0.97)])
def test_confidence(log_odds: float, sure: float) -> None:
    """Even odds are one half, ten to one are nine in ten; nobody is ever quite sure."""
    assert odds.confidence(log_odds) == sure


def test_a_batch_job_is_no_theft_until_it_lasts() -> None:
    """Hours, volume and purpose at once are one job; on a third night, or after a weakening, it is more."""
    batch = {"LJ-21", "LJ-33", "LJ-34"}
    once = odds.of_usage(batch, nights=False, weakened=False)
    assert odds.of_usage({*batch, "LJ-22", "LJ-38"}, nights=False, weakened=False) == pytest.approx(once)
    assert odds.of_usage(batch, nights=True, weakened=False) > once + 0.5
    assert odds.of_usage(batch, nights=False, weakened=True) > once + 0.5
