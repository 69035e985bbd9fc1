"""The part of a stream that is in memory: chunks in, a growing window of bytes out, with its place and line.

What comes is made into blocks of one size, and UTF-16 (what PowerShell's `>` writes) into UTF-8. A source that fails
in the middle ends the stream: what came before is kept, and `failure` says why.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from seawall.intake.limits import Limits
from seawall.model import Unreadable


class Window:
    """Bytes `data`, of which those before `at` are done; `line` is the line (from 1) that `at` stands on."""

    def __init__(self, chunks: Iterable[bytes], limits: Limits) -> None:
        self.data = b""
        self.at = 0
        self.line = 1
        self.ended = False
        self.failure: str | None = None
        self._block = limits.block_bytes
        self._blocks = self._of_one_size(chunks)
        self.grow()

    def __len__(self) -> int:
        """Return how many bytes are left to look at."""
        return len(self.data) - self.at

    def grow(self) -> None:
        """Drop what is done and read on: a block or as much as is left, so that looking again stays linear."""
        parts = [self.data[self.at :]]
        size, want = 0, len(parts[0])
        while not self.ended and size <= want:
            block = next(self._blocks, b"")
            self.ended = not block
            size += len(block)
            parts.append(block)
        self.data = b"".join(parts)
        self.at = 0

    def advance(self, to: int) -> None:
        """Say that everything before `to` is done."""
        first = self.data.find(b"\n", self.at, to)  # to find is faster than to count, and often there is none
        if first >= 0:
            self.line += self.data.count(b"\n", first, to)
        self.at = to

    def _of_one_size(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        pending: list[bytes] = []
        size = 0
        for chunk in _utf8(self._guarded(chunks)):
            pending.append(chunk)
            size += len(chunk)
            if size >= self._block:
                whole = b"".join(pending)
                stop = size - size % self._block
                for start in range(0, stop, self._block):
                    yield whole[start : start + self._block]
                pending = [whole[stop:]]
                size -= stop
        if size:
            yield b"".join(pending)

    def _guarded(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except Unreadable as error:
            self.failure = str(error)


def _utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks as UTF-8 where a byte order mark says that they are UTF-16, else as they are."""
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= 2:
            break
    if not first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield first
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    for chunk in chain((first,), chunks):
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()
