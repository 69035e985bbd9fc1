"""The spool: what was acknowledged comes back in order, whatever happened to the process or the disk in between."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import IncompleteError
from seawall.store.spool import Spool

PIECES = st.lists(st.binary(max_size=40), max_size=6)


def pieces(spool: Spool, offset: int = 0) -> list[bytes]:
    """Return what a spool has from an offset on."""
    return [piece for _, piece in spool.read(offset)]


def last(folder: Path) -> Path:
    """Return a spool's last segment."""
    return max(folder.glob("*.segment"))


@settings(max_examples=20, deadline=None)
@given(batches=st.lists(PIECES, max_size=8), segment=st.integers(1, 200), reopened=st.integers(0, 8))
def test_what_goes_in_comes_out(batches: Sequence[list[bytes]], segment: int, reopened: int) -> None:
    """All pieces come back in order, from every offset that was given, whatever the segments and the openings."""
    with tempfile.TemporaryDirectory() as name:
        spool = Spool(Path(name), segment_bytes=segment)
        expected: list[bytes] = []
        marks = {0: 0}
        for number, batch in enumerate(batches):
            if number == reopened:
                spool.close()
                spool = Spool(Path(name), segment_bytes=segment)
            expected += batch
            marks[spool.append(batch)] = len(expected)
        for offset, count in marks.items():
            assert pieces(spool, offset) == expected[count:]
        assert [offset for offset, _ in spool.read(0)][-1:] == [spool.end][: len(expected)]
        spool.close()


@settings(max_examples=20, deadline=None)
@given(batches=st.lists(PIECES, min_size=1, max_size=8), segment=st.integers(1, 120), data=st.data())
def test_only_what_the_lake_has_goes(batches: Sequence[list[bytes]], segment: int, data: st.DataObject) -> None:
    """Whatever is forgotten, all that lies after it is still there, the end never moves back, and so after opening."""
    with tempfile.TemporaryDirectory() as name:
        with Spool(Path(name), segment_bytes=segment) as spool:
            ends = [spool.append(batch) for batch in batches]
            rest = {end: pieces(spool, end) for end in ends}
            forgotten = data.draw(st.sampled_from(ends))
            spool.forget(forgotten)
            assert pieces(spool, forgotten) == rest[forgotten]
            end = spool.end
        with Spool(Path(name), floor=forgotten, segment_bytes=segment) as spool:
            assert spool.end == end
            assert pieces(spool, forgotten) == rest[forgotten]
            spool.append([b"more"])
            assert pieces(spool, forgotten) == [*rest[forgotten], b"more"]


def test_a_spool_that_the_lake_has_is_empty(tmp_path: Path) -> None:
    """When all is forgotten no byte of it is left on the disk, and offsets go on from there."""
    with Spool(tmp_path) as spool:
        end = spool.append([b"a" * 1000])
        spool.forget(end)
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 0
        assert spool.append([b"b"]) > end
        assert pieces(spool) == [b"b"]


@settings(max_examples=20, deadline=None)
@given(whole=PIECES, torn=PIECES, cut=st.integers(0, 400), rubbish=st.binary(max_size=40))
def test_a_torn_tail_is_cut(whole: list[bytes], torn: list[bytes], cut: int, rubbish: bytes) -> None:
    """However the tail of an unacknowledged write looks, what was acknowledged stays and new pieces follow it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Spool(folder) as spool:
            acknowledged = spool.append(whole)
            size = spool.append(torn) - acknowledged
        os.truncate(last(folder), acknowledged + min(cut, size))
        with last(folder).open("ab") as file:
            file.write(rubbish)
        with Spool(folder) as spool:
            found = pieces(spool)
            assert found[: len(whole)] == whole
            spool.append([b"next"])
            assert pieces(spool) == [*found, b"next"]
        with Spool(folder) as spool:
            assert pieces(spool) == [*found, b"next"]


@pytest.mark.parametrize("tail", [b"\0" * 64, b"\0\0\0\x01", b"\xff" * 64, b"\0\0\0\x02\0\0\0\0ab"])
def test_rubbish_is_no_piece(tmp_path: Path, tail: bytes) -> None:
    """Zeros that a file system left, half a head, an impossible length, a wrong checksum: all are cut."""
    with Spool(tmp_path) as spool:
        end = spool.append([b"kept"])
    with last(tmp_path).open("ab") as file:
        file.write(tail)
    with Spool(tmp_path) as spool:
        assert (spool.end, pieces(spool)) == (end, [b"kept"])
    assert last(tmp_path).stat().st_size == end


def test_damage_to_what_was_acknowledged_is_an_error(tmp_path: Path) -> None:
    """A flipped bit or a missing segment is told with its offset; it is never passed over in silence."""
    with Spool(tmp_path, segment_bytes=1) as spool:
        ends = [spool.append([b"piece"]) for _ in range(3)]
    middle = sorted(tmp_path.iterdir())[1]
    data = bytearray(middle.read_bytes())
    data[-1] ^= 1
    middle.write_bytes(data)
    with Spool(tmp_path) as spool, pytest.raises(IncompleteError, match=f"damaged at offset {ends[0]}"):
        pieces(spool)
    middle.unlink()
    with pytest.raises(IncompleteError, match="damaged at offset 0"):
        Spool(tmp_path)


@pytest.mark.parametrize("kept", [True, False])
def test_a_spool_never_goes_behind_the_lake(tmp_path: Path, *, kept: bool) -> None:
    """A spool that is lost, or an old copy of it, goes on after the lake's offset: nothing new is taken for old."""
    folder = tmp_path / "spool"
    if kept:
        with Spool(folder) as spool:
            spool.append([b"old"])
    with Spool(folder, floor=1000) as spool:
        assert (spool.start, spool.end, pieces(spool)) == (1000, 1000, [])
        assert spool.append([b"new"]) > 1000
        assert pieces(spool, 1000) == [b"new"]


FULL = """
import sys
from pathlib import Path
from seawall.model import IncompleteError
from seawall.store.spool import Spool
spool = Spool(Path(sys.argv[1]))
spool.append([b"first"])
try:
    spool.append([b"small", b"x" * 100_000])
except IncompleteError as error:
    print(error.message)
try:
    spool.append([b"after"])
except IncompleteError:
    print("closed")
"""


def test_a_full_disk_acknowledges_nothing(tmp_path: Path) -> None:
    """A write that the disk refuses is an error; what came before stays, and a spool opened anew takes more."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    command = [sys.executable, "-c", FULL, tmp_path]
    done = subprocess.run(command, preexec_fn=small, capture_output=True, text=True, check=True)
    said, after = done.stdout.splitlines()
    assert said.startswith(f"cannot write to the spool {tmp_path}")
    assert after == "closed"
    with Spool(tmp_path) as spool:
        assert pieces(spool) == [b"first"]
        spool.append([b"second"])
        assert pieces(spool) == [b"first", b"second"]
