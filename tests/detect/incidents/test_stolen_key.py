"""The incident *stolen key in use*: how much evidence a new source wants, and what counts as evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from seawall.detect import ANALYTICS
from seawall.detect.examples.check import failures
from seawall.detect.examples.example import at
from seawall.detect.incidents import stolen_key
from seawall.detect.match import Match

FAMILIES = {rule.id: rule.family for rule in ANALYTICS}
NET, ELSEWHERE = "198.51.100.0/24", "203.0.113.0/24"


def match(rule: str, minute: int, net: str | None = NET, **figures: Any) -> Match:
    """Return a match of the key; its figures as text."""
    moment = datetime.fromisoformat(at(minute))
    figure = msgspec.json.encode(figures).decode()
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
        (("LJ-17",), [], []),  # a hosted tool has other owners' keys too
        (("LJ-15",), ["medium"], []),
        (("LJ-05",), ["medium"], []),
        (("LJ-05", "LJ-06"), ["medium"], []),  # one family
        (("LJ-05", "LJ-15"), ["medium"], ["medium"]),  # places make nothing high
        (("LJ-05", "LJ-17"), ["medium"], ["medium"]),
        (("LJ-05", "LJ-21"), ["high"], ["medium"]),
    ],
)
def test_evidence(rules: tuple[str, ...], strong: list[str], weak: list[str]) -> None:
    """A strong source wants one family of evidence, a weak one two; two families of acts make a strong one high."""
    assert (told("strong", *rules), told("weak", *rules)) == (strong, weak)


def test_evidence_is_from_the_source() -> None:
    """What is known to come from another network, or long before or after, is no evidence; what has none, is."""
    source = match("LJ-14", 0, strength="strong")
    for minute, net in ((5, ELSEWHERE), (-61, NET), (8 * 1440, NET)):
        assert stolen_key.assemble([source, match("LJ-05", minute, net)], FAMILIES) == []
    assert stolen_key.assemble([source, match("LJ-21", 5, None)], FAMILIES)


def test_it_opens_when_it_is_enough() -> None:
    """The time of opening is that of the evidence that made it, not that of the first oddity."""
    matches = [match("LJ-14", 0, strength="weak"), match("LJ-17", 3), match("LJ-05", 9), match("LJ-27", 20)]
    (strike,) = stolen_key.assemble(matches, FAMILIES)
    assert strike.opened_at == strike.severity_at == datetime.fromisoformat(at(9))
    assert len(strike.parts) == 4
    assert "the new source alone says little" in strike.why
