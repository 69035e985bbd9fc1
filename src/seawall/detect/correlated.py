"""Sigma correlations in the engine: what the marks of several rules say together, as a rule like any other.

In: a loaded correlation and the rules it may name. Out: a `Correlated`, bound to the columns of the views, and from it
an `Analytic` over `marks` and `hits`. It means what `sigma.correlate` means, with two additions: a group never spans
owners, and a hit is a call, at the time at which it was known. Whoever made the last hit is the subject.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Final

import ibis
import ibis.expr.types as ir
import msgspec

from seawall.detect.analytic import matches
from seawall.detect.sigma import Correlation, Problem, SigmaRule
from seawall.detect.sigma.condition import And, Not, Or, Tree, replace
from seawall.detect.sigma.fields import log_of, reading_of
from seawall.detect.sigma.literals import Column
from seawall.detect.sigma.rule import Head, Logsource
from seawall.detect.tables import hits, marks
from seawall.store import VIEWS

#: The engine looks no further back.
MAX_SPAN_US: Final = 48 * 3_600_000_000
#: Names that logs give to whom the event calls its principal.
_PRINCIPALS: Final = frozenset({
    "useridentity.arn", "caller", "gcp.audit.authentication_info.principal_email",
    "protopayload.authenticationinfo.principalemail",
})  # fmt: skip


class Correlated(Head, frozen=True, kw_only=True):
    """A correlation whose rules are known: by the id of each, the columns of its group and the column of its value.

    `inner`: the correlations among its rules; a hit with which one holds is a hit of it. `span_us`: how far all of it
    looks back. `logsource`: the log of its first rule.
    """

    what: Correlation
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    values: tuple[tuple[str, str], ...] = ()
    inner: tuple[Correlated, ...] = ()
    span_us: int
    logsource: Logsource


def correlated(
    correlations: Sequence[Correlation], rules: Sequence[SigmaRule]
) -> tuple[list[Correlated], list[Problem]]:
    """Bind correlations; those that cannot be are blind, and the problems say why."""
    known: dict[str, SigmaRule | Correlated] = {name: rule for rule in rules for name in (rule.id, *rule.known_as)}
    together = {name for one in correlations for name in (one.id, *one.known_as)}
    bound: list[Correlated] = []
    problems: list[Problem] = []
    todo = list(correlations)
    while todo:
        now = [one for one in todo if all(name in known for name in one.rules if name in together)]
        for one in now or todo:
            wrong = [] if now else ["rests on itself, or on a correlation that is blind"]
            made = None if wrong else _bound(one, known, wrong)
            if made:
                bound.append(made)
                known |= dict.fromkeys((made.id, *made.known_as), made)
            problems += [
                Problem(one.file, one.line, f"{one.id}: it {each}", "the correlation is blind")
                for each in dict.fromkeys(wrong)
            ]
        todo = [one for one in todo if one not in now] if now else []
    return bound, problems


def _bound(what: Correlation, known: Mapping[str, SigmaRule | Correlated], wrong: list[str]) -> Correlated | None:
    """Return the correlation over columns, or None with what is wrong appended."""
    wrong += [f"names the rule {name[:60]!r}, which is not loaded" for name in what.rules if name not in known]
    if len(what.fields) > 1:
        wrong.append("reads more than one field")
    named = {name: known[name] for name in what.rules if name in known}
    inner = tuple(rule for rule in named.values() if isinstance(rule, Correlated))
    span = what.timespan_us + max((one.span_us for one in inner), default=0)
    if span > MAX_SPAN_US:
        wrong.append("looks further back than 48 hours")
    aliases = {alias: dict(fields) for alias, fields in what.aliases}

    def column(field: str, name: str) -> str:
        own = aliases.get(field, {}).get(name, field)
        found = _column(own, named[name].logsource)
        if found is None:
            wrong.append(f"reads {own[:60]!r}, which no column of the views holds")
        return found or ""

    groups = tuple((rule.id, tuple(column(field, name) for field in what.group_by)) for name, rule in named.items())
    values = tuple((rule.id, column(field, name)) for field in what.fields[:1] for name, rule in named.items())
    if wrong:
        return None
    ids = {name: rule.id for name, rule in named.items()}
    expression = None if what.expression is None else replace(what.expression, lambda name: ids[str(name)])
    what = msgspec.structs.replace(what, rules=tuple(ids.values()), expression=expression)
    head = {name: getattr(what, name) for name in Head.__struct_fields__}
    log = next(iter(named.values())).logsource
    return Correlated(**head, what=what, groups=groups, values=values, inner=inner, span_us=span, logsource=log)


def _column(field: str, logsource: Logsource) -> str | None:
    log = log_of(logsource)
    found = None if log is None else reading_of(field, logsource, log)
    if isinstance(found, Column) and found.name in VIEWS["hits"]:
        return found.name
    return "principal_id" if field.casefold() in _PRINCIPALS else None


def find(one: Correlated) -> ir.Table:
    """Return every hit with which the bounds hold."""
    acts = _held(one)
    return matches(
        acts,
        network=acts.src_net,
        opened_at=acts.known_at,
        first=acts.begun,
        last=acts.known_at,
        events=acts.told,
        figure=acts.figure,
    )


def _held(one: Correlated) -> ir.Table:
    what, acts = one.what, _hits(one)
    keys = ["owner_key", *(name for name in acts.columns if name.startswith("group_"))]
    window = ibis.range_window(
        group_by=keys,
        order_by="known_at",
        preceding=ibis.interval(microseconds=what.timespan_us - 1),
        following=ibis.interval(microseconds=0),
    )
    there = {name: acts.known_at.max(where=acts.rule == name).over(window).notnull() for name in what.rules}
    acts = acts.mutate(begun=acts.known_at.min().over(window), told=acts.events.sum().over(window))
    if what.expression is not None:
        acts = acts.mutate(figure=_sum(there.values()), holds=_true(what.expression, there))
    else:
        acts = _figured(acts, what, keys, window, there)
        acts = acts.mutate(holds=ibis.and_(*(getattr(operator, _OPS[op])(acts.figure, to) for op, to in what.bounds)))
    return acts.filter(acts.holds.fill_null(False))


_OPS: Final = {"lt": "lt", "lte": "le", "gt": "gt", "gte": "ge", "eq": "eq", "neq": "ne"}


def _hits(one: Correlated) -> ir.Table:
    """Return the calls that the rules marked, once for each rule, with the values of group and figure."""
    marked = marks.filter(marks.rule.isin(one.what.rules)).select("rule", "call")
    for inner in one.inner:
        held = _held(inner)
        marked = marked.union(held.select(rule=ibis.literal(inner.id), call=held.call))
    marked = marked.distinct()
    acts = hits.filter(hits.subject.notnull()).join(marked, "call")
    groups = dict(one.groups)
    made = {
        f"group_{place}": _of_rule(acts, {rule: columns[place] for rule, columns in groups.items()})
        for place in range(len(one.what.group_by))
    }
    value = _of_rule(acts, dict(one.values)) if one.values else ibis.null("string")
    acts = acts.select(
        "rule", "call", "known_at", "owner_key", "owner_id", "subject", "src_net", "events", value=value, **made
    )
    return acts.filter(*(acts[name].notnull() for name in made), acts.owner_key.notnull())


def _of_rule(acts: ir.Table, columns: Mapping[str, str]) -> ir.Value:
    """Return, as text, the column that is meant for the rule of each row."""
    return ibis.cases(*((acts.rule == rule, acts[column].cast("string")) for rule, column in columns.items()))


def _figured(
    acts: ir.Table, what: Correlation, keys: list[str], window: object, there: Mapping[str, ir.BooleanValue]
) -> ir.Table:
    """Add the figure that the bounds are about (`sigma.correlating` says what it is)."""
    number = acts.value.try_cast("float64")
    if what.kind == "event_count":
        return acts.mutate(figure=acts.count().over(window))
    if what.kind == "value_sum":
        return acts.mutate(figure=number.sum().over(window))
    if what.kind == "value_avg":
        return acts.mutate(figure=number.mean().over(window))
    if what.kind == "temporal":
        return acts.mutate(figure=_sum(there.values()))
    if what.kind == "temporal_ordered":
        return _chained(acts, what, keys)
    return _joined(acts, what, keys)


def _chained(acts: ir.Table, what: Correlation, keys: list[str]) -> ir.Table:
    """How many rules from the first on stand in order: the latest start of a chain goes from rule to rule."""
    past = ibis.range_window(group_by=keys, order_by="known_at", preceding=None, following=0)
    start: ir.Value = acts.known_at
    steps = []
    for place, rule in enumerate(what.rules):
        acts = acts.mutate(**{f"start_{place}": ibis.ifelse(acts.rule == rule, start, None)})
        acts = acts.mutate(**{f"chain_{place}": acts[f"start_{place}"].max().over(past)})
        start = acts[f"chain_{place}"]
        steps.append(f"chain_{place}")
    since = acts.known_at - ibis.interval(microseconds=what.timespan_us)
    return acts.mutate(figure=_sum(acts[step] > since for step in steps))


def _joined(acts: ir.Table, what: Correlation, keys: list[str]) -> ir.Table:
    """Figures of distinct or ordered values, which no window function gives: each time joined with what it looks at."""
    times = acts.select(*keys, "known_at").distinct()
    seen = acts.select(*keys, seen_at="known_at", value="value")
    pairs = times.join(
        seen,
        [
            *(times[key] == seen[key] for key in keys),
            seen.seen_at <= times.known_at,
            seen.seen_at > times.known_at - ibis.interval(microseconds=what.timespan_us),
        ],
        rname="{name}_seen",
    )
    share = what.percentile / 100
    value = pairs.value
    figure = value.nunique() if what.kind == "value_count" else value.try_cast("float64").quantile(share)
    return acts.join(pairs.group_by(*keys, "known_at").aggregate(figure=figure), [*keys, "known_at"])


def _sum(truths: Iterable[ir.BooleanValue]) -> ir.IntegerValue:
    return reduce(operator.add, (each.fill_null(False).cast("int64") for each in truths))


def _true(tree: Tree, there: Mapping[str, ir.BooleanValue]) -> ir.BooleanValue:
    if isinstance(tree, Not):
        return ~_true(tree.part, there)
    if isinstance(tree, And | Or):
        join = ibis.and_ if isinstance(tree, And) else ibis.or_
        return join(*(_true(part, there) for part in tree.parts))
    return there[str(tree)]
