"""Judged on what is real: no record of the samples vanishes, and the attacks recorded in them come to what they are."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from seawall.detect.result import Result
from seawall.detect.run import Request, detect
from seawall.intake.read import Reading, to_parquet
from seawall.model import Finding, at_least

pytestmark = pytest.mark.data

BEDROCK = "stratus/aws.impact.bedrock-invoke-model.json"
#: Records in each family of samples, as the samples' own page says; so that a count of nothing does not pass.
COUNTS = {
    "stratus/*.json": 312,
    "panther/*.jsonl": 370,
    "invictus/*.jsonl.gz": 2900,
    "invictus/delivery/*.json.gz": 145,
}


@pytest.fixture(scope="session")
def logs(samples: Path) -> Path:
    """Return the folder of logs among the samples."""
    return samples / "logs"


def records(path: Path) -> list[Any]:
    """Return a file's records as the json module reads them, without a word from the code under test."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if ".jsonl" in path.name:
        rows = [json.loads(line) for line in data.splitlines() if line.strip()]
        return [row["log"] if "log" in row and "rule_id" in row else row for row in rows]
    whole = json.loads(data)
    found: list[Any] = whole["Records"] if isinstance(whole, dict) else whole
    return found


def lines(rows: Sequence[Any], path: Path) -> Path:
    """Write records as JSON lines."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def found(path: Path) -> Result:
    """Judge one file, as the command does."""
    return detect(Request(paths=(str(path),), workers=1))


def ids(findings: Sequence[Finding]) -> list[str]:
    """Return the rules of findings."""
    return sorted(finding.rule for finding in findings)


@pytest.mark.parametrize("family", COUNTS)
def test_every_record_is_accounted_for(logs: Path, tmp_path: Path, family: str) -> None:
    """Of every file each record became events, was ignored for a reason, or is in quarantine for a reason."""
    total = 0
    for path in sorted(logs.glob(family)):
        rows = records(path)
        out = tmp_path / path.name
        out.mkdir()
        native = lines(rows, out / "logs.jsonl") if family.startswith("panther") else path
        _, tally = to_parquet([str(native)], out, Reading(), workers=1)
        told = (tally.by_source.total(), tally.ignored.total(), tally.unread)
        assert (path.name, sum(told)) == (path.name, len(rows)), told
        assert tally.records == len(rows)
        assert tally.events >= tally.by_source.total()
        assert tally.unread == len(tally.quarantined) == tally.unread_by_reason.total()
        assert all(reason.partition(": ")[2] for reason in tally.ignored)
        assert all(item.reason and item.name == str(native) for item in tally.quarantined)
        total += len(rows)
    assert total == COUNTS[family]


def test_what_cannot_be_read_says_why(logs: Path, tmp_path: Path) -> None:
    """Of all samples only records that lack a time, or are of no format we know, are not read."""
    paths = [*sorted(logs.glob("stratus/*.json")), *sorted(logs.glob("invictus/*.jsonl.gz"))]
    rows = [row for path in sorted(logs.glob("panther/*.jsonl")) for row in records(path)]
    paths.append(lines(rows, tmp_path / "panther.jsonl"))
    (tmp_path / "out").mkdir()
    _, tally = to_parquet([*map(str, paths)], tmp_path / "out", Reading(), workers=1)
    assert sum(tally.unread_by_reason.values()) < 10
    for reason in tally.unread_by_reason:
        assert "time" in reason or reason == "no source knows this record"


def test_the_bedrock_attack_is_one_incident(logs: Path) -> None:
    """The sweep, the unlock and the invocation are told, and one incident, medium for want of history, on one key."""
    result = found(logs / BEDROCK)
    (incident,) = result.incidents
    assert {"LJ-06", "LJ-10"} <= {finding.rule for finding in result.findings}
    assert (incident.rule, incident.severity) == ("stolen-key-in-use", "medium")
    assert {finding.credential_id for finding in result.findings} == {incident.credential_id}
    assert len(result.credentials) == 1
    operations = {row["eventID"]: row["eventName"] for row in records(logs / BEDROCK)}
    named = {operations[event] for event in incident.event_ids}
    assert {"GetFoundationModelAvailability", "InvokeModel"} <= named
    assert named & {"PutUseCaseForModelAccess", "CreateFoundationModelAgreement", "PutFoundationModelEntitlement"}
    assert not [finding for finding in result.findings if at_least(finding.severity, "high")]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_its_records_does_not_matter(logs: Path, tmp_path: Path, seed: int) -> None:
    """The same records in any order, and some of them twice, come to the same findings."""
    rows = records(logs / BEDROCK)
    noise = random.Random(seed)
    again = rows + noise.sample(rows, 3)
    noise.shuffle(again)
    assert found(lines(again, tmp_path / "shuffled.jsonl")).findings == found(logs / BEDROCK).findings


def test_an_attack_without_ai_is_no_incident(logs: Path) -> None:
    """An hour of attack, set-up and clean-up in an account without any AI service alarms nobody."""
    (path,) = logs.glob("invictus/*.jsonl.gz")
    result = found(path)
    assert result.tally.events > 100
    assert not result.incidents, [incident.why for incident in result.incidents]
    grave = [finding for finding in result.findings if at_least(finding.severity, "medium")]
    assert not grave, ids(result.findings)
