"""The spool: raw pieces that arrived and are not yet in the lake. Bytes in; once `append` returns, they survive.

A spool is a row of segments, each named by the offset of its first byte; an offset counts all bytes ever appended, so
that it only grows. A piece lies in a frame: length, CRC-32 of length and piece (4 bytes each, big-endian), the piece.
A process that dies leaves at most a torn tail that was never acknowledged; it is cut when the spool is next opened.
One process writes a spool at a time (`Home.ingesting` sees to it); in it, one thread may append while another reads
and forgets.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Self

from seawall.model import IncompleteError
from seawall.store.durable import HINT, completing, make_folder, sync

_HEAD: Final = struct.Struct(">II")
_SUFFIX: Final = ".segment"
#: A segment that has reached this is closed, and goes when the lake has all of it.
SEGMENT_BYTES: Final = 64 << 20


class Spool:
    """The spool in `folder`, whose name is its own; close it, or use it as a context manager.

    `end` is the offset up to which everything is acknowledged.
    """

    def __init__(self, folder: Path, *, floor: int = 0, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open or create the spool.

        Args:
            folder: where its segments lie.
            floor: the offset that the lake has: what lies below it goes, and nothing new is put there.
            segment_bytes: when to begin a new segment.

        Raises:
            IncompleteError: the disk refuses, or acknowledged pieces are damaged or missing.
        """
        self.name = folder.name
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._handle: int | None = None
        self._lock = threading.RLock()
        with completing(f"cannot open the spool {folder}"):
            make_folder(folder)
            starts = self._starts()
            self.end = _cut(self._path(starts[-1]), starts[-1]) if starts else floor
            if not starts or self.end < floor:
                self._begin(max(self.end, floor))
            else:
                self._handle, self._at = os.open(self._path(starts[-1]), os.O_WRONLY), starts[-1]
        self.forget(floor)
        self._check()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def start(self) -> int:
        """The offset of the oldest piece that is still here."""
        return self._starts()[0]

    def close(self) -> None:
        """Close the spool; what was acknowledged stays."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def append(self, pieces: Iterable[bytes]) -> int:
        """Acknowledge the pieces: write them, bring them to the disk, and return the new `end`.

        Raises:
            IncompleteError: none of them is acknowledged, and this spool must be opened anew before it takes more.
        """
        data = b"".join(_frame(piece) for piece in pieces)
        with self._lock:
            return self._append(data)

    def _append(self, data: bytes) -> int:
        if self._handle is None:
            raise IncompleteError(f"the spool {self._folder} is closed", hint=HINT)
        try:
            with completing(f"cannot write to the spool {self._folder}"):
                if self.end - self._at >= self._segment_bytes:
                    self._begin(self.end)
                _write(self._handle, data, self.end - self._at)
                os.fdatasync(self._handle)
        except IncompleteError:
            # After a failed sync nobody knows what the disk holds: only reading it again can tell.
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self.end - self._at)
            self.close()
            raise
        self.end += len(data)
        return self.end

    def read(self, offset: int) -> Iterator[tuple[int, bytes]]:
        """Yield each acknowledged piece from `offset` on, with the offset after it.

        Args:
            offset: 0, or an offset that `append` or `read` gave; what was forgotten is passed over.

        Raises:
            IncompleteError: a piece is damaged.
        """
        with self._lock:
            starts, end = self._starts(), self.end
        for start, after in zip(starts, [*starts[1:], end], strict=True):
            if after <= offset:
                continue
            with completing(f"cannot read the spool {self._folder}"), self._path(start).open("rb") as file:
                at = max(start, offset)
                file.seek(at - start)
                while at < after:
                    piece = _next(file, after - at)
                    if piece is None:
                        raise self._damaged(at)
                    at += _HEAD.size + len(piece)
                    yield at, piece

    def forget(self, offset: int) -> None:
        """Delete what lies before `offset`, by whole segments, because the lake has it."""
        with completing(f"cannot clear the spool {self._folder}"), self._lock:
            starts = self._starts()
            if self._at < self.end <= offset:
                self._begin(self.end)
                starts.append(self.end)
            for start, after in itertools.pairwise(starts):
                if after <= offset:
                    self._path(start).unlink()

    def _begin(self, offset: int) -> None:
        """Begin a new segment, whose name is on the disk before anything in it is acknowledged."""
        handle = os.open(self._path(offset), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        sync(self._folder)
        self.close()
        self._handle, self._at, self.end = handle, offset, offset

    def _check(self) -> None:
        starts = self._starts()
        for start, after in itertools.pairwise(starts):
            if start + self._path(start).stat().st_size != after:
                raise self._damaged(start)

    def _damaged(self, at: int) -> IncompleteError:
        hint = "restore the file from a backup, or move it away: then what it held is lost"
        return IncompleteError(f"the spool {self._folder} is damaged at offset {at}", hint=hint)

    def _starts(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob(f"*{_SUFFIX}") if path.stem.isdigit())

    def _path(self, start: int) -> Path:
        return self._folder / f"{start:020}{_SUFFIX}"


def _frame(piece: bytes) -> bytes:
    length = len(piece)
    return _HEAD.pack(length, _crc(length, piece)) + piece


def _crc(length: int, piece: bytes) -> int:
    """Return a checksum that covers the length too, so that a stretch of zeros is no frame."""
    return zlib.crc32(piece, zlib.crc32(length.to_bytes(4, "big")))


def _next(file: BinaryIO, left: int) -> bytes | None:
    """Return the next piece of a segment of which `left` bytes are left, or None where there is no whole one."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    length, crc = _HEAD.unpack(head)
    if length > left - _HEAD.size:
        return None
    piece = file.read(length)
    return piece if len(piece) == length and _crc(length, piece) == crc else None


def _cut(path: Path, start: int) -> int:
    """Cut the torn tail of the last segment; return the offset after its last whole piece."""
    size, whole = path.stat().st_size, 0
    with path.open("r+b") as file:
        while (piece := _next(file, size - whole)) is not None:
            whole += _HEAD.size + len(piece)
        if whole < size:
            file.truncate(whole)
        os.fsync(file.fileno())  # what is read now counts as acknowledged: it must not vanish later
    return start + whole


def _write(handle: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(handle, view, at)
        view, at = view[written:], at + written
