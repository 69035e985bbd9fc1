"""Scanner: where an object ends, and what is broken."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.intake.scanner import BROKEN, DEEP, MORE, end_of, loose_end_of

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=4)


def written(value: Any, indent: int | None) -> bytes:
    """Write JSON, with its text as UTF-8 where it has no lone surrogates."""
    return json.dumps(value, indent=indent, ensure_ascii=False).encode(errors="replace")


@settings(max_examples=50)
@given(OBJECTS, st.sampled_from([None, 0, 2]), st.binary(max_size=5))
def test_an_object_ends_where_it_ends(value: dict[str, Any], indent: int | None, after: bytes) -> None:
    """Whatever follows an object, its end is found."""
    text = written(value, indent)
    assert end_of(text + after, 0, 64)[0] == len(text)
    assert loose_end_of(text + after, 0, len(text), 64) == len(text)


@settings(max_examples=50)
@given(OBJECTS, st.sampled_from([None, 2]), st.data())
def test_a_prefix_of_an_object_waits_for_more(value: dict[str, Any], indent: int | None, data: st.DataObject) -> None:
    """No cut makes a good object look broken."""
    text = written(value, indent)
    cut = data.draw(st.integers(0, len(text) - 1))
    assert end_of(text[:cut], 0, 64)[0] == MORE


@settings(max_examples=50)
@given(st.text(alphabet='{}[]",:\\ \n1a', max_size=60))
def test_any_bytes_get_an_answer(text: str) -> None:
    """Noise made of JSON's own marks never raises, and an end lies within it."""
    data = text.encode()
    assert end_of(data, 0, 4)[0] in {MORE, BROKEN, DEEP, *range(1, len(data) + 1)}
    assert loose_end_of(data, 0, len(data), 4) in {BROKEN, *range(1, len(data) + 1)}


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":{"b":1}\n{"c":2}',
        b'{"a":1,\n{"c":2}',
        b'{"a":1,}',
        b'{"a":[1,]}',
        b'{"a":[,1]}',
        b'{"a" 1}',
        b'{"a":}',
        b'{"a":"x\n',
        b"{a:1}",
        b"{{}}",
        b'{"a":1]',
        b'{"a":[1}',
    ],
)
def test_broken_grammar_is_known_at_once(text: bytes) -> None:
    """A truncated object does not swallow what follows it."""
    assert end_of(text, 0, 64)[0] == BROKEN


@pytest.mark.parametrize("depth", [2, 5, 64])
def test_depth_is_exact(depth: int) -> None:
    """So many levels are allowed, and not one more."""
    fine = b'{"a":' * depth + b"1" + b"}" * depth
    assert end_of(fine, 0, depth)[0] == len(fine)
    assert end_of(fine, 0, depth - 1)[0] == DEEP


def test_the_rest_of_an_envelope_is_scanned_from_its_array() -> None:
    """With the closers that are owed, a scan can begin inside."""
    text = b'[{"a":1}],"next":{"y":[1]}} tail'
    assert end_of(text, 8, 64, owed=b"}]")[0] == text.index(b" tail")


@pytest.mark.parametrize("unit", [b"1,", b"{},", b'"\\"",', b'{"a":[1]},', b"[[]],"])
def test_scanning_is_linear(unit: bytes) -> None:
    """A megabyte of hostile repetition is scanned in well under the time that a quadratic scan would take."""
    text = b'{"a":[' + unit * ((1 << 20) // len(unit))
    begun = time.process_time()
    assert end_of(text, 0, 64)[0] == MORE
    loose_end_of(text, 0, len(text), 64)
    assert time.process_time() - begun < 3
