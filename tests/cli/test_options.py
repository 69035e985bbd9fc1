"""What commands share: times, and outputs that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from datetime import datetime
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.cli.options import OutFile, Time, writing


@given(st.datetimes(), st.timezones())
@settings(max_examples=50)
def test_a_time_with_a_zone_is_brought_to_utc(moment: datetime, zone: object) -> None:
    """A moment written with its offset is the same moment in UTC; without one it is UTC already."""
    assert Time().convert(moment.isoformat(), None, None) == moment
    there = moment.replace(tzinfo=zone)  # type: ignore[arg-type]
    offset = there.utcoffset()
    assert offset is not None
    try:
        expected = moment - offset
    except OverflowError:
        with pytest.raises(click.BadParameter):
            Time().convert(there.isoformat(), None, None)
    else:
        assert Time().convert(there.isoformat(), None, None) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-01-01T25:00", "1764000000", "\x1b[31m"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """The error says what a time looks like."""
    with pytest.raises(click.BadParameter, match="is not a time such as 2026-11-01"):
        Time().convert(text, None, None)


def test_an_output_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where the work breaks off, the file that stood there before is untouched, and nothing else is left."""
    path = tmp_path / "out"
    path.write_text("earlier")
    with contextlib.suppress(KeyError), writing(path) as file:
        file.write("half")
        file.flush()
        raise KeyError
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("out", "earlier")]
    with writing(path) as file:
        file.write("whole")
        assert path.read_text() == "earlier"
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("out", "whole")]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """`-o` on a named pipe or a device writes into it: it is still there afterwards."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with writing(path) as file:
        file.write("through")
    assert os.read(reader, 99) == b"through"
    os.close(reader)
    assert path.is_fifo()


def test_an_output_s_folder_must_exist(tmp_path: Path) -> None:
    """A slip in the path is said before the work, not after it."""
    for path, words in ((tmp_path, "is a folder"), (tmp_path / "absent" / "out", "no folder")):
        with pytest.raises(click.BadParameter, match=words):
            OutFile().convert(str(path), None, None)
    assert OutFile().convert(str(tmp_path / "out"), None, None) == tmp_path / "out"


def test_an_error_names_the_file_that_the_user_named(tmp_path: Path) -> None:
    """A file that cannot be written is told by its own name, not by the one that it is written under first."""
    path = tmp_path / ("x" * 253)
    with pytest.raises(OSError, match="too long") as error, writing(path) as file:
        file.write("text")
    assert error.value.filename == str(path)
    assert not list(tmp_path.iterdir())
