"""The lake: each event once, whatever comes how often in which batches, and every commit whole or not there."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import IncompleteError
from seawall.store import EVENTS, deltafile
from seawall.store.lake import MANY, Appended, Lake, relation

Key = tuple[str, int, int]
DAY_US = 86_400_000_000
NEW_YEAR = 1_767_225_600_000_000  # 2026-01-01, µs


def table(keys: Sequence[Key], **columns: object) -> pa.Table:
    """Return events with these ids, times (µs since 2026 began) and digests."""
    ids, times, digests = zip(*keys, strict=True) if keys else ((), (), ())
    filled = {name: pa.nulls(len(keys), EVENTS.field(name).type) for name in EVENTS.names}
    filled |= {name: pa.array([value] * len(keys), EVENTS.field(name).type) for name, value in columns.items()}
    filled["event_id"] = pa.array(ids, pa.string())
    filled["time"] = pa.array([NEW_YEAR + each for each in times], pa.int64()).cast(EVENTS.field("time").type)
    filled["digest"] = pa.array(digests, pa.int64())
    return pa.table(filled, schema=EVENTS)


def rows(files: Sequence[str] | None) -> list[Key]:
    """Return the keys in files of a lake, sorted."""
    assert files is not None
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        return sorted(
            con.execute(
                f"SELECT event_id, epoch_us(time) - {NEW_YEAR}, digest FROM {relation(files)}"
                " WHERE day = time::TIMESTAMP::DATE"
            ).fetchall()
        )


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """Return an empty lake."""
    opened = Lake(tmp_path / "lake", threads=1)
    yield opened
    opened.close()


KEYS = st.tuples(
    st.sampled_from(["a", "b"]),
    st.sampled_from([0, 1, 999, 1000, DAY_US - 1, DAY_US, -1, -400 * DAY_US + 7]),
    st.integers(1, 2),
)


@settings(max_examples=10, deadline=None)
@given(batches=st.lists(st.lists(KEYS, max_size=8), min_size=1, max_size=5), data=st.data())
def test_each_event_once(batches: list[list[Key]], data: st.DataObject) -> None:
    """Any batching with any duplicates, replays, closings and compactions ends in each distinct event once."""
    with tempfile.TemporaryDirectory() as name:
        lake, seen = Lake(Path(name), threads=1), set()
        for offset, batch in enumerate(batches, 1):
            appended = lake.append(table(batch), spool="s", offset=offset)
            assert appended.new == len(set(batch) - seen)
            assert appended.new + appended.duplicates == len(batch)
            seen |= set(batch)
            after = data.draw(st.sampled_from(["nothing", "replay", "reopen", "compact"]))
            if after == "replay":
                assert lake.append(table(batch), spool="s", offset=offset) == Appended(0, 0)
            elif after == "reopen":
                lake.close()
                lake = Lake(Path(name), threads=1)
            elif after == "compact":
                lake.compact(date(2026, 1, 2))
        assert rows(lake.files()) == sorted(seen)
        assert lake.offset("s") == len(batches)
        lake.close()


def test_a_batch_is_one_commit(lake: Lake) -> None:
    """However many days a batch spans, it is one version, and it holds the spool's offset, even if nothing is new."""
    batch = table([(f"e{day}", day * DAY_US, 1) for day in range(5)])
    lake.append(batch, spool="s", offset=10)
    assert (lake.version, lake.offset("s"), lake.offset("other")) == (1, 10, 0)
    assert lake.append(batch, spool="s", offset=20) == Appended(0, 5)
    assert (lake.version, lake.offset("s")) == (2, 20)


