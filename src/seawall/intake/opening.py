"""From paths to streams of bytes: files, folders, zip archives and standard input in, named chunks out, decompressed.

What a file is, its first bytes say, not its name. The order is that of the names, so that two runs read alike. What is
not read is yielded as `Unread`, so that nothing is skipped silently.
"""

from __future__ import annotations

import atexit
import os
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

import msgspec

from seawall.intake.limits import Limits
from seawall.intake.unpacking import ZIP, Meter, too_much, unpacked
from seawall.model import Unreadable, UsageError

__all__ = ["Stream", "Unread", "files_below", "shown", "streams"]

_CHUNK: Final = 1 << 18
#: What people and programs keep beside logs. Only in folders and archives: a file that is named is always read.
_NO_LOGS: Final = frozenset(
    {
        *(
            ".md",
            ".rst",
            ".html",
            ".htm",
            ".pdf",
            ".doc",
            ".docx",
            ".pptx",
            ".xlsx",
            ".css",
            ".js",
            ".py",
            ".sh",
            ".ps1",
        ),
        *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".bmp", ".yml", ".yaml", ".toml"),
    }
)
_NO_LOG_STEMS: Final = frozenset({"license", "licence", "notice", "copying", "readme", "changelog"})
#: All that `zipfile` raises on hostile archives.
_ZIP_ERRORS: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError),
    *(ValueError, OverflowError, RuntimeError, NotImplementedError),
)
_ENTRY_BYTES: Final = 512  # of a zip archive's directory, per member: two long names fit


#: Who hears how many more bytes were read.
Heard = Callable[[int], object]


def _nobody(_: int) -> None:
    """Hear nothing."""


class Stream(msgspec.Struct, frozen=True):
    """One stream of records. `name` is the path, with `!member` in an archive, `-` for standard input.

    It can be pickled, to be read by another process (except standard input, which another process does not have).
    """

    name: str
    opener: Callable[[Heard], Iterator[bytes]]

    def open(self, heard: Heard = _nobody) -> Iterator[bytes]:
        """Yield the decompressed bytes; may be called again, except on standard input and pipes.

        Args:
            heard: hears of each chunk of the file how many bytes as stored it has; nothing of an archive's members.

        Raises:
            Unreadable: damaged, truncated, beyond the limits; what came before it is good.
        """
        return self.opener(heard)


class Unread(msgspec.Struct, frozen=True):
    """Something that is not read: `ignored` where it is no log (no error), else it should have been readable."""

    name: str
    reason: str
    ignored: bool


def streams(paths: Sequence[str | Path], limits: Limits) -> Iterator[Stream | Unread]:
    """Return the streams under the paths, sorted by path; each file once.

    Args:
        paths: files, folders (read with all below them), or `-` for standard input.
        limits: bounds on archives and streams.

    Raises:
        UsageError: a path does not exist; raised before anything is read.
    """
    names = sorted({os.fspath(path) for path in paths})
    for name in names:
        if name != "-":
            _require(name)
    return _streams(names, limits)


def _require(name: str) -> None:
    try:
        Path(name).stat()
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        hint = "check the spelling; `-` reads standard input"
        raise UsageError(f"no such file or folder: {shown(name)}", hint=hint) from error
    except OSError:
        return  # it exists; why it cannot be read is said where it is read


def _streams(names: Iterable[str], limits: Limits) -> Iterator[Stream | Unread]:
    seen: dict[str, str] = {}
    for name in names:
        if name == "-":
            yield Stream("-", partial(_contents, _standard_input, limits))
            continue
        for found in files_below(name) if Path(name).is_dir() else (name,):
            if isinstance(found, Unread):
                yield found
                continue
            first = seen.setdefault(os.path.realpath(found), found)
            if first != found:
                yield Unread(shown(found), f"the same file as {shown(first)}", ignored=True)
            else:
                yield from _file(found, limits)


def files_below(folder: str) -> Iterator[str | Unread]:
    """Yield the files of a folder and of those below it; links to folders are not followed, so there is no loop."""
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            yield Unread(shown(here), f"cannot be listed: {error.strerror}", ignored=False)
            continue
        folders = []
        for entry in entries:
            if (reason := _no_log(entry.name)) is not None:
                yield Unread(shown(entry.path), reason, ignored=True)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            else:
                yield _entry(entry)
        pending.extend(reversed(folders))


def _entry(entry: os.DirEntry[str]) -> str | Unread:
    """Return a file's path, or why it is no file that can be read."""
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        return Unread(shown(entry.path), f"cannot be read: {error.strerror}", ignored=False)
    if stat.S_ISDIR(mode):
        return Unread(shown(entry.path), "a link to a folder", ignored=True)
    return entry.path if stat.S_ISREG(mode) else Unread(shown(entry.path), "not a regular file", ignored=True)


def _no_log(name: str) -> str | None:
    """Return why a name found in a folder or an archive is no log's, if it is none."""
    if name.startswith("."):
        return "hidden"
    path = PurePosixPath(name.lower())
    stem, suffix = path.stem, path.suffix
    if stem in _NO_LOG_STEMS and suffix in {"", ".txt"}:
        return "not a log (a text for people)"
    return f"not a log ({suffix})" if suffix in _NO_LOGS else None


