"""The benches measure what they say: a world that can be read, peers that do the same work, costs that add up."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.sigma import Index, load_text
from seawall.intake.read import Reading, to_parquet

EVENTS = 6_000


@pytest.fixture(scope="module", autouse=True)
def _folder(root: Path) -> Any:
    """Let the files of `bench/` find each other, as they do when they are run."""
    sys.path.insert(0, str(root / "bench"))
    yield
    sys.path.remove(str(root / "bench"))


@pytest.fixture(scope="module")
def world(_folder: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a small world."""
    return importlib.import_module("world").make(EVENTS, tmp_path_factory.mktemp("cache"), workers=1)


def test_every_record_of_the_world_is_an_event(world: Any, tmp_path: Path) -> None:
    """The world's own counts are what intake reads, log by log, and nothing is unread."""
    _, tally = to_parquet([world.logs], tmp_path, Reading(geo=(str(world.geo),)), workers=1)
    named = {"cloudtrail": "aws.cloudtrail", "invocation": "aws.bedrock_invocation", "usage": "openai.usage"}
    assert tally.unread == 0
    assert tally.events == world.total
    assert sum(tally.by_source[source] for source in named.values()) == tally.records
    assert tally.by_source["aws.cloudtrail"] == world.events["cloudtrail"]
    assert tally.by_source["aws.bedrock_invocation"] == world.events["invocation"]


def test_a_world_is_made_once(world: Any) -> None:
    """What is in the cache is used again, and the same numbers make the same files."""
    module = importlib.import_module("world")
    folder = Path(world.folder).parent
    first = {path: path.stat().st_mtime_ns for path in folder.rglob("*.gz")}
    assert module.make(EVENTS, folder) == world
    assert first == {path: path.stat().st_mtime_ns for path in folder.rglob("*.gz")}


@settings(max_examples=20, deadline=None)
@given(events=st.integers(1, 20_000_000), seed=st.integers(0, 1000))
def test_a_plan_is_as_large_as_was_asked_for(events: int, seed: int) -> None:
    """A plan has about as many events as were asked for, but never fewer than its smallest owners leave."""
    owners = importlib.import_module("owners").plan(events, seed)
    least = sum(owner.events for owner in owners if owner.kind == "openai") + len(owners)
    assert max(events - len(owners), 0) <= sum(owner.events for owner in owners) <= max(events, least) + len(owners)


def test_peers_read_the_same_records(world: Any) -> None:
    """Seawall, DuckDB and Python's json find as many records as were written."""
    parsing = importlib.import_module("parsing")
    files = parsing.chosen(world, parsing.MOST)
    expected = world.events["cloudtrail"]
    assert parsing.seawall(files, str(world.geo)) == expected
    assert parsing.with_duckdb(files) == expected
    assert parsing.with_json(files) == expected
    count, seconds = parsing.stages(files, str(world.geo))
    assert count == expected
    assert min(seconds["gunzip"], seconds["split"], seconds["Arrow"]) >= 0


def test_fifty_rules_match_what_fifty_queries_count(world: Any) -> None:
    """Both ways of asking agree rule by rule, most rules match something, and none matches everything."""
    matching = importlib.import_module("matching")
    files = matching.filled(world)
    counts = matching.seawall(files)
    assert len(counts) == 50
    assert counts == matching.with_duckdb(files)
    assert sum(map(bool, counts.values())) >= 25
    assert max(counts.values()) < world.total
    assert matching.filled(world) == files


def test_fifty_rules_are_sound() -> None:
    """All fifty load as Sigma, none is blind, and no two ask the same."""
    rules = importlib.import_module("fiftyrules").fifty()
    index = Index(load_text(b"\n---\n".join(rule.sigma for rule in rules)).check().rules)
    assert index.cost.rules == 50
    assert index.blind == []
    assert len({rule.sql for rule in rules}) == 50


def test_work_costs_what_it_uses() -> None:
    """Work in a process of its own is counted there, with its memory and its result; a death is told."""
    measure = importlib.import_module("measure")
    cost = measure.in_process(sum, range(3_000_000))
    assert cost.result == sum(range(3_000_000))
    assert 0 < cost.cpu_s < 30
    assert cost.peak_bytes > 1 << 20
    with pytest.raises(SystemExit, match="did not end"):
        measure.in_process(sys.exit, 3)
    assert measure.command([sys.executable, "-c", "raise SystemExit(5)"]).result == 5


def test_stages_add_up() -> None:
    """A watched function still does its work, and each call is counted for its stage."""
    measure = importlib.import_module("measure")

    class Worker:
        def work(self, number: int) -> int:
            return number + 1

    stages = measure.Stages()
    stages.watch(Worker, "work", "adding")
    assert [Worker().work(number) for number in range(3)] == [1, 2, 3]
    assert stages.last["adding"] == 3
    assert stages.wall["adding"] > 0


def test_a_table_says_how_peers_compare() -> None:
    """A ratio above one means that the peer takes more CPU for the same work, whatever the amounts were."""
    rows, measure = importlib.import_module("rows"), importlib.import_module("measure")
    ours = rows.Row("parse", "Seawall", 1000, measure.Cost(2.0, 2.0, 3 << 20))
    peer = rows.Row("parse", "peer", 500, measure.Cost(3.0, 3.0), peer_of=ours)
    assert peer.ratio == pytest.approx(3.0)
    lines = rows.markdown([ours, peer]).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert "| 500 |" in lines[2]


def test_unknown_benches_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is no bench is an error before anything is made."""
    with pytest.raises(SystemExit):
        importlib.import_module("run").main(["pars"])
    assert "pars" in capsys.readouterr().err
