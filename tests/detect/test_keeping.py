"""The views that stay: whatever came before, in however many runs, a run from the lake says what a first one would."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.detect import ANALYTICS, INCIDENTS, run
from seawall.detect.examples.check import examples
from seawall.detect.examples.example import events
from seawall.detect.result import Result
from seawall.detect.run import Request, detect
from seawall.detect.settings import KnownNetwork, Settings
from seawall.detect.sigma import load_text
from seawall.store.home import Home
from seawall.store.kept import kept
from seawall.store.lake import Lake
from support.folding import table
from support.noise import noise

Rows = list[dict[str, Any]]
KNOWN = Settings(networks=(KnownNetwork("198.51.100.0/24", "the office"),))
OTHERS = load_text(
    "title: Somebody uses model a\nlogsource: {product: seawall}\n"
    "detection: {selection: {model: a}, condition: selection}\nlevel: high\n"
).rules
#: Rules of both keys and of both incidents.
FEW = tuple(rule for rule in ANALYTICS if rule.id in {"LJ-06", "LJ-10", "LJ-14", "LJ-17"})
#: A run in a process of its own, that dies at the first call of a function, or after it.
DIES = """
import importlib, os, signal, sys
from functools import partial
module, name, when, *few = sys.argv[1:]
from seawall.detect import ANALYTICS, run
from seawall.detect.run import Request, detect
if few:
    run.Engine = partial(run.Engine, rules=tuple(rule for rule in ANALYTICS if rule.id in few))
place = importlib.import_module(module)
*path, name = name.split(".")
for each in path:
    place = getattr(place, each)
done = getattr(place, name)

