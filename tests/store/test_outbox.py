"""The outbox: who applies the notices in order knows what stands, whoever is killed when."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import Entity, Finding
from seawall.store.outbox import Notice, Outbox


def finding(name: str, severity: str = "medium", status: str = "open", events: int = 1) -> Finding:
    """Return a finding; those of one letter are of one subject, and supersede each other."""
    day = f"2026-01-0{int(name[1]) + 1}T00:00:00Z"
    return Finding(
        id=name, rule="LJ-02", title="t", severity=severity, confidence=0.5, opened_at=day, severity_at=day,
        first_event_time=day, last_event_time="2026-01-09T00:00:00Z", owner_id=name[0], event_count=events,
        entities=(Entity("owner", name[0], "subject"),), status=status,
    )  # type: ignore[arg-type]  # fmt: skip


_NAMES = st.sampled_from(("a0", "a1", "b0", "c0", "d0"))
_STANDING = st.dictionaries(
    _NAMES, st.tuples(st.sampled_from(("info", "low", "high")), st.sampled_from(("open", "closed")), st.integers(1, 2))
)


@given(worlds=st.lists(st.tuples(_STANDING, st.integers(0, 4)), max_size=6))
@settings(max_examples=25, deadline=None)
def test_a_receiver_knows_what_stands(worlds: list[tuple[dict[str, tuple[str, str, int]], int]]) -> None:
    """Applied in order, the notices give what stands at or above the floor; each has its own key, and none is idle."""
    known: dict[str, tuple[str, str]] = {}
    keys: list[str] = []
    with TemporaryDirectory() as folder:
        for standing, taken in worlds:
            with Outbox(Path(folder) / "state.sqlite") as outbox:  # opened anew: as after a restart
                outbox.tell([finding(name, *told) for name, told in standing.items()], ["one", "two"])
                for queued in outbox.waiting("one")[:taken]:
                    keys.append(_apply(queued.body, known))
                    outbox.delivered([queued.number])
        with Outbox(Path(folder) / "state.sqlite") as outbox:
            keys += [_apply(queued.body, known) for queued in outbox.waiting("one")]
            both = [queued.key for queued in outbox.waiting("two")]
    assert keys == both
    assert len(keys) == len(set(keys))
    last = worlds[-1][0] if worlds else {}
    due = {name: told for name, told in last.items() if told[0] != "info" or name in known}
    assert {name: told for name, told in known.items() if told[1] != "withdrawn"} == {
        name: (severity, status) for name, (severity, status, _) in due.items()
    }


def _apply(body: bytes, known: dict[str, tuple[str, str]]) -> str:
    notice = msgspec.json.decode(body, type=Notice)
    told = notice.finding.severity, notice.finding.status
    assert known.get(notice.finding.id) != told
    version = int(notice.key.rpartition(".")[2])
    assert (version == 1) == (notice.finding.id not in known)
    known[notice.finding.id] = told
    return notice.key


def test_what_became_of_findings_has_its_word(tmp_path: Path) -> None:
    """Opened, changed, closed, withdrawn and superseded are told apart, the accepted and the unimportant not at all."""
    told = []
    with Outbox(tmp_path / "state.sqlite") as outbox:
        for standing in (
            [finding("a1"), finding("b0"), finding("c0", "info"), finding("d0", status="closed")],
            [finding("a1", "high", events=7), finding("b0", status="closed")],
            [finding("a0", "high"), finding("b0", status="closed", events=9)],
            [],
        ):
            notices = outbox.tell(standing, ["one"], silent={"d0"})
            told.append([(notice.finding.id, notice.change, bool(notice.reason)) for notice in notices])
    assert told == [
        [("b0", "opened", False), ("a1", "opened", False)],
        [("b0", "closed", False), ("a1", "changed", False)],
        [("a0", "opened", False), ("a1", "superseded", True)],
        [("a0", "withdrawn", True), ("b0", "withdrawn", True)],
    ]


def test_places_of_files_are_kept(tmp_path: Path) -> None:
    """How far files were read outlives the process; what is gone is forgotten."""
    with Outbox(tmp_path / "state.sqlite") as outbox:
        outbox.follow({"1:2": b"x", "1:3": b"y"})
        outbox.follow({"1:2": b"z"}, gone=["1:3"])
    with Outbox(tmp_path / "state.sqlite") as outbox:
        assert outbox.followed() == {"1:2": b"z"}
        assert outbox.lengths() == {}
