"""The fold on Spark: the view `events` in, the views as Parquet files out, for Spark's rules and for DuckDB to read.

The statements are those of `seawall.store`, translated; only in the join of a call's records, Spark fetches the winner
of each column group while it groups, in one pass over the events.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import sqlglot
from sqlglot import exp

from seawall.detect.spark.dialect import columns, of_duckdb
from seawall.store import VIEWS, calls, totals
from seawall.store.schema import GROUPS

#: What tells a call from another, besides the columns of a call.
NAMED: Final = tuple(name for name in columns(calls.CALL) if name not in VIEWS["calls"])


def fold(spark: Any, folder: Path) -> None:
    """Fold `events` into the folder's `calls`, `rollup`, `seen` and `hourly`, so named in the session too."""
    spark.sql(_rows()).createOrReplaceTempView("rows")
    spark.sql(_joined()).createOrReplaceTempView("joined")
    finished = of_duckdb(calls.finished("joined"))
    _store(spark, folder / "calls", f"SELECT *, monotonically_increasing_id() AS rowid FROM ({finished})")
    _store(spark, folder / "rollup", of_duckdb(totals.rollup("calls")))
    _store(spark, folder / "seen", of_duckdb(totals.seen(None)))
    _store(spark, folder / "hourly", of_duckdb(totals.hourly(None)))


def _store(spark: Any, place: Path, query: str) -> None:
    """Store the rows of a query, an owner's beside each other, so that who asks for an owner reads little."""
    rows = spark.sql(query).repartition("owner_key").sortWithinPartitions("owner_key", "subject")
    rows.write.parquet(str(place))
    spark.read.parquet(str(place)).createOrReplaceTempView(place.name)


def _rows() -> str:
    """Return Spark's SQL for the rows of all events, with what tells their calls apart."""
    query: Any = sqlglot.parse_one(calls.rows_of_events("events"), read="duckdb")
    return of_duckdb(query.select(*NAMED))


def _joined() -> str:
    """Return Spark's SQL for the joined rows: each group's winner comes along, where the store fetches it by number."""
    query: Any = sqlglot.parse_one(calls.joined("rows"), read="duckdb")
    query.set("joins", [])
    (inner,) = query.find_all(exp.Subquery)
    for group, names in GROUPS.items():
        (chosen,) = (each for each in inner.this.selects if each.alias == f"{group}_row")
        for winner in chosen.find_all(exp.ArgMin):
            winner.this.replace(_struct(names))
    for column in query.find_all(exp.Column):
        if column.table in GROUPS:
            column.replace(exp.column(column.name, f"{column.table}_row", "g"))
    latest = exp.alias_(exp.ArgMax(this=_struct(NAMED), expression=exp.column("time")), "latest")
    inner.this.select(latest, copy=False)
    return of_duckdb(query.select(*(exp.column(name, "latest", "g") for name in NAMED)))


def _struct(names: tuple[str, ...]) -> Any:
    return exp.Anonymous(this="STRUCT", expressions=[exp.column(name) for name in names])
