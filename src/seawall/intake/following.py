"""Files that grow, rotate, or are put into folders: paths in, what is new in them out, as parcels for the spool.

A file is known by device and inode, so that renaming it changes nothing, and by how it begins, so that one that was
emptied (copytruncate), or has a dead file's inode, is read from its start. A file of JSON lines is read as far as its
lines are whole; any other (compressed, an archive, one JSON document, CSV) once it is quiet, as a whole. A record that
is read twice does no harm: the lake has each event once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from glob import escape
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from seawall.intake.ingest import Item, Parcel, items
from seawall.intake.opening import Stream, Unread, files_below, shown, streams
from seawall.intake.read import Reading, context_of
from seawall.model import UsageError

#: A file that has not changed for so long is whole, and a last line without an end is one.
QUIET_S: Final = 2.0
#: Bytes of a growing file that are read at a time.
AT_ONCE: Final = 4 << 20
#: So much of a file's beginning tells it from another.
_HEAD_BYTES: Final = 256
#: The first line is looked for in so much.
_SNIFFED_BYTES: Final = 1 << 20
#: A file that was not seen in so many looks is forgotten: a look may miss one that is just renamed.
_MISSED: Final = 30


class Place(msgspec.Struct, array_like=True):
    """How far a file was read. `head` is a digest of its first `headed` bytes; `size` and `changed` as last seen."""

    offset: int = 0
    line: int = 0
    headed: int = 0
    head: bytes = b""
    lines: bool = False
    """Whether it is read line by line; else as a whole, and `offset` is its size then."""
    size: int = 0
    changed: int = 0


class Read(msgspec.Struct, frozen=True):
    """Parcels of one file, and its place after them (None: there is more): to be saved when they are durable."""

    parcels: list[Parcel]
    file: str
    place: bytes | None


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Place)


class Follower:
    """Looks at files and folders whenever it is asked, and remembers how far each file was read."""

    def __init__(self, paths: Sequence[str], reading: Reading, known: dict[str, bytes] | None = None) -> None:
        """Follow the paths. A file is followed with its rotations: all beside it whose names begin with its own.

        Args:
            paths: folders, and files.
            reading: limits, and whose logs these are where nothing else says so.
            known: the places that were saved, by file.

        Raises:
            UsageError: a path does not exist, or is neither file nor folder.
        """
        self.unread: list[Unread] = []
        self._reading = reading
        self._places = {file: _DECODER.decode(place) for file, place in (known or {}).items()}
        self._missed = dict.fromkeys(self._places, 0)
        self._still: dict[str, tuple[int, int, float]] = {}
        self._looks = [_look(path) for path in paths]

    def poll(self) -> Iterator[Read]:
        """Yield what is new since the last time, a little at a time."""
        seen: set[str] = set()
        self.unread = []
        for look in self._looks:
            for path in look():
                if isinstance(path, Unread):
                    self.unread.append(path)
                    continue
                try:
                    yield from self._new_in(path, seen)
                except OSError as error:  # gone between the look and the reading, or not ours to read
                    self.unread.append(Unread(shown(path), f"cannot be read: {error.strerror}", ignored=False))
        for file in [*self._places]:
            self._missed[file] = 0 if file in seen else self._missed.get(file, 0) + 1

    def gone(self) -> list[str]:
        """Return the files that are no more, and forget them."""
        gone = [file for file, missed in self._missed.items() if missed > _MISSED]
        for file in gone:
            for held in (self._places, self._missed, self._still):
                held.pop(file, None)
        return gone

    def _new_in(self, path: str, seen: set[str]) -> Iterator[Read]:
        state = Path(path).stat()
        file = f"{state.st_dev}:{state.st_ino}"
        if file in seen or not state.st_size:
            return
        seen.add(file)
        known = self._places.get(file)
        if known and (state.st_size, state.st_mtime_ns) == (known.size, known.changed):
            return  # all of it was read
        with Path(path).open("rb", buffering=0) as opened:
            place = known if known and _same(opened.fileno(), known, state.st_size) else Place()
            quiet = self._quiet(file, state)
            if not place.headed:
                lines = _is_lines(os.pread(opened.fileno(), _SNIFFED_BYTES, 0))
                if lines is None and not quiet:
                    return
                place.lines = bool(lines)
            if place.lines:
                yield from self._lines(path, file, opened.fileno(), place, quiet=quiet)
            elif quiet:
                yield from self._whole(path, file, opened.fileno(), state)

    def _quiet(self, file: str, state: os.stat_result) -> bool:
        """Say whether a file has not changed for a while, by its own clock or by ours."""
        now = time.monotonic()
        size, changed, since = self._still.get(file, (-1, 0, now))
        if (size, changed) != (state.st_size, state.st_mtime_ns):
            since = now
        self._still[file] = state.st_size, state.st_mtime_ns, since
        return now - since >= QUIET_S or time.time() - state.st_mtime >= QUIET_S

    def _lines(self, path: str, file: str, handle: int, place: Place, *, quiet: bool) -> Iterator[Read]:
        while True:
            data = os.pread(handle, AT_ONCE, place.offset)
            state = os.fstat(handle)
            ended = place.offset + len(data) >= state.st_size
            cut = data.rfind(b"\n") + 1
            if ended and quiet and cut < len(data):
                cut = len(data)
            elif not cut and len(data) == AT_ONCE:
                data = os.pread(handle, self._reading.limits.record_bytes + 1, place.offset)
                cut = data.find(b"\n") + 1 or (len(data) if len(data) > self._reading.limits.record_bytes else 0)
            if not cut:
                return
            part = data[:cut]
            parcels = [self._parcel(path, found, place.line) for found in items(iter((part,)), self._reading.limits)]
            place.line += part.count(b"\n")
            place.offset += cut
            place.headed = min(place.offset, _HEAD_BYTES)
            place.head = _head(handle, place.headed)
            whole = place.offset == state.st_size
            place.size, place.changed = (state.st_size, state.st_mtime_ns) if whole else (0, 0)
            yield self._read(parcels, file, place)
            if ended:
                return

    def _whole(self, path: str, file: str, handle: int, state: os.stat_result) -> Iterator[Read]:
        for stream in streams([path], self._reading.limits):
            if isinstance(stream, Stream):
                for found in items(stream.open(), self._reading.limits):
                    yield Read([self._parcel(stream.name, found, 0)], file, None)
            elif not stream.ignored:
                yield Read([self._parcel(stream.name, (Item(0, b"", stream.reason),), 0)], file, None)
        headed = min(state.st_size, _HEAD_BYTES)
        place = Place(state.st_size, 0, headed, _head(handle, headed), False, state.st_size, state.st_mtime_ns)
        yield self._read([], file, place)

    def _parcel(self, name: str, found: tuple[Item, ...], line: int) -> Parcel:
        owner = context_of(name, self._reading.context).owner
        moved = tuple(Item(each.line + line, each.data, each.reason) for each in found) if line else found
        return Parcel(shown(name), time.time_ns() // 1000, owner, moved)

    def _read(self, parcels: list[Parcel], file: str, place: Place) -> Read:
        self._places[file] = place
        return Read(parcels, file, _ENCODER.encode(place))


def _look(path: str) -> Callable[[], Iterable[str | Unread]]:
    """Return what lists the files of a path."""
    if Path(path).is_dir():
        return partial(files_below, path)
    if not Path(path).exists():
        raise UsageError(f"no such file or folder: {shown(path)}", hint="create the folder before it is watched")
    if not Path(path).is_file():
        raise UsageError(f"{shown(path)} is neither a file nor a folder", hint="name the folder with your logs")
    return partial(_rotations, Path(path))


def _rotations(path: Path) -> Iterator[str]:
    """Yield a file and those beside it whose names begin with its own."""
    for found in sorted(path.parent.glob(f"{escape(path.name)}*")):
        if found.is_file():
            yield str(found)


def _head(handle: int, size: int) -> bytes:
    return blake2b(os.pread(handle, size, 0), digest_size=16).digest()


def _same(handle: int, place: Place, size: int) -> bool:
    """Say whether a file goes on from its place: not emptied since, not another one. Whole ones are read anew."""
    return place.lines and size >= place.offset and _head(handle, place.headed) == place.head


def _is_lines(head: bytes) -> bool | None:
    """Say whether a file that begins so is of JSON lines; None: its first line is not whole yet."""
    line, ended, _ = head.lstrip(b"\xef\xbb\xbf \t\r\n\0").partition(b"\n")
    if not ended:
        return False if len(head) == _SNIFFED_BYTES or (line and line[:1] not in b"{[") else None
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
