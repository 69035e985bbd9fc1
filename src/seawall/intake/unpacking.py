"""From a stream as stored to its contents: chunks in, chunks out, gzip and zstd taken off, by their first bytes.

Memory is bounded by feeding the decompressor little at a time, so that even a bomb yields a few MiB at once; `Meter`
stops it. What was decompressed before the damage comes out first; then `Unreadable` says what is wrong.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final, Protocol

import msgspec

from seawall.intake.limits import Limits
from seawall.model import Unreadable

_PEEKED: Final = 262  # the word `ustar` ends there
_PADDING: Final = re.compile(rb"\0*+")
_GZIP: Final = b"\x1f\x8b\x08"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_WINDOW: Final = 1 << 27  # what `zstd --ultra -22` uses
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
#: First bytes of what is known and not read, and what to say of it.
_OTHERS: Final = (
    (ZIP, "a zip archive within a stream: save it to a file of its own"),
    ((b"BZh",), "compressed with bzip2: decompress it first"),
    ((b"\xfd7zXZ\x00",), "compressed with xz: decompress it first"),
    ((b"7z\xbc\xaf\x27\x1c",), "a 7z archive: unpack it first"),
    ((b"PAR1",), "a Parquet file: export it as JSON or CSV"),
)


def too_much(ratio: int) -> str:
    """Return the reason for what decompresses to too much."""
    return f"decompresses to more than {ratio} times its size: not read further"


class Meter:
    """Watches what one stream decompresses to.

    Args:
        limits: the ratio, and from how much output on it counts.
        packed: bytes as stored, where they are not seen by `watch`.
        sharers: how many streams of one archive share the output that is let through whatever its ratio.
    """

    def __init__(self, limits: Limits, packed: int = 0, sharers: int = 1) -> None:
        self._ratio = limits.ratio
        self._free = limits.ratio_from_bytes // sharers
        self._packed = packed
        self._made = 0

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass on the file's own bytes and count them."""
        for chunk in chunks:
            self._packed += len(chunk)
            yield chunk

    def made(self, size: int) -> None:
        """Count decompressed bytes.

        Raises:
            Unreadable: they are out of proportion to the file.
        """
        self._made += size
        if self._made > max(self._free, self._ratio * self._packed):
            raise Unreadable(too_much(self._ratio))


class _Engine(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class _Format(msgspec.Struct, frozen=True):
    """How one kind of compression is undone, `step` bytes at a time, each giving a few MiB at most."""

    name: str
    engine: Callable[[], _Engine]
    error: type[Exception]
    step: int


def unpacked(chunks: Iterable[bytes], limits: Limits, meter: Meter, layers: int = 0) -> Iterator[bytes]:
    """Yield the contents of a stream with every layer of compression taken off.

    Args:
        chunks: the bytes as stored.
        limits: bounds, of which the layers matter here.
        meter: counts what is decompressed.
        layers: how many were taken off already; an archive is one.

    Raises:
        Unreadable: damaged, truncated, out of proportion, too many layers, or a format that is not read.
    """
    head, chunks = _peek(chunks)
    for magic, reason in _OTHERS:
        if head.startswith(magic):
            raise Unreadable(reason)
    if head[257:262] == b"ustar":
        raise Unreadable("a tar archive: unpack it first")
    if not head.startswith((_GZIP, _ZSTD)):
        yield from chunks
    elif layers >= limits.archive_depth:
        raise Unreadable(f"more than {limits.archive_depth} layers of compression")
    else:
        form = _Format("gzip", _gzip, zlib.error, 4096) if head.startswith(_GZIP) else _zstd()
        yield from unpacked(_members(chunks, form, meter), limits, meter, layers + 1)


def _gzip() -> _Engine:
    return zlib.decompressobj(wbits=31)


def _zstd() -> _Format:
    try:
        import zstandard  # noqa: PLC0415 - an extra: only who reads zstd needs it
    except ImportError:
        raise Unreadable("compressed with zstd: pip install 'seawall[detect]' to read it") from None
    maker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    return _Format("zstd", maker.decompressobj, zstandard.ZstdError, 512)


def _peek(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes, and all chunks with them; a failure among the first comes after them, in its place."""
    rest = iter(chunks)
    head = b""
    try:
        for chunk in rest:
            head += chunk
            if len(head) >= _PEEKED:
                break
    except Unreadable as error:
        return head, chain((head,), _failing(error))
    return head, chain((head,), rest)


def _failing(error: Unreadable) -> Iterator[bytes]:
    yield b""
    raise error


def _members(chunks: Iterable[bytes], form: _Format, meter: Meter) -> Iterator[bytes]:
    """Yield the contents of one compressed member after another; NUL padding between and after them is nothing."""
    engine, begun = form.engine(), False
    for chunk in chunks:
        at = 0
        while at < len(chunk):
            if not begun and (padding := _PADDING.match(chunk, at)):
                at = padding.end()
            part = chunk[at : at + form.step]
            if not part:
                break
            try:
                contents = engine.decompress(part)
            except form.error as error:
                raise Unreadable(f"damaged {form.name}: {error}") from error
            meter.made(len(contents))
            yield contents
            at, begun = at + len(part), True
            if engine.eof:
                at -= len(engine.unused_data)
                engine, begun = form.engine(), False
    if begun:
        raise Unreadable(f"truncated {form.name}: the end is missing")
