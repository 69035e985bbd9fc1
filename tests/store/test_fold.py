"""The fold: however the events come, the views are those of one batch, and each is what the one below it says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.examples.example import events
from seawall.store import VIEWS
from support.folding import FOLDED, Row, contents, folded, worlds

FEW = settings(max_examples=5, deadline=None)


@FEW
@given(world=worlds(), data=st.data())
def test_order_and_batches_leave_no_trace(world: list[Row], data: st.DataObject) -> None:
    """The views after any permutation in any batches are those of one batch, row for row."""
    shuffled = data.draw(st.permutations(world))
    places = sorted(data.draw(st.sets(st.integers(1, len(world) - 1), max_size=3)))
    batches = [shuffled[a:b] for a, b in zip([0, *places], [*places, len(world)], strict=True)]
    with folded(world) as once, folded(*batches) as views:
        assert contents(views) == contents(once)
        assert views.now() == once.now()


@FEW
@given(world=worlds(size=16), late=st.integers(0, 7))
def test_a_single_late_event_finds_its_place(world: list[Row], late: int) -> None:
    """One event that comes last, whichever it is, ends as if it had come in time."""
    with folded(world) as once, folded(world[:late] + world[late + 1 :], [world[late]]) as views:
        assert contents(views) == contents(once)


@FEW
@given(world=worlds())
def test_totals_are_those_of_the_calls(world: list[Row]) -> None:
    """The rollup has no more rows than there are calls, sums what the calls say, and its keys are unique."""
    with folded(world) as views:
        ((calls, rows, keys),) = views.rows(
            "SELECT (SELECT count(*) FROM calls), count(*), count(DISTINCT cell) FROM rollup"
        )
        assert rows == keys <= calls
        sums = "sum({})::HUGEINT, sum(input_tokens)::HUGEINT, sum({})::HUGEINT, min({}), max({})"
        assert views.rows(f"SELECT {sums.format('calls', 'images', 'first', 'last')} FROM rollup") == views.rows(
            f"SELECT {sums.format('coalesce(request_count, 1)', 'image_count', 'known_at', 'known_at')} FROM calls"
        )
        ((told,),) = views.rows("SELECT count(DISTINCT call) FROM calls")
        assert told == calls


@FEW
@given(world=worlds(), data=st.data())
def test_totals_are_those_made_from_scratch(world: list[Row], data: st.DataObject) -> None:
    """`seen` and `hourly`, kept up to date batch by batch, are what the rollup says, written down independently."""
    place = data.draw(st.integers(1, len(world) - 1))
    with folded(world[:place], world[place:]) as views:
        fact = ", ".join(column for column in VIEWS["seen"] if column not in {"fact", "first", "last", "calls"})
        assert sorted(map(repr, views.rows(f"SELECT {fact}, first, last, calls FROM seen"))) == sorted(
            map(repr, views.rows(f"SELECT {fact}, min(first), max(last), sum(calls) FROM rollup GROUP BY {fact}"))
        )
        use = [row for row in _dicts(views, "rollup") if row["activity"] in {"infer", "usage"} and row["subject"]]
        hours = _dicts(views, "hourly")
        for hour in hours:
            mine = [row for row in use if _key(row) == _key(hour) and hour["first"] <= row["first"] <= hour["closes"]]
            assert hour["calls"] == sum(row["calls"] for row in mine)
            assert hour["images"] == sum(row["images"] or 0 for row in mine)
        assert sum(hour["calls"] for hour in hours) == sum(row["calls"] for row in use)


@FEW
@given(world=worlds(size=20))
def test_nothing_is_known_after_its_sum_has_closed(world: list[Row]) -> None:
    """A cell and an hour close no earlier than the last of what they count is known: a closed sum is a fact."""
    with folded(world) as views:
        assert views.rows(
            "SELECT count(*) FROM rollup WHERE last > bucket + to_seconds(greatest(300, bucket_seconds))"
        ) == [(0,)]
        assert views.rows(
            "SELECT count(*) FROM hourly h JOIN rollup r ON r.owner_key = h.owner_key AND r.subject = h.subject"
            " AND r.bucket_seconds = h.width AND r.bucket >= h.hour AND r.bucket < h.hour + INTERVAL 1 HOUR"
            " WHERE r.bucket_seconds IN (0, 3600, 86400) AND r.last > h.closes AND (h.width = 0 OR r.bucket = h.hour)"
        ) == [(0,)]


def test_sums_of_money_are_exact() -> None:
    """Three times ten cents and a billionth are thirty cents and a billionth, in whatever order they are added."""
    costs = [0.1, 1e-9, 0.1, 0.1]
    rows = events({"cost_usd": cost, "model": "m"} for cost in costs).to_pylist()
    expected = float(sum(Decimal(str(cost)) for cost in costs))
    for order in (rows, rows[::-1], rows[2:] + rows[:2]):
        with folded(*([row] for row in order)) as views:
            assert (
                views.rows("SELECT cost_usd FROM rollup") == views.rows("SELECT cost_usd FROM hourly") == [(expected,)]
            )


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_what_is_no_price_breaks_no_sum(cost: float) -> None:
    """A cost that is no number, or beyond any bill, counts for nothing, and the others are summed."""
    rows = events([{"cost_usd": cost}, {"cost_usd": 0.5}]).to_pylist()
    with folded(rows) as views:
        assert views.rows("SELECT calls, cost_usd FROM hourly") == [(2, 0.5)]
        assert views.rows("SELECT sum(unpriced)::BIGINT FROM rollup") == [(1,)]


def test_counts_that_no_integer_holds_stop_growing() -> None:
    """A log that claims the most tokens there are, over and over, is folded, and its sum stays a number."""
    rows = events([{"input_tokens": 2**63 - 1, "output_tokens": 2**63 - 1}] * 3).to_pylist()
    with folded(rows) as views:
        assert views.rows("SELECT input_tokens, calls FROM rollup") == [(2**53, 3)]
        assert views.rows("SELECT tokens FROM hourly") == [(2**53,)]


def test_nulls_belong_to_no_subject() -> None:
    """A call of nobody known is counted in the rollup, changes no key, and is in nobody's hour."""
    nobody: dict[str, Any] = {"credential_id": None, "owner_id": None, "src_net": None, "src_ip": None}
    with folded(events([nobody]).to_pylist()) as views:
        assert views.rows("SELECT calls, subject, owner_key FROM rollup") == [(1, None, None)]
        assert views.rows("FROM hourly") == views.rows("FROM changed_owner") == views.rows("FROM changed_net") == []


