"""`seawall rules`: what there is, in an order that people find things in, and whether it still holds."""

from __future__ import annotations

import json
from collections.abc import Callable
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
