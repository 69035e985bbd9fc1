"""Logs into the lake: paths or parcels in, events in the lake and an account out; each once, whatever is killed when.

What arrives is acknowledged when the spool has it. From there it is read, enriched and committed in batches; the commit
holds the spool's offset, so that the next ingester goes on where this one ended.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa

from seawall.intake.limits import Limits
from seawall.intake.opening import Stream, Unread, streams
from seawall.intake.read import AHEAD_US, BATCH, Reader, Reading, context_of
from seawall.intake.splitting import Bad, Piece, records
from seawall.intake.tally import Quarantined, Tally
from seawall.model import IncompleteError, Unreadable
from seawall.sources.rows import Row
from seawall.store import deltafile
from seawall.store.durable import HINT
from seawall.store.home import Home
from seawall.store.lake import Lake
from seawall.store.quarantine import Entry, Quarantine
from seawall.store.spool import SEGMENT_BYTES, Spool

#: Bytes of records that are acknowledged together: many records share the wait for the disk.
ACKNOWLEDGED_BYTES: Final = 8 << 20
#: Bytes of records that wait in the spool before they go to the lake, however few they are.
WAITING_BYTES: Final = 64 << 20
_SPOOL: Final = "intake"
_OUTLINED_BYTES: Final = 1024
_MEMBER: Final = re.compile(rb'"([A-Za-z_][\w.\-]{0,30})"[ ]?:')


class Item(msgspec.Struct, frozen=True, array_like=True):
    """A record as it arrived, or, with a `reason`, how a stretch begins that is none; `line` counts from 1."""

    line: int
    data: bytes
    reason: str | None = None


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """Items of one stream, and what must be known to read them later: its name, their arrival (µs UTC), the owner."""

    name: str
    arrived: int
    owner: str | None
    items: tuple[Item, ...]

    @property
    def size(self) -> int:
        """Bytes of the records in it."""
        return sum(len(item.data) for item in self.items)


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Parcel)


class Ingested(msgspec.Struct):
    """What an ingest came to: the account of what was read, and how much of it the lake had already."""

    tally: Tally
    new: int = 0
    duplicates: int = 0
    resumed: int = 0
    """Records that an earlier ingest acknowledged and this one brought to the lake."""
    version: int = 0
    """The lake's version."""


def ingest(
    home: Home, paths: Sequence[str | Path], reading: Reading, told: Callable[[Ingested], object] = lambda _: None
) -> Ingested:
    """Bring the logs under the paths into the lake of `home`; `told` hears how far it is after every batch.

    Raises:
        UsageError: a path does not exist, or a table that `reading` names is unreadable; nothing is done.
        IncompleteError: another ingester is at work, or the disk refuses; the same again goes on from there.
    """
    found = streams(paths, reading.limits)
    with Ingester.opened(home, reading, told=told) as ingester:
        ingester.drain()
        ingester.account.resumed = ingester.account.tally.records
        for parcels in _together(_parcels(found, reading, ingester.account.tally)):
            ingester.accept(parcels)
        ingester.drain()
        return ingester.account


class Ingester:
    """The one process that fills a data directory: `accept` acknowledges parcels, `drain` brings them to the lake."""

    def __init__(
        self, lake: Lake, spool: Spool, quarantine: Quarantine, reader: _Replay, batch: int, told: Callable[..., object]
    ) -> None:
        self.account = Ingested(Tally(), version=lake.version)
        self._lake, self._spool, self._quarantine, self._reader = lake, spool, quarantine, reader
        self._batch, self._told = batch, told
        self._waiting_items = self._waiting_bytes = 0
        self._drained = lake.offset(_SPOOL)

    @classmethod
    @contextlib.contextmanager
    def opened(
        cls,
        home: Home,
        reading: Reading,
        *,
        batch: int = BATCH,
        segment_bytes: int = SEGMENT_BYTES,
        told: Callable[[Ingested], object] = lambda _: None,
    ) -> Iterator[Ingester]:
        """Open the spool and the lake of a data directory, and hold its lock until the end.

        Args:
            home: the data directory; its key is used, whatever `reading` has.
            reading: how records are read.
            batch: events in one commit, about.
            segment_bytes: of the spool.
            told: hears how far the ingester is after every commit.
        """
        with home.ingesting(), contextlib.ExitStack() as closing:
            context = msgspec.structs.replace(reading.context, key=home.key())
            reader = _Replay(msgspec.structs.replace(reading, context=context))
            deltafile.mend(home.lake)
            lake = Lake(home.lake)
            closing.callback(lake.close)
            spool = closing.enter_context(
                Spool(home.spool / _SPOOL, floor=lake.offset(_SPOOL), segment_bytes=segment_bytes)
            )
            yield cls(lake, spool, Quarantine(home.quarantine / _SPOOL), reader, batch, told)

    @property
    def lake(self) -> Lake:
        """The lake that is filled."""
        return self._lake

    @property
    def backlog(self) -> int:
        """Bytes in the spool that are not in the lake yet."""
        return self._spool.end - self._drained

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """Make the parcels durable; another thread may do this while one drains.

        Raises:
            IncompleteError: the disk refuses; none of the parcels is acknowledged, and no more are until this is
                opened anew.
        """
        self._spool.append(map(_ENCODER.encode, parcels))

    def accept(self, parcels: Sequence[Parcel]) -> None:
        """Acknowledge the parcels; when enough have come, bring them to the lake.

        Raises:
            IncompleteError: the disk refuses. Before the lake was written, none of the parcels is acknowledged.
        """
        self.acknowledge(parcels)
        self._waiting_items += sum(len(parcel.items) for parcel in parcels)
        self._waiting_bytes += sum(parcel.size for parcel in parcels)
        if self._waiting_items >= self._batch or self._waiting_bytes >= WAITING_BYTES:
            self.drain()

    def drain(self) -> None:
        """Bring all that the spool has to the lake, batch by batch, and keep the lake tidy.

        Raises:
            IncompleteError: the disk refuses; what is in the spool stays there.
        """
        self._reader.taken()  # what an attempt that failed had counted
        began = offset = self._lake.offset(_SPOOL)
        events: list[Row] = []
        size = 0
        for offset, payload in self._spool.read(began):
            parcel = _decoded(payload)
            events += self._reader.events(parcel)
            size += parcel.size
            if len(events) >= self._batch or size >= WAITING_BYTES:
                self._commit(events, began, offset)
                began, events, size = offset, [], 0
        if offset > began:
            self._commit(events, began, offset)
        self._waiting_items = self._waiting_bytes = 0

    def _commit(self, events: list[Row], began: int, offset: int) -> None:
        rows = self._reader.table(events)
        tally, entries = self._reader.taken()
        self._quarantine.put(began, entries)
        appended = self._lake.append(rows, spool=_SPOOL, offset=offset)
        self._drained = offset
        self._spool.forget(offset)
        self._lake.tidy()
        account = self.account
        named = set(account.tally.quarantined)  # a record that was left and comes again is named once
        tally.quarantined = [each for each in dict.fromkeys(tally.quarantined) if each not in named]
        account.tally.add(tally)
        account.new += appended.new
        account.duplicates += appended.duplicates
        account.version = self._lake.version
        self._told(account)


