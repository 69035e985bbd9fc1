"""`parse`: CloudTrail's gzipped delivery files → parsed, normalised, enriched Arrow tables, in one process.

Its peers read the same files into twelve columns and stop there: DuckDB's `read_json`, told the types, and Python's
own `json` with a dict for each record. Seawall's events have 48 columns, a digest, network, place, client and price.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
from measure import Stages, in_process
from rows import Row
from world import World

from seawall.enrich import Geo, Prices
from seawall.enrich.columns import enrich
from seawall.intake.batch import digests, table
from seawall.intake.limits import Limits
from seawall.intake.opening import Stream, streams
from seawall.intake.read import Reader, Reading
from seawall.intake.recognise import read
from seawall.intake.splitting import Piece, records
from seawall.sources import Context
from seawall.sources.aws_record import trail
from seawall.sources.rows import Row as EventRow

#: The peers are slow: of a large world they get, as Seawall does, the first files with about so many records.
MOST: Final = 1_000_000
_STAGED: Final = 100_000
_TYPES: Final = """{Records: 'STRUCT(eventID VARCHAR, eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR,
    awsRegion VARCHAR, sourceIPAddress VARCHAR, userAgent VARCHAR, errorCode VARCHAR, requestID VARCHAR,
    userIdentity STRUCT(arn VARCHAR, accountId VARCHAR, accessKeyId VARCHAR),
    requestParameters STRUCT(modelId VARCHAR))[]'}"""
_COLUMNS: Final = """r.eventID, r.eventTime::TIMESTAMP, r.eventSource, r.eventName, r.awsRegion, r.sourceIPAddress,
    r.userAgent, r.errorCode, r.requestID, r.userIdentity.accountId, r.userIdentity.accessKeyId,
    r.requestParameters.modelId"""


def bench(world: World) -> list[Row]:
    """Return Seawall's row, its peers', and a row for each stage."""
    files = chosen(world, MOST)
    ours = in_process(seawall, files, str(world.geo))
    rows = [Row("parse", "Seawall", ours.result, ours, aim="≥ 100,000 events per CPU-second")]
    for name, peer in (("DuckDB read_json", with_duckdb), ("Python json", with_json)):
        cost = in_process(peer, files)
        if cost.result != ours.result:
            raise SystemExit(f"error: {name} read {cost.result} records, Seawall {ours.result}")
        rows.append(Row("parse", name, cost.result, cost, peer_of=rows[0]))
    staged = in_process(stages, files, str(world.geo))
    count, seconds = staged.result
    return [*rows, *(Row("parse", f"stage: {name}", count, cpu_s=cpu) for name, cpu in seconds.items())]


def chosen(world: World, most: int) -> list[str]:
    """Return the first delivery files, with a share of the world's records that is about `most`."""
    every = sorted(map(str, world.trail.rglob("*.gz")))
    share = min(1.0, most / max(1, world.events["cloudtrail"]))
    sizes = [Path(path).stat().st_size for path in every]
    left, files = sum(sizes) * share, []
    for path, size in zip(every, sizes, strict=True):
        if left <= 0:
            break
        files.append(path)
        left -= size
    return files


def seawall(files: list[str], geo: str) -> int:
    """Read the files as `seawall detect` does, and let the tables go; return how many events there were."""
    reader = Reader(Reading(geo=(geo,)))
    found = (stream for stream in streams(files, Limits()) if isinstance(stream, Stream))
    return sum(rows.num_rows for rows in reader.tables(found))


def with_duckdb(files: list[str]) -> int:
    """Read the files with DuckDB, in one thread."""
    con = duckdb.connect(":memory:")
    con.execute("SET threads = 1; SET enable_progress_bar = false")
    source = f"read_json($files, columns = {_TYPES}, maximum_object_size = 1 << 30)"
    query = f"SELECT {_COLUMNS} FROM (SELECT unnest(Records) AS r FROM {source})"
    found = con.sql(query, params={"files": files}).to_arrow_reader(50_000)
    return sum(batch.num_rows for batch in found)


def with_json(files: list[str]) -> int:
    """Read the files with Python's own modules."""
    total = 0
    for path in files:
        with gzip.open(path) as file:
            rows = [_picked(record) for record in json.load(file)["Records"]]
        total += pa.Table.from_pylist(rows).num_rows
    return total


def _picked(record: dict[str, Any]) -> dict[str, Any]:
    who, parameters = record.get("userIdentity") or {}, record.get("requestParameters") or {}
    plain = ("eventID", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent")
    return {
        **{name: record.get(name) for name in plain},
        "errorCode": record.get("errorCode"),
        "requestID": record.get("requestID"),
        "accountId": who.get("accountId"),
        "accessKeyId": who.get("accessKeyId"),
        "modelId": parameters.get("modelId"),
    }


def stages(files: list[str], geo: str) -> tuple[int, dict[str, float]]:
    """Take the first files' events through the stages one by one.

    Returns:
        How many events there were, and the CPU seconds of each stage.
    """
    done, places, prices = Stages(), Geo.open(geo), Prices.load()
    count, tables = 0, []
    for stream in streams(files, Limits()):
        if not isinstance(stream, Stream):
            continue
        chunks = done.run("gunzip", list, stream.open())
        pieces = done.run("split", _pieces, chunks)
        done.run("decode", _each, trail, pieces)
        events = done.run("normalise", _events, pieces)
        done.run("digest", list, digests(events))
        tables.append(done.run("Arrow", table, events))
        count += len(events)
        if count >= _STAGED:
            break
    done.run("enrich", enrich, pa.concat_tables(tables), places, prices)
    # these two do what comes before them once more
    done.cpu["normalise"] -= done.cpu["decode"]
    done.cpu["Arrow"] -= done.cpu["digest"]
    return count, done.cpu


def _pieces(chunks: list[bytes]) -> list[bytes]:
    return [item.data for part in records(chunks, Limits()) for item in part if isinstance(item, Piece)]


def _events(pieces: list[bytes]) -> list[EventRow]:
    context = Context()
    return [event for piece in pieces for event in _found(read(piece, context)[1])]


def _found(events: object) -> list[EventRow]:
    return events if isinstance(events, list) else []


def _each(work: Callable[[Any], object], items: list[Any]) -> None:
    for item in items:
        work(item)