def test_a_use_without_tokens_has_none() -> None:
    """Where no log tells tokens, the rollup says nothing, not zero; the hour's total is what is known: none."""
    with folded(events([{}]).to_pylist()) as views:
        assert views.rows("SELECT input_tokens, cost_usd, unpriced FROM rollup") == [(None, None, 1)]
        assert views.rows("SELECT tokens, cost_usd FROM hourly") == [(0, None)]


def test_what_changed_is_told_since_the_earliest_hour() -> None:
    """A late half changes the keys that its call had and has, since the hour in which it was or is known."""
    half, whole = events([
        {"request_id": "r", "time": "2026-01-05T11:50:00", "source": "aws.bedrock_invocation", "credential_id": None,
         "principal_id": "p", "src_net": None, "src_ip": None, "client": None},
        {"request_id": "r", "time": "2026-01-05T11:51:00"},
    ]).to_pylist()  # fmt: skip
    with folded([half], [whole]) as views:
        assert [(key, since.hour) for key, since in views.rows("FROM changed_owner")] == [("owner-1", 11)]
        assert [(key, since.hour) for key, since in views.rows("FROM changed_net")] == [("192.0.2.0/24", 11)]
        assert views.rows("SELECT count(*) FROM rollup") == [(1,)]


def test_an_empty_batch_changes_nothing() -> None:
    """A batch of no events, first or later, leaves no row, no change and no now."""
    rows = events([{}]).to_pylist()
    with folded([], rows, []) as views, folded(rows) as once:
        assert contents(views) == contents(once)
        assert views.now() == once.now() is not None
        assert views.rows("FROM changed_owner") == once.rows("FROM changed_owner")
    with folded([]) as views:
        assert views.now() is None
        assert contents(views) == {name: [] for name in FOLDED}


def _dicts(views: Any, name: str) -> list[Row]:
    rows: list[Row] = views.con.sql(f"FROM {name}").to_arrow_table().to_pylist()
    return rows


def _key(row: Row) -> tuple[Any, ...]:
    return row["owner_key"], row["owner_id"], row["subject"], row.get("bucket_seconds", row.get("width"))