def dying(*args, **kwargs):
    if when == "after":
        done(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(place, name, dying)
detect(Request())
"""


def world(seed: int) -> Rows:
    """Return the rows of a stolen key in use and of a resale proxy, with noise of six days around them."""
    fires = [example for rule in INCIDENTS for example in examples(rule)[0]]
    chosen = random.Random(seed).sample(fires, 2)
    rows: Rows = events([*chosen[0].rows, *chosen[1].rows, *noise(seed)]).to_pylist()
    unique = {(row["event_id"], row["time"], row["digest"]): row for row in rows}
    return sorted(unique.values(), key=lambda row: (row["time"], row["event_id"]))


def bring(home: Home, rows: Rows) -> None:
    """Add rows to the lake, as an ingest does."""
    lake = Lake(home.lake, threads=1)
    lake.append(table(rows), spool="s", offset=lake.offset("s") + 1)
    lake.close()


def told(result: Result) -> dict[str, Any]:
    """Return what a run says, but for when it ran and how many files the lake has."""
    said: dict[str, Any] = msgspec.to_builtins(result)
    del said["judged_at"], said["tally"]["files"]
    return said


@pytest.fixture(autouse=True)
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Judge by a few rules, and return their ids; the slow tests judge by all, and have none."""
    if request.node.get_closest_marker("slow"):
        return ()
    monkeypatch.setattr(run, "Engine", partial(run.Engine, rules=FEW))
    return tuple(rule.id for rule in FEW)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a data directory that runs use."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    return Home.open()


@pytest.fixture
def once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what a first run on a lake with all these rows at once says."""

    def said(rows: Rows, request: Request | None = None) -> dict[str, Any]:
        with monkeypatch.context() as place:
            place.setenv("SEAWALL_HOME", str(tmp_path / f"other-{len(list(tmp_path.iterdir()))}"))
            bring(Home.open(), rows)
            return told(detect(request or Request()))

    return said


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_any_runs_between_any_batches_leave_no_trace(home: Home, once: Any, seed: int) -> None:
    """After each of several batches, late events among them, the run says what one from scratch on as much says."""
    rows, rng = world(seed), random.Random(seed)
    late = rng.sample(rows, 8)
    early = [row for row in rows if row not in late]
    cuts = sorted(rng.sample(range(1, len(early)), 2))
    batches = [early[: cuts[0]], early[cuts[0] : cuts[1]], early[cuts[1] :], late[:1], late[1:]]
    for batch in batches:
        bring(home, batch)
        found = detect(Request())
    assert told(found) == told(detect(Request())) == once(rows)
    assert any(finding.parts and finding.event_ids for finding in found.findings)


def test_what_was_pruned_proves_what_it_proved(home: Home, once: Any) -> None:
    """A finding that comes to stand long after `calls` forgot its events names them all the same."""
    rows = world(3)
    later = events([{"time": "2026-02-20T12:00:00", "credential_id": "other"}]).to_pylist()
    bring(home, [*rows, *later])
    detect(Request())
    with kept(home, history="none", memory="1GB", threads=1) as views:
        assert views.rows("SELECT count(*) FROM calls") == [(1,)]
        views.con.execute("DELETE FROM proofs")
    assert told(detect(Request())) == once([*rows, *later])


@pytest.mark.parametrize(
    ("module", "name", "when"),
    [("seawall.detect.engine", "judge", "before"),
     pytest.param("seawall.store", "Views.judged", "after", marks=pytest.mark.slow),
     pytest.param("seawall.detect.marking", "Marker.mark", "after", marks=pytest.mark.slow),
     pytest.param("seawall.store", "Views.prune", "after", marks=pytest.mark.slow)],
    ids=["folded", "judged, not committed", "marked", "pruned"],
)  # fmt: skip
def test_kill_9_changes_nothing(home: Home, once: Any, few: tuple[str, ...], module: str, name: str, when: str) -> None:
    """A process that dies between two steps, at first and again later, leaves views that the next one completes."""
    rows = world(4)
    for batch in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
        bring(home, batch)
        died = subprocess.run([sys.executable, "-c", DIES, module, name, when, *few], check=False, capture_output=True)
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert told(detect(Request())) == once(rows)


def test_views_that_another_process_holds_are_left_alone(home: Home) -> None:
    """While the file is held, by one of ours or by another program, a run says the same and changes nothing in it."""
    rows = world(5)
    bring(home, rows[:-20])
    before = told(detect(Request()))
    with kept(home, history="none", memory="1GB", threads=1) as views:
        assert told(detect(Request())) == before
        version = views.version
    command = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", command, home.views], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        assert told(detect(Request())) == before
        holder.stdin.write(b"\n")
        holder.stdin.close()
    bring(home, rows[-20:])
    with kept(home, history="none", memory="1GB", threads=1) as views:
        assert views.version == version
        whole = told(detect(Request()))
    assert told(detect(Request())) == whole


def test_other_rules_and_settings_judge_everything_again(home: Home, once: Any) -> None:
    """With networks known, with rules of others, and with neither again, a run says what a first one would."""
    rows = world(6)
    bring(home, rows)
    detect(Request())
    requests = [Request(settings=KNOWN), Request(imported=tuple(OTHERS)), Request()]
    said = [told(detect(request)) for request in requests]
    assert said == [once(rows, request) for request in requests]
    assert said[0] != said[2] != said[1]


def test_views_are_made_anew(home: Home, once: Any) -> None:
    """Without its file of views, with one that is none, or one of other tables or events, a run says the same."""
    rows = world(7)
    bring(home, rows[:30])
    detect(Request())
    home.lake.rename(home.path / "another")
    bring(home, rows)
    expected = once(rows)
    assert told(detect(Request())) == expected
    home.views.unlink()
    assert told(detect(Request())) == expected
    home.views.write_bytes(b"no database" * 2000)
    assert told(detect(Request())) == expected
    with kept(home, history="none", memory="1GB", threads=1) as views:
        views.con.execute("UPDATE state SET layout = 'old'")
        views.con.execute("DROP TABLE hits")
    assert told(detect(Request())) == expected


def test_until_leaves_the_views_alone(home: Home) -> None:
    """A run that stops at a time says what a run at that time said, and the next whole run is as ever."""
    rows = world(8)
    half = len(rows) // 2
    while rows[half]["time"] == rows[half - 1]["time"]:
        half += 1
    bring(home, rows[:half])
    then = told(detect(Request()))
    bring(home, rows[half:])
    again = told(detect(Request(until=rows[half]["time"].replace(tzinfo=None))))
    assert again["findings"] == then["findings"]
    with kept(home, history="none", memory="1GB", threads=1) as views:
        assert views.version == 1
