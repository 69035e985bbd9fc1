"""The views that are sums: SQL that makes rows of `rollup` from calls, and of `seen` and `hourly` from the rollup.

Each statement computes whole rows anew, from the view below it, so that the order and the batching of what came before
leave no trace. Sums are exact: whole numbers, or decimals of nine places.
"""

from __future__ import annotations

from typing import Final

#: The columns of a rollup row that its cell determines.
_CELL: Final = (
    "bucket", "bucket_seconds", "owner_key", "owner_id", "subject", "provider", "credential_id", "credential_kind",
    "principal_id", "end_user_id", "src_net", "src_asn", "src_as_org", "src_country", "src_lat", "src_lon", "src_kind",
    "client", "model", "region", "modality", "activity", "outcome", "guardrail_id", "size",
)  # fmt: skip
_FACT: Final = (
    "owner_key", "owner_id", "subject", "src_net", "src_asn", "src_country", "src_kind", "client", "model",
    "modality", "activity",
)  # fmt: skip
#: Where whole sums stop growing: far beyond any honest one, and still small enough for a rule to multiply.
MOST: Final = 2**53
#: Exact dollars; what is no number, or a billion and more in one call, is no price.
_PRICE: Final = "TRY_CAST(cost_usd AS DECIMAL(18, 9))"
_UNPRICED: Final = (
    f"CASE WHEN {_PRICE} IS NULL AND activity IN ('infer', 'usage') AND coalesce(outcome, 'success')"
    " IN ('success', 'filtered') THEN coalesce(request_count, 1) ELSE 0 END"
)
#: The sum of dollars over rollup rows, exact whatever their order.
COST: Final = "sum(cost_usd::DECIMAL(27, 9))"
#: Dollars in one cell from which on a floating number of nine decimal places is near its end.
DEAR: Final = 100_000
#: Which rollup rows can grow by what is added to them: their sums are whole, and as exact as their calls are.
EXACT: Final = " AND ".join(
    f"coalesce({column}, 0) BETWEEN 0 AND {most}"
    for column, most in (("calls", MOST // 4), ("input_tokens", MOST // 4), ("output_tokens", MOST // 4),
                         ("unpriced", MOST // 4), ("images", MOST // 4), ("cost_usd", DEAR))
)  # fmt: skip
#: The hour that a rollup row counts in: the one in which a usage bucket ends; one of an hour or more is its own.
_IN_HOUR: Final = (
    "CASE WHEN bucket_seconds >= 3600 THEN bucket"
    " ELSE date_trunc('hour', bucket + to_microseconds(greatest(bucket_seconds * 1000000 - 1, 0))) END"
)
#: What counts as use, and nulls belong to no subject.
USE: Final = "activity IN ('infer', 'usage') AND subject IS NOT NULL"
#: The keys of `hourly` (and the owner, which follows), as SQL over rollup rows.
HOUR: Final = f"owner_key, owner_id, subject, {_IN_HOUR} AS hour, bucket_seconds AS width"


def _total(amount: str) -> str:
    """Sum whole numbers; a sum beyond `MOST` is `MOST`."""
    return f"(CASE WHEN sum({amount}) > {MOST} THEN {MOST} ELSE sum({amount}) END)::BIGINT"


def rollup(calls: str) -> str:
    """Return SQL for the rollup rows of the stored table `calls`, which holds each cell whole or not at all.

    Nearly every cell is of one call: numbers are summed first, and the words fetched from any one of a cell's calls.
    """
    return f"""
        INSERT INTO rollup BY NAME
        SELECT g.* EXCLUDE (one), {", ".join(f"c.{column}" for column in _CELL)},
               hash({", ".join(f"c.{column}" for column in _FACT)}) AS fact
        FROM (
            SELECT cell, min(rowid) AS one, {_total("coalesce(request_count, 1)")} AS calls,
                   min(known_at) AS first, max(known_at) AS last, {_total("input_tokens")} AS input_tokens,
                   {_total("output_tokens")} AS output_tokens, sum({_PRICE})::DOUBLE AS cost_usd,
                   {_total(_UNPRICED)} AS unpriced,
                   {_total("image_count")} AS images, max(input_tokens) AS max_input
            FROM {calls} GROUP BY cell
        ) g JOIN {calls} c ON c.rowid = g.one"""


def grown(before: str, cells: str) -> str:
    """Return SQL that adds to the rows of these cells in the rollup what the relation `before` had of them."""
    sums = ", ".join(
        f"{column} = coalesce(CASE WHEN rollup.{column} + b.{column} > {MOST} THEN {MOST}"
        f" ELSE rollup.{column} + b.{column} END, rollup.{column}, b.{column})"
        for column in ("calls", "input_tokens", "output_tokens", "unpriced", "images")
    )
    cost = "(rollup.cost_usd::DECIMAL(27, 9) + b.cost_usd::DECIMAL(27, 9))::DOUBLE"
    return f"""
        UPDATE rollup SET {sums}, cost_usd = coalesce({cost}, rollup.cost_usd, b.cost_usd),
               max_input = greatest(rollup.max_input, b.max_input),
               first = least(rollup.first, b.first), last = greatest(rollup.last, b.last)
        FROM {before} b SEMI JOIN {cells} USING (cell) WHERE rollup.cell = b.cell"""


def seen(facts: str | None) -> str:
    """Return SQL for the rows of `seen` of the relation `facts`, or of the whole rollup."""
    only = f"SEMI JOIN {facts} USING (fact)" if facts else ""
    # The fact determines its columns: any value is the value, `min` merely says so without an order.
    return f"""
        INSERT INTO seen BY NAME
        SELECT fact, {", ".join(f"min({column}) AS {column}" for column in _FACT)}, min(first) AS first,
               max(last) AS last, {_total("calls")} AS calls
        FROM rollup {only} GROUP BY fact"""


def hourly(hours: str | None) -> str:
    """Return SQL for the hourly totals of use: of the relation `hours`, or of the whole rollup.

    An hour of single calls closes with its last bucket; a usage bucket of an hour or more stands for itself.
    """
    only = f"SEMI JOIN {hours} USING (owner_key, subject, hour, width)" if hours else ""
    return f"""
        INSERT INTO hourly BY NAME
        SELECT owner_key, owner_id, subject, hour, width, hour + to_seconds(greatest(3600, width)) AS closes,
               {_total("calls")} AS calls, {_total("coalesce(input_tokens, 0)::HUGEINT + coalesce(output_tokens, 0)")}
               AS tokens, {COST}::DOUBLE AS cost_usd, {_total("coalesce(images, 0)")} AS images,
               min(first) AS first
        FROM (SELECT {HOUR}, calls, input_tokens, output_tokens, cost_usd, images, first FROM rollup WHERE {USE}) {only}
        GROUP BY owner_key, owner_id, subject, hour, width"""
