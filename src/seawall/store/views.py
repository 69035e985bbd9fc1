"""The views: what the engine keeps folded from the lake, in one DuckDB file. Derived, and rebuilt when dropped.

`Views.fold(batch)` takes new events (no duplicates of earlier ones) and leaves `calls`, `rollup`, `hits`, `seen` and
`hourly` as if all events had come at once; it adds to what changed, so that only that is judged again, and what changed
stands until it was judged, whoever dies in between. With a history to go back to, `Views.prune()` lets `calls` forget
what is older than two days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import duckdb

from seawall.model import UsageError
from seawall.store.fold import fold
from seawall.store.layout import layout
from seawall.store.past import APART, bring_back, hits_anew
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
        time of `fold`; the batch being folded may already be in it. Without it nothing is ever pruned. A file of
        another layout is emptied.
        """
        self.history = history
        self.con = duckdb.connect(str(path) if path else ":memory:")
        self.con.execute("SET TimeZone = 'UTC'")
        self.con.execute("SET memory_limit = ?", [memory])
        self.con.execute("SET threads = ?", [threads])
        self.con.execute("SET preserve_insertion_order = false")
        self.con.execute("SET enable_progress_bar = false")  # it would write into what we print
        self._prepare()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; what was folded stays in the file."""
        self.con.close()

    def spill(self, folder: Path) -> None:
        """Let what does not fit into memory go to a folder of that folder."""
        self.con.execute("SET temp_directory = ?", [str(folder / "spill")])

    def rows(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        found: list[tuple[Any, ...]] = self.con.execute(sql, values or []).fetchall()
        return found

    def now(self) -> datetime | None:
        """Return the greatest time told by an event (UTC, naive; a usage bucket's end), or None before the first."""
        now: datetime | None = self._state("now")
        return now

    @property
    def version(self) -> int | None:
        """The lake's version that the views have reached, where whoever folded said so."""
        version: int | None = self._state("version")
        return version

    @property
    def pruned(self) -> datetime | None:
        """The time before which `calls` may have forgotten calls; None where it has all."""
        pruned: datetime | None = self._state("pruned")
        return pruned

    @property
    def judged_by(self) -> str | None:
        """The name of the rules and settings that `matches` stands for."""
        name: str | None = self._state("judged_by")
        return name

    @property
    def marked_by(self) -> str | None:
        """The name of the rules that `marks` stands for."""
        name: str | None = self._state("marked_by")
        return name

    def fold(self, batch: str, version: int | None = None) -> None:
        """Fold the relation `batch` (`schema.EVENTS`), and note that the views have reached the lake's `version`.

        Adds to the views `changed_owner` and `changed_net`, each (key, since): the rule keys whose rows changed and
        are not judged yet, and the earliest time at which they did. The relation is read more than once and must be
        the same each time.

        Raises:
            UsageError: an event is older than what was pruned, and there is no history to go back to.
        """
        with self.changing():
            if (pruned := self.pruned) is not None:
                self._bring_back(batch, pruned)
            fold(self.con, batch, first=self.now() is None)
            last = f"SELECT bucket_seconds, max(time)::TIMESTAMP AS last FROM {batch} GROUP BY bucket_seconds"
            ends = "last + to_seconds(bucket_seconds)"
            self.con.execute(f"UPDATE state SET now = greatest(now, (SELECT max({ends}) FROM ({last})))")
            self._note(version=version)

    def follow(self, lake: str, version: int) -> None:
        """Say which lake is folded here, by its id, and its version; views of another, or of more, are emptied."""
        if self._state("lake") != lake or (self.version or 0) > version:
            self.empty()
            self._note(lake=lake)

    def prune(self) -> None:
        """Forget the calls that were known more than `KEPT` before now, where there is a history to go back to."""
        now = self.now()
        if self.history is None or now is None:
            return
        until = max(now - KEPT, self.pruned or now - KEPT)
        with self.changing():
            self.con.execute("DELETE FROM calls WHERE known_at < ?", [until])
            self._note(pruned=until)

    def mark(self, by: str, marking: Callable[[], None] | None) -> None:
        """Empty `marks` and let `marking` fill it from the history (None: there is nothing yet), all or nothing.

        `by` names the rules that mark. `hits` follows; all is to be judged again.
        """
        with self.changing():
            self.con.execute("DELETE FROM marks")
            if marking is not None:
                marking()
                hits_anew(self.con, self.history if self.pruned else None)
            self._note(marked_by=by, judged_by=None)

    def judged(self, by: str) -> None:
        """Note that what changed is judged, by the rules and settings of that name; to be called within `changing`."""
        self.con.execute("DELETE FROM changed_owner")
        self.con.execute("DELETE FROM changed_net")
        self._note(judged_by=by)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All or nothing: what fails half-way leaves the views as they were."""
        self.con.execute("BEGIN")
        try:
            yield
        except BaseException:  # an interrupt too must leave the views whole
            self.con.execute("ROLLBACK")
            raise
        self.con.execute("COMMIT")

    def empty(self) -> None:
        """Forget all, as if nothing had ever been folded."""
        with self.changing():
            for (name,) in self.rows("SELECT table_name FROM duckdb_tables() WHERE NOT temporary"):
                self.con.execute(f'DROP TABLE "{name}"')
            for view in VIEWS:
                self.con.execute(ddl(view))
            self.con.execute("INSERT INTO state (layout) VALUES (?)", [layout()])

    def _prepare(self) -> None:
        """Create the tables where they are missing or of another layout."""
        stands = self.rows("SELECT count(*) FROM duckdb_tables() WHERE NOT temporary AND table_name = 'state'")[0][0]
        if not stands or self.rows("SELECT layout FROM state") != [(layout(),)]:
            self.empty()

    def _state(self, column: str) -> Any:
        return self.rows(f"SELECT {column} FROM state")[0][0]

    def _note(self, **values: Any) -> None:
        self.con.execute(f"UPDATE state SET {', '.join(f'{name} = ?' for name in values)}", list(values.values()))

    def _bring_back(self, batch: str, pruned: datetime) -> None:
        late = f"(SELECT * FROM {batch} WHERE time::TIMESTAMP < TIMESTAMP '{pruned + APART}')"
        if self.history is not None:
            bring_back(self.con, late, batch, self.history)
        elif self.rows(f"SELECT count(*) FROM {late}")[0][0]:
            raise UsageError("these views were pruned, and an event is older", hint="give the history, or fold anew")
