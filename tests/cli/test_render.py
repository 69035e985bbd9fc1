"""The table on a terminal: 80 columns, the worst first, nothing that obeys the terminal, nothing hidden in silence."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections import Counter

import click
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli import page_results as results
from seawall.cli.detect import to_show
from seawall.cli.render import show
from seawall.cli.text import WIDTH, likelihood, width
from seawall.detect.coverage import Blind
from seawall.detect.result import Result
from seawall.intake.tally import Tally
from seawall.model import Entity, Finding, Severity


def told(result: Result, least: Severity = "low", fail_on: Severity = "high") -> list[str]:
    """Return the lines of a result."""
    file = io.StringIO()
    show(result, to_show(result, result.findings, least), file, fail_on=fail_on)
    return file.getvalue().splitlines()


def check(lines: list[str]) -> None:
    """Fail where a line is too wide or holds what a terminal would obey."""
    assert [line for line in lines if width(line) > WIDTH] == []
    assert all(each.isprintable() for line in lines for each in line)


@given(st.text(max_size=200) | st.sampled_from(results.HOSTILE))
@settings(max_examples=40, deadline=None)
def test_an_adversary_s_words_stay_words(text: str) -> None:
    """Whatever a log says in whatever field: no line beyond 80 columns, no escape sequence, no turned text."""
    check(told(results.hostile(text)))


def test_a_huge_result_stays_a_page() -> None:
    """Of thousands of findings and credentials the tables show the first, and say how many more there are."""
    result = results.huge("key", 300)
    lines = told(msgspec.structs.replace(result, findings=result.findings[:301]))
    check(lines)
    assert len(lines) < 120
    assert "… and 286 more" in "\n".join(lines)
    assert "… and 285 more: --format json has all" in "\n".join(lines)


def test_the_worst_comes_first_and_is_counted() -> None:
    """Incidents stand in order of severity, before everything else, under a line that counts them."""
    lines = told(results.week())
    assert lines[0] == "2 incidents: 1 high, 1 medium."
    heads = [line.split()[0] for line in lines if line.startswith(("HIGH ", "MEDIUM "))]
    assert heads == ["HIGH", "MEDIUM"]
    order = (
        "HIGH",
        "Owners hit",
        "Networks",
        "What to do now",
        "Findings",
        "Credentials",
        "What was",
        "What could not",
    )
    places = [next(number for number, line in enumerate(lines) if line.startswith(head)) for head in order]
    assert places == sorted(places)


def test_an_incident_says_what_is_needed() -> None:
    """Credential, owner with its name, since when, cost so far and a day, how sure, and why."""
    text = "\n".join(told(results.week()))
    for part in (
        "HIGH  Stolen key in use  very likely", f"credential  {results.KEY}", "111122223333 (Harbor Analytics 3)",
        "since       2026-10-26 13:55 UTC, last seen 2026-11-02 09:36", "at least $12,480, $1,825 a day",
        "It appeared from 198.51.100.0/24", "MEDIUM  Stolen key in use  roughly even chance, over",
    ):  # fmt: skip
        assert part in text


def ring() -> Result:
    """Return a week in which a pool explains two stolen keys, and another network shares a key with it."""
    week = results.week()
    sure, doubtful = week.incidents
    nets = ("198.51.100.0/24", "203.0.113.0/24")

    def pool(number: int, net: str, *keys: str, **changes: object) -> Finding:
        about = (Entity("network", net, "subject"), *(Entity("credential", key) for key in keys))
        return results.incident(
            number, "", ("part",), rule="resale-proxy", title="Resale proxy", credential_id=None, owner_id=None,
            entities=(*about, Entity("owner", "a"), Entity("owner", "b")), why=f"{net} used keys.", **changes,
        )  # fmt: skip

    pools = (
        pool(200, nets[0], results.KEY, results.ROLE, severity="medium"),
        pool(201, nets[1], results.KEY, severity="medium", confidence=0.6),
        pool(202, "192.0.2.0/24", "elsewhere", severity="medium", confidence=0.4),
    )
    shared = [pool(210 + each, f"198.18.{each}.0/24", results.KEY, severity="low") for each in range(5)]
    return msgspec.structs.replace(week, findings=(*week.findings[:-2], sure, doubtful, *pools, *shared))


def test_a_theft_is_told_once() -> None:
    """A pool comes with the stolen keys that it explains and the networks that share its keys, under one heading."""
    lines = told(ring())
    check(lines)
    assert lines[0] == "10 incidents: 1 high, 4 medium, 5 low."
    assert lines[1] == "4 of them tell of 1 theft and stand together below."
    heads = [line for line in lines if line.startswith(("HIGH ", "MEDIUM ", "LOW "))]
    assert heads == ["MEDIUM  Resale proxy  very likely", "MEDIUM  Resale proxy  unlikely"]
    first, last = lines.index(heads[0]), lines.index(heads[1])
    same = [line.split()[0] for line in lines[first:last] if line.startswith(("  high ", "  medium "))]
    assert same == ["medium", "high", "medium"]


def test_weak_incidents_have_a_line_each() -> None:
    """Where weak ones are many, each has a line, and neither their owners nor their keys count as hit."""
    lines = told(ring())
    first = lines.index("More incidents: 5")
    assert [line.split()[0] for line in lines[first + 3 : first + 8]] == ["low"] * 5
    assert not any("198.18.1.0/24" in line for line in lines[:first])


def test_what_incidents_tell_is_not_told_again() -> None:
    """Among the findings outside of incidents there is none that is a part of one shown; grave ones are announced."""
    lines = told(results.week())
    assert "Outside of incidents: 1 medium finding." in lines
    first = lines.index("Findings outside of incidents")
    text = "\n".join(lines[first : lines.index("Credentials seen: 14 (! in an incident)")])
    assert "LJ-05" not in text
    assert any(line.split() == ["low", "LJ-14", "Novel", "source", "6,", "1", "credential"] for line in lines)


def test_each_step_stands_once() -> None:
    """What to do is not repeated for every incident."""
    steps = Counter(line for line in told(results.week()) if line.startswith("  → "))
    assert steps
    assert set(steps.values()) == {1}


def test_stolen_credentials_are_marked_and_first() -> None:
    """In the table of credentials those of incidents come first, with a mark, whatever they cost."""
    lines = told(results.week())
    first = lines.index("Credentials seen: 14 (! in an incident)") + 2
    assert [line[0] for line in lines[first : first + 14]] == ["!", "!"] + [" "] * 12
    assert "  At least $13,205 in all, at list price, 140 calls unpriced." in lines


def test_no_incident_is_no_all_clear() -> None:
    """The first line says that no finding is not no theft; findings below the threshold are spoken of."""
    lines = told(results.calm())
    assert lines[0].startswith("No incident found. No finding is not no theft")
    assert any("Nothing at high or above, but 2 findings below it" in line for line in lines)
    nothing = told(results.empty())
    assert any("no rule saw any" in line for line in nothing)


def test_what_is_left_out_is_said() -> None:
    """Findings under `--min-severity` are counted where the eye begins; so are accepted ones."""
    lines = told(results.week(), least="critical")
    assert lines[0] == "No incident to show, but 2 incidents stand."
    assert "left out here by --min-severity or --new" in lines[1]
    assert lines[2] == "1 finding accepted in the known file, not counted here."


def test_blind_rules_are_told_by_reason() -> None:
    """Rules that are blind for one reason stand together, and a missing geo table is named with its option."""
    blind = (Blind("A", "one", "no src_country"), Blind("B", "two", "no src_country"), Blind("C", "three", "other"))
    lines = told(msgspec.structs.replace(results.week(), coverage=results.coverage(blind=blind)))
    assert "  A one; B two: no src_country" in lines
    assert any("--geo FILE" in line for line in lines)


def test_unread_input_is_named() -> None:
    """The first unreadable records stand there with file, line and reason, the others are counted."""
    lines = told(results.week())
    assert "  13 could not be read:" in lines
    assert "    logs/2026/part-1.json.gz:7: invalid UTF-8" in lines
    assert any("8 more: --format json names them" in line for line in lines)


def test_singulars_are_singular() -> None:
    """One record is one record."""
    one = msgspec.structs.replace(results.empty(), tally=Tally(records=1, events=1, files=1))
    assert any("1 record in 1 file:" in line for line in told(one))


@pytest.mark.parametrize(
    ("confidence", "words"), [(1.0, "almost certain"), (0.55, "likely"), (0.0, "almost no chance")]
)
def test_likelihood_has_words(confidence: float, words: str) -> None:
    """Probabilities are said in the words of ICD 203."""
    assert likelihood(confidence) == words


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("SEAWALL_TEST_NOTHING", True)])
def test_colour_is_for_terminals_that_want_it(variable: str, coloured: bool) -> None:
    """On a terminal headings are bold; with `NO_COLOR` there is no escape sequence at all."""
    main, end = pty.openpty()
    words = [sys.executable, "-m", "seawall", "doctor"]
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {variable: "1"}
    subprocess.run(words, stdout=end, stderr=subprocess.PIPE, env=environment, check=True, timeout=60)
    os.close(end)
    with os.fdopen(main, "rb") as screen:
        text = screen.read1(65_536)
    assert (b"\x1b[" in text) is coloured
    assert b"Installed" in text


def test_a_file_has_no_colour() -> None:
    """What goes into a file is plain text."""
    assert click.unstyle("\n".join(told(results.week()))) == "\n".join(told(results.week()))