def test_duplicates_are_found_at_any_age(lake: Lake) -> None:
    """An event of three years ago comes again after much else and a compaction, and is known."""
    old = table([("old", -3 * 365 * DAY_US, 1)])
    lake.append(old, spool="s", offset=1)
    for number in range(12):
        lake.append(table([(f"e{number}", number * DAY_US // 5, 1)]), spool="s", offset=2 + number)
    lake.compact(date(2026, 1, 2))
    assert lake.append(old, spool="s", offset=100) == Appended(0, 1)


def test_versions_are_kept(lake: Lake) -> None:
    """The same id and time with another digest, a grown usage bucket, is another row."""
    lake.append(table([("bucket", 0, 1)]), spool="s", offset=1)
    assert lake.append(table([("bucket", 0, 2)]), spool="s", offset=2) == Appended(1, 0)


@pytest.mark.parametrize("micros", [1, 999, 1001, 999_999, DAY_US - 1, -1, -NEW_YEAR, -63_902_822_400_000_000])
def test_microseconds_are_found_again(lake: Lake, micros: int) -> None:
    """A time that no whole millisecond is lies within its file's statistics; so do times before 1970 and of year 1."""
    batch = table([("e", micros, 1)])
    lake.append(batch, spool="s", offset=1)
    assert lake.append(batch, spool="s", offset=2) == Appended(0, 1)
    moment = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).isoformat()
    pruned = DeltaTable(str(lake.folder)).file_uris(file_pruning_predicate=f"time >= '{moment}' AND time <= '{moment}'")
    assert rows(pruned) == [("e", micros, 1)]


def test_statistics_are_on_four_columns(lake: Lake) -> None:
    """The commit has bounds for time and ids alone, and none for a text that an adversary made long."""
    batch = table([("e", 0, 1)], credential_id="k", model="m", request_id="r" * 10_000)
    lake.append(batch, spool="s", offset=1)
    lines = (lake.folder / "_delta_log" / f"{1:020}.json").read_text().splitlines()
    (stats,) = [json.loads(json.loads(line)["add"]["stats"]) for line in lines if "add" in json.loads(line)]
    assert stats["minValues"].keys() == {"time", "event_id", "credential_id"}
    assert stats["nullCount"].keys() == {"time", "event_id", "credential_id", "request_id"}
    assert stats["numRecords"] == 1


def test_other_engines_read_it(lake: Lake) -> None:
    """Delta's own reader finds the event's columns and the day."""
    lake.append(table([("e", DAY_US, 7)], prompt_sketch=b"\0\xff"), spool="s", offset=1)
    found = DeltaTable(str(lake.folder)).to_pyarrow_table()
    assert set(found.column_names) == {*EVENTS.names, "day"}
    (row,) = found.select(["event_id", "day", "prompt_sketch", "digest"]).to_pylist()
    assert row == {"event_id": "e", "day": date(2026, 1, 2), "prompt_sketch": b"\0\xff", "digest": 7}


def test_files_since_a_version(lake: Lake) -> None:
    """`files(since)` has what came after, commit by commit, whatever was compacted; what is vacuumed can't be told."""
    for number in range(4):
        lake.append(table([(f"e{number}", number, 1)]), spool="s", offset=number + 1)
    assert rows(lake.files(2)) == [("e2", 2, 1), ("e3", 3, 1)]
    assert lake.files(lake.version) == []
    before = lake.version
    assert lake.compact(date(2026, 1, 2)) == 4
    assert lake.files(before) == []
    assert rows(lake.files(2)) == [("e2", 2, 1), ("e3", 3, 1)]
    lake._table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    assert lake.files(2) is None
    assert len(rows(lake.files())) == 4


def test_a_log_that_is_gone_is_told(lake: Lake) -> None:
    """Where commits were cleaned away, `files(since)` says that it cannot tell."""
    for number in range(3):
        lake.append(table([(f"e{number}", number, 1)]), spool="s", offset=number + 1)
    (lake.folder / "_delta_log" / f"{2:020}.json").unlink()
    assert lake.files(1) is None


def test_only_closed_days_are_compacted(lake: Lake) -> None:
    """Days from `before` on are left alone, and so is a day that is one file already; rows stay, in order of time."""
    for number in range(3):
        batch = [(f"e{number}-{day}", day * DAY_US + 10 - number, 1) for day in range(2)]
        lake.append(table(batch), spool="s", offset=number + 1)
    kept = rows(lake.files())
    assert lake.compact(date(2026, 1, 2)) == 3
    assert lake.compact(date(2026, 1, 2)) == 0
    files = lake.files()
    assert files is not None
    assert rows(files) == kept
    first, *others = sorted(files)
    assert len(others) == 3
    with duckdb.connect() as con:
        order = [moment for (moment,) in con.execute(f"SELECT time FROM {relation([first])}").fetchall()]
    assert order == sorted(order)
    assert len(order) == 3


def test_vacuum_keeps_what_readers_may_hold(lake: Lake) -> None:
    """Compacted files stay for the retention."""
    for number in range(2):
        lake.append(table([(f"e{number}", number, 1)]), spool="s", offset=number + 1)
    held = lake.files()
    lake.compact(date(2026, 1, 2))
    assert lake.vacuum() == 0
    assert len(rows(held)) == 2


def test_a_closed_day_of_many_files_is_tidied(lake: Lake) -> None:
    """At `MANY` files a day before the newest becomes one; a file bigger than what came later together waits."""

    def files(day: int) -> int:
        return sum(f"day=2026-01-{day + 1:02}" in name for name in lake.files() or ())

    gone = 0
    for number in range(2 * MANY):
        batch = [(f"e{number}-{each}", number, each) for each in range(30_000 if number == MANY else 1)]
        lake.append(table([*batch, (f"f{number}", DAY_US + number, 1)]), spool="s", offset=number + 1)
        gone += lake.tidy()
        assert files(0) <= MANY + 1
    assert gone == 2 * MANY
    assert (files(0), files(1)) == (2, 2 * MANY)
    assert len(set(rows(lake.files()))) == len(rows(lake.files())) == 4 * MANY + 29_999


#: Fills a lake and tidies it after each batch, for ever.
FILLER = """
import sys
from pathlib import Path
from seawall.store import deltafile
from seawall.store.lake import Lake
from store.test_lake import DAY_US, table

deltafile.mend(Path(sys.argv[1]))
lake = Lake(Path(sys.argv[1]), threads=1)
for number in range(lake.offset("s"), 10_000):
    lake.append(table([(f"e{number}", number, 1), (f"f{number}", 2 * DAY_US, 1)]), spool="s", offset=number + 1)
    print(number, lake.tidy(), flush=True)
"""


@pytest.mark.parametrize("kills", [2, pytest.param(30, marks=pytest.mark.slow)])
def test_tidying_disturbs_no_reader_and_survives_kill_9(tmp_path: Path, kills: int) -> None:
    """Whoever lists files while the lake is tidied, and tidying is killed, reads each event once, and no fewer."""
    rng, seen, place = random.Random(kills), 0, os.pathsep.join([*sys.path, str(Path(__file__).parents[1])])
    merged = 0
    for kill in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", FILLER, tmp_path / "lake"], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": place},
        ) as filler:  # fmt: skip
            assert filler.stdout is not None
            for turn in range(rng.randint(1, MANY) if kill else MANY + 4):
                merged += int(filler.stdout.readline().split()[1])
                if turn % 4:
                    continue
                reader = Lake(tmp_path / "lake", threads=1)
                found = rows(reader.files())
                reader.close()
                assert len(set(found)) == len(found) >= seen
                seen = len(found)
            time.sleep(rng.uniform(0, 0.05))
            filler.kill()
    assert merged >= MANY


@pytest.mark.parametrize("kept", [0, 1, 200])
def test_a_torn_commit_never_was(lake: Lake, kept: int) -> None:
    """A commit that a power failure cut short is removed, and its batch comes again."""
    for number in range(2):
        lake.append(table([(f"e{number}", number, 1)]), spool="s", offset=number + 1)
    commit = lake.folder / "_delta_log" / f"{2:020}.json"
    commit.write_bytes(commit.read_bytes()[:kept])
    assert deltafile.mend(lake.folder)
    assert not deltafile.mend(lake.folder)
    again = Lake(lake.folder, threads=1)
    assert (again.version, again.offset("s")) == (1, 1)
    assert again.append(table([("e1", 1, 1)]), spool="s", offset=2) == Appended(1, 0)
    assert len(rows(again.files())) == 2
    again.close()


def test_checkpoints_keep_the_offset(tmp_path: Path) -> None:
    """After a checkpoint of the log a lake that is opened anew knows the spool's offset and every row."""
    lake = Lake(tmp_path / "lake", threads=1)
    lake.append(table([("e", 0, 1)]), spool="s", offset=5)
    lake._table.create_checkpoint()
    lake.close()
    (lake.folder / "_delta_log" / f"{0:020}.json").unlink()
    again = Lake(lake.folder, threads=1)
    assert again.offset("s") == 5
    assert rows(again.files()) == [("e", 0, 1)]
    again.close()


def test_an_empty_lake_has_the_columns(lake: Lake) -> None:
    """The relation of no files has the columns and types of a full one, and no rows."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        empty = con.sql(f"FROM {relation(lake.files() or [])}")
        assert empty.fetchall() == []
        described = dict(zip(empty.columns, map(str, empty.types), strict=True))
        lake.append(table([("e", 0, 1)]), spool="s", offset=1)
        full = con.sql(f"FROM {relation(lake.files() or [])}")
        assert described == dict(zip(full.columns, map(str, full.types), strict=True))


def test_a_folder_with_a_quote_in_its_name(tmp_path: Path) -> None:
    """The lake's place may have any name: it is quoted wherever it becomes SQL."""
    lake = Lake(tmp_path / "it's; [odd] *?", threads=1)
    for number in range(2):
        lake.append(table([("e", number, 1), ("e", 0, 1)]), spool="s", offset=number + 1)
    lake.compact(date(2026, 1, 2))
    assert rows(lake.files()) == [("e", 0, 1), ("e", 1, 1)]
    lake.close()


def test_a_lake_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Rubbish in the log is told in words."""
    (tmp_path / "_delta_log").mkdir()
    (tmp_path / "_delta_log" / f"{0:020}.json").write_text('{"commitInfo":{}}\n{"rubbish')
    with pytest.raises(IncompleteError, match="cannot open the lake"):
        Lake(tmp_path)
