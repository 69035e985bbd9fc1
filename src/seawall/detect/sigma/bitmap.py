"""All loaded rules as one bitmap index.

In: bound rules, once; then tables of events. Out: for each rule the rows it matches.

At the start each condition is brought to DNF, after whatever reads one column alone has been drawn together into one
*leaf*; equal leaves of all rules are one. On a table, a leaf is a truth table over its column's distinct values; how
many rows it holds for is known from the counts of the values. A conjunct with a leaf that holds nowhere costs nothing;
one that holds for few rows is decided on those rows; only what is left is a bitwise `and` of bitmaps. Beyond 512
conjuncts the condition tree is evaluated on bitmaps as it stands. So the cost grows with columns and distinct values,
and with matches, not with rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from seawall.detect.sigma.condition import And, Not, Or, Tree, conjuncts, disjunction, leaves, normal
from seawall.detect.sigma.fields import SOURCES, Bound, bind
from seawall.detect.sigma.literals import Column, Keywords, Literal, Raw, Reading, SameAs
from seawall.detect.sigma.record import extract, keywords
from seawall.detect.sigma.rule import Problem, SigmaRule
from seawall.detect.sigma.vocabulary import Bools, Rows, Vocabulary

#: More conjuncts than this, and the tree is evaluated instead.
MAX_CONJUNCTS: Final = 512
#: Above this share of the rows, bitmaps are cheaper than lists of rows.
_DENSE: Final = 0.1


class Leaf(msgspec.Struct, frozen=True):
    """A part of a condition that reads one column: `tree` is of tests."""

    reading: Reading
    tree: Tree


class Across(msgspec.Struct, frozen=True):
    """A literal that compares two columns."""

    reading: Reading
    test: SameAs


class Cost(msgspec.Struct, frozen=True):
    """What an index does on a table, in numbers: it grows with `readings` and `literals`, not with `rules`."""

    rules: int
    literals: int
    leaves: int
    conjuncts: int
    trees: int
    readings: int
    columns: tuple[str, ...]


class Matches(msgspec.Struct, frozen=True):
    """What a table matched: rule id → rows, ascending, for rules that match at all.

    `unreadable`: rows whose `raw` is no JSON, where a rule had to read it; they match no path.
    """

    rows: dict[str, Rows]
    unreadable: int = 0


class Index:
    """Rules, compiled together. It keeps nothing between tables: any split of the events gives the same matches."""

    def __init__(self, rules: Iterable[SigmaRule], sources: frozenset[str] = SOURCES) -> None:
        """Compile the rules; those that cannot be bound are in `blind`, each with a problem that says why."""
        self.blind: list[Problem] = []
        bound: list[Bound] = []
        for rule in rules:
            one, problems = bind(rule, sources)
            self.blind += problems
            if one is not None:
                bound.append(one)
        self._plans: dict[str, list[Sequence[Hashable]] | Tree] = {}
        self._raw_sources: set[str] | None = set()
        for one in bound:
            self._add(one)
        self._readings = {reading for leaf in self._all_leaves() for reading in _readings(leaf)}
        self._literals = len({leaf for one in bound for leaf in leaves(one.condition)})

    def _add(self, rule: Bound) -> None:
        tree = normal(_joined(normal(rule.condition)))
        few = conjuncts(tree) <= MAX_CONJUNCTS
        self._plans[rule.id] = sorted(map(tuple, disjunction(tree)), key=repr) if few else tree
        if any(isinstance(reading, Raw | Keywords) for reading in _readings(tree)) and self._raw_sources is not None:
            self._raw_sources = None if rule.sources is None else self._raw_sources | set(rule.sources)

    def _all_leaves(self) -> set[Hashable]:
        return {leaf for plan in self._plans.values() for leaf in _leaves(plan)}

    @property
    def cost(self) -> Cost:
        """Return the index in numbers."""
        plans = self._plans.values()
        columns = {reading.name if isinstance(reading, Column) else "raw" for reading in self._readings}
        return Cost(
            rules=len(self._plans),
            literals=self._literals,
            leaves=len(self._all_leaves()),
            conjuncts=sum(len(plan) for plan in plans if isinstance(plan, list)),
            trees=sum(not isinstance(plan, list) for plan in plans),
            readings=len(self._readings),
            columns=tuple(sorted(columns | ({"source"} if "raw" in columns else set()))),
        )

    def match(self, events: Any) -> Matches:
        """Match an Arrow table that holds (at least) the columns named by `cost`.

        Columns that are dictionaries already (Parquet read so) save the greater part of the time; tables of a million
        rows cost less a row than small ones.

        Raises:
            KeyError: one of those columns is not in the table.
        """
        batch = _Batch(events, self._readings, self._raw_sources)
        rows = {rule: batch.matched(plan) for rule, plan in self._plans.items()}
        return Matches({rule: found for rule, found in rows.items() if len(found)}, batch.unreadable)


class _Batch:
    """One table: its vocabularies, and what is known of each leaf."""

    def __init__(self, events: Any, readings: set[Reading], raw_sources: set[str] | None) -> None:
        self.length = events.num_rows
        self.unreadable = 0
        self._vocabularies: dict[Reading, Vocabulary] = {
            reading: Vocabulary.of_column(events.column(reading.name))
            for reading in readings
            if isinstance(reading, Column)
        }
        self._tables: dict[Hashable, tuple[Vocabulary, Bools, int]] = {}
        self._rows: dict[Hashable, Rows] = {}
        self._bitmaps: dict[Hashable, Bools] = {}
        self._read_raw(events, [one for one in readings if isinstance(one, Raw)], Keywords() in readings, raw_sources)

    def _read_raw(self, events: Any, paths: list[Raw], words: bool, sources: set[str] | None) -> None:
        """Decode the records of the sources that rules read raw; all others are null to those rules."""
        if not paths and not words:
            return
        rows: Rows = np.arange(self.length)
        if sources is not None:
            wanted = [source in sources for source in events.column("source").to_pylist()]
            rows = np.flatnonzero(np.array(wanted, np.bool_))
        texts = events.column("raw").take(rows).to_pylist()
        if paths:
            columns, self.unreadable = extract(texts, paths)
            for path, cells in zip(paths, columns, strict=True):
                self._vocabularies[path] = Vocabulary.of_cells(cells, rows, self.length)
        if words:
            self._vocabularies[Keywords()] = Vocabulary.of_cells([keywords(text) for text in texts], rows, self.length)

    def matched(self, plan: list[Sequence[Hashable]] | Tree) -> Rows:
        """Return the rows that a plan matches."""
        if not isinstance(plan, list):
            return np.flatnonzero(self._tree(plan))
        found = [rows for rows in map(self._conjunct, plan) if len(rows)]
        if len(found) < 2:
            return found[0] if found else np.empty(0, np.intp)
        bitmap = np.zeros(self.length, np.bool_)
        for rows in found:
            bitmap[rows] = True
        return np.flatnonzero(bitmap)

    def _conjunct(self, parts: Sequence[Hashable]) -> Rows:
        states = sorted((self._table(part)[2], place) for place, part in enumerate(parts))
        least, first = states[0]
        if least == 0:
            return np.empty(0, np.intp)
        rest = [parts[place] for count, place in states[1:] if count < self.length]
        if rest and least > _DENSE * self.length:
            bitmap = self._bitmap(parts[first])
            for part in rest:
                bitmap = bitmap & self._bitmap(part)
            return np.flatnonzero(bitmap)
        rows = self._leaf_rows(parts[first])
        for part in rest:
            vocabulary, table, _ = self._table(part)
            rows = rows[table.take(vocabulary.codes.take(rows))]
        return rows

    def _tree(self, tree: Tree) -> Bools:
        if isinstance(tree, And | Or):
            bitmap = np.full(self.length, isinstance(tree, And))
            for part in tree.parts:
                other = self._tree(part)
                bitmap = bitmap & other if isinstance(tree, And) else bitmap | other
            return bitmap
        return self._bitmap(tree)

    def _leaf_rows(self, leaf: Hashable) -> Rows:
        if leaf not in self._rows:
            vocabulary, table, _ = self._table(leaf)
            self._rows[leaf] = vocabulary.rows(table)
        return self._rows[leaf]

    def _bitmap(self, leaf: Hashable) -> Bools:
        if leaf not in self._bitmaps:
            vocabulary, table, _ = self._table(leaf)
            self._bitmaps[leaf] = table.take(vocabulary.codes)
        return self._bitmaps[leaf]

    def _table(self, leaf: Hashable) -> tuple[Vocabulary, Bools, int]:
        """Return a leaf's vocabulary, its truth table over it, and for how many rows it holds."""
        if leaf not in self._tables:
            if isinstance(leaf, Leaf):
                vocabulary = self._vocabularies[leaf.reading]
                table = _truth(leaf.tree, vocabulary)
            else:
                negated = isinstance(leaf, Not)
                across: Any = leaf.part if isinstance(leaf, Not) else leaf
                mine, other = self._vocabularies[across.reading], self._vocabularies[across.test.other]
                # the answer becomes a column of its own, of two values
                codes = mine.same(across.test, other).astype(np.int32)
                vocabulary, table = Vocabulary(codes, None, None, 2), np.array([negated, not negated, False])
            self._tables[leaf] = vocabulary, table, int(vocabulary.counts[table].sum())
        return self._tables[leaf]


