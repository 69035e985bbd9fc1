"""`seawall watch` as its users run it: real processes, real signals, and whatever can go wrong."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from support.watching import Watch, in_lake, logging_off, record, watching

ACCOUNT = "222233334444"
#: No file grows beyond 4 MiB.
SMALL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))"


def findings(home: Path, *paths: str) -> list[dict[str, object]]:
    """Return what `seawall detect` says, of the lake or of paths."""
    command = [sys.executable, "-c", "from seawall.cli import main; main()", "detect", *paths, "--format", "jsonl"]
    command += ["--min-severity", "info", "--fail-on", "critical"]
    done = subprocess.run(command, env=os.environ | {"SEAWALL_HOME": str(home)}, capture_output=True, check=True)
    return sorted((json.loads(line) for line in done.stdout.splitlines()), key=lambda found: str(found["id"]))


def test_a_folder_that_is_filled_tells_what_detect_would_say(tmp_path: Path) -> None:
    """What arrives as growing files, as a whole gzip and over HTTP is judged as if it had been read at once."""
    logs = tmp_path / "logs"
    logs.mkdir()
    with watching(tmp_path, str(logs)) as watch:
        watch.port()
        (logs / "a.jsonl").write_text(record(1) + "\n" + record(2)[:50])
        with (logs / "a.jsonl").open("a") as file:
            file.write(record(2)[50:] + "\n")
        (logs / "b.json.gz").write_bytes(gzip.compress(('{"Records":[' + logging_off(3, ACCOUNT) + "]}").encode()))
        watch.send(logging_off(4, "333344445555"))
        watch.until(lambda: len({notice["finding"]["owner_id"] for notice in watch.notices()}) == 2)
        while_it_runs = findings(tmp_path / "home")
        assert watch.stop() == 0
    (logs / "posted.jsonl").write_text(logging_off(4, "333344445555"))
    assert in_lake(tmp_path / "home") == {"1": 1, "2": 1, "3": 1, "4": 1}
    assert while_it_runs == findings(tmp_path / "home") == findings(tmp_path / "other", str(logs))
    assert {notice["change"] for notice in watch.notices()} == {"opened"}


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_kill_9_under_load_loses_and_doubles_nothing(tmp_path: Path, kills: int) -> None:
    """However often it is killed, all that was acknowledged is in the lake once, and every finding is told."""
    noise, acknowledged, accounts = random.Random(kills), set[str](), list[str]()
    for kill in range(kills + 1):
        with watching(tmp_path) as watch:
            deadline = time.monotonic() + noise.uniform(2, 4)
            number = 10_000 * kill
            watch.send(record(number))
            acknowledged.add(str(number))
            while time.monotonic() < deadline or kill == kills:
                number += 1
                accounts.append(f"{100_000_000_000 + number}")
                lines = [record(each) for each in range(10 * number, 10 * number + 9)]
                watch.send("\n".join([*lines, logging_off(10 * number + 9, accounts[-1])]))
                acknowledged.update(str(each) for each in range(10 * number, 10 * number + 10))
                if kill == kills:
                    told = set(accounts)
                    watch.until(lambda told=told: told <= {each["finding"]["owner_id"] for each in watch.notices()})
                    break
            if kill == kills:
                assert watch.stop() == 0
    found = in_lake(tmp_path / "home")
    assert set(found.values()) == {1}
    assert acknowledged <= found.keys()
    keys = [notice["key"] for notice in watch.notices()]
    assert len(keys) - len(set(keys)) <= kills  # at least once: a kill may come between a line and its receipt


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Return a watch that several tests use, each with its own account and numbers."""
    with watching(tmp_path_factory.mktemp("shared")) as watch:
        watch.send(record(1))
        yield watch


