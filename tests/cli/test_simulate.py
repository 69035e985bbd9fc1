"""`seawall simulate`: a world in a new folder, and the command that looks at it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_a_world_is_written_and_can_be_judged(tmp_path: Path, seawall: Callable[..., Any]) -> None:
    """Logs, places, owners and truth are there; the command that is printed finds every record readable."""
    done = seawall("simulate", "--days", "3", "--owners", "3", "--seed", "5", tmp_path / "a world")
    assert (done.code, done.out) == (0, "")
    assert {each.name for each in (tmp_path / "a world").iterdir()} >= {"logs", "geo.csv", "owners.csv", "truth.jsonl"}
    (command,) = [line.removeprefix("Now: ") for line in done.err.splitlines() if line.startswith("Now: ")]
    again = seawall(*shlex.split(command)[1:], "--format", "json")
    assert again.code in {0, 1}
    tally = json.loads(again.out)["tally"]
    assert (tally["unread"], tally["records"] > 0) == (0, True)


def test_a_full_folder_is_left_alone(tmp_path: Path, seawall: Callable[..., Any]) -> None:
    """A world is never mixed with other files, and a file is no folder."""
    (tmp_path / "mine.txt").write_text("mine")
    assert seawall("simulate", tmp_path).code == 2
    assert seawall("simulate", tmp_path / "mine.txt").code == 2
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]
