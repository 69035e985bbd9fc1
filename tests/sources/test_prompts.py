"""Fingerprints keep nothing of a prompt but what is needed to recognise it; content leaves a record at any depth."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import Unreadable
from seawall.sources.prompts import fingerprint, similarity, without

KEY = bytes(range(16))
OTHER = bytes(range(1, 17))
NAMES = frozenset({"messages", "Prompt"})
SECRET = "zq-content-zq"

WORDS = st.lists(st.text(alphabet="abcdefghij", min_size=3, max_size=6), min_size=40, max_size=80, unique=True)


@given(st.text())
@settings(max_examples=50)
def test_any_text_has_a_fingerprint_of_fixed_size(text: str) -> None:
    """Whatever the text, the hash has 32 digits, the sketch 64 bytes, and the same text gives the same ones."""
    one = fingerprint(text, KEY)
    assert (len(one.hash), len(one.sketch), one.chars) == (32, 64, len(text))
    assert one == fingerprint(text, KEY)


@given(WORDS)
@settings(max_examples=30)
def test_another_key_agrees_in_nothing(words: list[str]) -> None:
    """Two data directories cannot compare their prompts: hashes differ, sketches are as unlike as chance."""
    one, other = fingerprint(" ".join(words), KEY), fingerprint(" ".join(words), OTHER)
    assert one.hash != other.hash
    assert similarity(one.sketch, other.sketch) < 0.2


@given(WORDS, st.integers(0, 39))
@settings(max_examples=30)
def test_one_changed_word_stays_near(words: list[str], place: int) -> None:
    """A template with one word replaced, other case and other blanks is found again; its exact hash is not."""
    changed = "  ".join([*words[:place], "REPLACED", *words[place + 1 :]]).upper()
    one, other = fingerprint(" ".join(words), KEY), fingerprint(changed, KEY)
    assert one.hash != other.hash
    assert similarity(one.sketch, other.sketch) >= 0.5


def test_unlike_texts_are_unlike() -> None:
    """Texts without a common run of three words share hardly a slot."""
    one = fingerprint(" ".join(f"a{n}" for n in range(100)), KEY)
    other = fingerprint(" ".join(f"b{n}" for n in range(100)), KEY)
    assert similarity(one.sketch, other.sketch) < 0.2


def test_scripts_without_blanks_are_compared_by_character() -> None:
    """A text of a script without blanks is near its own beginning, not only equal to itself."""
    text = "".join(chr(0x4E00 + n) for n in range(80))
    near = similarity(fingerprint(text, KEY).sketch, fingerprint(text[:70], KEY).sketch)
    assert near >= 0.6


def _trees() -> st.SearchStrategy[object]:
    leaves = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(max_size=8)
    keys = st.sampled_from(["a", "messages", "MESSAGES", "prompt", "x.y"])
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4) | inner.map(json.dumps),
        max_leaves=20,
    )


def _names(tree: object) -> set[str]:
    if isinstance(tree, str) and tree.startswith(("{", "[", '"')):
        try:
            return _names(json.loads(tree))
        except ValueError:
            return set()
    if isinstance(tree, list):
        return {name for item in tree for name in _names(item)}
    return {name for key, value in tree.items() for name in {key, *_names(value)}} if isinstance(tree, dict) else set()


@given(_trees())
@settings(max_examples=50)
def test_no_named_member_is_left_at_any_depth(tree: object) -> None:
    """Whatever the nesting, JSON inside texts included, no member of a given name is left, in any letter case."""
    left = json.loads(without(json.dumps({"r": tree}).encode(), NAMES))
    assert not {name for name in _names(left) if name.lower() in {"messages", "prompt"}}


@pytest.mark.parametrize(
    "record",
    [
        {"messages": SECRET},
        {"a": [{"b": {"PROMPT": [SECRET]}}]},
        {"a": json.dumps({"messages": SECRET, "b": json.dumps({"prompt": SECRET})})},
        {"a": json.dumps({"messages": SECRET})[:-3]},
        {"a": "  " + json.dumps([{"messages": SECRET}])},
    ],
    ids=["top", "deep", "json in text", "cut off json in text", "after blanks"],
)
def test_content_is_gone(record: dict[str, object]) -> None:
    """Content is gone wherever a log hides it; the rest of the record stays JSON."""
    left = without(json.dumps(record | {"id": 7}).encode(), NAMES)
    assert SECRET not in left
    assert json.loads(left)["id"] == 7


def test_an_escaped_name_does_not_hide_content() -> None:
    """A key whose letters are written as escapes is the same key."""
    assert SECRET not in without(rb'{"\u006dessages":"' + SECRET.encode() + b'"}', NAMES)


def test_a_record_without_content_stays_byte_for_byte() -> None:
    """Where nothing is to be removed, the text is that of the log."""
    record = b'{ "b": 1.50, "a": "\xc3\xa4" }'
    assert without(record, NAMES) == record.decode()


@pytest.mark.parametrize(
    "record",
    [b"\xff", b'{"messages":', b'{"messages":"\xff"}', b'{"messages":' + b"[" * 10_000],
    ids=["not utf-8", "cut off", "not utf-8 inside", "deep"],
)
def test_broken_records_are_unreadable(record: bytes) -> None:
    """What is no JSON is unreadable, never another error."""
    with pytest.raises(Unreadable):
        without(record, NAMES)
