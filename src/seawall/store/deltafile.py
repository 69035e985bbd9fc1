"""The files of a Delta table, by the Delta protocol: Parquet files with their statistics, and the log of commits.

Rows in, files and `AddAction` out. What delta-rs does not do is done here: files and commits are brought to the disk,
and the statistics of times, which the protocol keeps in milliseconds, enclose what they stand for.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from seawall.store.durable import make_folder, sync

#: The columns with statistics: appends slow down with live files × these.
MEASURED: Final = ("time", "credential_id", "event_id", "request_id")
#: Longer texts get no bounds: the log of commits is no place for what an adversary may write at any length.
_TEXT_CHARS: Final = 256
_MILLISECOND: Final = timedelta(milliseconds=1)
_LOG: Final = "_delta_log"


class _Add(msgspec.Struct, rename="camel"):
    path: str
    data_change: bool


class _Line(msgspec.Struct):
    add: _Add | None = None


_LINE: Final = msgspec.json.Decoder(_Line)


def write(folder: Path, path: str, rows: pa.Table) -> AddAction:
    """Write the rows of one day to `path` under the table's folder; `sync_all` must follow before it is committed."""
    make_folder((folder / path).parent)
    pq.write_table(rows, folder / path, compression="zstd", compression_level=3)
    return described(folder, path)


def described(folder: Path, path: str, *, changed: bool = True) -> AddAction:
    """Return the action that adds a file whose path is `day=…/…`; `changed` is False for rows that were there."""
    rows = pq.read_table(folder / path, columns=list(MEASURED), partitioning=None)
    size = (folder / path).stat().st_size
    now = time.time_ns() // 1_000_000
    return AddAction(path, size, {"day": day_of(path)}, now, changed, _statistics(rows))


def day_of(path: str) -> str:
    """Return the partition that a path lies in."""
    return path.partition("/")[0].removeprefix("day=")


def sync_all(folder: Path, paths: Iterable[str]) -> None:
    """Bring files and their names to the disk."""
    files = [folder / path for path in paths]
    for place in (*files, *{file.parent for file in files}):
        sync(place)


def sync_log(folder: Path, version: int) -> None:
    """Bring a commit to the disk; one that a checkpoint has replaced is there already."""
    with contextlib.suppress(FileNotFoundError):
        sync(_commit(folder, version))
    sync(folder / _LOG)


def mend(folder: Path) -> bool:
    """Remove the latest commit if a power failure tore it: it never counted, and its batch comes again.

    Returns whether there was one. Only the process that holds `Home.ingesting` may call this.
    """
    commits = sorted((folder / _LOG).glob("*.json"))
    if not commits or _lines(commits[-1]) is not None:
        return False
    commits[-1].unlink()
    sync(folder / _LOG)
    return True


def added(folder: Path, since: int, version: int) -> list[str] | None:
    """Return the paths of the files that brought rows after version `since`; None where the log no longer tells."""
    paths = []
    for number in range(since + 1, version + 1):
        lines = _lines(_commit(folder, number))
        if lines is None:
            return None
        paths += [unquote(line.add.path) for line in lines if line.add and line.add.data_change]
    return paths


def _commit(folder: Path, version: int) -> Path:
    return folder / _LOG / f"{version:020}.json"


def _lines(commit: Path) -> list[_Line] | None:
    try:
        lines = [_LINE.decode(line) for line in commit.read_bytes().splitlines()]
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return lines or None


def _statistics(rows: pa.Table) -> str:
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    for name in MEASURED:
        bounds = pc.min_max(rows[name]).as_py()
        encode = _time_bounds if name == "time" else _text_bounds
        if bounds["min"] is not None and (encoded := encode(bounds["min"], bounds["max"])):
            low[name], high[name] = encoded
    nulls = {name: rows[name].null_count for name in MEASURED}
    told = {"numRecords": rows.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls}
    return msgspec.json.encode(told).decode()


def _text_bounds(low: str, high: str) -> tuple[str, str] | None:
    return (low, high) if max(len(low), len(high)) <= _TEXT_CHARS else None


def _time_bounds(low: datetime, high: datetime) -> tuple[str, str] | None:
    """Return the bounds in whole milliseconds, rounded outwards; none at the very end of the calendar."""
    if high > datetime.max.replace(tzinfo=UTC) - _MILLISECOND:
        return None
    outer = high + (_MILLISECOND if high.microsecond % 1000 else timedelta())
    return _moment(low), _moment(outer)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
