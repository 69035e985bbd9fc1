"""The exact evaluation of a correlation over hits.

In: a `Correlation` and hits in any order. Out: windows. The order of the hits, and how they were batched, changes
nothing; the cost is that of a sort.

A window looks back: at each time t at which a hit of the group stands, the hits in (t - timespan, t] are looked at,
all those of t included; hits of equal time count as being in any order that helps. Times at which the condition holds
join into one window while no hit's time between them fails it and none is a timespan or more after the one before.
A group with a null in it is no group; a null value is no value. `lt` and `lte` are asked at hits alone: a silence
opens nothing.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from fractions import Fraction
from itertools import groupby
from typing import Final, TypeVar

import msgspec

from seawall.detect.sigma.condition import And, Not, Or, Tree
from seawall.detect.sigma.correlations import Correlation

_Key = TypeVar("_Key", bound=Hashable)


class Hit(msgspec.Struct, frozen=True):
    """A match of a rule, as the correlation names it: time in µs, values of `group_by`, value that is counted."""

    rule: str
    time_us: int
    group: tuple[Hashable, ...] = ()
    value: Hashable = None


class Window(msgspec.Struct, frozen=True, order=True):
    """A run of times at which the condition held.

    `first_us`: the earliest hit looked at when it opened. `opened_us`: when it first held. `last_us`: when it last
    held. `figure`: the greatest figure within it. `rules`: those that took part, sorted.
    """

    opened_us: int
    first_us: int
    last_us: int
    figure: float
    rules: tuple[str, ...]
    group: tuple[Hashable, ...]


_NUMERIC: Final = frozenset({"value_sum", "value_avg", "value_median", "value_percentile"})
_OPS: Final[dict[str, Callable[[float, float], bool]]] = {
    "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge,
    "eq": operator.eq, "neq": operator.ne,
}  # fmt: skip


def correlate(correlation: Correlation, hits: Iterable[Hit]) -> list[Window]:
    """Return the windows of all groups, sorted by the time they opened, then by group as text."""
    groups: defaultdict[tuple[Hashable, ...], list[Hit]] = defaultdict(list)
    for hit in hits:
        if hit.rule in correlation.rules and None not in hit.group:
            groups[hit.group].append(hit)
    found = [window for group, members in groups.items() for window in _windows(correlation, group, members)]
    return sorted(found, key=lambda window: (window.opened_us, repr(window.group)))


def _windows(correlation: Correlation, group: tuple[Hashable, ...], hits: list[Hit]) -> Iterable[Window]:
    look = _LookBack(correlation)
    run: Window | None = None
    for time, tied in groupby(sorted(hits, key=lambda hit: hit.time_us), key=lambda hit: hit.time_us):
        look.move(time, list(tied))
        if run is not None and (time - run.last_us >= correlation.timespan_us or not look.holds()):
            yield run
            run = None
        if look.holds():
            first = run.first_us if run else look.inside[0].time_us
            rules = {*look.rules, *(run.rules if run else ())}
            figure = max(look.figure() or 0, run.figure if run else float("-inf"))
            opened = run.opened_us if run else time
            run = Window(opened, first, time, figure, tuple(sorted(rules)), group)
    if run is not None:
        yield run


class _LookBack:
    """The hits of one group in (now - timespan, now], and the figures that conditions ask for."""

    def __init__(self, correlation: Correlation) -> None:
        self.correlation = correlation
        self.inside: deque[Hit] = deque()
        self.rules: Counter[str] = Counter()
        self.values: Counter[Hashable] = Counter()
        #: the values that are numbers, in order, and their sum: exact, so that what leaves takes away what it brought
        self.numbers: list[Fraction] = []
        self.total = Fraction(0)
        self.starts: list[float] = [float("-inf")] * len(correlation.rules)
        self.after = float("-inf")

    def move(self, now: int, tied: list[Hit]) -> None:
        """Go on to `now`, at which the hits `tied` stand."""
        self.after = now - self.correlation.timespan_us
        for hit in tied:
            self.inside.append(hit)
            self.rules[hit.rule] += 1
            self.values[hit.value] += 1
            self._count(hit.value, 1)
        while self.inside[0].time_us <= self.after:
            gone = self.inside.popleft()
            _take(self.rules, gone.rule)
            _take(self.values, gone.value)
            self._count(gone.value, -1)
        if self.correlation.kind == "temporal_ordered":
            self._chain(now, {hit.rule for hit in tied})

    def _count(self, value: Hashable, sign: int) -> None:
        number = _number(value) if self.correlation.kind in _NUMERIC else None
        if number is None:
            return
        self.total += sign * number
        place = bisect_left(self.numbers, number)
        if sign > 0:
            self.numbers.insert(place, number)
        else:
            del self.numbers[place]

    def _chain(self, now: int, came: set[str]) -> None:
        """Keep, for each rule in order, the latest start of a chain that has come as far as it."""
        for place, rule in enumerate(self.correlation.rules):
            if rule in came:
                self.starts[place] = now if place == 0 else max(self.starts[place], self.starts[place - 1])

    def figure(self) -> float | None:
        """Return what the bounds are about.

        event_count: hits. value_count: different values. value_sum, value_avg, value_median, value_percentile (between
        two values in proportion): of the values that are numbers, None where none is. temporal: different rules.
        temporal_ordered: how many rules from the first on stand in order.
        """
        kind = self.correlation.kind
        if kind == "event_count":
            return len(self.inside)
        if kind == "value_count":
            return len(self.values) - (None in self.values)
        if kind == "temporal":
            return len(self.rules)
        if kind == "temporal_ordered":
            return sum(start > self.after for start in self.starts)
        if not self.numbers:
            return None
        if kind in {"value_sum", "value_avg"}:
            return float(self.total if kind == "value_sum" else self.total / len(self.numbers))
        percentile = 50 if kind == "value_median" else self.correlation.percentile
        place = Fraction(percentile * (len(self.numbers) - 1), 100)
        low = self.numbers[int(place)]
        high = self.numbers[min(int(place) + 1, len(self.numbers) - 1)]
        return float(low + (high - low) * (place - int(place)))

    def holds(self) -> bool:
        """Say whether the condition holds now."""
        if self.correlation.expression is not None:
            return _true(self.correlation.expression, self.rules)
        figure = self.figure()
        return figure is not None and all(_OPS[op](figure, bound) for op, bound in self.correlation.bounds)


def _take(counter: Counter[_Key], key: _Key) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


def _number(value: Hashable) -> Fraction | None:
    """Return a value as a number, exactly; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Fraction(float(value) if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None


def _true(tree: Tree, rules: Counter[str]) -> bool:
    if isinstance(tree, And):
        return all(_true(part, rules) for part in tree.parts)
    if isinstance(tree, Or):
        return any(_true(part, rules) for part in tree.parts)
    if isinstance(tree, Not):
        return not _true(tree.part, rules)
    return tree in rules
