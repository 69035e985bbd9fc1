"""Athena's struct text is read back into the tree that it was made from."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.sources.athena import struct

LEAVES = st.text(alphabet="abcXYZ019:/.@*+-_ ", min_size=1, max_size=20).filter(lambda text: text != "null")
NAMES = st.text(alphabet="abcdefgh", min_size=1, max_size=8)
TREES = st.recursive(
    LEAVES | st.none(),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


def _written(tree: object) -> str:
    """Write a tree as Athena does."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{name}={_written(value)}" for name, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(_written(value) for value in tree) + "]"
    return "null" if tree is None else str(tree)


@given(st.dictionaries(NAMES, TREES, max_size=5) | st.lists(TREES, max_size=4))
@settings(max_examples=50)
def test_what_athena_writes_is_read_back(tree: object) -> None:
    """Reading undoes writing for trees whose texts hold no brackets, commas or equals signs."""
    assert struct(_written(tree)) == tree


@given(st.text(alphabet='{}[]=, ab"', max_size=60))
@settings(max_examples=50)
def test_any_text_is_a_tree_or_none(text: str) -> None:
    """Whatever the text, the answer is a tree or None, never an error."""
    assert isinstance(struct(text), dict | list | None)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("{arn=arn:aws:iam::111122223333:role/a=b,c}", {"arn": "arn:aws:iam::111122223333:role/a=b,c"}),
        ("{type=AssumedRole, username=, a=null}", {"type": "AssumedRole", "username": None, "a": None}),
        ("[{arn=x, type=y}, {arn=z}]", [{"arn": "x", "type": "y"}, {"arn": "z"}]),
        ("{}", {}),
        ("{a=b", None),
        ("{a=b}c", None),
        ("plain", None),
    ],
)
def test_cases(text: str, tree: object) -> None:
    """A comma without `name=` after it belongs to the value; what is not closed is no struct."""
    assert struct(text) == tree


@pytest.mark.parametrize(
    "text", ["{a=" * 100_000, "[" * 100_000, "{a=" + "x, " * 100_000, "{a=" + ", a" * 100_000 + "}"]
)
def test_hostile_texts_are_given_up_soon(text: str) -> None:
    """Deep nesting and long near-misses end in linear time."""
    started = time.process_time()
    struct(text)
    assert time.process_time() - started < 2
