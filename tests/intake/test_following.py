"""Following files: whatever is appended, rotated, emptied or compressed, every record comes, whole, and ends."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.intake import following
from seawall.intake.following import Follower
from seawall.intake.limits import Limits
from seawall.intake.read import Reading
from seawall.model import UsageError


def taken(follower: Follower, places: dict[str, bytes]) -> list[bytes]:
    """Poll once: return the records, and keep the places as the state would."""
    found: list[bytes] = []
    for read in follower.poll():
        found += [item.data for parcel in read.parcels for item in parcel.items if item.reason is None]
        if read.place is not None:
            places[read.file] = read.place
    for file in follower.gone():
        places.pop(file, None)
    return found


def test_a_half_line_waits_and_a_quiet_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line is read when its end is there, or when the file has been quiet, not before."""
    log, places = tmp_path / "a.log", dict[str, bytes]()
    follower = Follower([str(tmp_path)], Reading())
    log.write_bytes(b'{"n":1}\n{"n":')
    assert taken(follower, places) == [b'{"n":1}']
    assert taken(follower, places) == []
    with log.open("ab") as file:
        file.write(b'2}\n{"n":3}')
    assert taken(follower, places) == [b'{"n":2}']
    monkeypatch.setattr(following, "QUIET_S", 0.0)
    assert taken(follower, places) == [b'{"n":3}']
    assert taken(Follower([str(tmp_path)], Reading(), places), places) == []


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b'{"n":1}\n{"n":2}\n', mtime=0),
        b'{"Records":[{"n":1},{"n":2}]}',
        json.dumps([{"n": 1}, {"n": 2}], indent=1).encode(),
    ],
)
def test_a_document_is_read_whole_when_it_is_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """What is no file of lines is read once it has stopped growing, and again only when it changed."""
    file, places = tmp_path / "a", dict[str, bytes]()
    follower = Follower([str(tmp_path)], Reading())
    file.write_bytes(content[:-4])
    assert taken(follower, places) == []
    file.write_bytes(content)
    assert taken(follower, places) == []
    monkeypatch.setattr(following, "QUIET_S", 0.0)
    assert [json.loads(record)["n"] for record in taken(follower, places)] == [1, 2]
    assert taken(follower, places) == []
    assert taken(Follower([str(tmp_path)], Reading(), places), places) == []


_STEP = st.sampled_from(("write", "write", "write", "half", "rename", "truncate", "gzip", "poll", "poll", "restart"))


@given(steps=st.lists(_STEP, max_size=25), half=st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_every_line_comes_whole(steps: list[str], half: int) -> None:
    """Through rotation by renaming, by copying and emptying, and compression, no line is missed, torn or invented."""
    wrote: list[bytes] = []
    read: Counter[bytes] = Counter()
    places: dict[str, bytes] = {}
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "QUIET_S", 3600.0)
        log, rest = Path(name) / "app.log", b""
        follower = Follower([name], Reading())
        for number, step in enumerate([*steps, "write", "end"]):
            line = b'{"n":%d}\n' % number
            if step == "write":
                _append(log, rest + line)
                wrote, rest = [*wrote, line.strip()], b""
            elif step == "half" and not rest:
                _append(log, line[:half])
                wrote, rest = [*wrote, line.strip()], line[half:]
            elif step in {"rename", "truncate", "gzip"} and log.exists():
                _append(log, rest)
                rest = b""
                if step != "rename":
                    read.update(taken(follower, places))  # a copy, or what replaces it, is looked for by its records
                _rotate(log, step, number)
            elif step in {"poll", "end"}:
                if step == "end":
                    _append(log, rest)
                    patch.setattr(following, "QUIET_S", 0.0)
                read.update(taken(follower, places))
            elif step == "restart":
                follower = Follower([name], Reading(), dict(places))
        read.update(taken(follower, places))
    assert set(read) == set(wrote)


def _append(log: Path, data: bytes) -> None:
    with log.open("ab") as file:
        file.write(data)


def _rotate(log: Path, how: str, number: int) -> None:
    old = log.with_name(f"app.log.{number}")
    if how == "rename":
        log.rename(old)
    elif how == "truncate":
        shutil.copy(log, old)
        os.truncate(log, 0)
    else:
        old.with_suffix(".gz").write_bytes(gzip.compress(log.read_bytes()))
        log.unlink()


def test_a_file_is_followed_with_its_rotations(tmp_path: Path) -> None:
    """A named file is read on under its new name, and no stranger beside it is."""
    log, places = tmp_path / "app.log", dict[str, bytes]()
    log.write_bytes(b'{"n":1}\n')
    (tmp_path / "other.log").write_bytes(b'{"n":9}\n')
    follower = Follower([str(log)], Reading())
    assert taken(follower, places) == [b'{"n":1}']
    _append(log, b'{"n":2}\n')
    log.rename(tmp_path / "app.log.1")
    log.write_bytes(b'{"n":3}\n')
    assert sorted(taken(follower, places)) == [b'{"n":2}', b'{"n":3}']


def test_an_emptied_file_that_grew_past_its_place_is_known(tmp_path: Path) -> None:
    """A file that was emptied and refilled between two looks is read from its start, by how it begins."""
    log, places = tmp_path / "app.log", dict[str, bytes]()
    follower = Follower([str(tmp_path)], Reading())
    log.write_bytes(b'{"n":1}\n')
    taken(follower, places)
    log.write_bytes(b'{"n":2}\n{"n":3}\n')
    assert taken(follower, places) == [b'{"n":2}', b'{"n":3}']


def test_an_endless_line_is_bad_and_passed(tmp_path: Path) -> None:
    """A line longer than a record may be is set aside, and what follows is read."""
    reading = Reading(limits=Limits(record_bytes=following.AT_ONCE - 10))
    log = tmp_path / "app.log"
    log.write_bytes(b'{"n":1}\n{"long":"' + b"x" * (following.AT_ONCE + 10) + b'"}\n{"n":2}\n')
    found = taken(Follower([str(tmp_path)], reading), {})
    assert found == [b'{"n":1}', b'{"n":2}']


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """A path that does not exist is a slip of the pen, and an error."""
    with pytest.raises(UsageError, match="no such file"):
        Follower([str(tmp_path / "nothing")], Reading())
