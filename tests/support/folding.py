"""Small worlds for the laws of the fold, in which nearly every record meets another, and views to compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from seawall.detect.examples.example import NOON, events
from seawall.model.precedence import CLIENT_CHOSEN
from seawall.store import EVENTS, Views

Row = dict[str, Any]
FOLDED = ("calls", "rollup", "hits", "seen", "hourly")
HOUR = 60
DAY = 24 * HOUR


def table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return whole rows as a table of events."""
    return pa.Table.from_pylist(list(map(dict, rows)), schema=EVENTS)


def fold(views: Views, rows: Iterable[Mapping[str, Any]]) -> None:
    """Fold whole rows."""
    views.con.register("batch", table(rows))
    views.fold("batch")


def folded(*batches: Iterable[Mapping[str, Any]]) -> Views:
    """Return views that hold these batches, one after the other."""
    views = Views(threads=1)
    for batch in batches:
        fold(views, batch)
    return views


def call(*rows: Mapping[str, Any], apart: bool = False) -> Row:
    """Return the one call that these records of a request make, in one batch or each in its own."""
    whole = events({"request_id": "r", "owner_id": "o", **row} for row in rows).to_pylist()
    with folded(*([row] for row in whole)) if apart else folded(whole) as views:
        found = views.con.sql("FROM calls").to_arrow_table().to_pylist()
    assert len(found) == 1
    return dict(found[0])


def contents(views: Views, *names: str, where: str = "TRUE") -> dict[str, list[str]]:
    """Return all rows of the views, free of order; `where` says which of the calls."""
    return {
        name: sorted(map(repr, views.rows(f"FROM {name} WHERE {where if name == 'calls' else 'TRUE'}")))
        for name in names or FOLDED
    }


_ACTS = ("infer", "infer", "infer", "infer", "list_models", "other")
_ENDS = ("success", "success", "success", "denied", "filtered", None)


@st.composite
def _record(draw: st.DrawFn, day: int) -> Row:
    """A record of one of a few calls of a day, by one of the logs that may tell of it."""
    source = draw(
        st.sampled_from(("aws.cloudtrail", "aws.bedrock_invocation", "azure.apim", "litellm", "azure.activity"))
    )
    half = source == "aws.bedrock_invocation"
    # An id that its client chose may be that of a call days apart.
    chosen = ("again",) * 3 if source in CLIENT_CHOSEN else ()
    net = draw(st.sampled_from((None, "192.0.2", "198.51.100")))
    minute = day * DAY + draw(st.sampled_from((0, 1, 4, 5, 9, 14, 16, 70, 71)))
    return {
        "source": source, "provider": "aws.bedrock",
        "time": NOON + timedelta(minutes=minute), "activity": draw(st.sampled_from(_ACTS)),
        "request_id": draw(st.sampled_from((None, *(f"r{day}-{number}" for number in range(3)), *chosen))),
        "owner_id": draw(st.sampled_from(("o1", "o1", "o1", "o2", None))),
        "credential_id": None if half else draw(st.sampled_from((None, "k1", "k2"))),
        "principal_id": draw(st.sampled_from((None, "p1", "p2"))),
        "src_net": net and f"{net}.0/24", "src_ip": net and f"{net}.7", "src_country": net and "US",
        "client": net and "curl", "model": draw(st.sampled_from((None, "a"))),
        "outcome": draw(st.sampled_from(_ENDS)), "input_tokens": draw(st.sampled_from((None, 3, 2**40))),
        "cost_usd": draw(st.sampled_from((None, 0.1, 0.2, 0.7, 1e-9, 1e300, float("nan")))),
        "image_count": draw(st.sampled_from((None, 1))), "request_count": draw(st.sampled_from((None, 1))),
        "guardrail_id": draw(st.sampled_from((None, None, "g1"))),
    }  # fmt: skip


@st.composite
def _bucket(draw: st.DrawFn, day: int) -> Row:
    """A version of one of a few usage buckets of a day; not every log begins them at the full hour."""
    width = draw(st.sampled_from((60, 3600, 86_400)))
    minute = day * DAY + draw(st.sampled_from((0, 60, 62)))
    return {
        "source": "openai.usage", "provider": "openai", "activity": draw(st.sampled_from(("usage", "cost"))),
        "time": NOON + timedelta(minutes=minute), "bucket_seconds": width, "event_id": f"bucket-{day}-{minute}-{width}",
        "owner_id": "o1", "credential_id": draw(st.sampled_from(("k1", None))), "outcome": None, "src_net": None,
        "src_ip": None, "client": None, "request_count": draw(st.integers(1, 3)),
        "input_tokens": draw(st.integers(1, 3)), "cost_usd": draw(st.sampled_from((None, 0.1, 0.3))),
    }  # fmt: skip


def worlds(days: tuple[int, ...] = (0,), size: int = 40) -> st.SearchStrategy[list[Row]]:
    """Return worlds of some records, each once, spread over these days."""
    record = st.sampled_from(days).flatmap(
        lambda day: st.one_of(_record(day), _record(day), _record(day), _bucket(day))
    )
    # Records that are equal in all would be one record: duplicates never reach the fold.
    return st.lists(record, min_size=size // 2, max_size=size, unique_by=lambda row: repr(sorted(row.items()))).map(
        lambda rows: events(rows).to_pylist()
    )