def test_the_same_batch_ten_times_is_one(shared: Watch) -> None:
    """A shipper that sends a batch again doubles neither events nor notices."""
    batch = "\n".join([*(record(number) for number in range(100, 120)), logging_off(120, "200000000001")])
    for _ in range(10):
        shared.send(batch)
    shared.send(logging_off(121, "200000000002"))
    shared.told("200000000002")
    shared.told("200000000001")
    found = in_lake(shared.home)
    assert [found[str(number)] for number in range(100, 122)] == [1] * 22
    keys = [notice["key"] for notice in shared.notices("200000000001")]
    assert len(keys) == len(set(keys))


def test_poison_and_the_future_go_to_quarantine(shared: Watch) -> None:
    """A broken record and one from the future are set aside with their reasons; the rest of the batch is good."""
    account = "200000000003"
    shared.send(
        "\n".join([record(200), '{"eventVersion": "1.11", ', record(201, ahead=180), logging_off(202, account)])
    )
    shared.told(account)
    assert in_lake(shared.home).keys() >= {"200", "202"}
    assert "201" not in in_lake(shared.home)
    held = "".join(path.read_text() for path in shared.home.glob("quarantine/**/*.jsonl"))
    assert held.count("\n") == 2
    assert "in the future" in held


def test_a_locked_state_is_waited_for(shared: Watch) -> None:
    """While another process holds the state's database, it says so, and goes on when it is free."""
    account = "200000000004"
    with contextlib.closing(sqlite3.connect(shared.home / "state.sqlite", timeout=30)) as con:
        con.execute("BEGIN IMMEDIATE")
        shared.send(logging_off(300, account))
        shared.heard("another process holds the database")
        assert not shared.notices(account)
        con.rollback()
    shared.told(account)


def test_one_process_fills_a_lake(shared: Watch) -> None:
    """A second watch is refused and names the first's pid."""
    with watching(shared.home.parent) as second:
        assert second.child.wait(60) == 3
        second.heard(f"process {shared.child.pid} is filling")


def test_a_full_disk_answers_503_and_goes_on_afterwards(tmp_path: Path) -> None:
    """What does not fit is not acknowledged and is said; what fits afterwards is taken, and nothing is lost."""
    large = "\n".join(record(number) for number in range(100, 10_000))
    with watching(tmp_path, prelude=SMALL) as watch:
        watch.send(record(1))
        assert watch.post(large) == HTTPStatus.SERVICE_UNAVAILABLE
        watch.heard("cannot write to the spool")
        watch.send(logging_off(2, ACCOUNT))
        watch.until(watch.notices)
        assert watch.stop(signal.SIGINT) == 130
    with watching(tmp_path) as watch:
        watch.send(large)
        assert watch.stop() == 0
    with watching(tmp_path) as watch:
        watch.until(lambda: len(in_lake(tmp_path / "home")) == 9_902)
    assert set(in_lake(tmp_path / "home").values()) == {1}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "nothing to watch"),
        (["--listen", "127.0.0.1:0"], "needs a token"),
        (["--listen", "0.0.0.0:0", "--no-token"], "127.0.0.1 only"),
        (["--listen", "nowhere"], "no address|needs a token"),
        (["--listen", "127.0.0.1:0", "--no-token", "--webhook", "https://example.test/x"], "go together"),
        (
            ["--listen", "127.0.0.1:0", "--no-token", "--webhook", "http://192.0.2.1/", "--webhook-key-file", "KEY"],
            "plain http",
        ),
        (["--listen", "127.0.0.1:0", "--token-file", "SHORT"], "no secret of 16"),
        (["--listen", "127.0.0.1:0", "--no-token", "--syslog", "ftp://192.0.2.1:514"], "no syslog server"),
    ],
)
def test_closed_by_default(tmp_path: Path, options: list[str], said: str, seawall: Callable[..., Any]) -> None:
    """What would be open to others, unsigned or half said is refused with exit code 2 before anything is opened."""
    (tmp_path / "KEY").write_text("k" * 32)
    (tmp_path / "SHORT").write_text("k" * 8)
    named = [str(tmp_path / each) if each in {"KEY", "SHORT"} else each for each in options]
    done = seawall("watch", *named)
    assert done.code == 2
    assert re.search(said, done.err)
    assert not (tmp_path / "home").exists()
