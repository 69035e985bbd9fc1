"""The views: what the engine keeps folded from the lake, in one DuckDB file. Derived, and rebuilt when dropped.

`Views.fold(batch)` takes new events (no duplicates of earlier ones) and leaves `calls`, `rollup`, `hits`, `seen` and
`hourly` as if all events had come at once; it returns what changed, so that only that is judged again.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import duckdb

from seawall.store import fold
from seawall.store.calls import finished, joined, rows_of_calls, rows_of_events
from seawall.store.schema import VIEWS, ddl

#: A call that matters one by one: every act but plain use, and use that was refused or filtered.
HIT: Final = (
    "activity NOT IN ('infer', 'usage', 'cost', 'other')"
    " OR (activity = 'infer' AND outcome IN ('denied', 'invalid', 'filtered'))"
)


class Views:
    """A DuckDB connection that holds the views. Close it, or use it as a context manager."""

    def __init__(self, path: Path | None = None, *, memory: str = "2GB", threads: int = 2) -> None:
        """Open the views at `path` (None: in memory), creating what is missing; `memory` is DuckDB's limit."""
        self.con = duckdb.connect(str(path) if path else ":memory:")
        self.con.execute("SET TimeZone = 'UTC'")
        self.con.execute("SET memory_limit = ?", [memory])
        self.con.execute("SET threads = ?", [threads])
        self.con.execute("SET preserve_insertion_order = false")
        for view in VIEWS:
            self.con.execute(ddl(view))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; what was folded stays in the file."""
        self.con.close()

    def rows(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        found: list[tuple[Any, ...]] = self.con.execute(sql, values or []).fetchall()
        return found

    def now(self) -> datetime | None:
        """Return the greatest time known (UTC, naive), or None when nothing was folded."""
        found: datetime | None = self.rows("SELECT max(known_at) FROM calls")[0][0]
        return found

    def fold(self, batch: str) -> None:
        """Fold the relation `batch` (`schema.EVENTS`); leaves the tables `changed_owner` and `changed_net`.

        Each holds (key, since): the rule keys whose rows changed, and the earliest time at which they did.
        """
        fresh = self.rows("SELECT count(*) FROM calls")[0][0] == 0
        self.con.execute("BEGIN")
        self._join(batch)
        if fresh:
            self._build()
        else:
            self._update()
        self._hits()
        self._changes()
        self.con.execute("COMMIT")

    def _join(self, batch: str) -> None:
        self._temporary("rows_in", rows_of_events(batch))
        self._temporary("calls_before", "SELECT * FROM calls SEMI JOIN rows_in USING (call)")
        self._temporary("rows_all", f"FROM rows_in UNION ALL BY NAME ({rows_of_calls('calls_before')})")
        self._temporary("rows_joined", joined("rows_all"))
        self._temporary("calls_after", finished("rows_joined"))
        for used in ("rows_in", "rows_all", "rows_joined"):
            self.con.execute(f"DROP TABLE {used}")
        self.con.execute("DELETE FROM calls WHERE call IN (SELECT call FROM calls_before)")
        self.con.execute("INSERT INTO calls BY NAME SELECT * FROM calls_after")

    def _build(self) -> None:
        for statement in (fold.rollup(None), fold.seen(None), fold.hourly(None)):
            self.con.execute(statement)

    def _update(self) -> None:
        self._temporary("cells", "SELECT cell FROM calls_before UNION SELECT cell FROM calls_after")
        self._temporary("rollup_before", "SELECT * FROM rollup SEMI JOIN cells USING (cell)")
        self.con.execute("DELETE FROM rollup WHERE cell IN (SELECT cell FROM cells)")
        self.con.execute(fold.rollup("cells"))
        self._temporary("rollup_after", "SELECT * FROM rollup SEMI JOIN cells USING (cell)")
        both = "(SELECT * FROM rollup_before UNION ALL SELECT * FROM rollup_after)"
        self._temporary("facts", f"SELECT DISTINCT fact FROM {both}")
        self.con.execute("DELETE FROM seen WHERE fact IN (SELECT fact FROM facts)")
        self.con.execute(fold.seen("facts"))
        self._temporary(
            "hours",
            "SELECT DISTINCT owner_key, subject, date_trunc('hour', bucket) AS hour, bucket_seconds AS width"
            f" FROM {both} WHERE activity IN ('infer', 'usage') AND subject IS NOT NULL",
        )
        self.con.execute(
            "DELETE FROM hourly USING hours h WHERE hourly.owner_key = h.owner_key AND hourly.subject = h.subject"
            " AND hourly.hour = h.hour AND hourly.width = h.width"
        )
        self.con.execute(fold.hourly("hours"))

    def _hits(self) -> None:
        self.con.execute("DELETE FROM hits WHERE call IN (SELECT call FROM calls_before)")
        self.con.execute(f"INSERT INTO hits BY NAME SELECT * FROM calls_after WHERE {HIT}")

    def _changes(self) -> None:
        for name, key in (("changed_owner", "owner_key"), ("changed_net", "src_net")):
            self._temporary(
                name,
                f"SELECT {key} AS key, date_trunc('hour', min(known_at)) AS since FROM"
                f" (SELECT {key}, known_at FROM calls_before UNION ALL SELECT {key}, known_at FROM calls_after)"
                f" WHERE {key} IS NOT NULL GROUP BY {key}",
            )

    def _temporary(self, name: str, query: str) -> None:
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
