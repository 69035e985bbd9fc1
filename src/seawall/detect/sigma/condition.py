"""What a rule asks: a tree of and, or, not over leaves of any kind.

In: a tree. Out: the same tree with `not` at the leaves alone, or as a disjunction of conjunctions (DNF). A leaf is any
hashable thing that is not a node. Trees are frozen: equal trees are one key.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from itertools import product
from math import prod

import msgspec


class And(msgspec.Struct, frozen=True):
    """All of `parts`; none at all is true."""

    parts: tuple[Hashable, ...]


class Or(msgspec.Struct, frozen=True):
    """At least one of `parts`; none at all is false."""

    parts: tuple[Hashable, ...]


class Not(msgspec.Struct, frozen=True):
    """Not `part`. Logic has two values: what is missing matches nothing, so its negation holds."""

    part: Hashable


#: A node or a leaf.
Tree = Hashable


def leaves(tree: Tree) -> Iterator[Hashable]:
    """Yield every leaf, from left to right, as often as it stands there."""
    if isinstance(tree, And | Or):
        for part in tree.parts:
            yield from leaves(part)
    elif isinstance(tree, Not):
        yield from leaves(tree.part)
    else:
        yield tree


def replace(tree: Tree, leaf: Callable[[Hashable], Tree]) -> Tree:
    """Return the tree with each leaf replaced by `leaf(it)`."""
    if isinstance(tree, And):
        return And(tuple(replace(part, leaf) for part in tree.parts))
    if isinstance(tree, Or):
        return Or(tuple(replace(part, leaf) for part in tree.parts))
    if isinstance(tree, Not):
        return Not(replace(tree.part, leaf))
    return leaf(tree)


def normal(tree: Tree, *, negated: bool = False) -> Tree:
    """Return the negation normal form: `Not` stands on leaves alone."""
    if isinstance(tree, Not):
        return normal(tree.part, negated=not negated)
    if isinstance(tree, And | Or):
        parts = tuple(normal(part, negated=negated) for part in tree.parts)
        return And(parts) if isinstance(tree, And) != negated else Or(parts)
    return Not(tree) if negated else tree


def conjuncts(tree: Tree) -> int:
    """Return how many conjuncts the DNF of a normal tree has before equal ones are merged; nothing is expanded."""
    if isinstance(tree, Or):
        return sum(conjuncts(part) for part in tree.parts)
    if isinstance(tree, And):
        return prod(conjuncts(part) for part in tree.parts)
    return 1


def disjunction(tree: Tree) -> frozenset[frozenset[Hashable]]:
    """Return the DNF of a normal tree: any of these sets, of which all must hold. Ask `conjuncts` first."""
    if isinstance(tree, Or):
        return frozenset().union(*(disjunction(part) for part in tree.parts))
    if isinstance(tree, And):
        sides = [disjunction(part) for part in tree.parts]
        return frozenset(frozenset[Hashable]().union(*choice) for choice in product(*sides))
    return frozenset({frozenset({tree})})
