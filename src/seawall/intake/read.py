"""Paths → enriched tables of events, on disk or in hand, and an account of every record.

In: files, folders, archives, stdin. Out: tables of `seawall.store.EVENTS`, in batches, and a `Tally`. A stream is read
by one process; many streams are shared out among a few.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from seawall.enrich import Geo, Prices
from seawall.enrich.columns import enrich
from seawall.enrich.redaction import redact
from seawall.intake.batch import ends, table
from seawall.intake.limits import Limits
from seawall.intake.opening import Heard, Stream, streams
from seawall.intake.recognise import read
from seawall.intake.splitting import Bad, Piece, records
from seawall.intake.tally import Quarantined, Tally
from seawall.model import Unreadable
from seawall.sources import Context, Ignored
from seawall.sources.partly import PartlyUnreadable
from seawall.sources.rows import Row

#: Events in one table: enough to make columns cheap, few enough to hold.
BATCH: Final = 50_000
#: Events made into columns at a time: so many are still in the processor's cache.
AT_ONCE: Final = 1_000
#: Below so many bytes another process costs more than it saves.
WORTH_SHARING: Final = 32 << 20
#: A record further ahead of its arrival than this would move the engine's idea of now.
AHEAD_US: Final = 3_600_000_000
#: How often the bytes that other processes read are looked at.
TELLING_S: Final = 0.2
#: What is told how many bytes are read, of how many.
Told = Callable[[int, int], None]
_Job = tuple[list[Stream], Path, "Reading"]
_OWNER: Final = re.compile(r"(?:^|/)(?:organization|owner)=([^/!]+)")


class Reading(msgspec.Struct, frozen=True):
    """How to read: what records cannot say, limits, and where the geo and price tables are."""

    context: Context = Context()
    limits: Limits = Limits()
    geo: tuple[str, ...] = ()
    prices: str | None = None


class Reader:
    """Reads streams into tables and keeps the account. One per process.

    `latest`: records of a later time (µs) are quarantined: an hour after their arrival. `heard` hears how many more
    bytes of the files were read.
    """

    def __init__(self, reading: Reading, heard: Heard = lambda _: None) -> None:
        """Open the tables that `reading` names; raises UsageError where one is unreadable."""
        self.tally = Tally()
        self.reading = reading
        self.heard = heard
        self._geo = Geo.open(*reading.geo) if reading.geo else None
        self._prices = Prices.load(override=reading.prices)
        # the key of the data directory, or of --key-file: without one, a mark tells what was there and not which
        self._key = None if reading.context.key == Context().key else reading.context.key
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

    def _runs(self, part: Iterable[Stream]) -> Iterator[list[Row]]:
        """Yield the streams' events, at least `AT_ONCE` at a time but for the last."""
        waiting: list[Row] = []
        for stream in part:
            self.tally.files += 1
            context = context_of(stream.name, self.reading.context)
            for items in self._items(stream):
                waiting += self.rows_of(stream.name, items, context)
                if len(waiting) >= AT_ONCE:
                    yield waiting
                    waiting = []
        if waiting:
            yield waiting

    def _items(self, stream: Stream) -> Iterator[list[Piece | Bad]]:
        """Yield what a stream holds; where it breaks off, that is one more bad thing, and what came before is good."""
        try:
            yield from records(stream.open(self.heard), self.reading.limits)
        except Unreadable as error:
            yield [Bad(str(error), 0, 0, b"")]

    def finished(self, events: list[Row]) -> pa.Table:
        """Return events as an enriched table, and count them."""
        return self._enriched([table(events)])

    def _enriched(self, tables: list[pa.Table]) -> pa.Table:
        rows = redact(pa.concat_tables(tables), self._key)
        self.tally.events += rows.num_rows
        return enrich(rows, self._geo, self._prices)

    def events_of(self, name: str, item: Piece | Bad, context: Context) -> list[Row]:
        """Return the events of one record, as `rows_of` does."""
        return self.rows_of(name, (item,), context)

    def rows_of(self, name: str, items: Sequence[Piece | Bad], context: Context) -> list[Row]:
        """Return the events of records, as rows, and account for each record. `name` is their stream's."""
        self.tally.records += len(items)
        rows: list[Row] = []
        known: Counter[str] = Counter()
        for item in items:
            if isinstance(item, Bad):
                self.tally.quarantine(Quarantined(name, item.line, item.reason))
                continue
            source, found = read(item.data, context)
            if isinstance(found, list):
                if found and ends(found) > self.latest:
                    reason = "its time is more than an hour in the future"
                    self.tally.quarantine(Quarantined(name, item.line, reason, source))
                    rows += [row for row in found if ends([row]) <= self.latest]
                else:
                    rows += found
                    known[source or ""] += 1
            elif isinstance(found, Ignored):
                self.tally.ignored[f"{source}: {found.reason}"] += 1
            else:
                self.tally.quarantine(Quarantined(name, item.line, str(found), source))
                if isinstance(found, PartlyUnreadable):
                    rows += [row for row in found.found if ends([row]) <= self.latest]
        self.tally.by_source.update(known)
        return rows


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
    whole = max(1, sum(map(_size, found)))
    told = progress or (lambda _done, _whole: None)
    told(0, whole)
    for tally in _each(jobs, workers, lambda done: told(min(done, whole), whole)):
        total.add(tally)
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


def _each(jobs: list[_Job], workers: int, told: Callable[[int], None]) -> Iterator[Tally]:
    """Yield the jobs' accounts, those of this process first; `told` hears how many bytes all have read."""
    here = [job for job in jobs if len(jobs) == 1 or job[0][0].name == "-"]
    done = 0

    def heard(size: int) -> None:
        nonlocal done
        done += size
        told(done)

    for job in here:
        yield _write(job, heard)
    if len(here) == len(jobs):
        return
    context = get_context("spawn")
    counter = context.Value("Q", done)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_share, initargs=(counter,)) as pool:
        running = [pool.submit(_write_there, job) for job in jobs[len(here) :]]
        try:
            while wait(running, TELLING_S, FIRST_EXCEPTION).not_done and not any(map(_failed, running)):
                told(counter.value)
            yield from (each.result() for each in running)
        finally:
            for each in running:
                each.cancel()


def _failed(job: Future[Tally]) -> bool:
    return job.done() and job.exception() is not None


#: In a process that reads for another: what counts the bytes for both.
_SHARED: Final[list[Any]] = []


def _share(counter: Any) -> None:
    _SHARED.append(counter)


def _write_there(job: _Job) -> Tally:
    return _write(job, _count)


def _count(size: int) -> None:
    for counter in _SHARED:
        with counter.get_lock():
            counter.value += size


def _write(job: _Job, heard: Heard) -> Tally:
    part, path, reading = job
    reader = Reader(reading, heard)
    writer: pq.ParquetWriter | None = None
    try:
        for rows in reader.tables(part):
            writer = writer or pq.ParquetWriter(path, rows.schema, compression="zstd", compression_level=1)
            writer.write_table(rows)
    finally:
        if writer is not None:
            writer.close()
    return reader.tally
