"""The events that Spark judges: which files they are in. In: files of paths or of the lake. Out: a view of Spark."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from seawall.detect.spark.dialect import of_duckdb
from seawall.store import EVENTS, VIEWS

_TYPES: Final = {"string": "STRING", "int64": "BIGINT", "double": "DOUBLE", "binary": "BINARY"}
_FIELDS: Final = ", ".join(f"`{field.name}` {_TYPES.get(str(field.type), 'TIMESTAMP')}" for field in EVENTS)


class Log(msgspec.Struct, frozen=True):
    """All events to judge.

    `files`: Parquet files of `store.EVENTS`, where Spark can read them; `once`: no event is in them twice, as in the
    lake; `until`: only those before that time (UTC, naive).
    """

    files: tuple[str, ...]
    once: bool = False
    until: datetime | None = None

    def read(self, spark: Any) -> None:
        """Name the events, each once, `events` in the session."""
        read = spark.read.schema(_FIELDS)
        events = read.parquet(*self.files) if self.files else spark.createDataFrame([], _FIELDS)
        if self.until is not None:
            events = events.where(f"time < TIMESTAMP '{self.until.isoformat(sep=' ')}'")
        if not self.once:
            events = events.dropDuplicates(["event_id", "time", "digest"])
        events.createOrReplaceTempView("events")


def sources() -> str:
    """Return Spark's SQL for the rows of the view `sources`, and the greatest time that each source told as `now`."""
    told = VIEWS["sources"].keys() - {"source", "events", "first", "last"}
    counts = ", ".join(f"count({column}) AS {column}" for column in sorted(told))
    return of_duckdb(f"""
        SELECT source, min(time)::TIMESTAMP AS first, max(time)::TIMESTAMP AS last, count(*) AS events, {counts},
               max(time::TIMESTAMP + to_seconds(bucket_seconds)) AS now FROM events GROUP BY source""")
