"""All loaded rules as one bitmap index.

In: bound rules, once; then tables of events. Out: for each rule the rows it matches.

At the start each condition is brought to DNF, after whatever reads one column alone has been drawn together into one
*leaf*; equal leaves of all rules are one. On a table, a leaf is a truth table over its column's distinct values; how
many rows it holds for is known from the counts of the values. A conjunct with a leaf that holds nowhere costs nothing;
one that holds for few rows is decided on those rows; only what is left is an `and` of packed bits. Beyond 512
conjuncts the condition tree is evaluated on bitmaps as it stands. So the cost grows with columns and distinct values,
and with matches, not with rules. Records (`raw`) are read only where what rules ask of the columns leaves it open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from functools import reduce
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from seawall.detect.sigma.condition import And, Not, Or, Tree, conjuncts, disjunction, leaves, normal
from seawall.detect.sigma.fields import SOURCES, Bound, bind
from seawall.detect.sigma.literals import Column, Literal, Raw, Reading, SameAs
from seawall.detect.sigma.record import Rows, extract, keywords
from seawall.detect.sigma.rule import Problem, SigmaRule
from seawall.detect.sigma.vocabulary import Bools, Vocabulary

#: More conjuncts than this, and the tree is evaluated instead.
MAX_CONJUNCTS: Final = 512
#: Above this share of the rows, bitmaps are cheaper than lists of rows.
_DENSE: Final = 1 / 64
Bits = npt.NDArray[np.uint64]
#: A part of a rule's plan, of which any may hold: leaves that all must hold, or a tree too large to be made of such.
Part = tuple[Hashable, ...] | Tree


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
        self._plans: dict[str, list[Part]] = {}
        #: where each reading of the record is asked at most: what rules ask of columns beside it
        self._asked: defaultdict[Reading, set[Part]] = defaultdict(set)
        for one in bound:
            self._add(one)
        self._readings = {reading for leaf in self._all_leaves() for reading in _readings(leaf)}
        self._literals = len({leaf for one in bound for leaf in leaves(one.condition)})

    def _add(self, rule: Bound) -> None:
        tree = normal(_joined(normal(rule.condition)))
        few = conjuncts(tree) <= MAX_CONJUNCTS
        self._plans[rule.id] = sorted(map(tuple, disjunction(tree)), key=repr) if few else [tree]
        for part in self._plans[rule.id]:
            for reading in _readings(part):
                if not isinstance(reading, Column):
                    self._asked[reading].add(_beside(part))

    def _all_leaves(self) -> set[Hashable]:
        return {leaf for plan in self._plans.values() for part in plan for leaf in _leaves(part)}

    @property
    def cost(self) -> Cost:
        """Return the index in numbers."""
        parts = [part for plan in self._plans.values() for part in plan]
        columns = {reading.name if isinstance(reading, Column) else "raw" for reading in self._readings}
        return Cost(
            rules=len(self._plans),
            literals=self._literals,
            leaves=len(self._all_leaves()),
            conjuncts=sum(isinstance(part, tuple) for part in parts),
            trees=sum(not isinstance(part, tuple) for part in parts),
            readings=len(self._readings),
            columns=tuple(sorted(columns)),
        )

    def match(self, events: Any) -> Matches:
        """Match an Arrow table that holds (at least) the columns named by `cost`.

        Columns that are dictionaries already (Parquet read so) save the greater part of the time; tables of a million
        rows cost less a row than small ones.

        Raises:
            KeyError: one of those columns is not in the table.
        """
        batch = _Batch(events, self._readings)
        batch.read({reading: rows for reading, parts in self._asked.items() if len(rows := batch.matched(parts))})
        found = {rule: rows for rule, plan in self._plans.items() if len(rows := batch.matched(plan))}
        return Matches(found, batch.unreadable)


#: The column of a table without rows.
_NOTHING: Final = Vocabulary(np.zeros(0, np.int32), None, None, 0)


class _Batch:
    """One table: its vocabularies, and what is known of each leaf."""

    def __init__(self, events: Any, readings: set[Reading]) -> None:
        self.length = events.num_rows
        self.unreadable = 0
        self._events = events
        self._vocabularies: dict[Reading, Vocabulary] = {
            reading: Vocabulary.of_column(events.column(reading.name))
            for reading in readings
            if isinstance(reading, Column)
        }
        self._tables: dict[Hashable, tuple[Vocabulary, Bools, int]] = {}
        self._rows: dict[Hashable, Rows] = {}
        self._bitmaps: dict[Hashable, Bits] = {}

    def read(self, wanted: Mapping[Reading, Rows]) -> None:
        """Read the records at the rows that the readings want; a reading that wants none holds nowhere."""
        if not wanted:
            return
        every = np.zeros(self.length, np.bool_)
        for rows in wanted.values():
            every[rows] = True
        taken = np.flatnonzero(every)
        texts = self._events.column("raw").take(pa.array(taken)).to_pylist()
        at = {reading: np.searchsorted(taken, rows) for reading, rows in wanted.items()}
        paths = {reading: rows for reading, rows in at.items() if isinstance(reading, Raw)}
        columns, self.unreadable = extract(texts, paths) if paths else ({}, 0)
        for reading, rows in at.items():
            cells = columns[reading] if isinstance(reading, Raw) else [keywords(texts[row]) for row in rows.tolist()]
            self._vocabularies[reading] = Vocabulary.of_cells(cells, wanted[reading], self.length)

    def matched(self, plan: Iterable[Part]) -> Rows:
        """Return the rows that a plan matches: those of any of its parts."""
        found = [rows for part in plan if len(rows := self._matched(part))]
        if len(found) < 2:
            return found[0] if found else np.empty(0, np.intp)
        bitmap = np.zeros(self.length, np.bool_)
        for rows in found:
            bitmap[rows] = True
        return np.flatnonzero(bitmap)

    def _matched(self, part: Part) -> Rows:
        return self._conjunct(part) if isinstance(part, tuple) else _places(self._tree(part))

    def _conjunct(self, parts: tuple[Hashable, ...]) -> Rows:
        if not parts:
            return np.arange(self.length)
        states = sorted((self._table(part)[2], place) for place, part in enumerate(parts))
        least, first = states[0]
        if least == 0:
            return np.empty(0, np.intp)
        rest = [parts[place] for count, place in states[1:] if count < self.length]
        if rest and least > _DENSE * self.length:
            return _places(reduce(np.bitwise_and, map(self._bits, (parts[first], *rest))))
        rows = self._leaf_rows(parts[first])
        for part in rest:
            vocabulary, table, _ = self._table(part)
            rows = rows[table.take(vocabulary.codes.take(rows))]
        return rows

    def _tree(self, tree: Tree) -> Bits:
        if isinstance(tree, And | Or):
            join = np.bitwise_and if isinstance(tree, And) else np.bitwise_or
            neutral = _packed(np.full(self.length, isinstance(tree, And)))
            return reduce(join, map(self._tree, tree.parts), neutral)
        return self._bits(tree)

    def _leaf_rows(self, leaf: Hashable) -> Rows:
        if leaf not in self._rows:
            vocabulary, table, _ = self._table(leaf)
            self._rows[leaf] = vocabulary.rows(table)
        return self._rows[leaf]

    def _bits(self, leaf: Hashable) -> Bits:
        if leaf not in self._bitmaps:
            vocabulary, table, count = self._table(leaf)
            self._bitmaps[leaf] = _packed(table.take(vocabulary.codes) if count else np.zeros(self.length, np.bool_))
        return self._bitmaps[leaf]

    def _table(self, leaf: Hashable) -> tuple[Vocabulary, Bools, int]:
        """Return a leaf's vocabulary, its truth table over it, and for how many rows it holds."""
        if leaf not in self._tables:
            self._tables[leaf] = self._decided(leaf)
        return self._tables[leaf]

    def _decided(self, leaf: Hashable) -> tuple[Vocabulary, Bools, int]:
        if not _readings(leaf) <= self._vocabularies.keys():  # no row wants it
            return _NOTHING, np.zeros(1, np.bool_), 0
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
        return vocabulary, table, int(vocabulary.counts[table].sum())


