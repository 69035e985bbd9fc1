"""Condition trees: normal forms mean what the tree meant."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.sigma.condition import And, Not, Or, conjuncts, disjunction, leaves, normal, replace

LETTERS = ("a", "b", "c", "d")
trees = st.recursive(
    st.sampled_from(LETTERS),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


def value(tree: Any, truth: dict[str, bool]) -> bool:
    """Evaluate a tree as it stands."""
    if isinstance(tree, And | Or):
        return (all if isinstance(tree, And) else any)(value(part, truth) for part in tree.parts)
    return not value(tree.part, truth) if isinstance(tree, Not) else truth[tree]


@settings(max_examples=50)
@given(trees)
def test_normal_forms_keep_the_meaning(tree: Any) -> None:
    """A tree, its negation normal form and its DNF are true for the same truth values, and the count is a bound."""
    form = normal(tree)
    dnf = disjunction(form)
    assert len(dnf) <= conjuncts(form)
    for values in product([False, True], repeat=len(LETTERS)):
        truth = dict(zip(LETTERS, values, strict=True))
        expected = value(tree, truth)
        assert value(form, truth) == expected
        assert any(all(value(leaf, truth) for leaf in conjunct) for conjunct in dnf) == expected


@settings(max_examples=20)
@given(trees)
def test_replacing_each_leaf_by_itself_changes_nothing(tree: Any) -> None:
    """`replace` keeps the shape, and `leaves` names what it visits."""
    seen: list[Any] = []
    assert replace(tree, lambda leaf: (seen.append(leaf), leaf)[1]) == tree
    assert seen == list(leaves(tree))
