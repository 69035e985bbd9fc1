"""The views as a whole: pruned and brought back they are what they would have been, and now is what events said."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.examples.example import NOON, events
from seawall.model import UsageError
from seawall.store import Views
from seawall.store.views import KEPT
from support.folding import Row, contents, fold, folded, table, worlds


def pruned(*batches: list[Row], own: bool) -> Views:
    """Return views that were pruned after each batch; `own`: the history holds the batch before it is folded."""
    views, told = Views(history="told", threads=1), list[Row]()
    for batch in batches:
        views.con.register("told", table([*told, *batch] if own else told))
        fold(views, batch)
        views.prune()
        told += batch
    return views


@settings(max_examples=9, deadline=None)
@given(world=worlds((0, 1, 2, 3), size=24), data=st.data(), own=st.booleans())
def test_pruning_leaves_no_trace(world: list[Row], data: st.DataObject, own: bool) -> None:
    """Views that are pruned after each batch are those that never were, with events that come days too late."""
    late = data.draw(st.lists(st.sampled_from(world), max_size=6, unique_by=id))
    early = sorted((row for row in world if not any(row is each for each in late)), key=lambda row: row["time"])
    middle = data.draw(st.integers(0, len(early)))
    with folded(world) as once, pruned(early[:middle], early[middle:], late, own=own) as views:
        now = views.now()
        assert now == once.now()
        assert now is not None
        assert contents(views) == contents(once, where=f"known_at >= TIMESTAMP '{now - KEPT}'")


@settings(max_examples=6, deadline=None)
@given(world=worlds((0, 8, 9, 10), size=24), late=st.integers(0, 11))
def test_a_single_late_event_meets_its_past(world: list[Row], late: int) -> None:
    """One event, of whatever age, that comes to pruned views changes the old cells as it would have in time."""
    rest = world[:late] + world[late + 1 :]
    with folded(world) as once, pruned(rest, [world[late]], own=True) as views:
        assert contents(views, "rollup", "hits", "seen", "hourly") == contents(once, "rollup", "hits", "seen", "hourly")


def test_neighbours_are_brought_back_over_both_steps() -> None:
    """Each event, come late, finds its call's other half, and whatever shares a cell that the call leaves or enters."""
    nobody = {"credential_id": None, "principal_id": "p", "src_net": None, "src_ip": None, "client": None}
    half = {**nobody, "source": "aws.bedrock_invocation"}
    old = events([
        {"request_id": "waits", "time": "2026-01-05T11:50:00", **half},
        {"request_id": "waits", "time": "2026-01-05T11:50:10"},
        {"request_id": "waits too", "time": "2026-01-05T11:51:00", **half},
        {"request_id": "stands where they wait to", "time": "2026-01-05T12:06:00", **nobody},
        {"request_id": "moves", "time": "2026-01-05T11:20:00"},
        {"request_id": "moves", "time": "2026-01-05T11:33:00", **half},
        {"request_id": "stays behind", "time": "2026-01-05T11:21:00"},
    ]).to_pylist()  # fmt: skip
    recent = events([{"time": "2026-02-05T12:00:00"}]).to_pylist()
    with folded([*old, *recent]) as once:
        for late in old:
            early = [row for row in old if row is not late]
            with pruned([*early, *recent], [late], own=False) as views:
                assert contents(views, "rollup", "hourly") == contents(once, "rollup", "hourly")


def test_without_a_history_nothing_is_pruned() -> None:
    """Where there is nothing to go back to, `prune` forgets nothing."""
    old, new = events([{}, {"time": "2026-03-05T12:00:00"}]).to_pylist()
    with folded([old, new]) as views:
        views.prune()
        assert views.rows("SELECT count(*) FROM calls") == [(2,)]


def test_pruning_forgets_what_is_older_than_two_days() -> None:
    """What was known within 48 hours of now stays, a usage bucket by its end; the rest goes from `calls` alone."""
    ages = [("hour", 47, 0), ("bucket", 49, 7200), ("old", 49, 0)]
    rows = events(
        {"event_id": name, "bucket_seconds": width, "model": name, "time": (NOON - timedelta(hours=hours)).isoformat()}
        for name, hours, width in [*ages, ("now", 0, 0)]
    ).to_pylist()
    with pruned(rows, own=True) as views:
        assert {model for (model,) in views.rows("SELECT model FROM calls")} == {"hour", "bucket", "now"}
        assert views.rows("SELECT count(*) FROM rollup") == [(4,)]


def test_pruned_views_refuse_what_they_cannot_fold(tmp_path: Path) -> None:
    """Opened again without the history, pruned views fold new events and refuse old ones, and stay as they were."""
    old, new, newer = events([{}, {"time": "2026-03-05T12:00:00"}, {"time": "2026-03-05T12:10:00"}]).to_pylist()
    with Views(tmp_path / "views", history="told", threads=1) as views:
        views.con.register("told", table([old, new]))
        fold(views, [old, new])
        views.prune()
    with Views(tmp_path / "views", threads=1) as views:
        before = contents(views)
        with pytest.raises(UsageError, match="pruned"):
            fold(views, events([{"model": "late"}]).to_pylist())
        assert contents(views) == before
        fold(views, [newer])
        assert views.rows("SELECT count(*) FROM rollup") == [(3,)]


def test_what_fails_half_way_changes_nothing() -> None:
    """A batch that cannot be read leaves the views, and the connection, as they were."""
    rows = events([{}]).to_pylist()
    with folded(rows) as views:
        before = contents(views)
        with pytest.raises(duckdb.Error):
            views.fold("(SELECT *, error('torn')::BIGINT AS torn FROM batch WHERE error('torn') IS NULL)")
        assert contents(views) == before
        fold(views, events([{"model": "next"}]).to_pylist())
        assert views.rows("SELECT count(*) FROM calls") == [(2,)]


@pytest.mark.parametrize(
    ("rows", "now"),
    [
        ([], None),
        ([{}], "12:00"),
        ([{}, {"time": "2026-01-05T11:00:00"}], "12:00"),
        ([{}, {"time": "2026-01-05T11:30:00", "bucket_seconds": 3600, "activity": "usage"}], "12:30"),
        ([{"source": "aws.bedrock_invocation", "credential_id": None}], "12:00"),
    ],
    ids=["nothing", "one", "a late one", "a bucket ends", "a half waits"],
)
def test_now_is_the_greatest_time_told(rows: list[Row], now: str | None) -> None:
    """Now is the greatest time of an event, a usage bucket's end; a half that waits does not push the clock."""
    with folded(events(rows).to_pylist()) as views:
        assert views.now() == (now and datetime.fromisoformat(f"2026-01-05T{now}"))


def test_what_was_folded_stays_in_the_file(tmp_path: Path) -> None:
    """Closed and opened again, the views and now are what they were, and fold on."""
    first, second = events([{}, {"time": "2026-01-05T12:01:00"}]).to_pylist()
    with Views(tmp_path / "views", threads=1) as views:
        fold(views, [first])
    with Views(tmp_path / "views", threads=1) as views, folded([first, second]) as once:
        fold(views, [second])
        assert contents(views) == contents(once)
        assert views.now() == once.now()
