"""The views: what the engine keeps folded from the lake, in one DuckDB file. Derived, and rebuilt when dropped.

`Views.fold(batch)` takes new events (no duplicates of earlier ones) and leaves `calls`, `rollup`, `hits`, `seen` and
`hourly` as if all events had come at once; it tells what changed, so that only that is judged again. With a history to
go back to, `Views.prune()` lets `calls` forget what is older than two days.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import duckdb

from seawall.model import UsageError
from seawall.store.fold import fold
from seawall.store.past import APART, bring_back
from seawall.store.schema import VIEWS, ddl

#: How long `calls` remembers, before now.
KEPT: Final = timedelta(hours=48)


class Views:
    """A DuckDB connection that holds the views. Close it, or use it as a context manager."""

    def __init__(
        self, path: Path | None = None, *, history: str | None = None, memory: str = "2GB", threads: int = 2
    ) -> None:
        """Open the views at `path` (None: in memory), creating what is missing; `memory` is DuckDB's limit.

        `history` names the relation of all events folded so far, each once, which the connection must know by the
        time of `fold`; the batch being folded may already be in it. Without it nothing is ever pruned.
        """
        self.history = history
        self.con = duckdb.connect(str(path) if path else ":memory:")
        self.con.execute("SET TimeZone = 'UTC'")
        self.con.execute("SET memory_limit = ?", [memory])
        self.con.execute("SET threads = ?", [threads])
        self.con.execute("SET preserve_insertion_order = false")
        self.con.execute("SET enable_progress_bar = false")  # it would write into what we print
        for view in VIEWS:
            self.con.execute(ddl(view))
        self.con.execute("CREATE TABLE IF NOT EXISTS clock (now TIMESTAMP, pruned TIMESTAMP)")

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
        """Return the greatest time told by an event (UTC, naive; a usage bucket's end), or None before the first."""
        return self._clock()[0]

    def fold(self, batch: str) -> None:
        """Fold the relation `batch` (`schema.EVENTS`); leaves the tables `changed_owner` and `changed_net`.

        Each holds (key, since): the rule keys whose rows changed, and the earliest time at which they did. The
        relation is read more than once and must be the same each time.

        Raises:
            UsageError: an event is older than what was pruned, and there is no history to go back to.
        """
        now, pruned = self._clock()
        with self._transaction():
            if pruned is not None:
                self._bring_back(batch, pruned)
            fold(self.con, batch, first=now is None)
            self._tick(batch)

    def prune(self) -> None:
        """Forget the calls that were known more than `KEPT` before now, where there is a history to go back to."""
        now, pruned = self._clock()
        if self.history is None or now is None:
            return
        until = max(now - KEPT, pruned or now - KEPT)
        with self._transaction():
            self.con.execute("DELETE FROM calls WHERE known_at < ?", [until])
            self.con.execute("UPDATE clock SET pruned = ?", [until])

    def _clock(self) -> tuple[datetime | None, datetime | None]:
        """Return now, and the time before which calls may have been pruned."""
        found = self.rows("SELECT now, pruned FROM clock")
        return (found[0][0], found[0][1]) if found else (None, None)

    def _tick(self, batch: str) -> None:
        latest = f"SELECT max(time::TIMESTAMP + to_seconds(bucket_seconds)) FROM {batch}"
        if self.rows("SELECT count(*) FROM clock")[0][0] == 0:
            self.con.execute(f"INSERT INTO clock BY NAME FROM ({latest}) t(now) WHERE now IS NOT NULL")
        else:
            self.con.execute(f"UPDATE clock SET now = greatest(now, ({latest}))")

    def _bring_back(self, batch: str, pruned: datetime) -> None:
        late = f"(SELECT * FROM {batch} WHERE time::TIMESTAMP < TIMESTAMP '{pruned + APART}')"
        if self.history is not None:
            bring_back(self.con, late, batch, self.history)
        elif self.rows(f"SELECT count(*) FROM {late}")[0][0]:
            raise UsageError("these views were pruned, and an event is older", hint="give the history, or fold anew")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing: what fails half-way leaves the views as they were."""
        self.con.execute("BEGIN")
        try:
            yield
        except BaseException:  # an interrupt too must leave the views whole
            self.con.execute("ROLLBACK")
            raise
        self.con.execute("COMMIT")
