"""Sigma correlations: what several hits say together.

In: a rule file's `correlation` block. Out: a frozen `Correlation`; `correlating.py` evaluates it over hits.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from sigma import correlations as parsed
from sigma.correlations import SigmaCorrelationRule

from seawall.detect.sigma.condition import And, Not, Or, Tree
from seawall.detect.sigma.located import Document
from seawall.detect.sigma.parsing import FAULTS
from seawall.detect.sigma.rule import Head, Problem

Kind = Literal[
    "event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile",
    "value_median",
]  # fmt: skip
Op = Literal["lt", "lte", "gt", "gte", "eq", "neq"]

_KINDS: Final = frozenset(get_args(Kind))
_OPS: Final = frozenset(get_args(Op))
_SPECIFICATION: Final = "see the Sigma correlation specification"


class Correlation(Head, frozen=True, kw_only=True):
    """A rule over the hits of other rules.

    `rules`: ids or names of the rules it reads, in order. `group_by`: fields, or aliases, whose values hits must share.
    `timespan_us`: how far a window looks back. `bounds`: what the window's figure must come to, all of them (`figure`
    in `correlating.py`). `fields`: those whose values are counted or summed. `percentile`: which one, of
    `value_percentile`. `expression`: of a `temporal` one, a tree of
    rule names in place of the count. `aliases`: (alias, ((rule, field), …)). `generate`: the rules named also report
    on their own.
    """

    kind: Kind
    rules: tuple[str, ...]
    group_by: tuple[str, ...] = ()
    timespan_us: int
    bounds: tuple[tuple[Op, int | float], ...] = (("gte", 1),)
    fields: tuple[str, ...] = ()
    percentile: int = 50
    expression: Tree | None = None
    aliases: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    generate: bool = False


def correlation(document: Document, head: dict[str, Any], problems: list[Problem]) -> Correlation | None:
    """Return the document's correlation, or None with its problems appended."""
    before = len(problems)

    def wrong(key: str, what: str) -> None:
        problems.append(document.problem(what, _SPECIFICATION, "correlation", *([key] if key else [])))

    block = document.value["correlation"]
    kind = str(block.get("type")) if isinstance(block, dict) else ""
    if kind not in _KINDS:
        wrong("type", f"correlations of type {kind[:40]!r} are not supported")
        return None
    try:
        bounds = _bounds(block)
        # pySigma knows one bound, the specification several
        one = document.value | {"correlation": block | {"condition": bounds[0]}} if bounds else document.value
        rule = SigmaCorrelationRule.from_dict(one, collect_errors=True)
        # the errors of the head are known already
        errors = [error for error in rule.errors if "orrelation" in type(error).__name__ + str(error)]
        for error in [*errors, *(error for error in rule.errors if "Timespan" in type(error).__name__)]:
            wrong("", str(error))
        made = _made(rule, kind, head, bounds)
    except FAULTS as error:
        if len(problems) == before:
            wrong("", " ".join(str(error).split())[:300])
        return None
    if not made.rules:
        wrong("rules", "the correlation names no rule")
    if len(set(made.rules)) < len(made.rules):
        wrong("rules", "the correlation names a rule twice")
    if kind == "temporal_ordered" and made.expression is not None:
        wrong("condition", "an ordered correlation takes a list of rules, no expression")
    if kind == "value_percentile" and not ("percentile" in (block.get("condition") or ()) and made.percentile <= 100):
        wrong("condition", "a percentile correlation names a `percentile` from 0 to 100")
    return made if len(problems) == before else None


def _bounds(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a condition's bounds, each as a condition of its own; none where it is an expression or absent."""
    given = block.get("condition")
    if not isinstance(given, dict):
        return []
    rest = {key: value for key, value in given.items() if key not in _OPS}
    return [{op: value} | rest for op, value in given.items() if op in _OPS] or [given]


def _made(rule: Any, kind: Any, head: dict[str, Any], bounds: list[dict[str, Any]]) -> Correlation:
    expression: Tree | None = None
    given: dict[str, Any] = {}
    if isinstance(rule.condition, parsed.SigmaExtendedCorrelationCondition):
        expression = _expression(rule.condition.parsed)
    else:
        named = rule.condition.fieldref
        fields = (named,) if isinstance(named, str) else tuple(named or ())
        conditions = map(parsed.SigmaCorrelationCondition.from_dict, bounds) if bounds else [rule.condition]
        given = {"bounds": tuple((one.op.name.lower(), one.count) for one in conditions), "fields": fields}
        if rule.condition.percentile is not None:
            given["percentile"] = rule.condition.percentile
    names = [one.reference for one in rule.rules] if rule.rules else []
    if expression is not None and not names:
        names = rule.condition.get_referenced_rules()
    if not all(isinstance(name, str) for name in (*names, *given.get("fields", ()))):
        raise TypeError("rules and fields are named by text")
    aliases = tuple(
        (one.alias, tuple((reference.reference, field) for reference, field in one.mapping.items()))
        for one in rule.aliases
    )
    return Correlation(
        **head,
        **given,
        kind=kind,
        rules=tuple(names),
        group_by=tuple(rule.group_by or ()),
        timespan_us=rule.timespan.seconds * 1_000_000,
        expression=expression,
        aliases=aliases,
        generate=bool(rule.generate),
    )


def _expression(node: Any) -> Tree:
    if isinstance(node, parsed.CorrelationConditionNOT):
        return Not(_expression(node.args[0]))
    if isinstance(node, parsed.CorrelationConditionAND):
        return And(tuple(map(_expression, node.args)))
    if isinstance(node, parsed.CorrelationConditionOR):
        return Or(tuple(map(_expression, node.args)))
    return str(node.reference)
