"""The state: what stands, what changed, what was told; nothing is ever deleted."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import Entity, Finding, IncompleteError
from seawall.store.state import UNSUPPORTED, State

NOW = datetime(2026, 1, 10, tzinfo=UTC)


def finding(
    id_: str = "f1", subject: str = "key-a", first: str = "05T10", last: str = "05T12", **more: object
) -> Finding:
    """Return a finding about a credential; times are the day of January 2026 and the hour."""
    fields = {
        "rule": "LJ-05", "title": "A title", "severity": "low", "confidence": 0.5,
        "entities": (Entity("credential", subject, "subject"),), "credential_id": subject,
        "opened_at": f"2026-01-{first}:00:00Z", "severity_at": f"2026-01-{first}:00:00Z",
        "first_event_time": f"2026-01-{first}:00:00Z", "last_event_time": f"2026-01-{last}:00:00Z",
    }  # fmt: skip
    return Finding(id=id_, **{**fields, **more})  # type: ignore[arg-type]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """Return an empty state."""
    with State(tmp_path / "state.sqlite") as opened:
        yield opened


def ids(findings: object) -> list[str]:
    """Return the ids of findings."""
    return [each.id for each in findings]  # type: ignore[attr-defined]


RUNS = st.lists(
    st.dictionaries(
        st.sampled_from("abcdef"), st.tuples(st.integers(1, 5), st.sampled_from(["low", "high"])), max_size=6
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=20, deadline=None)
@given(runs=RUNS)
def test_what_was_found_last_is_what_stands(runs: list[dict[str, tuple[int, str]]]) -> None:
    """After any row of runs the last one's findings stand, the others are withdrawn with a reason, and none is gone."""
    with tempfile.TemporaryDirectory() as name, State(Path(name) / "state.sqlite") as state:
        ever: set[str] = set()
        before: dict[str, Finding] = {}
        for run in runs:
            now = {id_: finding(id_, subject=id_, event_count=n, severity=s) for id_, (n, s) in run.items()}
            changes = state.reconcile(now.values())
            assert set(ids(changes.opened)) == now.keys() - before.keys()
            assert set(ids(changes.withdrawn)) == before.keys() - now.keys()
            assert set(ids(changes.changed)) == {id_ for id_ in now.keys() & before if now[id_] != before[id_]}
            before, ever = now, ever | now.keys()
        assert {each.id: each for each in state.findings("open", "closed")} == before
        assert set(ids(state.findings())) == ever
        for id_ in ever:
            assert (state.withdrawal(id_) is None) == (id_ in before)


def test_the_same_again_changes_nothing(state: State) -> None:
    """A second run with the same findings reports no change."""
    found = [finding("f1"), finding("f2", "key-b")]
    state.reconcile(found)
    changes = state.reconcile(found)
    assert changes == type(changes)()


@pytest.mark.parametrize(
    ("new", "superseded"),
    [
        ({"first": "04T23", "last": "05T12"}, True),
        ({"first": "05T12", "last": "05T13"}, True),
        ({"first": "01T10", "last": "09T10"}, True),
        ({"first": "05T13", "last": "05T14"}, False),
        ({"subject": "key-b"}, False),
        ({"rule": "LJ-06"}, False),
        ({"owner_id": "another"}, False),
    ],
)
def test_a_moved_episode_is_superseded(state: State, new: dict[str, str], *, superseded: bool) -> None:
    """A vanished finding names the one of its rule and subject whose episode overlaps; without one it is withdrawn."""
    state.reconcile([finding("old")])
    changes = state.reconcile([finding("new", **new)])
    (gone,) = changes.superseded if superseded else changes.withdrawn
    assert (gone.id, gone.status) == ("old", "withdrawn")
    assert gone.superseded_by == ("new" if superseded else None)
    assert state.current("old") == ("new" if superseded else "old")
    assert state.withdrawal("old") == ("superseded by new" if superseded else UNSUPPORTED)
    assert ids(state.findings("withdrawn")) == ["old"]


def test_fractions_of_a_second_are_times(state: State) -> None:
    """An episode that begins a fraction after another ends does not overlap it, though its text sorts before."""
    state.reconcile([finding("old", last_event_time="2026-01-05T12:00:00Z")])
    changes = state.reconcile([finding("new", first_event_time="2026-01-05T12:00:00.500000Z", last="06T01")])
    assert ids(changes.withdrawn) == ["old"]


