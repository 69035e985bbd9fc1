"""Fields out of records: any text, any path, without a crash; what is there is found."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.sigma.literals import Raw
from seawall.detect.sigma.record import decode, extract, keywords

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "A", "b"]), inner, max_size=3),
    max_leaves=10,
)
READINGS = [Raw((("a",), ("b",))), Raw((("a", "b"),)), Raw((("b", "a", "a"),))]


@settings(max_examples=50)
@given(st.lists(st.none() | st.text(max_size=20) | _json.map(json.dumps), max_size=5))
def test_any_record_gives_cells_or_nothing(rows: list[str | None]) -> None:
    """Each row has a cell for each reading: null, text, or several texts, all of them encodable."""
    columns, unreadable = extract(rows, {reading: np.arange(len(rows)) for reading in READINGS})
    assert [len(columns[reading]) for reading in READINGS] == [len(rows)] * len(READINGS)
    assert 0 <= unreadable <= len([row for row in rows if row is not None])
    for cell in (cell for column in columns.values() for cell in column if cell is not None):
        texts = (cell,) if isinstance(cell, str) else cell
        assert all(text.encode() is not None for text in texts)
        assert isinstance(cell, str) or len(cell) > 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "x"}', "x"),
        ('{"b": 1.0}', "1.0"),
        ('{"a": null, "b": true}', "true"),
        ('{"a": [null]}', None),
        ('{"a": []}', "[]"),
        ('{"a": {}}', "{}"),
        ('{"a": [2, [1, 2]]}', ("1", "2")),
        ('{"A": "case"}', "case"),
        ('{"a": 123456789012345678901234567890}', "123456789012345678901234567890"),
        ('{"a": "\\ud800"}', "?"),
        ('{"a": 1e999}', "1e999"),
        ("[" * 20_000, None),
        ('{"a": ' + "9" * 5000 + "}", "9" * 5000),
    ],
    ids=range(13),
)
def test_what_a_cell_holds(text: str, expected: Any) -> None:
    """Numbers keep their digits, lists their values, and what is absent is null."""
    assert extract([text], {READINGS[0]: np.arange(1)})[0] == {READINGS[0]: [expected]}


def test_keywords_see_through_escapes() -> None:
    """A record with escapes is searched both as written and as meant."""
    record = '{"path": "a\\/b", "k\\u00e9": ["\\u00fc"]}'
    assert keywords('{"a":1}') == '{"a":1}'
    assert set(str(keywords(record)).split("\n")) == {record, "path", "ké", "a/b", "ü"}
    assert keywords("\\ no json") == "\\ no json"


def test_deep_nesting_is_an_error_of_value() -> None:
    """A record nested beyond the decoder's depth is unreadable, no recursion error."""
    with pytest.raises(ValueError, match=r"deep|truncated|Expecting"):
        decode('{"a":' * 50_000)
