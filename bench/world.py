"""A light world of native logs to measure on, made once into a cache folder: how many events in, a `World` out.

CloudTrail delivery files and Bedrock invocation logs (both gzipped), pages of OpenAI usage, and a geo table. It is
larger and plainer than what `seawall simulate` writes: owners of very different size, each with its keys, networks,
clients and models, its hours and weekdays, some of them robbed. Seeded: the same numbers make the same files.
"""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Final

import msgspec
from owners import COUNTRIES, DAYS, Owner, network, plan
from writing import write_owner

from seawall.enrich.geo import HEADER

#: Part of the cache's name: to be raised when the files change.
VERSION: Final = 1
#: Older worlds go when all of them together are larger.
CACHE_BYTES: Final = 6 << 30
_DONE: Final = "world.json"
_NETWORKS: Final = 4096
_COUNTRIES: Final = (
    ("US", 39.8, -98.6), ("DE", 50.1, 8.7), ("GB", 51.5, -0.1), ("FR", 48.9, 2.4), ("IN", 12.9, 77.6),
    ("JP", 35.7, 139.7), ("BR", -15.8, -47.9), ("CA", 45.4, -75.7), ("NL", 52.4, 4.9), ("SG", 1.35, 103.8),
)  # fmt: skip
_KINDS: Final = ("business", "hosting", "residential", "mobile", "vpn")


class World(msgspec.Struct, frozen=True):
    """What was made: `logs` and `geo` are paths, `events` how many records of each log there are."""

    folder: str
    events: dict[str, int]
    days: int = DAYS

    @property
    def logs(self) -> Path:
        """The folder of logs."""
        return Path(self.folder) / "logs"

    @property
    def trail(self) -> Path:
        """The folder of CloudTrail's delivery files."""
        return self.logs / "cloudtrail"

    @property
    def geo(self) -> Path:
        """The geo table, a CSV file."""
        return Path(self.folder) / "geo.csv"

    @property
    def total(self) -> int:
        """How many events all logs hold."""
        return sum(self.events.values())


def cache() -> Path:
    """Return the folder that worlds are kept in, which nobody else may write to."""
    folder = Path(tempfile.gettempdir()) / f"seawall-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise SystemExit(f"error: {folder} belongs to somebody else")
    return folder


def make(events: int, folder: Path, *, seed: int = 7, workers: int = 2) -> World:
    """Return the world of about so many events in `folder`, making it where it is not there yet."""
    home = folder / f"world-{VERSION}-{seed}-{events}"
    if (home / _DONE).exists():
        return msgspec.json.decode((home / _DONE).read_bytes(), type=World)
    shutil.rmtree(home, ignore_errors=True)
    _trim(folder)
    home.mkdir(parents=True)
    jobs = [(home / "logs", owner) for owner in plan(events, seed)]
    counts = dict.fromkeys(("cloudtrail", "invocation", "usage"), 0)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for written in pool.map(_write, jobs):
            for name, number in written.items():
                counts[name] += number
    _write_geo(home / "geo.csv", Random(seed))
    world = World(str(home), counts)
    (home / _DONE).write_bytes(msgspec.json.encode(world))
    return world


def _write(job: tuple[Path, Owner]) -> dict[str, int]:
    return write_owner(*job)


def _write_geo(path: Path, rng: Random) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for number in range(_NETWORKS):
            asn = 64_512 + number % 900  # private use, RFC 6996
            place = _COUNTRIES[number % COUNTRIES]
            rows.writerow([network(number), *place, asn, f"Example {asn}", rng.choice(_KINDS)])


def _trim(folder: Path) -> None:
    """Delete the oldest worlds until the rest is small enough."""
    kept = 0
    for home in sorted(folder.glob("world-*"), key=lambda path: -path.stat().st_mtime):
        kept += sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
        if kept > CACHE_BYTES:
            shutil.rmtree(home)
