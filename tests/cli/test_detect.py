"""`seawall detect`: the exit codes, each by a real cause; the machine formats; what a quiet answer must say."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli import page_results as results
from seawall.cli.detect import to_show

#: DESIGN §7, the finding line: field → the types of its JSON value.
LINE: dict[str, tuple[type, ...]] = {
    "id": (str,), "rule": (str,), "title": (str,), "severity": (str,), "confidence": (float,), "opened_at": (str,),
    "severity_at": (str,), "first_event_time": (str,), "last_event_time": (str,), "provider": (str, type(None)),
    "owner_id": (str, type(None)), "credential_id": (str, type(None)), "entities": (list,), "event_ids": (list,),
    "event_count": (int,), "parts": (list,), "status": (str,), "superseded_by": (str, type(None)),
    "cost_usd": (float, int, type(None)), "cost_usd_per_day": (float, int, type(None)), "attack": (list,),
    "atlas": (list,), "why": (str,), "next": (list,),
}  # fmt: skip


@pytest.mark.parametrize(
    ("log", "fail_on", "code"),
    [("stolen", "high", 0), ("stolen", "medium", 1), ("broken", "high", 4), ("broken", "low", 1)],
)
def test_the_exit_code_says_what_was_found(
    log: str, fail_on: str, code: int, request: pytest.FixtureRequest, seawall: Callable[..., Any]
) -> None:
    """0 below `--fail-on`, 1 at it, 4 where a record was unread, and 1 goes before 4."""
    assert seawall("detect", request.getfixturevalue(log), "--fail-on", fail_on).code == code


def test_what_is_not_shown_counts_all_the_same(stolen: Path, seawall: Callable[..., Any]) -> None:
    """`--min-severity` hides findings from the reader, not from the exit code, and the answer says that they stand."""
    done = seawall("detect", stolen, "--min-severity", "critical", "--fail-on", "medium")
    assert done.code == 1
    assert done.out.startswith("No incident to show, but 1 incident stands.\n")
    assert "4 findings left out" in done.out


def test_nothing_at_the_threshold_is_said_in_words(stolen: Path, seawall: Callable[..., Any]) -> None:
    """Exit 0 with findings below `--fail-on`: the second line says so, since 0 will be read as clean."""
    done = seawall("detect", stolen)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1] == "Nothing at high or above, but 4 findings below it: do look."


def test_every_unread_record_is_named(broken: Path, seawall: Callable[..., Any]) -> None:
    """File, line and reason: in the table, in the JSON document, and beside JSON lines on stderr."""
    place = f"{broken}:5: not JSON"
    assert place.replace(" ", "") in "".join(seawall("detect", broken).out.split())
    assert json.loads(seawall("detect", broken, "--format", "json").out)["tally"]["quarantined"][0]["line"] == 5
    assert place.replace(" ", "") in "".join(seawall("detect", broken, "--format", "jsonl").err.split())


def test_a_finding_line_is_the_machine_interface(stolen: Path, seawall: Callable[..., Any]) -> None:
    """Each line of `--format jsonl` has exactly the fields of the design, of their types, with their words."""
    lines = [json.loads(line) for line in seawall("detect", stolen, "--format", "jsonl").out.splitlines()]
    assert {line["rule"] for line in lines} == {"LJ-06", "LJ-10", "stolen-key-in-use"}
    for line in lines:
        assert line.keys() == LINE.keys()
        assert [name for name, value in line.items() if not isinstance(value, LINE[name])] == []
        assert line["severity"] in {"info", "low", "medium", "high", "critical"}
        assert line["status"] in {"open", "withdrawn", "closed"}
        assert 0 <= line["confidence"] <= 1
        assert len(line["event_ids"]) <= 100
        assert all(entity.keys() == {"type", "value", "role"} for entity in line["entities"])
        for name in ("opened_at", "severity_at", "first_event_time", "last_event_time"):
            assert line[name].endswith("Z")
            datetime.fromisoformat(line[name])
    (incident,) = [line for line in lines if line["parts"]]
    assert set(incident["parts"]) <= {line["id"] for line in lines}


def test_parts_of_what_is_shown_are_shown() -> None:
    """An incident's parts come with it, whatever their severity, and where they were told before or accepted."""
    week = results.week()
    info = [msgspec.structs.replace(each, severity="info") for each in week.findings if not each.parts]
    incidents = list(week.incidents)
    result = msgspec.structs.replace(week, findings=(*info[1:], *incidents), accepted=(info[0],))
    for standing in (result.findings, incidents):
        shown = to_show(result, standing, "low")
        assert [each for each in shown if each.parts] == incidents
        assert {part for each in shown for part in each.parts} == {each.id for each in shown if not each.parts}
    assert to_show(result, result.findings, "critical") == []


