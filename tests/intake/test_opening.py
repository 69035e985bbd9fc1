"""Opening: every file under the paths is read or named, whatever it is packed in and whatever is broken."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import random
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.intake.limits import Limits
from seawall.intake.opening import Stream, Unread, streams
from seawall.model import Unreadable, UsageError

LINE = b'{"a":1}\n'


def read(*paths: Path | str, limits: Limits | None = None) -> dict[str, bytes | str]:
    """Return what each stream holds, or the reason why it is not read, by the last part of its name."""
    found: dict[str, bytes | str] = {}
    for item in streams(list(map(str, paths)), limits or Limits()):
        name = Path(item.name).name
        found[name] = item.reason if isinstance(item, Unread) else b"".join(item.open())
    return found


def zipped(members: dict[str, bytes]) -> bytes:
    """Make a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def kept(path: Path, limits: Limits | None = None) -> tuple[bytes, str]:
    """Return what one stream gave before it failed, and why it failed."""
    (stream,) = streams([path], limits or Limits())
    assert isinstance(stream, Stream)
    got: list[bytes] = []
    with pytest.raises(Unreadable) as failure:
        got.extend(stream.open())
    return b"".join(got), str(failure.value)


PACKED = {
    "plain": LINE,
    "gzip": gzip.compress(LINE),
    "many members": gzip.compress(LINE[:3]) + gzip.compress(b"") + b"\0" * 40 + gzip.compress(LINE[3:]) + b"\0" * 9,
    "zstd": zstandard.compress(LINE),
    "zstd frames": zstandard.compress(LINE[:3]) + zstandard.compress(LINE[3:]),
    "gzip in gzip": gzip.compress(gzip.compress(LINE)),
}


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("name", ["log", "log.json", "log.gz", "log.md"])
def test_a_file_is_what_its_bytes_say(tmp_path: Path, kind: str, name: str) -> None:
    """The name decides nothing for a file that is named, and a stream may be opened again."""
    path = tmp_path / name
    path.write_bytes(PACKED[kind])
    (stream,) = streams([path], Limits())
    assert isinstance(stream, Stream)
    assert b"".join(stream.open()) == b"".join(stream.open()) == LINE


def test_zip_members_are_streams_of_their_own(tmp_path: Path) -> None:
    """Members come in the order of their names, gzip within is taken off, and what is no log is named."""
    path = tmp_path / "logs.zip"
    path.write_bytes(
        zipped({"b/two.json.gz": gzip.compress(LINE), "a.json": LINE, "b/": b"", "x.png": b"", "__/.x": b""})
    )
    items = list(streams([path], Limits()))
    assert [item.name for item in items] == [f"{path}!{name}" for name in ("__/.x", "a.json", "b/two.json.gz", "x.png")]
    assert [b"".join(item.open()) for item in items if isinstance(item, Stream)] == [LINE, LINE]
    assert [item.reason for item in items if isinstance(item, Unread)] == ["hidden", "not a log (.png)"]


def test_folders_are_read_to_the_bottom_in_order(tmp_path: Path) -> None:
    """Nothing in a folder is skipped without a word; links to folders make no loop, links to files no double."""
    deep = tmp_path / "b" / "c"
    deep.mkdir(parents=True)
    for name in ("z.json", "b/y.json", "b/c/x.json", "readme.md", "LICENSE", ".hidden"):
        (tmp_path / name).write_bytes(LINE)
    (deep / "loop").symlink_to(tmp_path)
    (tmp_path / "zz.json").symlink_to(tmp_path / "z.json")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    found = read(tmp_path, tmp_path / "b")
    logs = {name for name, data in found.items() if data == LINE}
    assert logs == {"x.json", "y.json", "z.json"}
    reasons = {name: str(reason).split(":")[0].split(" /")[0] for name, reason in found.items() if name not in logs}
    assert reasons == {
        ".hidden": "hidden",
        "readme.md": "not a log (.md)",
        "LICENSE": "not a log (a text for people)",
        "loop": "a link to a folder",
        "zz.json": "the same file as",
        "gone": "cannot be read",
        "pipe": "not a regular file",
    }
    once = [item.name for item in streams([tmp_path], Limits())]
    assert once == [item.name for item in streams([tmp_path], Limits())]


@pytest.mark.parametrize("name", ["missing", "a\0b", "file/below"])
def test_a_missing_path_is_said_before_anything_is_read(tmp_path: Path, name: str) -> None:
    """A wrong path is the user's error, with a hint, even when other paths are fine."""
    (tmp_path / "file").write_bytes(LINE)
    with pytest.raises(UsageError, match="no such file") as failure:
        streams([tmp_path / "file", f"{tmp_path}/{name}"], Limits())
    assert failure.value.hint