def test_pointers_follow_the_whole_way(state: State) -> None:
    """A finding that was superseded twice leads to the one that stands."""
    for id_ in ("one", "two", "three"):
        state.reconcile([finding(id_)])
    assert {state.current(id_) for id_ in ("one", "two", "three")} == {"three"}


def test_two_that_name_each_other_end(state: State) -> None:
    """Where findings came back and superseded each other in turn, following them ends."""
    for id_ in ("one", "two", "one", "two"):
        state.reconcile([finding(id_)])
    assert state.current("one") == "two"
    assert state.current("two") == "two"


def test_one_that_comes_back_is_open_again(state: State) -> None:
    """A withdrawn finding that is found again stands, without reason or successor."""
    state.reconcile([finding("f1")])
    state.reconcile([], reason="the rule was changed")
    assert state.withdrawal("f1") == "the rule was changed"
    assert ids(state.reconcile([finding("f1")]).opened) == ["f1"]
    assert state.withdrawal("f1") is None
    assert state.findings("open") == [finding("f1")]


def test_new_is_what_was_not_told(state: State) -> None:
    """`new_since_last_run` has what stands until it is reported; what is withdrawn is not news."""
    state.reconcile([finding("f1"), finding("f2", "key-b"), finding("f3", "key-c")])
    assert ids(state.new_since_last_run()) == ["f1", "f2", "f3"]
    state.reported([finding("f1")], NOW)
    state.reconcile([finding("f1", event_count=9), finding("f2", "key-b")])
    assert ids(state.new_since_last_run()) == ["f2"]


def test_what_grew_worse_is_new(state: State) -> None:
    """A finding that was told as low and is now high is told again; one that grew milder is not."""
    state.reconcile([finding("f1")])
    state.reported(state.new_since_last_run(), NOW)
    worse = finding("f1", severity="high")
    state.reconcile([worse])
    assert state.new_since_last_run() == [worse]
    state.reported([worse], NOW)
    state.reconcile([finding("f1", severity="medium")])
    assert state.new_since_last_run() == []


def test_a_moved_start_is_not_new(state: State) -> None:
    """What was told of a superseded finding counts for the one in its place."""
    state.reconcile([finding("old")])
    state.reported([finding("old")], NOW)
    state.reconcile([finding("new", first="04T10")])
    assert state.new_since_last_run() == []


def test_checkpoints_are_kept(tmp_path: Path) -> None:
    """A checkpoint is the last value saved under its name, in the next process too."""
    with State(tmp_path / "s") as state:
        assert state.checkpoint("lake") is None
        for value in (1, 2**40):
            state.save_checkpoint("lake", value, NOW)
    with State(tmp_path / "s") as state:
        assert (state.checkpoint("lake"), state.checkpoint("other")) == (2**40, None)


def test_two_may_reconcile_at_once(tmp_path: Path) -> None:
    """Of two processes each finishes its whole reconciliation; the state is that of one of them."""
    found = [[finding(f"{who}{n}", f"{who}{n}") for n in range(20)] for who in "ab"]
    errors: list[Exception] = []

    def run(mine: list[Finding]) -> None:
        try:
            with State(tmp_path / "s") as state:
                for _ in range(5):
                    state.reconcile(mine)
        except IncompleteError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(mine,)) for mine in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with State(tmp_path / "s") as state:
        assert sorted(ids(state.findings("open"))) in [sorted(ids(mine)) for mine in found]


def test_a_file_that_is_no_state_is_an_error(tmp_path: Path) -> None:
    """Rubbish in its place, or a folder, is told in words."""
    (tmp_path / "s").write_bytes(b"rubbish" * 1000)
    for place in (tmp_path / "s", tmp_path):
        with pytest.raises(IncompleteError, match="the state"):
            State(place)


def test_a_finding_comes_back_as_it_was(state: State) -> None:
    """Every field of a finding survives."""
    full = finding(parts=("p",), cost_usd=1.5, attack=("T1",), why="because “so”", next=("do",), event_ids=("e",))
    state.reconcile([full])
    assert state.findings() == [full]
    assert msgspec.json.decode(msgspec.json.encode(full), type=Finding) == full
