"""Paths → enriched tables of events, on disk or in hand, and an account of every record.

In: files, folders, archives, stdin. Out: tables of `seawall.store.EVENTS`, in batches, and a `Tally`. A stream is read
by one process; many streams are shared out among a few.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from seawall.enrich import Geo, Prices
from seawall.enrich.columns import enrich
from seawall.intake.batch import table
from seawall.intake.limits import Limits
from seawall.intake.opening import Stream, streams
from seawall.intake.recognise import read
from seawall.intake.splitting import Bad, Piece, records
from seawall.intake.tally import Quarantined, Tally
from seawall.model import Event, Unreadable
from seawall.sources import Context, Ignored

#: Events in one table: enough to make columns cheap, few enough to hold.
BATCH: Final = 50_000
#: Events made into columns at a time: so many are still in the processor's cache.
AT_ONCE: Final = 1_000
#: Below so many bytes another process costs more than it saves.
WORTH_SHARING: Final = 32 << 20
#: A record further ahead of its arrival than this would move the engine's idea of now.
AHEAD_US: Final = 3_600_000_000
DAY_S: Final = 86_400


#: What is told how many bytes are read, of how many.
Told = Callable[[int, int], None]
_OWNER: Final = re.compile(r"(?:^|/)(?:organization|owner)=([^/!]+)")


class Reading(msgspec.Struct, frozen=True):
    """How to read: what records cannot say, limits, and where the geo and price tables are."""

    context: Context = Context()
    limits: Limits = Limits()
    geo: tuple[str, ...] = ()
    prices: str | None = None


def _ends(event: Event) -> int:
    """Return the time (µs) up to which an event speaks; a usage bucket of a day or less may still be running."""
    running = event.bucket_seconds <= DAY_S
    return event.time if running else event.time + event.bucket_seconds * 1_000_000


class Reader:
    """Reads streams into tables and keeps the account. One per process.

    `latest`: records of a later time (µs) are quarantined: an hour after their arrival.
    """

    def __init__(self, reading: Reading) -> None:
        """Open the tables that `reading` names; raises UsageError where one is unreadable."""
        self.tally = Tally()
        self.reading = reading
        self._geo = Geo.open(*reading.geo) if reading.geo else None
        self._prices = Prices.load(override=reading.prices)
        self.latest = time.time_ns() // 1000 + AHEAD_US

    def tables(self, part: Iterable[Stream]) -> Iterator[pa.Table]:
        """Yield the streams' events, enriched, in tables of about `BATCH` rows whatever the streams' sizes."""
        ready: list[pa.Table] = []
        for events in self._runs(part):
            ready.append(table(events))
            if sum(rows.num_rows for rows in ready) >= BATCH:
                yield self._enriched(ready)
                ready = []
        if ready:
            yield self._enriched(ready)

    def _runs(self, part: Iterable[Stream]) -> Iterator[list[Event]]:
        """Yield the streams' events, at least `AT_ONCE` at a time but for the last."""
        waiting: list[Event] = []
        for stream in part:
            self.tally.files += 1
            for events in self._stream(stream):
                waiting += events
                if len(waiting) >= AT_ONCE:
                    yield waiting
                    waiting = []
        if waiting:
            yield waiting

    def _stream(self, stream: Stream) -> Iterator[list[Event]]:
        """Yield a stream's events; where it breaks off, that is counted and what came before it is good."""
        context = context_of(stream.name, self.reading.context)
        try:
            for items in records(stream.open(), self.reading.limits):
                yield [event for item in items for event in self.events_of(stream.name, item, context)]
        except Unreadable as error:
            self.tally.records += 1
            self.tally.quarantine(Quarantined(stream.name, 0, str(error)))

    def finished(self, events: list[Event]) -> pa.Table:
        """Return events as an enriched table, and count them."""
        return self._enriched([table(events)])

    def _enriched(self, tables: list[pa.Table]) -> pa.Table:
        rows = pa.concat_tables(tables)
        self.tally.events += rows.num_rows
        return enrich(rows, self._geo, self._prices)

    def events_of(self, name: str, item: Piece | Bad, context: Context) -> list[Event]:
        """Return the events of one record, and account for it. `name` is its stream's."""
        self.tally.records += 1
        if isinstance(item, Bad):
            self.tally.quarantine(Quarantined(name, item.line, item.reason))
            return []
        source, found = read(item.data, context)
        if isinstance(found, Unreadable):
            self.tally.quarantine(Quarantined(name, item.line, str(found), source))
            return []
        if isinstance(found, Ignored):
            self.tally.ignored[f"{source}: {found.reason}"] += 1
            return []
        for event in found:
            if _ends(event) > self.latest:
                reason = "its time is more than an hour in the future"
                self.tally.quarantine(Quarantined(name, item.line, reason, source))
                return []
        self.tally.by_source[source or ""] += 1
        return found


