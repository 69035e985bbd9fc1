"""Enriching a batch: the same as each row alone, in any order and any splitting, and as the plain functions say."""

from __future__ import annotations

import random
import time
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.enrich import Geo, Place, Prices, client, network
from seawall.enrich.columns import enrich
from seawall.enrich.geo import HEADER
from seawall.model import COLUMNS

PRICES = Prices.load()
INTEGERS = {"src_asn", "input_tokens", "output_tokens", "cached_tokens", "image_count"}
FLOATS = {"src_lat", "src_lon", "cost_usd"}
SCHEMA = pa.schema([
    (name, pa.int64() if name in INTEGERS else pa.float64() if name in FLOATS else pa.string()) for name in COLUMNS
])  # fmt: skip
COUNT = st.none() | st.integers(0, 10**9)
ROW = st.fixed_dictionaries({
    "src_ip": st.sampled_from([None, "203.0.113.7", "203.0.113.***", "2001:db8:1::1", "198.51.100.1", "AWS Internal"]),
    "src_country": st.sampled_from([None, "XX"]),
    "user_agent": st.sampled_from([None, "", "Boto3/1.2", "[Boto3/1.3 x]", "curl/8", "thing/1"]),
    "client": st.sampled_from([None, None, "given"]),
    "provider": st.sampled_from(["openai", "aws.bedrock", "nobody"]),
    "model": st.sampled_from([None, "gpt-4o", "dall-e-3", "gpt-image-1", "anthropic.claude-v2:1", "new"]),
    "input_tokens": COUNT,
    "output_tokens": COUNT,
    "cached_tokens": COUNT,
    "image_count": COUNT,
    "cost_usd": st.sampled_from([None, None, 1.5]),
})  # fmt: skip
ROWS = st.lists(ROW, max_size=12)


@pytest.fixture(scope="module")
def geo(tmp_path_factory: pytest.TempPathFactory) -> Geo:
    """Return a table of two networks."""
    path = tmp_path_factory.mktemp("geo") / "geo.csv"
    path.write_text(
        ",".join(HEADER) + "\n203.0.113.0/24,DE,52.5,13.4,64500,Example Net,hosting\n2001:db8::/32,FR,,,,,\n"
    )
    return Geo.open(path)


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return events with these values; what is not given is null."""
    return pa.Table.from_pylist([dict.fromkeys(COLUMNS) | row for row in rows], schema=SCHEMA)


@settings(max_examples=50, deadline=None)
@given(rows=ROWS)
def test_each_row_is_what_the_plain_functions_say(geo: Geo, rows: list[dict[str, Any]]) -> None:
    """Network, place, client and cost of each row are those of the functions for single values."""
    for before, after in zip(rows, enrich(table(rows), geo, PRICES).to_pylist(), strict=True):
        net = network(before["src_ip"])
        place = (geo.look_up(net) if net else None) or Place()
        assert after["src_net"] == net
        assert after["src_country"] == (place.country or before["src_country"])
        assert [after[f"src_{name}"] for name in ("lat", "lon", "asn", "as_org", "kind")] == [
            place.lat, place.lon, place.asn, place.as_org, place.kind,
        ]  # fmt: skip
        assert after["client"] == (before["client"] or client(before["user_agent"]))
        counts = {name: before[name] for name in ("input_tokens", "output_tokens", "cached_tokens", "image_count")}
        cost = before["cost_usd"] or PRICES.cost(before["provider"], before["model"], **counts)
        assert after["cost_usd"] == (None if cost is None else pytest.approx(cost))


@settings(max_examples=50, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 9), cut=st.integers(0, 12))
def test_order_and_splitting_do_not_matter(geo: Geo, rows: list[dict[str, Any]], seed: int, cut: int) -> None:
    """A shuffled batch, or one that comes in parts, ends in the same rows to the last bit."""
    whole = enrich(table(rows), geo, PRICES).to_pylist()
    parts = pa.concat_tables([enrich(table(rows[:cut]), geo, PRICES), enrich(table(rows[cut:]), geo, PRICES)])
    chunked = enrich(pa.concat_tables([table(rows[:cut]), table(rows[cut:])]), geo, PRICES)
    order = random.Random(seed).sample(range(len(rows)), len(rows))
    shuffled = enrich(table([rows[at] for at in order]), geo, PRICES).to_pylist()
    assert parts.to_pylist() == whole == chunked.to_pylist()
    assert shuffled == [whole[at] for at in order]


@settings(max_examples=20, deadline=None)
@given(rows=ROWS)
def test_enriching_twice_changes_nothing(geo: Geo, rows: list[dict[str, Any]]) -> None:
    """What is filled stays as it is, and schema and other columns are those that came in."""
    once = enrich(table(rows), geo, PRICES)
    assert enrich(once, geo, PRICES).equals(once)
    assert once.schema == SCHEMA
    assert once["user_agent"].equals(table(rows)["user_agent"])


def test_record_batch_in_record_batch_out(geo: Geo) -> None:
    """A record batch is filled like a table, and so is one without rows."""
    rows = [{"src_ip": "203.0.113.7", "provider": "openai", "model": "gpt-4o", "input_tokens": 1_000_000}]
    batch = table(rows).to_batches()[0]
    done = enrich(batch, geo, PRICES)
    assert isinstance(done, pa.RecordBatch)
    assert done.to_pylist() == enrich(table(rows), geo, PRICES).to_pylist()
    assert enrich(batch.slice(0, 0), geo, PRICES).schema == SCHEMA


def test_without_a_geo_table_the_log_is_believed() -> None:
    """Networks are known without a table; a country that the log brings along stays."""
    row = enrich(table([{"src_ip": "203.0.113.7", "src_country": "XX"}]), None, PRICES).to_pylist()[0]
    assert (row["src_net"], row["src_country"], row["src_asn"]) == ("203.0.113.0/24", "XX", None)


def test_network_without_address_is_kept(geo: Geo) -> None:
    """A record that brings only a network is placed by it."""
    row = enrich(table([{"src_net": "203.0.113.0/24"}]), geo, PRICES).to_pylist()[0]
    assert (row["src_net"], row["src_country"]) == ("203.0.113.0/24", "DE")


def test_absurd_counts_do_not_stop_a_batch(geo: Geo) -> None:
    """The largest and the smallest number of the column give a cost that is no less than zero."""
    rows = [
        {"provider": "openai", "model": "gpt-4o", "input_tokens": n, "cached_tokens": -n // 2}
        for n in (2**63 - 1, -(2**63))
    ]
    assert all(row["cost_usd"] >= 0 for row in enrich(table(rows), geo, PRICES).to_pylist())


def test_cost_of_enriching_goes_by_distinct_values(geo: Geo) -> None:
    """200,000 rows of 2,000 addresses take well under the 0.2 CPU-seconds per 200,000 that the budget allows."""
    size, distinct = 200_000, 2_000
    addresses = [f"198.{18 + n % 2}.{n // 250}.{n % 250}" for n in range(distinct)]
    columns = {"src_ip": addresses * (size // distinct), "user_agent": ["Boto3/1.2", "curl/8"] * (size // 2)}
    rows = pa.table([pa.array(columns.get(f.name, [None] * size), f.type) for f in SCHEMA], schema=SCHEMA)
    started = time.process_time()
    enrich(rows, geo, PRICES)
    assert time.process_time() - started < 1
