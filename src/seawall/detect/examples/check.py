"""Run a rule on its own examples: what `seawall rules test` and the tests call.

The examples of a rule are in the file of this package that is named as the rule's file.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from seawall.detect.analytic import Analytic
from seawall.detect.engine import Engine
from seawall.detect.examples.example import Example, events
from seawall.detect.incidents import Incident
from seawall.detect.marking import own_rules
from seawall.detect.sigma import SigmaRule
from seawall.model import Finding
from seawall.store import Views


def examples(rule: Analytic | Incident) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Return the rule's examples: those in which it must fire, and those in which it must not; empty if none."""
    sigma = _sigma(rule)
    if sigma:
        tests = sigma.seawall.tests
        return tuple(map(_example, tests.positive)), tuple(map(_example, tests.negative))
    made = rule.find if isinstance(rule, Analytic) else rule.assemble
    try:
        module = import_module(f"seawall.detect.examples.{made.__module__.rpartition('.')[2]}")
    except ModuleNotFoundError:
        return (), ()
    return module.FIRES, module.QUIET


def judged(example: Example, rule: Analytic | Incident) -> list[Finding]:
    """Return the rule's findings on an example's events; an incident rule is given all rules whose matches it reads."""
    with Views() as views:
        engine = engine_of(rule, views)
        views.con.register("example", events(example.rows))
        engine.add("example")
        return [finding for finding in engine.findings() if finding.rule == rule.id]


def engine_of(rule: Analytic | Incident, views: Views) -> Engine:
    """Return an engine with just this rule, and those whose matches it reads."""
    if not isinstance(rule, Analytic):
        return Engine(views, incident_rules=(rule,))
    sigma = _sigma(rule)
    if sigma:
        return Engine(views, rules=(), incident_rules=(), sigma=(sigma,))
    return Engine(views, rules=(rule,), incident_rules=())


def _sigma(rule: Analytic | Incident) -> SigmaRule | None:
    return next((sigma for sigma in own_rules() if sigma.id == rule.id), None)


def _example(row: dict[str, Any]) -> Example:
    return Example(f"the event is {row.get('operation', 'an event')}", (row,))


def failures(rule: Analytic | Incident) -> list[str]:
    """Return what is wrong with a rule's examples, in sentences; nothing if they are as they must be."""
    fires, quiet = examples(rule)
    wrong = [
        f"it has no example in which it {word}" for word, kind in (("fires", fires), ("is quiet", quiet)) if not kind
    ]
    wrong += [f"it must fire when {example.title}, and does not" for example in fires if not judged(example, rule)]
    wrong += [f"it must not fire when {example.title}, and does" for example in quiet if judged(example, rule)]
    return wrong
