"""Ingesting through crashes: `kill -9` anywhere, and a disk that fills up, lose and double nothing."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from seawall.intake.ingest import Ingester, Item, Parcel
from seawall.intake.read import Reading
from seawall.model import IncompleteError
from seawall.store.home import Home
from seawall.store.lake import Lake, relation

#: Sends numbered records, each tenth one broken, and says after each parcel up to where they are acknowledged.
SENDER = """
import sys, time
from pathlib import Path
from seawall.intake.ingest import Ingester, Item, Parcel
from seawall.intake.read import Reading
from seawall.store.home import Home

home, name, number, template = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
with Ingester.opened(Home.open(home), Reading(), batch=30, segment_bytes=6000) as ingester:
    ingester.drain()
    while True:
        items = tuple(
            Item(n, template.replace("NUMBER", str(n)).encode()) if n % 10 else Item(n, b"{", "not JSON")
            for n in range(number, number + 5)
        )
        ingester.accept([Parcel(name, time.time_ns() // 1000, None, items)])
        number += 5
        print(number, flush=True)
"""
TEMPLATE = json.dumps(
    {
        "eventVersion": "1.11", "eventSource": "bedrock.amazonaws.com", "eventName": "InvokeModel",
        "eventID": "NUMBER", "eventTime": "2025-03-01T10:00:00Z", "awsRegion": "us-east-1", "requestID": "r-NUMBER",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice"},
        "sourceIPAddress": "198.51.100.7", "userAgent": "Boto3/1.40", "recipientAccountId": "111122223333",
        "requestParameters": {"modelId": "vendor.model-v1:0"},
    }
)  # fmt: skip


def events(home: Home) -> Counter[str]:
    """Return how often each event id is in the lake."""
    lake = Lake(home.lake, threads=1)
    files = lake.files() or []
    lake.close()
    with duckdb.connect() as con:
        return Counter(id_ for (id_,) in con.execute(f"SELECT event_id FROM {relation(files)}").fetchall())


def quarantined(home: Home) -> Counter[tuple[str, int]]:
    """Return how often each broken record stands in the quarantine's files, repetitions included."""
    lines = [json.loads(line) for path in home.quarantine.rglob("*.jsonl") for line in path.read_text().splitlines()]
    return Counter((line["name"], line["line"]) for line in lines)


def send_and_kill(home: Home, name: str, number: int, noise: random.Random) -> int:
    """Let a sender run for a random while, kill it, and return up to where it said that it acknowledged."""
    command = [sys.executable, "-c", SENDER, str(home.path), name, str(number), TEMPLATE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sender:
        assert sender.stdout is not None
        for _ in range(noise.randint(1, 40)):
            number = int(sender.stdout.readline())
        time.sleep(noise.uniform(0, 0.05))
        sender.kill()
        return max([number, *map(int, sender.stdout.read().split("\n")[:-1])])


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_kill_9_loses_and_doubles_nothing(tmp_path: Path, kills: int) -> None:
    """However often the ingester is killed, what it acknowledged is in the lake or the quarantine exactly once."""
    home, noise, acknowledged = Home.open(tmp_path / "home"), random.Random(kills), 0
    broken: Counter[tuple[str, int]] = Counter()
    for kill in range(kills):
        before, acknowledged = acknowledged, send_and_kill(home, f"log-{kill}", acknowledged, noise)
        broken.update((f"log-{kill}", n) for n in range(before, acknowledged) if n % 10 == 0)
    with Ingester.opened(home, Reading()) as ingester:
        ingester.drain()
    found = events(home)
    assert set(found.values()) == {1}
    assert {str(n) for n in range(acknowledged) if n % 10} <= found.keys()
    held = quarantined(home)
    assert set(held.values()) == {1}
    assert broken <= held


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[int], None]]]:
    """Return a disk of its own and what gives it another size (KiB); skip where one may not mount."""
    place = tmp_path / "disk"
    place.mkdir()

    def size(kib: int, *options: str) -> int:
        how = ",".join([f"size={kib}k", "mode=700", *options])
        return subprocess.run(
            ["mount", "-t", "tmpfs", "-o", how, "tmpfs", place], check=False, capture_output=True
        ).returncode

    if os.geteuid() != 0 or size(64):
        pytest.skip("mounting a small disk needs root: test_spool has a file size limit instead")
    try:
        yield place, lambda kib: None if size(kib, "remount") == 0 else pytest.fail("the disk does not change its size")
    finally:
        subprocess.run(["umount", place], check=True)


def fill(home: Home) -> tuple[int, str]:
    """Ingest until the disk is full; return up to which record was acknowledged, and what was said."""
    acknowledged = 0
    try:
        with Ingester.opened(home, Reading(), batch=50) as ingester:
            while acknowledged < 10_000:
                numbers = range(acknowledged, acknowledged + 20)
                items = tuple(Item(n, TEMPLATE.replace("NUMBER", str(n)).encode()) for n in numbers)
                before = ingester._spool.end
                try:
                    ingester.accept([Parcel("log", time.time_ns() // 1000, None, items)])
                finally:
                    acknowledged += 20 * (ingester._spool.end > before)
    except IncompleteError as error:
        return acknowledged, error.message
    return acknowledged, "nothing"


@pytest.mark.parametrize("kib", [40, 150, 300, 420])
def test_a_full_disk_loses_nothing(disk: tuple[Path, Callable[[int], None]], kib: int) -> None:
    """When the disk is full the ingester says so; with room again, all that it acknowledged is in the lake once."""
    place, resize = disk
    resize(kib)
    home = Home.open(place / "home")
    acknowledged, said = fill(home)
    assert re.search(r"No space left|os error 28", said)
    resize(64 << 10)
    with Ingester.opened(home, Reading()) as ingester:
        ingester.drain()
    found = events(home)
    assert set(found.values()) <= {1}
    assert {str(n) for n in range(acknowledged)} <= found.keys()