def test_standard_input_is_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads what is piped in, compressed or not, and leaves it open."""
    stdin = io.TextIOWrapper(io.BytesIO(gzip.compress(LINE)))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert read("-") == {"-": LINE}
    assert not stdin.closed


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_truncated_keeps_what_was_decompressed(tmp_path: Path, kind: str) -> None:
    """What came before the cut is kept, and the cut is named."""
    lines = b"".join(b'{"n":"%s"}\n' % random.Random(seed).randbytes(20).hex().encode() for seed in range(20_000))
    data = gzip.compress(lines) if kind == "gzip" else zstandard.compress(lines)
    (tmp_path / "cut").write_bytes(data[: len(data) // 2])
    got, reason = kept(tmp_path / "cut")
    assert lines.startswith(got)
    assert len(got) > len(lines) // 4
    assert reason == f"truncated {kind}: the end is missing"


def test_trailing_rubbish_costs_nothing_before_it(tmp_path: Path) -> None:
    """What follows a gzip member and is none is named; the member is kept."""
    (tmp_path / "log").write_bytes(gzip.compress(LINE) + b"rubbish, and more of it")
    got, reason = kept(tmp_path / "log")
    assert got == LINE
    assert reason.startswith("damaged gzip")


BOMBS = {
    "gzip": gzip.compress(b"\0" * (8 << 20)),
    "zstd": zstandard.compress(b"\0" * (8 << 20)),
    "gzip in gzip": gzip.compress(gzip.compress(b"\0" * (8 << 20))),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_stopped(tmp_path: Path, kind: str) -> None:
    """Beyond the ratio and the size where it matters, decompression ends."""
    (tmp_path / "bomb").write_bytes(BOMBS[kind])
    got, reason = kept(tmp_path / "bomb", Limits(ratio_from_bytes=1 << 20))
    assert len(got) <= 6 << 20
    assert "200 times" in reason


def test_an_archive_of_many_small_bombs_is_one_bomb(tmp_path: Path) -> None:
    """The ratio is of the whole archive, so that many members cannot do together what one cannot."""
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({f"{number}.json": b"\0" * (1 << 20) for number in range(8)}))
    assert "200 times" in str(read(path, limits=Limits(ratio_from_bytes=3 << 20))["bomb.zip"])
    assert len(read(path)) == 8


def test_bombs_within_members_share_what_is_let_through(tmp_path: Path) -> None:
    """Compressed members of an archive yield no more together than one file may."""
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({f"{number}.json": gzip.compress(b"\0" * (1 << 20)) for number in range(8)}))
    produced = 0
    for item in streams([path], Limits(ratio_from_bytes=3 << 20)):
        assert isinstance(item, Stream)
        with suppress(Unreadable):
            for chunk in item.open():
                produced += len(chunk)
    assert produced <= 3 << 20


def test_members_that_overlap_are_refused(tmp_path: Path) -> None:
    """An archive whose directory names the same bytes again and again is no archive of logs."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", random.Random(1).randbytes(10_000))
        archive.filelist += archive.filelist * 3
    assert "overlap" in str(read(path)["x.zip"])


@pytest.mark.parametrize("kind", ["plain", "gzip", "zip"])
def test_streams_can_be_sent_to_another_process(tmp_path: Path, kind: str) -> None:
    """A stream reads the same after pickling."""
    path = tmp_path / "log"
    path.write_bytes(zipped({"a.json": LINE}) if kind == "zip" else PACKED[kind])
    (stream,) = streams([path], Limits())
    sent = pickle.loads(pickle.dumps(stream))  # noqa: S301 - our own bytes
    assert b"".join(sent.open()) == LINE


def test_a_stream_has_an_end(tmp_path: Path) -> None:
    """No stream is longer than the limit."""
    (tmp_path / "log").write_bytes(LINE * 100)
    assert "longer than 80 bytes" in kept(tmp_path / "log", Limits(stream_bytes=80))[1]


def _said(value: object) -> str:
    """Name a case by its reason: bytes of archives hold the time at which they were made."""
    return value if isinstance(value, str) else "data"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04 and then nothing", "damaged zip archive"),
        (zipped({f"{number}.json": LINE for number in range(9)}), "more than 8 members"),
    ],
    ids=_said,
)
def test_archives_that_cannot_be_read_are_named(tmp_path: Path, data: bytes, reason: str) -> None:
    """A broken archive, or one with too many members, is unreadable, not an exception."""
    (tmp_path / "x.zip").write_bytes(data)
    (item,) = streams([tmp_path / "x.zip"], Limits(archive_members=8))
    assert isinstance(item, Unread)
    assert reason in item.reason
    assert not item.ignored


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(gzip.compress(gzip.compress(LINE))), "more than 2 layers"),
        (gzip.compress(zipped({"a": LINE})), "zip archive within"),
        (b"BZh91AY&SY", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"PAR1....", "Parquet"),
        (b"log\0".ljust(257, b"\0") + b"ustar\x0000", "tar archive"),
    ],
    ids=_said,
)
def test_formats_that_are_not_read_say_so(tmp_path: Path, data: bytes, reason: str) -> None:
    """What is known and not read says what to do."""
    (tmp_path / "log").write_bytes(data)
    assert reason in kept(tmp_path / "log")[1]


@settings(max_examples=50)
@given(st.binary(max_size=60), st.sampled_from(["gzip", "zstd", "zip"]), st.integers(0, 200))
def test_damage_is_never_an_exception(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, kind: str, at: int
) -> None:
    """Bytes written over any place of a packed file end in contents, `Unread` or `Unreadable`."""
    data = zipped({"a.json": LINE * 9, "b.json": LINE}) if kind == "zip" else PACKED[kind]
    path = tmp_path_factory.mktemp("damage") / "log"
    path.write_bytes(data[:at] + noise + data[at + len(noise) :])
    for item in streams([path], Limits()):
        if isinstance(item, Stream):
            with suppress(Unreadable):
                assert sum(map(len, item.open())) < 1 << 20


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    """A file without permission is unreadable, and the others are read."""
    (tmp_path / "a.json").write_bytes(LINE)
    (tmp_path / "b.json").write_bytes(LINE)
    (tmp_path / "a.json").chmod(0)
    if os.access(tmp_path / "a.json", os.R_OK):
        pytest.skip("this user may read everything")
    found = read(tmp_path)
    assert str(found["a.json"]).startswith("cannot be read")
    assert found["b.json"] == LINE
