"""`sigma`: fifty rules on the columns of events in the lake, matched together; and real rules on raw records.

The peer is DuckDB with one query for each rule over the same files; both must count the same rows.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq
from fiftyrules import fifty
from measure import in_process
from rows import Row
from world import World

from seawall.detect.sigma import Index, load, load_text, scan
from seawall.intake.read import Reading, to_parquet
from seawall.store import EVENTS
from seawall.store.lake import Lake, relation

#: Rules on raw records are slower: they get so many events.
_RAW: Final = 500_000
_CORPUS: Final = "logs/sigma/rules/cloud/aws/cloudtrail"


def bench(world: World) -> list[Row]:
    """Return the rows of the fifty rules, of the peer, and of the rules on raw records where they are there."""
    files = filled(world)
    ours = in_process(seawall, files)
    theirs = in_process(with_duckdb, files)
    if ours.result != theirs.result:
        raise SystemExit(f"error: the counts differ: {ours.result} and {theirs.result}")
    row = Row("sigma", "Seawall, 50 rules", world.total, ours, aim="≥ 2,000,000 events per CPU-second")
    rows = [row, Row("sigma", "DuckDB, 50 queries", world.total, theirs, peer_of=row)]
    corpus = Path(os.environ.get("SEAWALL_TEST_DATA", "../shared/data")) / _CORPUS
    if corpus.is_dir():
        cost = in_process(on_raw, files, str(corpus))
        rules, events = cost.result
        rows.append(Row("sigma on raw", f"Seawall, {rules} published rules", events, cost))
    return rows


def filled(world: World) -> list[str]:
    """Return the files of a lake with all events of the world, filling it where it is not there yet."""
    home, done = Path(world.folder) / "lake", Path(world.folder) / "lake.done"
    if not done.exists():
        shutil.rmtree(home, ignore_errors=True)
    lake = Lake(home)
    if not done.exists():
        _fill(lake, world)
        done.touch()
    files = lake.files() or []
    lake.close()
    return files


def _fill(lake: Lake, world: World) -> None:
    """Append the events day by day, as they would have come."""
    with tempfile.TemporaryDirectory(prefix="seawall-bench-", dir=world.folder) as folder:
        parts, _ = to_parquet([world.logs], Path(folder), Reading(geo=(str(world.geo),)))
        con = connection()
        source = f"read_parquet({[str(part) for part in parts]})"
        days = con.sql(f"SELECT DISTINCT time::DATE FROM {source} ORDER BY ALL").fetchall()
        for number, (day,) in enumerate(days, 1):
            rows = con.sql(f"SELECT * FROM {source} WHERE time::DATE = DATE '{day}'").to_arrow_table()
            lake.append(rows.select(EVENTS.names).cast(EVENTS), spool="bench", offset=number)


def seawall(files: list[str]) -> dict[str, int]:
    """Match all rules in one pass over the files; return how many rows each matched."""
    index = Index(load_text(b"\n---\n".join(rule.sigma for rule in fifty())).check().rules)
    if index.blind:
        raise SystemExit(f"error: blind rules: {index.blind}")
    counts = dict.fromkeys((rule.id for rule in fifty()), 0)
    for _, matched in scan(index, files):
        for rule, rows in matched.rows.items():
            counts[rule] += len(rows)
    return counts


def with_duckdb(files: list[str]) -> dict[str, int]:
    """Ask one query for each rule."""
    con = connection()
    found = {}
    for rule in fifty():
        (found[rule.id],) = con.sql(f"SELECT count(*) FROM {relation(files)} WHERE {rule.sql}").fetchall()[0]
    return found


def on_raw(files: list[str], corpus: str) -> tuple[int, int]:
    """Match published CloudTrail rules on raw records; return how many rules and how many events."""
    index = Index(load([Path(corpus)]).rules)
    events = 0
    for part, _ in scan(index, _up_to(files)):
        events += sum(pq.read_metadata(file).num_rows for file in part)
    return index.cost.rules, events


def _up_to(files: list[str]) -> Iterator[str]:
    """Yield files until they hold enough events for rules on raw records."""
    events = 0
    for file in files:
        if events < _RAW:
            yield file
            events += pq.read_metadata(file).num_rows


def connection() -> duckdb.DuckDBPyConnection:
    """Return a DuckDB with the limits that the engine gives it."""
    con = duckdb.connect(":memory:")
    con.execute("SET TimeZone = 'UTC'; SET memory_limit = '2GB'; SET threads = 2; SET enable_progress_bar = false")
    return con
