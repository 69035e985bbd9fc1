"""The words of a prompt, out of every shape in which logs keep messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.sources.chat import prompt_columns, prompt_text

SHAPES: tuple[Any, ...] = (
    "one two",
    ["one two"],
    [{"role": "user", "content": "one two"}],
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "one two"}]}], "model": "m"},
    {"prompt": "one two", "n": 1},
    {"input": [{"role": "user", "content": [{"type": "input_text", "text": "one two"}]}]},
    [{"role": "user", "parts": [{"type": "text", "content": "one two"}]}],
    [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}, {"text": "one two"}]}],
    [{"role": "user", "parts": [{"type": "blob", "content": "AAAA"}, {"type": "text", "content": "one two"}]}],
)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_words_are_the_same_in_every_shape(shape: Any) -> None:
    """A shape and its JSON in a text give the same words, without pictures."""
    assert prompt_text(shape) == "one two"
    assert prompt_text(shape if isinstance(shape, str) else json.dumps(shape)) == "one two"


def test_messages_are_joined_in_their_order() -> None:
    """The system's words come first, then the messages one after the other."""
    body = {"messages": [{"content": "b"}, {"content": ["c", "d"]}], "system": "a"}
    assert prompt_text(body) == "a\nb\nc\nd"


@pytest.mark.parametrize("nothing", [None, "", "  ", [], {}, 7, [{"role": "user"}], "redacted-by-litellm", {"x": "y"}])
def test_where_there_are_no_words_there_is_no_prompt(nothing: Any) -> None:
    """Nothing, and what stands for nothing, is None and has no columns."""
    assert prompt_text(nothing) is None
    assert prompt_columns(prompt_text(nothing), b"k" * 16) == {}


@settings(max_examples=50)
@given(words=st.text(st.characters(categories=["L"]), min_size=1))
def test_the_columns_are_those_of_the_words_and_the_key(words: str) -> None:
    """Equal words under one key agree; under another key they do not."""
    columns = prompt_columns(words, b"k" * 16)
    assert columns == prompt_columns(words, b"k" * 16)
    assert columns["prompt_chars"] == len(words)
    assert columns["prompt_hash"] != prompt_columns(words, b"j" * 16)["prompt_hash"]
