"""Progress: silent when quick, a bar on a terminal, lines elsewhere, and gone when the work is done or fails."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import time

import pytest

from seawall.cli.progress import Progress


def test_quick_work_is_silent() -> None:
    """What takes less than a second prints nothing."""
    file = io.StringIO()
    with Progress(file) as progress:
        progress(1, 2)
    assert file.getvalue() == ""


def test_elsewhere_a_line_now_and_then() -> None:
    """Not on a terminal: whole lines without control characters, first the reading, then the judging."""
    file = io.StringIO()
    with Progress(file, every=0.02) as progress:
        progress(2_000_000, 8_000_000)
        time.sleep(0.1)
        progress(8_000_000, 8_000_000)
        time.sleep(0.1)
    lines = file.getvalue().splitlines()
    assert lines[0] == "reading: 2 of 8 MB, 0 s"
    assert lines[-1] == "judging, 0 s"
    assert all(each.isprintable() for line in lines for each in line)


def test_on_a_terminal_a_bar_that_goes_away() -> None:
    """A bar is drawn on a terminal and removed at the end."""
    main, end = pty.openpty()
    with os.fdopen(end, "w") as file, Progress(file, quiet=0.01) as progress:
        progress(2_000_000, 8_000_000)
        time.sleep(0.6)
    seen = b""
    with contextlib.suppress(OSError):  # what a terminal says whose other end is closed
        while part := os.read(main, 65_536):
            seen += part
    os.close(main)
    assert b"reading: 2 of 8 MB" in seen
    assert b"\x1b[2K" in seen[seen.rindex(b"reading") :], "the line is cleared after the last frame"


def test_work_that_fails_leaves_no_thread() -> None:
    """An error passes through, and nothing is told afterwards."""
    file = io.StringIO()
    with pytest.raises(KeyError), Progress(file, every=0.01):
        raise KeyError
    told = file.getvalue()
    time.sleep(0.05)
    assert file.getvalue() == told
