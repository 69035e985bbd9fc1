"""Ingesting: every record accounted for, each event in the lake once, however it comes; and the command."""

from __future__ import annotations

import gzip
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.cli import main
from seawall.intake.ingest import Ingester, Item, Parcel, ingest, outline
from seawall.intake.read import Reading, to_parquet
from seawall.model import IncompleteError, UsageError
from seawall.sources import Context
from seawall.store.home import Home
from seawall.store.lake import Lake, relation
from seawall.store.quarantine import Quarantine

READING = Reading()


def record(number: int, **members: Any) -> bytes:
    """Return a CloudTrail record of one use of a model."""
    return json.dumps(
        {
            "eventVersion": "1.11", "eventSource": "bedrock.amazonaws.com", "eventName": "InvokeModel",
            "eventID": f"e-{number}", "eventTime": f"2025-03-{1 + number % 3:02}T10:00:00Z", "awsRegion": "us-east-1",
            "requestID": f"r-{number}", "sourceIPAddress": "198.51.100.7", "userAgent": "Boto3/1.40",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice"},
            "requestParameters": {"modelId": "vendor.model-v1:0"}, "recipientAccountId": "111122223333", **members,
        }
    ).encode()  # fmt: skip


def parcel(numbers: Sequence[int], **members: Any) -> Parcel:
    """Return records that just arrived; a negative number is a broken one."""
    items = tuple(
        Item(number, record(number, **members)) if number >= 0 else Item(-number, b'{"eventVersion":', "not JSON")
        for number in numbers
    )
    return Parcel("log", time.time_ns() // 1000, None, items)


def lake_ids(home: Home) -> list[str]:
    """Return the ids of all events in the lake, sorted."""
    lake = Lake(home.lake, threads=1)
    files = lake.files()
    lake.close()
    assert files is not None
    with duckdb.connect() as con:
        return [id_ for (id_,) in con.execute(f"SELECT event_id FROM {relation(files)} ORDER BY 1").fetchall()]


def entries(home: Home) -> list[tuple[str, int]]:
    """Return where the lines of the quarantine come from, each line once."""
    return sorted((each.name, each.line) for each in Quarantine(home.quarantine / "intake").entries())


NUMBERS = st.lists(st.integers(-5, 12), max_size=6)


@settings(max_examples=8, deadline=None)
@given(
    sessions=st.lists(st.lists(NUMBERS, max_size=4), min_size=1, max_size=3),
    batch=st.integers(1, 8),
    drained=st.booleans(),
)
def test_any_way_of_coming_ends_in_the_same_lake(sessions: list[list[list[int]]], batch: int, *, drained: bool) -> None:
    """Whatever comes how often, in which batches and with which stops, is in the lake or the quarantine once."""
    with tempfile.TemporaryDirectory() as name:
        home = Home.open(Path(name))
        for session in sessions:
            with Ingester.opened(home, READING, batch=batch, segment_bytes=2000) as ingester:
                for numbers in session:
                    ingester.accept([parcel(numbers)])
                if drained:
                    ingester.drain()
        with Ingester.opened(home, READING) as ingester:
            ingester.drain()
        came = {number for session in sessions for numbers in session for number in numbers}
        assert lake_ids(home) == sorted(f"e-{number}" for number in came if number >= 0)
        assert entries(home) == sorted(("log", -number) for number in came if number < 0)


def test_every_record_is_accounted_for(tmp_path: Path) -> None:
    """Events, ignored and unread records add up to the records, and the second time all events are duplicates."""
    log = tmp_path / "logs" / "a.jsonl.gz"
    log.parent.mkdir()
    lines = [record(1), record(2), record(2), record(3, eventSource="s3.amazonaws.com"), b"{broken", record(4)]
    log.write_bytes(gzip.compress(b"\n".join(lines)))
    (log.parent / "README.md").write_text("no log")
    home = Home.open(tmp_path / "home")
    for new in (3, 0):
        found = ingest(home, [log.parent], READING)
        tally = found.tally
        assert (tally.files, tally.records, tally.unread, tally.events) == (1, 6, 1, 4)
        assert tally.ignored.total() + tally.by_source.total() + tally.unread == tally.records
        assert tally.skipped.total() == 1
        assert (found.new, found.duplicates, found.resumed) == (new, 4 - new, 0)
    assert entries(home) == [(str(log), 5)]


def test_it_reads_as_detect_does(tmp_path: Path) -> None:
    """The lake holds the rows that `to_parquet` makes of the same file, with the same key."""
    log = tmp_path / "a.jsonl"
    log.write_bytes(b"\n".join(map(record, range(20))))
    home = Home.open(tmp_path / "home")
    ingest(home, [log], READING)
    files, _ = to_parquet([log], tmp_path, Reading(context=Context(key=home.key())), workers=1)
    lake = Lake(home.lake)
    with duckdb.connect() as con:
        kept, read = (
            con.execute(f"SELECT * EXCLUDE (day) FROM {relation(each)} ORDER BY event_id").fetchall()
            if number == 0
            else con.execute(f"SELECT * FROM read_parquet('{each[0]}') ORDER BY event_id").fetchall()
            for number, each in enumerate((lake.files() or [], files))
        )
    lake.close()
    assert kept == read
    assert len(kept) == 20


def test_what_was_left_is_resumed(tmp_path: Path) -> None:
    """Records that were acknowledged and not yet in the lake are brought there by the next ingest, which says so."""
    home = Home.open(tmp_path / "home")
    with Ingester.opened(home, READING) as ingester:
        ingester.accept([parcel([1, 2])])
    log = tmp_path / "a.jsonl"
    log.write_bytes(record(3))
    found = ingest(home, [log], READING)
    assert (found.resumed, found.new, found.tally.records) == (2, 3, 3)
    assert sum(path.stat().st_size for path in home.spool.rglob("*.segment")) == 0


def test_a_record_is_judged_as_of_its_arrival(tmp_path: Path) -> None:
    """A record that was in the future when it came is quarantined, however much later it is read; so is its owner."""
    home = Home.open(tmp_path / "home")
    early = Parcel("log", 1_700_000_000_000_000, None, (Item(1, record(1)),))
    with Ingester.opened(home, READING) as ingester:
        ingester.accept([early])
    with Ingester.opened(home, READING) as ingester:
        ingester.drain()
        assert [each.reason for each in ingester.account.tally.quarantined] == [
            "its time is more than an hour in the future"
        ]
    assert lake_ids(home) == []


def test_a_drain_that_failed_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the lake refuses and more is drained later, the account and the quarantine have each record once."""
    home = Home.open(tmp_path / "home")
    with Ingester.opened(home, READING) as ingester:
        ingester.accept([parcel([1, -2])])
        with monkeypatch.context() as patch:
            patch.setattr(Lake, "append", _refused)
            with pytest.raises(IncompleteError):
                ingester.drain()
        ingester.accept([parcel([-3])])
        ingester.drain()
        assert (ingester.account.tally.records, ingester.account.tally.unread, ingester.account.new) == (3, 2, 1)
    assert entries(home) == [("log", 2), ("log", 3)]
    assert sum(path.read_text().count("\n") for path in home.quarantine.rglob("*.jsonl")) == 2


def _refused(*_: object, **__: object) -> None:
    raise IncompleteError("refused", hint="none")


def test_the_quarantine_quotes_nothing(tmp_path: Path) -> None:
    """An entry has the names of a record's members, never a value: that may be a secret or a prompt."""
    value = "v" * 40
    broken = f'{{"eventVersion": "1.11", "prompt" : "{value}", "nested": {{"key":"{value}"}}, "{value}": 1'.encode()
    assert outline(broken) == "eventVersion, prompt, nested, key"
    assert outline(value.encode()) == ""
    home = Home.open(tmp_path / "home")
    log = tmp_path / "a.jsonl"
    log.write_bytes(broken)
    ingest(home, [log], READING)
    (file,) = home.quarantine.rglob("*.jsonl")
    assert value not in file.read_text()
    assert "nested" in file.read_text()


def test_hostile_files_are_named(tmp_path: Path) -> None:
    """A truncated gzip, binary data, a damaged archive and invalid UTF-8: each is quarantined, the rest is read."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.gz").write_bytes(gzip.compress(record(1) * 50)[:-20])
    (logs / "b.bin").write_bytes(bytes(range(256)))
    (logs / "c.zip").write_bytes(b"PK\x03\x04" + b"x" * 100)
    (logs / "d.jsonl").write_bytes(b'{"eventVersion": "\xff"}\n' + record(2))
    home = Home.open(tmp_path / "home")
    found = ingest(home, [logs], READING)
    assert {Path(name).name for name, _ in entries(home)} == {"a.gz", "b.bin", "c.zip", "d.jsonl"}
    assert found.tally.unread == len(entries(home))
    assert "e-2" in lake_ids(home)


def test_a_second_ingester_is_refused(tmp_path: Path) -> None:
    """While one is at work another gets an error, and nothing of its input is taken."""
    home = Home.open(tmp_path / "home")
    with Ingester.opened(home, READING), pytest.raises(IncompleteError, match="is filling"):
        ingest(home, [tmp_path], READING)


def test_a_missing_path_does_nothing(tmp_path: Path) -> None:
    """A path that does not exist is a usage error before anything is written."""
    home = Home.open(tmp_path / "home")
    with pytest.raises(UsageError, match="no such file"):
        ingest(home, [tmp_path / "nothing"], READING)
    assert not home.lake.exists()


def run(args: list[str]) -> int:
    """Run the command line; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(args)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`seawall ingest` says what came of every record, in words and as JSON; 4 where some could not be read."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad\x1b[31m.jsonl"
    good.write_bytes(b"\n".join([record(1), record(2)]))
    bad.write_bytes(b"\n".join([record(3), b"{broken"]))
    assert run(["ingest", str(good)]) == 0
    assert "2 new events" in capsys.readouterr().out
    assert run(["ingest", str(good), str(bad)]) == 4
    said = capsys.readouterr().out
    assert "1 new events" in said
    assert "2 events that the lake had already" in said
    assert "bad\N{REPLACEMENT CHARACTER}[31m.jsonl:2: " in said.replace("\n      ", " ").replace("\n", "")
    assert "\x1b" not in said
    assert run(["ingest", "--format", "jsonl", str(good)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["events"] == {"new": 0, "duplicates": 2}
    assert (told["records"], told["unread"]) == (2, 0)


def test_the_command_s_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing path is 2, a lake that another process fills is 3; both in three lines."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    assert run(["ingest", str(tmp_path / "nothing")]) == 2
    with Home.open().ingesting():
        assert run(["ingest", str(tmp_path)]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["error", "hint", "docs"] * 2


@pytest.mark.data
def test_real_logs_are_accounted_for(tmp_path: Path, samples: Path) -> None:
    """Of the real Stratus logs every record is an event, ignored, or quarantined by name."""
    home = Home.open(tmp_path / "home")
    found = ingest(home, [samples / "logs" / "stratus"], READING)
    tally = found.tally
    assert tally.records == tally.by_source.total() + tally.ignored.total() + tally.unread
    assert found.new + found.duplicates == tally.events
    assert found.new == len(lake_ids(home)) > 0
    assert len(entries(home)) == tally.unread