def context_of(name: str, context: Context) -> Context:
    """Return the context of a stream: a folder `organization=ID` or `owner=ID` names the owner where no option does."""
    found = _OWNER.search(name)
    return msgspec.structs.replace(context, owner=found[1]) if found and context.owner is None else context


def to_parquet(
    paths: Sequence[str | Path], folder: Path, reading: Reading, workers: int = 2, progress: Told | None = None
) -> tuple[list[Path], Tally]:
    """Read everything under `paths` into Parquet files in `folder`; return the files and the account."""
    total = Tally()
    found: list[Stream] = []
    for stream in streams(paths, reading.limits):
        if isinstance(stream, Stream):
            found.append(stream)
        elif stream.ignored:
            total.skipped[stream.reason] += 1
        else:
            total.quarantine(Quarantined(stream.name, 0, stream.reason))
    own = [stream for stream in found if stream.name == "-"]  # another process has no standard input of ours
    shares = [own] if own else []
    shares += _shares([stream for stream in found if stream.name != "-"], workers)
    jobs = [(part, folder / f"part-{number:04}.parquet", reading) for number, part in enumerate(shares) if part]
    told = progress or (lambda _done, _total: None)
    sizes = [sum(map(_size, part)) for part, _, _ in jobs]
    whole = max(1, sum(sizes))
    told(0, whole)
    for number, tally in enumerate(_each(jobs, workers), 1):
        total.add(tally)
        told(sum(sizes[:number]), whole)
    told(whole, whole)
    return [path for _, path, _ in jobs if path.exists()], total


def _shares(found: Sequence[Stream], workers: int) -> list[list[Stream]]:
    """Split the streams into shares of about the same size, the first streams first."""
    sizes = [_size(stream) for stream in found]
    if sum(sizes) < WORTH_SHARING or workers == 1:
        return [list(found)]
    shares: list[list[Stream]] = [[]]
    filled = 0
    for stream, size in zip(found, sizes, strict=True):
        if filled > sum(sizes) / (workers * 4):
            shares.append([])
            filled = 0
        shares[-1].append(stream)
        filled += size
    return shares


def _size(stream: Stream) -> int:
    """Return the bytes of the file a stream comes from; 0 where there is none, as for standard input."""
    try:
        return Path(stream.name).stat().st_size
    except OSError:
        return 0


def _each(jobs: list[tuple[list[Stream], Path, Reading]], workers: int) -> Iterator[Tally]:
    here = [job for job in jobs if len(jobs) == 1 or job[0][0].name == "-"]
    yield from map(_write, here)
    if len(here) < len(jobs):
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield from pool.map(_write, jobs[len(here) :])


def _write(job: tuple[list[Stream], Path, Reading]) -> Tally:
    part, path, reading = job
    reader = Reader(reading)
    writer: pq.ParquetWriter | None = None
    try:
        for rows in reader.tables(part):
            writer = writer or pq.ParquetWriter(path, rows.schema, compression="zstd", compression_level=1)
            writer.write_table(rows)
    finally:
        if writer is not None:
            writer.close()
    return reader.tally
