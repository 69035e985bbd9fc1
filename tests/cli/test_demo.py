"""`seawall demo`: incidents first, then whom they hit, what to do, where the report lies; and no file lost."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_the_demo_finds_the_thefts(demo: Any) -> None:
    """The week is played and found: exit 0, incidents, owners hit, the shared network, steps, the report."""
    assert demo.done.code == 0, demo.done.err
    lines = demo.done.out.splitlines()
    assert " incidents: " in lines[0]
    order = ("MEDIUM  Resale proxy", "Owners hit: ", "Networks that used keys of several owners", "What to do now",
             "Credentials seen: ", "What was looked at", "The whole story: demo/report.html")  # fmt: skip
    places = [next(number for number, line in enumerate(lines) if line.startswith(head)) for head in order]
    assert places == sorted(places)
    assert all(len(line) <= 80 for line in lines)
    assert (demo.folder / "demo" / "report.html").is_file()


def test_the_demo_is_detect(demo: Any, seawall: Callable[..., Any], monkeypatch: Any) -> None:
    """The command that the demo prints gives exactly what the demo gave."""
    (line,) = [line for line in demo.done.err.splitlines() if line.startswith("$ ")]
    monkeypatch.chdir(demo.folder)
    assert seawall(*shlex.split(line)[2:]).out == demo.done.out


def test_the_demo_removes_nothing_of_anybody_else(tmp_path: Path, seawall: Callable[..., Any]) -> None:
    """A folder that holds no demo is refused, untouched."""
    (tmp_path / "mine.txt").write_text("mine")
    done = seawall("demo", "--out", tmp_path)
    assert done.code == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"