def _file(path: str, limits: Limits) -> Iterator[Stream | Unread]:
    try:
        head = _head(path)
    except OSError as error:
        yield Unread(shown(path), f"cannot be read: {error.strerror}", ignored=False)
        return
    if head.startswith(ZIP):
        yield from _archive(path, limits)
    else:
        yield Stream(shown(path), partial(_contents, partial(_open, path), limits))


def _head(path: str) -> bytes:
    """Return a regular file's first bytes; nothing of a pipe, whose bytes come only once."""
    if not stat.S_ISREG(Path(path).stat().st_mode):
        return b""
    with Path(path).open("rb") as file:
        return file.read(4)


def _open(path: str) -> BinaryIO:
    return Path(path).open("rb", buffering=0)


def _standard_input() -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer)  # it is not ours to close


def _contents(opener: Callable[[], AbstractContextManager[BinaryIO]], limits: Limits, heard: Heard) -> Iterator[bytes]:
    meter = Meter(limits)
    return _bounded(unpacked(meter.watch(_chunks(opener, heard)), limits, meter), limits)


def _chunks(opener: Callable[[], AbstractContextManager[BinaryIO]], heard: Heard) -> Iterator[bytes]:
    try:
        with opener() as file:
            chunk = file.read(_CHUNK)
            if not chunk:
                raise Unreadable("empty: not one byte")  # as a broken fetch leaves it, which is no quiet day
            while chunk:
                heard(len(chunk))
                yield chunk
                chunk = file.read(_CHUNK)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from error


def _bounded(chunks: Iterable[bytes], limits: Limits) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limits.stream_bytes:
            raise Unreadable(f"longer than {limits.stream_bytes} bytes: not read further")
        yield chunk


def _archive(path: str, limits: Limits) -> Iterator[Stream | Unread]:
    """Yield the members of a zip archive; what it says of itself must make sense, so that it is no bomb as a whole."""
    try:
        if _directory_bytes(path) > limits.archive_members * _ENTRY_BYTES:
            raise Unreadable(f"a zip archive with more than {limits.archive_members} members")
        members = sorted(_OPENED.archive(path).infolist(), key=lambda member: member.filename)
        _check(members, Path(path).stat().st_size, limits)
    except _ZIP_ERRORS as error:
        reason = str(error) if isinstance(error, Unreadable) else f"damaged zip archive: {error}"
        yield Unread(shown(path), reason, ignored=False)
        return
    for member in members:
        if not member.is_dir():
            yield _member(path, member, limits, len(members))


def _check(members: Sequence[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    if len(members) > limits.archive_members:
        raise Unreadable(f"a zip archive with more than {limits.archive_members} members")
    if sum(member.compress_size for member in members) > size:
        raise Unreadable("a zip archive whose members overlap")
    # No member yields more than it declares: `zipfile` stops there.
    if sum(member.file_size for member in members) > max(limits.ratio_from_bytes, limits.ratio * size):
        raise Unreadable(too_much(limits.ratio))


def _version(path: str) -> tuple[int, int]:
    state = Path(path).stat()
    return state.st_mtime_ns, state.st_size


class _Opened:
    """The archive opened last: its members follow each other, and its directory is read once a process."""

    def __init__(self) -> None:
        self._key: tuple[str, tuple[int, int]] | None = None
        self._archive: zipfile.ZipFile | None = None

    def archive(self, path: str) -> zipfile.ZipFile:
        """Return an archive opened, closing the one before it."""
        key = path, _version(path)
        if self._archive is None or key != self._key:
            self.close()
            self._archive, self._key = zipfile.ZipFile(path), key
        return self._archive

    def close(self) -> None:
        """Close what is open."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None


_OPENED: Final = _Opened()
atexit.register(_OPENED.close)


def _member(path: str, member: zipfile.ZipInfo, limits: Limits, members: int) -> Stream | Unread:
    name = f"{shown(path)}!{shown(member.filename)}"
    for part in PurePosixPath(member.filename).parts:
        if (reason := _no_log(part)) is not None:
            return Unread(name, reason, ignored=True)
    if member.flag_bits & 1:
        return Unread(name, "encrypted", ignored=False)
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return Unread(name, "compressed in a way that is not read: use deflate", ignored=False)
    return Stream(name, partial(_member_contents, path, member, limits, members))


def _member_contents(path: str, member: zipfile.ZipInfo, limits: Limits, members: int, _: Heard) -> Iterator[bytes]:
    meter = Meter(limits, packed=member.compress_size, sharers=members)
    with closing(_member_chunks(path, member)) as chunks:
        yield from _bounded(unpacked(chunks, limits, meter, layers=1), limits)


def _member_chunks(path: str, member: zipfile.ZipInfo) -> Generator[bytes]:
    try:
        with _OPENED.archive(path).open(member) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except _ZIP_ERRORS as error:
        raise Unreadable(f"damaged zip member: {error}") from error


def _directory_bytes(path: str) -> int:
    """Return the size that a zip archive says its directory has, before it is read into memory."""
    with Path(path).open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 65_557))  # the end record and the longest comment
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


def shown(name: str) -> str:
    """Return a file's name as text that can be written anywhere; names are bytes, and not all are UTF-8."""
    return os.fsencode(name).decode(errors="replace")
