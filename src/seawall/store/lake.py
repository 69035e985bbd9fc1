"""The lake: all events, each once, in a Delta table that any engine can read. Tables of `schema.EVENTS` in, files out.

A batch is one commit with the spool's offset in it, so that a batch that comes again is a no-op. Its files are on the
disk before the commit names them: delta-rs syncs nothing, so files and their statistics are written here. The table is
partitioned by `day`, the UTC date of `time`. One process writes it at a time (`Home.ingesting` sees to it).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from seawall.store import deltafile
from seawall.store.durable import completing, make_folder
from seawall.store.schema import EVENTS, sql_type

_SCHEMA: Final = EVENTS.append(pa.field("day", pa.date32()))
_CONFIGURATION: Final = {
    "delta.dataSkippingStatsColumns": ",".join(deltafile.MEASURED),
    "delta.deletedFileRetentionDuration": "interval 7 days",
}
#: Files from this size on are left alone by `compact`.
LARGE_BYTES: Final = 128 << 20
#: So many files of a closed day are worth making one by `tidy`: appends and reads slow down with live files.
MANY: Final = 16
#: Hours for which files that were compacted away stay, for readers that still hold their names.
RETENTION_HOURS: Final = 7 * 24


_File = dict[str, Any]


class Appended(msgspec.Struct, frozen=True):
    """What became of a batch: how many rows are new, and how many the lake had."""

    new: int
    duplicates: int


class Lake:
    """The Delta table in `folder`, created where it is missing."""

    def __init__(self, folder: Path, *, memory: str = "1GB", threads: int = 2) -> None:
        """Open the lake; `memory` is the limit of the DuckDB that looks for duplicates.

        A commit that a power failure tore is first to be removed by `deltafile.mend`.

        Raises:
            IncompleteError: the disk refuses, or the table cannot be read.
        """
        self.folder = folder
        with self._completing("open"):
            make_folder(folder)
            if not DeltaTable.is_deltatable(str(folder)):
                DeltaTable.create(str(folder), _SCHEMA, partition_by=["day"], configuration=_CONFIGURATION)
            self._table = DeltaTable(str(folder))
            deltafile.sync_log(folder, self.version)
        self._con = duckdb.connect(":memory:")
        limits = (("TimeZone", "UTC"), ("memory_limit", memory), ("threads", threads), ("enable_progress_bar", False))
        for setting, value in (*limits, ("temp_directory", str(folder / "_spill"))):
            self._con.execute(f"SET {setting} = ?", [value])

    @property
    def id(self) -> str:
        """What tells this table from any other, made with it."""
        return str(self._table.metadata().id)

    @property
    def version(self) -> int:
        """The version of the table: the number of its latest commit."""
        version: int = self._table.version()
        return version

    def offset(self, spool: str) -> int:
        """Return the offset up to which the lake has what the spool of that name acknowledged."""
        return self._table.transaction_version(spool) or 0

    def append(self, events: pa.Table, *, spool: str, offset: int) -> Appended:
        """Add the events that are new, as one commit that says that the lake has the spool up to `offset`.

        Two rows are the same when `event_id`, `time` and `digest` are, at whatever age. On return all is on the disk.

        Args:
            events: rows of `schema.EVENTS`, in any order, duplicates included.
            spool: the name of the spool they come from.
            offset: its offset after them; at or below `self.offset(spool)` nothing is done.

        Raises:
            IncompleteError: the lake has all of the batch or nothing of it; the same again tells, and does no harm.
        """
        if offset <= self.offset(spool):
            return Appended(0, 0)
        with self._completing("write to"):
            fresh = events.take(self._fresh(events))
            added = [
                deltafile.write(self.folder, f"day={day}/{spool}-{offset:020}.parquet", rows)
                for day, rows in _by_day(fresh)
            ]
            deltafile.sync_all(self.folder, [action.path for action in added])
            self._commit(added, CommitProperties(app_transactions=[Transaction(spool, offset)]))
        return Appended(fresh.num_rows, events.num_rows - fresh.num_rows)

    def files(self, since: int | None = None) -> list[str] | None:
        """Return the paths of the files of all events, or of those that came after version `since`.

        None where that can no longer be told, because the log or the files of that time are gone: read all.
        """
        with self._completing("read"):
            if since is None:
                return [str(self.folder / path) for path in self._live()["path"].to_pylist()]
            added = deltafile.added(self.folder, since, self.version)
        paths = None if added is None else [self.folder / path for path in added]
        return None if paths is None or not all(path.exists() for path in paths) else [str(path) for path in paths]

    def tidy(self) -> int:
        """Make one file of the many that a closed day is in, and let go of what was merged long ago; return how many.

        Closed is each day before the newest that the lake has; late events may come all the same. It is worth it where
        a day has `MANY` smaller files, the biggest aside as long as it is bigger than all others together: so that no
        event is written again more often than its file doubles, whatever trickles in.
        """
        days = self._live()["day"]
        gone = self.compact(pc.max(days).as_py(), worth) if len(days) else 0
        if gone:
            self.vacuum()
        return gone

    def compact(self, before: date, of: Callable[[list[_File]], list[_File]] = list) -> int:
        """Merge the smaller files of each day before `before` into one, in order of time; return how many went.

        `of` chooses among a day's files, the smallest first. Rows stay the same, and so does what `files` says of
        earlier versions until `vacuum`. What a crash leaves unfinished is no part of the table.
        """
        gone = 0
        live = self._live()
        closed = live.filter(pc.and_(pc.less(live["day"], pa.scalar(before, pa.date32())),
                                     pc.less(live["size"], LARGE_BYTES)))  # fmt: skip
        for day in sorted(set(closed["day"].to_pylist())):
            files = closed.filter(pc.equal(closed["day"], day)).sort_by([("size", "ascending"), ("path", "ascending")])
            small = of(files.to_pylist())
            if len(small) > 1:
                with self._completing("compact"):
                    self._merge(day, small)
                gone += len(small)
        return gone

    def vacuum(self, hours: int = RETENTION_HOURS) -> int:
        """Delete the files that Delta no longer references, `hours` after it stopped; return how many went."""
        with self._completing("vacuum"):
            removed = self._table.vacuum(retention_hours=hours, dry_run=False)
            self._table.update_incremental()
        return len(removed)

    def close(self) -> None:
        """Let go of the memory that looking for duplicates takes."""
        self._con.close()

    def _live(self) -> pa.Table:
        """Return the files of this version, oldest day first: path, size, day, and the time range where known."""
        actions = pa.table(self._table.get_add_actions(flatten=True))
        names = {"path": "path", "size_bytes": "size", "partition.day": "day", "min.time": "low", "max.time": "high"}
        columns = {
            new: actions[old] if old in actions.column_names else pa.nulls(actions.num_rows, pa.timestamp("us", "UTC"))
            for old, new in names.items()
        }
        return pa.table(columns).sort_by([("day", "ascending"), ("path", "ascending")])

    def _fresh(self, events: pa.Table) -> pa.Array:
        """Return the indices of the rows that are new, in their order."""
        keys = events.select(["event_id", "time", "digest"]).append_column(
            "row", pa.array(range(events.num_rows), pa.int64())
        )
        self._con.register("keys", keys)
        known = ""
        if covering := self._covering(events["time"]):
            known = (
                f"ANTI JOIN (SELECT event_id, time, digest FROM {relation(covering)}) USING (event_id, time, digest)"
            )
        rows = self._con.sql(
            "SELECT row FROM (SELECT event_id, time, digest, min(row) AS row FROM keys GROUP BY ALL)"
            f" {known} ORDER BY row"
        ).to_arrow_table()
        self._con.unregister("keys")
        return rows["row"].combine_chunks()

    def _covering(self, times: pa.ChunkedArray) -> list[str]:
        """Return the files that may hold a row of one of these times: same day, and a time range that meets theirs."""
        self._con.register("live", self._live())
        self._con.register("batch", pa.table({"time": times}))
        found = self._con.execute(
            "SELECT path FROM live JOIN (SELECT time::TIMESTAMP::DATE AS day, min(time) AS low, max(time) AS high"
            " FROM batch GROUP BY ALL) b USING (day)"
            " WHERE coalesce(live.low <= b.high AND live.high >= b.low, TRUE)"
        ).fetchall()
        self._con.unregister("live")
        self._con.unregister("batch")
        return [str(self.folder / path) for (path,) in found]

    def _merge(self, day: date, small: Sequence[_File]) -> None:
        path = f"day={day}/compacted-{self.version:020}.parquet"
        source = relation([str(self.folder / each["path"]) for each in small])
        self._con.execute(
            f"COPY (SELECT * EXCLUDE (day) FROM {source} ORDER BY time, event_id, digest)"
            f" TO {quoted(str(self.folder / path))} (FORMAT parquet, COMPRESSION zstd)"
        )
        added = deltafile.described(self.folder, path, changed=False)
        deltafile.sync_all(self.folder, [path])
        now = time.time_ns() // 1_000_000
        removed = [RemoveAction(each["path"], False, now, each["size"], {"day": f"{day}"}) for each in small]
        self._commit([added, *removed], CommitProperties())

    def _commit(self, actions: list[AddAction | RemoveAction], properties: CommitProperties) -> None:
        self._table.create_write_transaction(actions, "append", _SCHEMA, ["day"], commit_properties=properties)
        self._table.update_incremental()
        deltafile.sync_log(self.folder, self.version)

    def _completing(self, verb: str) -> Any:
        return completing(f"cannot {verb} the lake {self.folder}", DeltaError, duckdb.Error)


def relation(files: Sequence[str]) -> str:
    """Return the SQL relation (DuckDB) of the events in these files of a lake, with their `day`."""
    if not files:
        kinds = {name: sql_type(name) for name in EVENTS.names} | {
            "time": "TIMESTAMPTZ", "digest": "BIGINT", "day": "DATE",
        }  # fmt: skip
        columns = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in kinds.items())
        return f"(SELECT {columns} WHERE FALSE)"
    listed = ", ".join(map(quoted, files))
    return f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{'day': DATE}}, union_by_name = true)"


def quoted(value: str) -> str:
    """Return text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def worth(files: list[_File]) -> list[_File]:
    """Return the files of a day that are worth merging, of all in order of size; none if they are few."""
    chosen, total = list(files), sum(each["size"] for each in files)
    while chosen and chosen[-1]["size"] > total - chosen[-1]["size"]:
        total -= chosen.pop()["size"]
    return chosen if len(chosen) >= MANY else []


def _by_day(events: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    days = events["time"].cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    for day in sorted(pc.unique(days).to_pylist()):
        yield day, events.filter(pc.equal(days, pa.scalar(day, pa.date32())))
