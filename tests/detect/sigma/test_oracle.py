"""pySigma's SQLite backend as the oracle: equal where it is right, and where it is not."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.detect.sigma import Index, load_text

pytest.importorskip("sigma.backends.sqlite", reason="needs pysigma-backend-sqlite")

COLUMNS = ("operation", "user_agent", "input_tokens")
#: Lower case, because SQLite's `=` heeds the case.
VALUES = ("a", "ab", "a*b", "axb", "a_b", "a%b", "ba", "", "x.y", "it's", "a\\b", "b\\")
WORDS = ("a", "b", "a*", "*b", "a?b", r"a\*b", "a_b", "a%b", "x.y", "it's", r"a\\b")

rows = st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES), st.integers(0, 9)), min_size=1, max_size=10)
_texts = st.sampled_from(WORDS) | st.lists(st.sampled_from(WORDS), min_size=2, max_size=3, unique=True)
_columns = st.sampled_from(COLUMNS[:2])
_modified = st.sampled_from(["", "|contains", "|startswith", "|endswith", "|contains|all", "|neq"])
_items = st.one_of(
    st.tuples(st.builds(str.__add__, _columns, _modified), _texts),
    st.tuples(st.sampled_from(["gt", "gte", "lt", "lte"]).map("input_tokens|{}".format), st.integers(0, 9)),
    st.tuples(st.just("input_tokens"), st.integers(0, 9) | st.lists(st.integers(0, 9), min_size=2, max_size=3)),
    st.tuples(_columns.map("{}|exists".format), st.booleans()),
    st.tuples(_columns, st.none()),
    st.tuples(st.just("operation|fieldref"), st.just("user_agent")),
)
_maps = st.lists(_items, min_size=1, max_size=3).map(dict)
selections = _maps | st.lists(_maps, min_size=2, max_size=2)
conditions = st.sampled_from([
    "s1 and s2", "s1 or s2", "not s1", "s1 and not s2", "not (s1 or s2)", "1 of s*", "all of them", "not 1 of s*",
    "(s1 or s2) and not (s1 and s2)",
])  # fmt: skip


def ours(rule: dict[str, Any], events: list[tuple[Any, ...]]) -> list[int]:
    """Return the rows that the index matches."""
    types = (pa.string(), pa.string(), pa.int64())
    columns = zip(COLUMNS, zip(*events, strict=True), types, strict=True)
    table = pa.table({name: pa.array(values, kind) for name, values, kind in columns})
    matched: list[int] = [
        int(row) for row in Index(load_text(json.dumps(rule)).check().rules).match(table).rows.get("t", ())
    ]
    return matched


def theirs(rule: dict[str, Any], events: list[tuple[Any, ...]]) -> list[int]:
    """Return the rows that the backend's query selects."""
    from sigma.backends.sqlite import sqliteBackend
    from sigma.collection import SigmaCollection

    (query,) = sqliteBackend().convert(SigmaCollection.from_yaml(json.dumps(rule)))
    con = sqlite3.connect(":memory:")
    con.execute(f"CREATE TABLE logs ({', '.join(COLUMNS)})")
    con.executemany("INSERT INTO logs VALUES (?, ?, ?)", events)
    found = con.execute(query.replace("SELECT *", "SELECT rowid - 1", 1) + " ORDER BY rowid").fetchall()
    con.close()
    return [row for (row,) in found]


def document(selected: dict[str, Any], condition: str) -> dict[str, Any]:
    """Return a rule."""
    detection = selected | {"condition": condition}
    return {"title": "t", "name": "t", "logsource": {"product": "seawall"}, "detection": detection}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(selections, selections, conditions, rows)
def test_the_index_equals_the_query_where_that_is_right(
    one: Any, other: Any, condition: str, events: list[tuple[Any, ...]]
) -> None:
    """Any rule of texts, wildcards, numbers, nulls and their combinations selects the same rows as its SQL."""
    rule = document({"s1": one, "s2": other}, condition)
    assert ours(rule, events) == theirs(rule, events)


# selection, condition, row, what Sigma means
WRONG = [
    ({"operation": "Invoke"}, "s", ("INVOKE", "", 0), True),  # equality heeds letter case
    ({"operation": "É"}, "s", ("é", "", 0), True),  # letters beyond ASCII
    ({"operation|startswith": "É"}, "s", ("éa", "", 0), True),
    ({"operation|cidr": "198.18.0.0/24"}, "s", ("198.18.0.x", "", 0), False),  # a prefix of the text
    ({"input_tokens": "7"}, "s", ("", "", 7), True),  # a number is no text
    ({"operation|fieldref": "user_agent"}, "s", ("A", "a", 0), True),
]


@pytest.mark.parametrize(("selection", "condition", "row", "meant"), WRONG, ids=range(len(WRONG)))
def test_where_the_query_is_wrong(selection: Any, condition: str, row: tuple[Any, ...], meant: bool) -> None:
    """What Sigma means and the query does not: the index decides as the specification says."""
    rule = document({"s": selection}, condition)
    assert (ours(rule, [row]) == [0]) is meant
    assert (theirs(rule, [row]) == [0]) is not meant
