"""Fill a batch of events with what enrichment knows: network, place, client, cost.

In: an Arrow table or record batch with the event's columns. Out: the same rows and schema, with `src_net`, the `src_`
columns of geo, `client` and `cost_usd` filled. Each distinct value is looked up once, and the result spread over the
rows, so that a million rows cost little more than their distinct addresses, agents and models.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from seawall.enrich.clients import client
from seawall.enrich.geo import Geo, Place
from seawall.enrich.network import network
from seawall.enrich.prices import MILLION, Price, Prices

_Batch = TypeVar("_Batch", pa.Table, pa.RecordBatch)

#: The event's columns of geo, and the field of a place that fills each.
_GEO: Final = {
    "src_asn": "asn", "src_as_org": "as_org", "src_country": "country", "src_lat": "lat", "src_lon": "lon",
    "src_kind": "kind",
}  # fmt: skip
#: The columns that are read or filled; the others, such as `raw`, are passed on untouched.
_CONCERNED: Final = (
    "src_ip", "src_net", *_GEO, "user_agent", "client", "provider", "model", "input_tokens", "output_tokens",
    "cached_tokens", "image_count", "cost_usd",
)  # fmt: skip


def enrich(batch: _Batch, geo: Geo | None, prices: Prices) -> _Batch:
    """Return the batch with its network, geo, client and cost columns filled.

    Each row depends on nothing but itself. What a geo table knows replaces what the log said, so that geo is a function
    of the network; a client and a cost that the record brought along stay.

    Raises:
        KeyError: a column of the event is missing.
        UsageError: a geo database is damaged.
    """
    if isinstance(batch, pa.Table):
        concerned = batch.select(_CONCERNED).combine_chunks()
        done = pa.Table.from_batches((enrich(p, geo, prices) for p in concerned.to_batches()), schema=concerned.schema)
        return pa.table([done[n] if n in _CONCERNED else batch[n] for n in batch.column_names], schema=batch.schema)
    net = pc.coalesce(_mapped(batch["src_ip"], network, pa.string()), batch["src_net"])
    filled = {
        "src_net": net,
        "client": pc.coalesce(batch["client"], _mapped(batch["user_agent"], client, pa.string())),
        "cost_usd": pc.coalesce(batch["cost_usd"], _cost(batch, prices)),
    }
    if geo is not None:
        filled |= _geo(batch, net, geo)
    columns = [filled.get(field.name, batch[field.name]).cast(field.type) for field in batch.schema]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _mapped(column: pa.Array, function: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """Return the column with a function of its distinct values; null stays null."""
    coded = column.dictionary_encode()
    return pa.array(map(function, coded.dictionary.to_pylist()), kind).take(coded.indices)


def _geo(batch: pa.RecordBatch, net: pa.Array, geo: Geo) -> dict[str, pa.Array]:
    coded = net.dictionary_encode()
    places = [geo.look_up(text) or Place() for text in coded.dictionary.to_pylist()]
    return {
        column: pc.coalesce(
            pa.array([getattr(place, field) for place in places], batch[column].type).take(coded.indices), batch[column]
        )
        for column, field in _GEO.items()
    }


def _cost(batch: pa.RecordBatch, prices: Prices) -> pa.Array:
    """Return the estimate at list price: the arithmetic of `Prices.cost`, by column."""
    price = _price_columns(batch, prices)
    cached, output, images = (_count(batch, name) for name in ("cached_tokens", "output_tokens", "image_count"))
    whole = pc.coalesce(_count(batch, "input_tokens"), cached)
    from_cache = pc.min_element_wise(pc.fill_null(cached, 0.0), pc.fill_null(whole, 0.0))
    by_token = pc.and_(pc.is_valid(price["output"]), pc.greater(pc.fill_null(output, 0.0), 0.0))
    parts = [
        _part(pc.subtract(whole, from_cache), price["input"]),
        _part(_where(pc.greater(from_cache, 0.0), from_cache), pc.coalesce(price["cached"], price["input"])),
        _part(output, price["output"]),
        _part(_where(pc.invert(by_token), pc.multiply(images, float(MILLION))), price["image"]),
    ]
    known = pc.or_(pc.or_(*map(pc.is_valid, parts[:2])), pc.or_(*map(pc.is_valid, parts[2:])))
    total = pc.fill_null(parts[0], 0.0)
    for part in parts[1:]:
        total = pc.add(total, pc.fill_null(part, 0.0))
    return _where(known, total)


def _price_columns(batch: pa.RecordBatch, prices: Prices) -> dict[str, pa.Array]:
    """Look up each distinct (provider, model) once; return the fields of its price, row by row."""
    provider, model = (batch[name].dictionary_encode() for name in ("provider", "model"))
    names = model.dictionary.to_pylist()
    pair = pc.add(pc.multiply(provider.indices.cast(pa.int64()), len(names)), model.indices.cast(pa.int64()))
    coded = pair.dictionary_encode()
    providers = provider.dictionary.to_pylist()
    found = [
        prices.price(providers[number // len(names)], names[number % len(names)]) or Price()
        for number in coded.dictionary.to_pylist()
    ]
    return {
        field: pa.array([getattr(price, field) for price in found], pa.float64()).take(coded.indices)
        for field in Price.__struct_fields__
    }


def _count(batch: pa.RecordBatch, name: str) -> pa.Array:
    return pc.max_element_wise(batch[name].cast(pa.float64(), safe=False), 0.0, skip_nulls=False)


def _part(count: pa.Array, price: pa.Array) -> pa.Array:
    return pc.divide(pc.multiply(count, price), float(MILLION))


def _where(condition: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(condition, values, pa.scalar(None, pa.float64()))