def _packed(rows: Bools) -> Bits:
    """Return a bit for each row, in words of 64; those beyond the last row are 0."""
    data = np.packbits(rows)
    return np.pad(data, (0, -len(data) % 8)).view(np.uint64)


def _places(bits: Bits) -> Rows:
    """Return the rows whose bit is set, ascending."""
    words = np.flatnonzero(bits)
    found = np.flatnonzero(np.unpackbits(bits[words].view(np.uint8)))
    return np.asarray(words[found >> 6] * 64 + (found & 63), np.intp)


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


def _leaves(part: Part) -> Iterable[Hashable]:
    return part if isinstance(part, tuple) else leaves(part)


def _beside(part: Part) -> Part:
    """Return what a part asks of columns alone: it holds at least where the part does."""
    if isinstance(part, tuple):
        return tuple(leaf for leaf in part if _on_columns(leaf))
    if isinstance(part, And | Or):
        return type(part)(tuple(map(_beside, part.parts)))
    return part if _on_columns(part) else And(())


def _on_columns(leaf: Hashable) -> bool:
    return all(isinstance(reading, Column) for reading in _readings(leaf))


def _readings(part: Part) -> set[Reading]:
    found: set[Reading] = set()
    for each in _leaves(part):
        leaf = each.part if isinstance(each, Not) else each
        if isinstance(leaf, Leaf | Across):
            found.add(leaf.reading)
        if isinstance(leaf, Across) and not isinstance(leaf.test.other, str):
            found.add(leaf.test.other)
    return found
