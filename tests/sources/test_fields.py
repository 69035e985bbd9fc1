"""Fields in every spelling, JSON inside text, what a model makes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.sources.fields import by_folded_name, folded, inner, made_by


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("callerIpAddress", "calleripaddress"), ("CallerIPAddress", "calleripaddress"), ("properties_s", "properties"),
        ("_ResourceId", "resourceid"), ("TimeGenerated [UTC]", "timegenerated"),
        ("Client IP address", "clientipaddress"), ("usage_metadata", "usagemetadata"), ("", ""),
    ],
)  # fmt: skip
def test_spellings_fold_together(written: str, expected: str) -> None:
    """Case, separators, the type of a column and the unit of a time make no difference."""
    assert folded(written) == expected


@given(row=st.dictionaries(st.text(max_size=100), st.none() | st.text(max_size=3), max_size=6))
@settings(max_examples=50)
def test_folding_loses_only_empty_and_overlong_fields(row: dict[str, str | None]) -> None:
    """Every field that says something is found by its folded name, or another spelling of it came first."""
    found = by_folded_name(row)
    for name, value in row.items():
        if value and len(name) <= 80:
            assert folded(name) in found
    assert set(found.values()) <= set(row.values()) - {None, ""}


@given(tree=st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4))
@settings(max_examples=50)
def test_an_object_and_its_text_are_one(tree: dict[str, int | str]) -> None:
    """An object and the same object as JSON inside a text read alike; anything else is empty."""
    assert inner(tree) == inner(json.dumps(tree)) == tree
    assert inner([tree]) == inner("{" + json.dumps(tree)) == inner(None) == {}


@pytest.mark.parametrize(
    ("model", "operation", "expected"),
    [
        ("gpt-4o", None, "text"), ("dall-e-3", "ChatCompletions_Create", "image"),
        ("pilot", "ImageGenerations", "image"), ("text-embedding-3-small", None, "embedding"),
        ("sora-2", None, "video"), ("whisper", None, "audio"),
        ("imagen-4.0", None, "image"), ("veo-3", None, "video"), (None, None, None), ("", "", None),
    ],
)  # fmt: skip
def test_what_a_model_makes(model: str | None, operation: str | None, expected: str | None) -> None:
    """The model's name decides before the operation's; with neither, nothing is said."""
    assert made_by(model, operation) == expected
