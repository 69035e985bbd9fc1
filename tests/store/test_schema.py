"""The schema: each column is listed once, and the views have room for all that a call is."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from seawall.model import COLUMNS
from seawall.store.schema import EVENTS, GROUPS, VIEWS, ddl, sql_type


def test_the_lake_has_the_event_and_its_digest() -> None:
    """The lake's columns are the event's, in their order, and the digest."""
    assert tuple(EVENTS.names) == (*COLUMNS, "digest")
    assert EVENTS.field("time").type == pa.timestamp("us", tz="UTC")


def test_each_column_is_in_one_group() -> None:
    """A column belongs to one group of a call; only what identifies a record, or is the record, to none."""
    grouped = [column for columns in GROUPS.values() for column in columns]
    assert len(set(grouped)) == len(grouped)
    assert set(COLUMNS) - set(grouped) == {"event_id", "request_id", "time", "source", "raw", "bucket_seconds"}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_made_once(view: str) -> None:
    """The statement makes the view's columns, of their types and in their order, and does no harm when run again."""
    with duckdb.connect() as con:
        con.execute(ddl(view))
        con.execute(ddl(view))
        made = con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {view})").fetchall()
    assert made == list(VIEWS[view].items())


@pytest.mark.parametrize("view", ["calls", "rollup", "seen"])
def test_a_column_has_one_type(view: str) -> None:
    """A column of the event that a view keeps by its name has the event's type there."""
    shared = [name for name in VIEWS[view] if name in COLUMNS]
    assert {name: VIEWS[view][name] for name in shared} == {name: sql_type(name) for name in shared}
    assert shared