def _truth(tree: Tree, vocabulary: Vocabulary) -> Bools:
    if isinstance(tree, And | Or):
        join = np.logical_and if isinstance(tree, And) else np.logical_or
        empty = np.full(vocabulary.size + 1, isinstance(tree, And))
        return np.asarray(join.reduce([empty, *(_truth(part, vocabulary) for part in tree.parts)]), np.bool_)
    if isinstance(tree, Not):
        return ~_truth(tree.part, vocabulary)
    return vocabulary.truth(tree)  # type: ignore[arg-type] # a leaf's tree is of tests


def _joined(tree: Tree) -> Tree:
    """Draw together what reads one column: a normal tree of literals to a tree of `Leaf`, `Across` and its `Not`."""
    if isinstance(tree, And | Or):
        kind = type(tree)
        columns: defaultdict[Reading, list[Tree]] = defaultdict(list)
        others: list[Tree] = []
        for part in map(_joined, tree.parts):
            if isinstance(part, Leaf):
                columns[part.reading].append(part.tree)
            else:
                others += part.parts if isinstance(part, kind) else [part]
        found = [Leaf(reading, kind(tuple(trees))) for reading, trees in columns.items()]
        parts = (*found, *others)
        return parts[0] if len(parts) == 1 else kind(parts)
    if isinstance(tree, Not):
        inner = _joined(tree.part)
        return Leaf(inner.reading, Not(inner.tree)) if isinstance(inner, Leaf) else Not(inner)
    if isinstance(tree, Literal) and not isinstance(tree.field, str | None):
        return Across(tree.field, tree.test) if isinstance(tree.test, SameAs) else Leaf(tree.field, tree.test)
    raise TypeError(f"{tree} is not bound to a column")


def _leaves(plan: list[Sequence[Hashable]] | Tree) -> Iterable[Hashable]:
    return [leaf for conjunct in plan for leaf in conjunct] if isinstance(plan, list) else leaves(plan)


def _readings(tree: Tree) -> set[Reading]:
    found: set[Reading] = set()
    for leaf in leaves(tree):
        if isinstance(leaf, Leaf | Across):
            found.add(leaf.reading)
        if isinstance(leaf, Across) and not isinstance(leaf.test.other, str):
            found.add(leaf.test.other)
    return found
