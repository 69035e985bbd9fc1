"""The incident *stolen key in use*: how much evidence a new source wants, and what counts as evidence."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect import ANALYTICS
from seawall.detect.examples.check import failures
from seawall.detect.examples.example import at
from seawall.detect.incidents import stolen_key
from seawall.detect.match import Match

FAMILIES = {rule.id: rule.family for rule in ANALYTICS}
NET, ELSEWHERE = "198.51.100.0/24", "203.0.113.0/24"
#: Figures of every rule, for the sentence.
FIGURES = {
    "days": 9, "what": "did something", "models": 4, "unlocked": "", "model": "model-1", "operation": "GetLogging",
    "countries": 3, "minutes": 5, "km": 9000, "calls": 2000, "busiest": 20, "cost": 12.5, "hours": 1.0,
    "costliest": 0.25, "blocked": 6, "tried": 8,
    "listings": 3, "nets": 4, "habit": "all new", "user": "", "per_day": 300.0, "count": 2, "at_home": False,
    "strength": "strong",
    "refused": 5, "standing": "", "tokens": 9000, "active": 12, "categories": "sexual",
}  # fmt: skip


def match(rule: str, minute: int, net: str | None = NET, **figures: Any) -> Match:
    """Return a match of the key; its figures as text."""
    moment = datetime.fromisoformat(at(minute))
    figure = msgspec.json.encode(FIGURES | figures).decode()
    return Match(rule, "owner-1", "owner-1", "key-1", net, moment, moment, moment, 1, "low", 0.3, figure)


def told(strength: str, *rules: str) -> list[str]:
    """Return the severities of the thefts that a novel source makes with one match of each rule, minutes later."""
    matches = [match("LJ-14", 0, strength=strength)]
    matches += [match(rule, minute) for minute, rule in enumerate(rules, 1)]
    return [strike.severity for strike in stolen_key.assemble(matches, FAMILIES)]


def test_its_examples() -> None:
    """It fires in the examples in which it must, and in no other."""
    assert failures(stolen_key.RULE) == []


@pytest.mark.parametrize(
    ("rules", "strong", "weak"),
    [
        ((), [], []),
        (("LJ-16",), [], []),  # the same fact again
        (("LJ-15",), [], []),
        (("LJ-17",), [], []),  # a hosted tool has other owners' keys too
        (("LJ-21",), [], []),  # and a newcomer's batch job is larger than what was
        (("LJ-21", "LJ-33", "LJ-34", "LJ-36"), ["medium"], []),  # what newcomers bring, all at once
        (("LJ-05",), ["medium"], []),  # a probe is more than that
        (("LJ-05", "LJ-06"), ["medium"], ["medium"]),  # a list is what tools ask for
        (("LJ-05", "LJ-15"), ["medium"], ["medium"]),  # places make nothing high
        (("LJ-05", "LJ-17"), ["medium"], []),
        (("LJ-05", "LJ-21"), ["medium"], ["medium"]),
        (("LJ-05", "LJ-21", "LJ-36"), ["high"], ["medium"]),
        (("LJ-04", "LJ-05", "LJ-07"), ["high"], ["medium"]),  # three kinds of probes
        (("LJ-08", "LJ-21"), ["high"], ["medium"]),
        (("LJ-21", "LJ-26"), [], []),
    ],
)
def test_evidence(rules: tuple[str, ...], strong: list[str], weak: list[str]) -> None:
    """What newcomers bring is hardly enough; acts of thieves are, and with others of another kind they are high."""
    assert (told("strong", *rules), told("weak", *rules)) == (strong, weak)


def test_evidence_is_from_the_source() -> None:
    """What is known to come from another network, or long before or after, is no evidence; what has none, is."""
    source = match("LJ-14", 0, strength="strong")
    for minute, net in ((5, ELSEWHERE), (-61, NET), (8 * 1440, NET)):
        assert stolen_key.assemble([source, match("LJ-05", minute, net)], FAMILIES) == []
    assert stolen_key.assemble([source, match("LJ-28", 5, None)], FAMILIES)


def test_it_opens_when_it_is_enough() -> None:
    """The time of opening is that of the evidence that made it, not that of the first oddity."""
    matches = [match("LJ-14", 0, strength="weak"), match("LJ-36", 3), match("LJ-05", 9), match("LJ-27", 20)]
    (strike,) = stolen_key.assemble(matches, FAMILIES)
    assert strike.opened_at == strike.severity_at == datetime.fromisoformat(at(9))
    assert len(strike.parts) == 4
    assert "the new source alone says little" in strike.why


def test_the_sentence_has_the_figures() -> None:
    """What was done is told in order, with the figures of its rules, and with what an innocent cause would be."""
    matches = [match("LJ-14", 0, strength="strong"), match("LJ-27", 3), match("LJ-22", 9, None), match("LJ-05", 20)]
    (strike,) = stolen_key.assemble(matches, FAMILIES)
    assert strike.why == (
        "key-1 appeared from 198.51.100.0/24, which it had never used in 9 days of history, and had 6 of 8 calls"
        " refused by a content filter within an hour, and then got one through; cost 12.5 USD in 1 h, 300 USD a day at"
        " that rate; and was refused 4 different models within 10 minutes. Could also be: somebody of the owner who"
        " moved to a new place and began new work there."
    )


def crowd(rng: random.Random, number: int, nets: int) -> list[Match]:
    """Return matches of one key from so many networks within a fortnight, some of which name none."""
    rules = ("LJ-14", "LJ-14", "LJ-05", "LJ-06", "LJ-10", "LJ-21", "LJ-27")
    return [
        match(
            rng.choice(rules),
            rng.randrange(20_000),
            f"2001:db8:{rng.randrange(nets):x}::/48" if rng.random() > 0.2 else None,
            strength=rng.choice(("strong", "weak")),
        )
        for _ in range(number)
    ]


def every_pair(matches: list[Match]) -> set[Match]:
    """Return openers and evidence that go together, by looking at every pair."""
    found = set()
    for one in matches:
        for other in matches:
            apart = other.opened_at - one.opened_at
            novel = (
                one.rule == "LJ-14"
                and other.rule in stolen_key.EVIDENCE
                and (None in {one.src_net, other.src_net} or one.src_net == other.src_net)
            )
            chain = one.rule == "LJ-06" and other.rule == "LJ-10"
            if (novel and -stolen_key.BEFORE <= apart <= stolen_key.AFTER) or (
                chain and -stolen_key.CHAIN <= apart <= timedelta()
            ):
                found |= {one, other}
    return found


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_parts_are_all_that_goes_together(seed: int) -> None:
    """Bisection finds what looking at every pair finds; and the order in which matches come changes nothing."""
    rng = random.Random(seed)
    matches = crowd(rng, 40, 5)
    strikes = stolen_key.assemble(matches, FAMILIES)
    assert stolen_key.assemble(rng.sample(matches, len(matches)), FAMILIES) == strikes
    assert {part for strike in strikes for part in strike.parts} <= every_pair(matches)
    strong = [msgspec.structs.replace(each, figures=each.figures.replace('"weak"', '"strong"')) for each in matches]
    parts = {part for strike in stolen_key.assemble(strong, FAMILIES) for part in strike.parts}
    assert len(parts) >= len(every_pair(strong)) - len([each for each in strong if each.rule == "LJ-14"])


def test_a_key_used_from_everywhere_is_judged_in_time() -> None:
    """One key with matches from 5,000 networks is assembled within two seconds, in a sentence of a few lines."""
    matches = crowd(random.Random(5), 12_000, 5_000)
    begun = time.process_time()
    strikes = stolen_key.assemble(matches, FAMILIES)
    assert time.process_time() - begun < 2
    assert sum(len(strike.parts) for strike in strikes) > 5_000
    assert max(len(strike.why) for strike in strikes) < 1_000


def test_a_place_of_many_owners_says_little() -> None:
    """Where keys of other owners are new as well, a new source weighs no more than one without a client's name."""
    matches = [match("LJ-14", 0, strength="strong", count=3), match("LJ-34", 2), match("LJ-36", 5)]
    assert [strike.severity for strike in stolen_key.assemble(matches, FAMILIES)] == ["medium"]
    assert stolen_key.assemble([*matches, match("LJ-17", 1)], FAMILIES) == []


def test_a_restless_key_is_seldom_news() -> None:
    """The key that was somewhere new on each of the days before is not stolen for being somewhere new today."""
    before = [match("LJ-14", -1440 * day, f"198.18.{day}.0/24") for day in range(2, 8)]
    now = [match("LJ-14", 0, strength="strong"), match("LJ-05", 3)]
    assert [strike.severity for strike in stolen_key.assemble(now, FAMILIES)] == ["medium"]
    assert stolen_key.assemble([*before, *now], FAMILIES) == []
