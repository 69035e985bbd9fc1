"""`seawall rules`: what there is, in an order that people find things in, and whether it still holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.detect import RULES, Incident


def test_every_rule_is_listed_in_order(seawall: Callable[..., Any]) -> None:
    """One line a rule, of at most 80 columns: rules by id, then incidents."""
    done = seawall("rules", "list")
    ids = [line.split()[0] for line in done.out.splitlines()]
    rules = sorted(rule.id for rule in RULES if not isinstance(rule, Incident))
    assert ids == rules + sorted(rule.id for rule in RULES if isinstance(rule, Incident))
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert done.code == 0


def test_the_formats_hold_the_same_rules(seawall: Callable[..., Any]) -> None:
    """`json` is the list of what `jsonl` has a line each of, with severity and what looks like it."""
    lines = [json.loads(line) for line in seawall("rules", "list", "--format", "jsonl").out.splitlines()]
    assert json.loads(seawall("rules", "list", "--format", "json").out) == lines
    assert len(lines) == len(RULES)
    assert all(line["severity"] and line["benign"] and line["next"] for line in lines)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_can_be_shown(rule: Any, seawall: Callable[..., Any]) -> None:
    """By its id in any case: what it needs, what looks like it, what to do; no place-holder shows."""
    done = seawall("rules", "show", rule.id.lower())
    assert done.code == 0
    assert done.out.startswith(f"{rule.id}  {rule.title}\n")
    assert "Could also be: " in done.out
    assert "→ " in done.out
    assert "{" not in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())


def test_a_rule_s_examples_hold(seawall: Callable[..., Any]) -> None:
    """`rules test` runs the examples of the rules that are named, each once, and exits with 0 when all hold."""
    done = seawall("rules", "test", "LJ-05", "lj-05", "LJ-10")
    assert (done.code, [line.split()[:2] for line in done.out.splitlines()]) == (0, [["ok", "LJ-05"], ["ok", "LJ-10"]])
    assert json.loads(seawall("rules", "test", "LJ-05", "--format", "jsonl").out) == {"id": "LJ-05", "failures": []}


RULE = """\
title: Odd user agent
id: 7b7ad9a9-5d34-4c5c-8a3e-33f0f1d2a9b1
author: Somebody Else # and their licence
level: critical
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: DeleteGuardrail}
  condition: selection
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty data directory, which the command uses."""
    folder = tmp_path / "home"
    monkeypatch.setenv("SEAWALL_HOME", str(folder))
    return folder


def test_imported_rules_are_kept_as_they_are(seawall: Callable[..., Any], home: Path, tmp_path: Path) -> None:
    """Each file is copied byte by byte, once however often it is imported, and the command says how to use it."""
    (tmp_path / "odd.yml").write_text(RULE)
    for _ in range(2):
        done = seawall("rules", "import", str(tmp_path / "odd.yml"))
        assert done.code == 0
        assert done.out.startswith(f"imported 1 rules into {home / 'rules'}\n")
        assert f"seawall detect --rules {home / 'rules'}" in done.out
    (copy,) = (home / "rules").iterdir()
    assert copy.read_text() == RULE
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_broken_rule_is_told_and_the_others_are_taken(
    seawall: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    """Each problem has file, line, column, hint and a caret below the line; the exit code is 4."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "good.yml").write_text(RULE)
    (folder / "bad.yml").write_text(RULE.replace("7b7ad", "8b7ad").replace("{eventName:", "{eventName|no:"))
    (folder / "ours.yml").write_text(RULE.replace("7b7ad", "9b7ad") + "seawall: {id: LJ-08}\n")
    done = seawall("rules", "import", str(folder))
    assert done.code == 4
    bad, line, caret, ours = done.err.splitlines()
    assert bad.startswith(f"{folder / 'bad.yml'}:7:15: eventName|no: ")
    assert line[4 + 14 :].startswith("eventName|no")
    assert caret == " " * (4 + 14) + "^"
    assert "LJ-08 is that of a rule of Seawall's own" in ours
    assert [path.read_text() for path in (home / "rules").iterdir()] == [RULE]


def test_a_rule_that_stands_in_two_files_is_not_imported_twice(
    seawall: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    """A rule on hand already, from a file with other rules, is a problem that names that file."""
    (tmp_path / "one.yml").write_text(RULE)
    (tmp_path / "two.yml").write_text(RULE + "---\n" + RULE.replace("7b7ad", "8b7ad"))
    assert seawall("rules", "import", str(tmp_path / "one.yml")).code == 0
    done = seawall("rules", "import", str(tmp_path / "two.yml"), "--format", "jsonl")
    told = json.loads(done.out)
    assert (done.code, told["rules"]) == (4, 0)
    (copy,) = (home / "rules").iterdir()
    assert copy.name in told["problems"][0]["hint"]


def test_exported_rules_are_plain_sigma(seawall: Callable[..., Any], home: Path, tmp_path: Path) -> None:
    """Each of our Sigma rules is a file that pySigma takes without a word, as upstream asks for it."""
    from sigma.rule import SigmaRule

    from seawall.detect.marking import own_rules
    from seawall.detect.sigma import load

    assert not home.exists()
    assert seawall("rules", "export", str(tmp_path / "out")).code == 0
    assert len(list((tmp_path / "out").iterdir())) == len(own_rules())
    for ours in own_rules():
        text = (tmp_path / "out" / Path(ours.file).name).read_text()
        rule = SigmaRule.from_yaml(text)
        assert rule.id is not None
        assert str(rule.id) in ours.known_as
        assert 0 < len(rule.title) <= 256
        assert rule.status is not None
        assert rule.level is not None
        assert rule.falsepositives
        assert {tag.namespace for tag in rule.tags} == {"attack"}
        assert not rule.custom_attributes
        (same,) = load([tmp_path / "out" / Path(ours.file).name]).check().rules
        assert same.condition == ours.condition


def test_a_rule_whose_fact_an_analytic_tells_names_that_analytic() -> None:
    """What stands in `told_by` is a rule that there is."""
    from seawall.detect.marking import own_rules

    known = {rule.id for rule in RULES}
    assert {rule.seawall.told_by for rule in own_rules()} - {None} <= known
