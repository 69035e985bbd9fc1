"""Episodes: when a finding opens, grows, ends, and what becomes of it when late events move its start."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.analytics.denied_model_sweep import RULE
from seawall.detect.engine import Engine
from seawall.detect.examples.check import examples, judged
from seawall.detect.examples.example import at, events
from seawall.detect.findings import findings
from seawall.detect.incidents import INCIDENTS
from seawall.detect.match import QUIET, Match, episodes, total_order
from seawall.detect.memory import Memory
from seawall.model import SEVERITIES, Finding
from seawall.store import Views
from seawall.store.home import Home

START: Final = datetime.fromisoformat("2026-01-05T12:00:00")
#: Hours at which a subject's rule matched, how long each match lasted, and how grave it was.
RUNS = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 50), st.sampled_from(SEVERITIES)), min_size=1, max_size=12
)


def match(hour: float, lasted: float = 0, severity: Any = "low", rule: str = RULE.id) -> Match:
    """Return a match of one subject, so many hours after the start."""
    opened = START + timedelta(hours=hour)
    last = opened + timedelta(hours=lasted)
    return Match(rule, "o", "o", "key", None, opened, opened, last, 1, severity, 0.3, '{"models":3}')


def of(runs: Iterable[tuple[int, int, str]]) -> list[Match]:
    """Return a match for each run, each once."""
    return list({match(hour, lasted, severity) for hour, lasted, severity in runs})


@given(RUNS, st.integers(0, 100))
@settings(max_examples=50, deadline=None)
def test_episodes_are_a_partition_by_quiet(runs: list[tuple[int, int, str]], seed: int) -> None:
    """Every match is in one episode; between two there are more than seven quiet days, and within one never."""
    matches = of(runs)
    made = list(episodes(random.Random(seed).sample(matches, len(matches))))
    assert [each for run in made for each in run] == sorted(matches, key=total_order)
    for run, later in pairwise(made):
        assert later[0].opened_at - max(each.last for each in run) > QUIET
    for run in made:
        for place in range(1, len(run)):
            assert run[place].opened_at - max(each.last for each in run[:place]) <= QUIET


@given(RUNS, st.integers(0, 1400))
@settings(max_examples=50, deadline=None)
def test_a_finding_says_when(runs: list[tuple[int, int, str]], hour: int) -> None:
    """It opened with its first match, is as grave as its gravest since the first of those, and ends as its episode."""
    matches = of(runs)
    now = max(START + timedelta(hours=hour), *(each.opened_at for each in matches))
    for finding, run in zip(findings(RULE, matches, now), episodes(matches), strict=True):
        opened, grave = datetime.fromisoformat(finding.opened_at), datetime.fromisoformat(finding.severity_at)
        assert opened.replace(tzinfo=None) == run[0].opened_at
        assert SEVERITIES.index(finding.severity) == max(SEVERITIES.index(each.severity) for each in run)
        assert grave.replace(tzinfo=None) == min(e.opened_at for e in run if e.severity == finding.severity)
        last = max(each.last for each in run)
        assert finding.status == ("closed" if now - last > QUIET else "open")


@given(RUNS, st.integers(0, 100))
@settings(max_examples=50, deadline=None)
def test_what_is_closed_stays_closed(runs: list[tuple[int, int, str]], cut: int) -> None:
    """Matches that open after an episode ended, and time, leave a closed finding as it is."""
    matches = sorted(of(runs), key=total_order)
    cut = min(cut, len(matches))
    now = matches[cut - 1].opened_at if cut else START
    closed = [each for each in findings(RULE, matches[:cut], now) if each.status == "closed"]
    later = findings(RULE, matches, now + timedelta(days=90))
    assert [each for each in later if each.id in {old.id for old in closed}] == closed


@pytest.mark.parametrize("rule", INCIDENTS, ids=lambda rule: rule.id)
def test_an_incident_ends_with_its_episode(rule: Any) -> None:
    """An incident is open while it runs; seven quiet days after its last use it is closed, and otherwise the same."""
    example = examples(rule)[0][0]
    (running, *_) = judged(example, rule)
    last = datetime.fromisoformat(running.last_event_time).replace(tzinfo=None)
    later = (last + QUIET + timedelta(hours=2)).isoformat()
    elsewhere = {"time": later, "owner_id": "bystander", "credential_id": "bystander-key", "src_net": None}
    ended = judged(msgspec.structs.replace(example, rows=(*example.rows, elsewhere)), rule)
    assert running.status == "open"
    (over,) = [each for each in ended if each.id == running.id]
    assert over == msgspec.structs.replace(running, status="closed")


def sweep(hour: float) -> list[dict[str, Any]]:
    """Return four models refused, a minute apart."""
    return [{"time": at(60 * hour + each), "outcome": "denied", "model": f"model-{each}"} for each in range(4)]


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterable[Memory]:
    """Return a memory of its own."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    with Memory(Home.open(), ["logs"]) as opened:
        yield opened


def run(*sweeps: float) -> list[Finding]:
    """Return what one rule finds in sweeps at these hours."""
    with Views(threads=1) as views:
        engine = Engine(views, rules=(RULE,), incident_rules=())
        for hour in sweeps:
            views.con.register("batch", events(sweep(hour)))
            engine.add("batch")
        return engine.findings()


@pytest.mark.parametrize(
    ("late", "stands"),
    [(-30, 1), (40 * 24, 2), (5 * 24, 1)],
    ids=["before the start, the day before", "long after: an episode of its own", "within the episode"],
)
def test_a_late_sweep_moves_or_adds(memory: Memory, late: float, stands: int) -> None:
    """A late event that moves the start makes a finding that supersedes the old one, and is not told as new."""
    first = run(0)
    memory.told(memory.new(first))
    then = run(0, late)
    assert len(then) == stands
    fresh = memory.new(then)
    moved = then[0].id != first[0].id
    assert moved is (late < 0)
    assert [each.id for each in fresh] == ([each.id for each in then[1:]])
    if moved:
        assert memory.current(first[0].id) == then[0].id


def test_a_late_sweep_between_joins_two(memory: Memory) -> None:
    """Two episodes that a late event joins become one: the second is superseded by the first."""
    two = run(0, 12 * 24)
    memory.told(memory.new(two))
    (one,) = run(0, 12 * 24, 6 * 24)
    assert memory.new([one]) == []
    assert one.id == two[0].id == memory.current(two[1].id)


def test_what_is_accepted_is_closed(memory: Memory) -> None:
    """A finding that an analyst accepted is neither told nor withdrawn; afterwards it stands again, as told or not."""
    (finding,) = run(0)
    assert memory.new([], [finding]) == []
    assert [each.status for each in memory.known()] == ["closed"]
    assert memory.new([finding]) == [finding]
    assert [each.status for each in memory.known()] == ["open"]
