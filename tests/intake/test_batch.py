"""Rows into tables: each value in its column, whatever else is in the batch, and a digest that tells rows apart."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.intake.batch import digests, ends, table
from seawall.sources import SOURCES
from seawall.sources.rows import TIME, Row, order
from seawall.store import EVENTS

NAMES = {source.name: order(source.columns) for source in SOURCES}
TIMES = st.integers(1_700_000_000_000_000, 1_700_000_000_000_009)


def values(name: str) -> st.SearchStrategy[Any]:
    """Return values for a column: few, so that columns of one value and of none are met."""
    kind = str(EVENTS.field(name).type)
    some = {"int64": st.integers(0, 2), "double": st.sampled_from([0.5, 1.5]), "binary": st.just(b"\0\xff")}
    if name == "bucket_seconds":
        return st.sampled_from([0, 60, 86_400, 2_592_000])
    filled = some.get(kind, st.sampled_from(["a", "b", "ü"]))
    return filled if name in {"event_id", "provider", "activity"} else st.none() | filled


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Return a row of any source."""
    source = draw(st.sampled_from(sorted(NAMES)))
    fixed = {"time": TIMES, "source": st.just(source)}
    return tuple(draw(fixed[name] if name in fixed else values(name)) for name in NAMES[source])


def as_dict(row: Row) -> dict[str, Any]:
    """Return a row's values by column."""
    return dict(zip(NAMES[row[2]], row, strict=True))


@given(found=st.lists(rows(), max_size=12))
@settings(max_examples=40, deadline=None)
def test_a_table_holds_the_rows(found: list[Row]) -> None:
    """Every value is in its column, what a source cannot fill is null, and nothing is lost or doubled."""
    made = table(found)
    assert made.schema == EVENTS
    empty = dict.fromkeys(EVENTS.names) | {"bucket_seconds": 0}
    expected = [empty | as_dict(row) | {"digest": next(digests([row]))} for row in found]
    times = made["time"].cast("int64").to_pylist()
    got = [each | {"time": time} for each, time in zip(made.to_pylist(), times, strict=True)]
    assert sorted(got, key=repr) == sorted(expected, key=repr)


@given(found=st.lists(rows(), min_size=1, max_size=8))
@settings(max_examples=40)
def test_a_digest_is_its_rows(found: list[Row]) -> None:
    """Equal rows have equal digests and others have others, whatever rows stand beside them."""
    marks = list(digests(found))
    assert marks == [next(digests([row])) for row in found]
    assert all(0 <= mark < 2**63 for mark in marks)
    for one, mark in zip(found, marks, strict=True):
        for other, other_mark in zip(found, marks, strict=True):
            assert (one == other) == (mark == other_mark)


@given(row=rows())
def test_a_row_speaks_to_its_end(row: Row) -> None:
    """A row ends when it happened; a bucket wider than a day ends with its width."""
    width = as_dict(row).get("bucket_seconds", 0)
    assert ends([row]) == row[TIME] + (width * 1_000_000 if width > 86_400 else 0)