def test_the_formats_hold_the_same_findings(stolen: Path, tmp_path: Path, seawall: Callable[..., Any]) -> None:
    """JSON lines are the findings of the JSON document; `-o` writes what stdout would have had."""
    lines = seawall("detect", stolen, "--format", "jsonl").out
    done = seawall("detect", stolen, "--format", "json", "-o", tmp_path / "out.json")
    assert done.out == ""
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["findings"] == [json.loads(line) for line in lines.splitlines()]


def test_an_accepted_finding_is_put_to_rest(stolen: Path, tmp_path: Path, seawall: Callable[..., Any]) -> None:
    """The known file's `[[accept]]` takes a finding out of answer and exit code until its day, and says so."""
    known = tmp_path / "known.toml"
    until = date.today() + timedelta(days=30)  # noqa: DTZ011 - any day to come
    known.write_text(f'[[accept]]\nrule = "stolen-key-in-use"\nreason = "a rollout"\nuntil = {until}\n')
    done = seawall("detect", stolen, "--known", known, "--fail-on", "medium")
    assert done.code == 0
    assert "1 finding accepted in the known file" in done.out
    known.write_text(known.read_text().replace(str(until), "2026-01-31"))
    assert seawall("detect", stolen, "--known", known, "--fail-on", "medium").code == 1


def test_new_shows_each_finding_once(stolen: Path, seawall: Callable[..., Any]) -> None:
    """The second run of `--new` on the same logs shows nothing and exits with 0, though the incident stands."""
    words = ("detect", stolen, "--new", "--fail-on", "medium")
    assert seawall(*words).code == 1
    again = seawall(*words)
    assert again.code == 0
    assert again.out.startswith("No incident to show, but 1 incident stands.\n")


def test_standard_input_is_read(stolen: Path, seawall: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads the same log from stdin, to the same findings."""
    expected = seawall("detect", stolen, "--format", "jsonl").out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stolen.read_bytes())))
    assert seawall("detect", "-", "--format", "jsonl").out == expected


def test_the_report_is_one_page(stolen: Path, tmp_path: Path, seawall: Callable[..., Any]) -> None:
    """`--report` writes a page, and the table says where it lies."""
    done = seawall("detect", stolen, "--report", tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert "".join(done.out.split()).endswith(f"Thewholestory:{tmp_path}/report.html")


def test_until_reads_nothing_later(stolen: Path, seawall: Callable[..., Any]) -> None:
    """With `--until` before the key is used there is no incident; with `--since` after it, none is shown."""
    assert seawall("detect", stolen, "--until", "2026-03-02T12:03Z").out.startswith("No incident found.")
    assert seawall("detect", stolen, "--since", "2026-03-03").out.startswith("No incident found.")


@pytest.mark.data
def test_the_readme_s_command_reads_a_real_log(samples: Path, tmp_path: Path, seawall: Callable[..., Any]) -> None:
    """On real CloudTrail with fuzzed identifiers: one incident, at medium since there is no history."""
    log = samples / "logs" / "stratus" / "aws.impact.bedrock-invoke-model.json"
    done = seawall("detect", log, "--report", tmp_path / "report.html")
    assert done.code == 0
    assert done.out.startswith("1 incident: 1 medium.\n")
