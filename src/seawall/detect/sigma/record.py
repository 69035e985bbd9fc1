"""Fields out of records as JSON, and records as text for keywords.

In: the `raw` column and the readings that the loaded rules ask for. Out: one cell a row and reading: None (absent or
null), a text, or a tuple of texts (a list's values). Each record is decoded once. Numbers and booleans are written as
JSON writes them, objects as compact JSON; a path goes on through lists and through JSON that stands in a text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from seawall.detect.sigma.literals import Raw

Cell = str | tuple[str, ...] | None

_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()
_NOWHERE: Final = object()


def decode(text: str | None) -> Any:
    """Return the JSON value of a text; `ValueError` where there is none.

    Raises:
        ValueError: not JSON, or nested too deeply.
    """
    if text is None:
        raise ValueError("no record")
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        pass  # numbers out of range and halves of surrogate pairs are read below
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    try:
        loose = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
        # what was escaped may be half a pair: made harmless once, for the whole record
        return json.loads(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def extract(rows: Iterable[str | None], readings: Sequence[Raw]) -> tuple[list[list[Cell]], int]:
    """Return the cells of each reading, row by row, and how many rows hold no readable JSON (their cells are None)."""
    columns: list[list[Cell]] = [[] for _ in readings]
    pairs = [(column.append, reading.paths) for column, reading in zip(columns, readings, strict=True)]
    unreadable = 0
    for text in rows:
        try:
            record = decode(text)
        except ValueError:
            unreadable += text is not None
            record = None
        for append, paths in pairs:
            append(_cell(record, paths))
    return columns, unreadable


def keywords(text: str | None) -> str | None:
    """Return what keywords are searched in: the record, and where it has escapes, its keys and values unescaped."""
    if text is None or "\\" not in text:
        return text
    try:
        values = _flat(decode(text))
    except ValueError:
        return text
    return "\n".join((text, *values))


def _cell(record: Any, paths: tuple[tuple[str, ...], ...]) -> Cell:
    for path in paths:
        found = _walk(record, path)
        if found is not _NOWHERE and found is not None:
            cell = _texts(found)
            if cell is not None:
                return cell
    return None


def _walk(value: Any, path: tuple[str, ...]) -> Any:
    """Return what stands at the path; where a part is absent, it and the next may be one name (`api_key.created`)."""
    at = 0
    while at < len(path) and value is not _NOWHERE and value is not None:
        found = _step(value, path[at])
        if found is _NOWHERE and at + 1 < len(path):
            at += 1
            found = _step(value, f"{path[at - 1]}.{path[at]}")
        value = found
        at += 1
    return value


def _step(value: Any, part: str) -> Any:
    """Return the member `part` of an object, of each object of a list, or of the JSON in a text."""
    if isinstance(value, dict):
        found = value.get(part, _NOWHERE)
        return _any_case(value, part) if found is _NOWHERE else found
    if isinstance(value, list):
        steps = [_step(item, part) for item in _items(value) if isinstance(item, dict | str)]
        there = [step for step in steps if step is not _NOWHERE]
        return there or _NOWHERE
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            inner = decode(value)
        except ValueError:
            return _NOWHERE
        return _NOWHERE if isinstance(inner, str) else _step(inner, part)
    return _NOWHERE


def _any_case(value: dict[str, Any], part: str) -> Any:
    lowered = part.lower()
    for key, member in value.items():
        if len(key) == len(part) and key.lower() == lowered:
            return member
    return _NOWHERE


def _items(values: list[Any]) -> list[Any]:
    """Return the items of a list and of the lists in it."""
    flat, todo = [], [values]
    while todo:
        for item in todo.pop():
            if isinstance(item, list):
                todo.append(item)
            else:
                flat.append(item)
    return flat


def _texts(value: Any) -> Cell:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        if not value:
            return "[]"
        texts = dict.fromkeys(_text(item) for item in _items(value) if item is not None)
        return (tuple(sorted(texts)) if len(texts) > 1 else next(iter(texts))) if texts else None
    return None if value is None else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _ENCODER.encode(value).decode()


def _flat(value: Any) -> list[str]:
    """Return all keys and scalars of a JSON value as text."""
    texts: list[str] = []
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            texts += one
            todo += one.values()
        elif isinstance(one, list):
            todo += one
        elif one is not None:
            texts.append(_text(one))
    return texts
