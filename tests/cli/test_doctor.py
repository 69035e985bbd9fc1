"""`seawall doctor`: what is installed, what a folder's logs can and cannot show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seawall import __version__


def test_without_a_folder_it_says_what_is_installed(seawall: Callable[..., Any]) -> None:
    """Version, and each library that the main job needs."""
    done = seawall("doctor")
    assert done.code == 0
    assert f"seawall {__version__}" in done.out
    assert done.out.count(" yes") == 6
    assert json.loads(seawall("doctor", "--format", "json").out)["installed"]["duckdb"] is True


def test_it_says_what_each_log_cannot_tell(stolen: Path, seawall: Callable[..., Any]) -> None:
    """The log's blind spots, what to switch on, and the rules that are blind on it."""
    done = seawall("doctor", stolen)
    assert done.code == 0
    assert "AWS CloudTrail (aws.cloudtrail): 4 records" in done.out
    assert "cannot tell: It has no tokens" in done.out
    assert "switch on:" in done.out
    assert "LJ-15" in done.out[done.out.index("Blind rules") :]
    assert all(len(line) <= 80 for line in done.out.splitlines())


def test_unread_records_are_exit_code_4(broken: Path, seawall: Callable[..., Any]) -> None:
    """What the doctor could not read, it names; the code says so too."""
    done = seawall("doctor", broken)
    assert done.code == 4
    assert "1 could not be read:" in done.out
    told = json.loads(seawall("doctor", broken, "--format", "jsonl").out)
    assert told["unread"] == 1
    assert [log["source"] for log in told["logs"]] == ["aws.cloudtrail"]