class _Account(Tally):
    """A tally that keeps every quarantined record, for the quarantine's file."""

    kept: list[Quarantined] = msgspec.field(default_factory=list)

    def quarantine(self, item: Quarantined) -> None:
        """Count and keep it."""
        super().quarantine(item)
        self.kept.append(item)


class _Replay(Reader):
    """Reads parcels as `Reader` reads streams, each as of its arrival; the account is taken batch by batch."""

    tally: _Account

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self.tally = _Account()
        self._entries: list[Entry] = []

    def events(self, parcel: Parcel) -> list[Row]:
        """Return the parcel's events, before enrichment."""
        context = msgspec.structs.replace(self.reading.context, owner=parcel.owner)
        self.latest = parcel.arrived + AHEAD_US
        found: list[Row] = []
        for item in parcel.items:
            kept = len(self.tally.kept)
            found += self.events_of(parcel.name, _item(item), context)
            self._entries += [
                Entry(each.name, each.line, each.reason, each.source, outline(item.data))
                for each in self.tally.kept[kept:]
            ]
        return found

    def table(self, events: list[Row]) -> pa.Table:
        """Return the events as an enriched table."""
        return self.finished(events)

    def taken(self) -> tuple[Tally, list[Entry]]:
        """Return the account and the quarantine since the last time, and begin anew."""
        tally, entries = self.tally, self._entries
        self.tally, self._entries = _Account(), []
        return tally, entries


def outline(data: bytes) -> str:
    """Return the names of the members that a record begins with: never their values, which may be secret."""
    return ", ".join(dict.fromkeys(name.decode() for name in _MEMBER.findall(data[:_OUTLINED_BYTES])))


def _item(item: Item) -> Piece | Bad:
    if item.reason is None:
        return Piece(item.data, item.line, 0)
    return Bad(item.reason, item.line, 0, item.data)


def _decoded(payload: bytes) -> Parcel:
    try:
        return _DECODER.decode(payload)
    except msgspec.DecodeError as error:
        raise IncompleteError(f"the spool holds what this version cannot read: {error}", hint=HINT) from error


def _parcels(found: Iterable[Stream | Unread], reading: Reading, tally: Tally) -> Iterator[Parcel]:
    """Yield the records of the streams, counting streams and what is no log."""
    for stream in found:
        if isinstance(stream, Stream):
            tally.files += 1
            owner = context_of(stream.name, reading.context).owner
            for some in items(stream.open(), reading.limits):
                yield Parcel(stream.name, time.time_ns() // 1000, owner, some)
        elif stream.ignored:
            tally.skipped[stream.reason] += 1
        else:
            yield Parcel(stream.name, time.time_ns() // 1000, None, (Item(0, b"", stream.reason),))


def items(chunks: Iterable[bytes], limits: Limits) -> Iterator[tuple[Item, ...]]:
    """Yield the records of a stream, a little at a time; where it breaks off, one more item says why."""
    try:
        for found in records(chunks, limits):
            yield tuple(
                Item(each.line, each.data) if isinstance(each, Piece) else Item(each.line, each.sample, each.reason)
                for each in found
            )
    except Unreadable as error:
        yield (Item(0, b"", str(error)),)


def _together(parcels: Iterable[Parcel]) -> Iterator[list[Parcel]]:
    """Yield parcels in groups that are worth one wait for the disk."""
    group: list[Parcel] = []
    size = 0
    for parcel in parcels:
        group.append(parcel)
        size += parcel.size
        if size >= ACKNOWLEDGED_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group
