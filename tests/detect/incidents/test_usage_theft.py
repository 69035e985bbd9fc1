"""The incident *stolen key in use (usage only)*: what opens it, and what it says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from seawall.detect.engine import Engine
from seawall.detect.examples.check import failures
from seawall.detect.examples.example import at, events
from seawall.detect.examples.usage_theft import FIRES
from seawall.detect.incidents import usage_theft
from seawall.detect.match import Match
from seawall.store import Views

FIGURES = (
    '{"what":"did something","operation":"an.act","standing":"","calls":900,"busiest":20,"cost":9.5,"hours":1.0,'
    '"costliest":1,"per_day":9}'
)


def match(rule: str, hour: float, subject: str = "user-1", net: str | None = None, severity: Any = "low") -> Match:
    """Return a match of the owner, so many hours after noon."""
    moment = datetime.fromisoformat(at(60 * hour))
    return Match(rule, "org-1", "org-1", subject, net, moment, moment, moment, 1, severity, 0.3, FIGURES)


def test_its_examples() -> None:
    """It fires in the examples in which it must, and in no other."""
    assert failures(usage_theft.RULE) == []


@pytest.mark.parametrize(
    ("opener", "hours", "net", "severity"),
    [
        (match("LJ-30", 0), 5, None, ["medium"]),
        (match("LJ-30-identity", 0), 5, None, ["medium"]),
        (match("LJ-30", 0, severity="info"), 5, None, ["low"]),
        (match("LJ-30", 0), 7 * 24, None, ["medium"]),
        (match("LJ-30", 0), 7 * 24 + 1, None, []),
        (match("LJ-30", 0), -1, None, []),
        (match("LJ-30", 0), 5, "198.51.100.0/24", []),
    ],
)
def test_what_makes_it(opener: Match, hours: float, net: str | None, severity: list[str]) -> None:
    """A change of use that names no network, within a week of a weakening; after a new key alone it is low."""
    strikes = usage_theft.assemble([opener, match("LJ-26", hours, "key-1", net)], {})
    assert [strike.severity for strike in strikes] == severity


def test_says_which_key_and_who() -> None:
    """The finding is about the owner; the sentence names the keys, what they did and who opened the door."""
    with Views(threads=1) as views:
        engine = Engine(views, incident_rules=(usage_theft.RULE,))
        views.con.register("batch", events(FIRES[0].rows))
        engine.add("batch")
        (incident,) = (finding for finding in engine.findings() if finding.rule == usage_theft.RULE.id)
    assert (incident.owner_id, incident.credential_id, incident.severity) == ("owner-1", None, "medium")
    assert incident.why.startswith("user-1 ")
    assert " at owner-1, and within a week key-1 " in incident.why
    assert "key-1 made 900 calls in one hour" in incident.why
    assert ("credential", "key-1") in {(entity.type, entity.value) for entity in incident.entities}
    assert incident.opened_at == "2026-01-05T15:00:00Z"


def use(rule: str, hour: float, width: int = 3600) -> Match:
    """Return a match of one key's usage buckets, or of its single calls (width 0)."""
    figures = (
        f'{{"width":{width},"calls":900,"busiest":20,"tokens":9000,"hours":5,"active":9,"days":12,"model":"m","what":'
        '"calls","today":900,"yesterday":800,"usual":20,"cost":9.5,"costliest":1,"per_day":9}'
    )
    return msgspec.structs.replace(match(rule, hour, "key-1"), figures=figures)


def test_a_key_used_out_of_character_for_days_is_enough() -> None:
    """More calls, out of hours, for three days are medium without any weakening; one night of it is not."""
    nights = [use("LJ-33", 24 * day) for day in range(3)]
    assert usage_theft.assemble([use("LJ-38", 30), nights[0]], {}) == []
    (strike,) = usage_theft.assemble([use("LJ-38", 30), *nights], {})
    assert (strike.severity, strike.opened_at) == ("medium", nights[-1].opened_at)


def test_single_calls_are_none_of_its_business() -> None:
    """What is counted from single calls belongs to the incidents that know whence they came."""
    calls = [use("LJ-38", 30, 0), *(use("LJ-33", 24 * day, 0) for day in range(3))]
    assert usage_theft.assemble(calls, {}) == []
