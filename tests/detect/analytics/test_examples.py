"""Every rule's examples, and how examples are written."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect import ANALYTICS
from seawall.detect.analytic import Analytic
from seawall.detect.analytics import example as blueprint
from seawall.detect.examples.check import examples
from seawall.detect.examples.example import AWAY, NOON, Example, event, events, steady


def examples_of(kind: int) -> list[Any]:
    """Return (rule, example) of every rule: those in which it must fire (0), those in which it must not (1)."""
    return [
        pytest.param(rule, each, id=f"{rule.id} when {each.title}")
        for rule in ANALYTICS
        for each in examples(rule)[kind]
    ]


@pytest.mark.parametrize("rule", ANALYTICS, ids=lambda rule: rule.id)
def test_every_rule_has_examples_of_both_kinds(rule: Analytic) -> None:
    """A rule that is in the list shows when it fires and when it does not."""
    assert all(examples(rule))


@pytest.mark.parametrize(("rule", "example"), examples_of(0))
def test_fires(rule: Analytic, example: Example, found: Any) -> None:
    """A rule finds what its example shows, and says so in a whole sentence."""
    findings = found(rule, example.rows)
    assert findings
    assert all(finding.why.endswith(f"Could also be: {rule.benign[0]}.") for finding in findings)


@pytest.mark.parametrize(("rule", "example"), examples_of(1))
def test_is_quiet(rule: Analytic, example: Example, found: Any) -> None:
    """A rule is silent on what looks like it and is innocent."""
    assert found(rule, example.rows) == []


def test_the_blueprint_works(found: Any) -> None:
    """The rule that contributors copy finds what it says, and nothing without history or from a known network."""
    tor = {**AWAY, "src_kind": "tor"}
    (finding,) = found(blueprint.RULE, [*steady(5), tor])
    assert "nobody of its owner did in the 5 days before" in finding.why
    assert found(blueprint.RULE, [*steady(2), tor]) == []
    assert blueprint.RULE not in ANALYTICS


def test_equal_rows_are_calls_of_their_own() -> None:
    """Rows that are written twice are two events, and the same rows are the same events each time."""
    rows = (*steady(1), {}, {})
    table = events(rows)
    assert len(set(table["event_id"].to_pylist())) == table.num_rows
    assert table.equals(events(rows))


def test_a_history_ends_before_the_act() -> None:
    """A steady history starts so many days before noon and is over an hour before it; unknown columns are refused."""
    times = [event(**row)["time"] for row in steady(3)]
    assert (NOON - times[0]).days == 3
    assert (NOON - times[-1]).total_seconds() >= 3600
    with pytest.raises(KeyError, match="colour"):
        event(colour="red")
