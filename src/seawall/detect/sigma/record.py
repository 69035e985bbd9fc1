"""Fields out of records as JSON, and records as text for keywords.

In: the `raw` column and, for each reading that the loaded rules ask for, the rows that ask. Out: one cell a row and
reading: None (absent or null), a text, or a tuple of texts (a list's values). Each record is split into its members
once, and each distinct member is decoded once. Numbers and booleans are written as
JSON writes them, objects as compact JSON; a path goes on through lists and through JSON that stands in a text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from seawall.detect.sigma.literals import Raw

Cell = str | tuple[str, ...] | None
Rows = npt.NDArray[np.intp]

_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()
_RECORD: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NOWHERE: Final = object()
#: Records decoded at a time: they take far more memory than their text, and are quickest to reach in the cache.
_CHUNK: Final = 512


def decode(text: str | bytes) -> Any:
    """Return the JSON value of a text; `ValueError` where there is none.

    Raises:
        ValueError: not JSON, or nested too deeply.
    """
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


def extract(texts: Sequence[str | None], wanted: Mapping[Raw, Rows]) -> tuple[dict[Raw, list[Cell]], int]:
    """Return the cells of each reading at the rows that want it, and how many rows hold no readable JSON.

    `wanted` names rows of `texts`, ascending; a row without readable JSON has None in each of its cells.
    """
    readers = {reading: _Reader(reading) for reading in wanted}
    shapes: dict[tuple[str, ...], int] = {}
    starts = np.arange(0, len(texts) + _CHUNK, _CHUNK)
    ends = {reading: np.searchsorted(rows, starts).tolist() for reading, rows in wanted.items()}
    unreadable = 0
    for place, start in enumerate(starts[:-1].tolist()):
        records = [_members(text, shapes) for text in texts[start : start + _CHUNK]]
        unreadable += records.count(_BROKEN)
        names = list(shapes)
        for reading, rows in wanted.items():
            low, high = ends[reading][place : place + 2]
            if low < high:
                readers[reading].read(records, (rows[low:high] - start).tolist(), names)
    return {reading: reader.cells for reading, reader in readers.items()}, unreadable


#: A record's shape (which names it has, by number) and its members, which are still JSON; of one that is no plain
#: object, no shape and its value.
_Record = tuple[int | None, Any]
_BROKEN: Final[_Record] = (None, ())


def _members(text: str | None, shapes: dict[tuple[str, ...], int]) -> _Record:
    if text is None:
        return None, None
    try:
        members = _RECORD.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        try:
            return None, decode(text)
        except ValueError:
            return _BROKEN
    return shapes.setdefault(tuple(members), len(shapes)), members


class _Reader:
    """Collects the cells of one reading; a member that was seen before is not decoded again."""

    def __init__(self, reading: Raw) -> None:
        self.cells: list[Cell] = []
        self._paths = reading.paths
        #: by a record's shape: the members in which the paths begin, and what was found in each before
        self._ways: list[list[_Way]] = []
        self._seen: dict[tuple[str, ...], _Way] = {}

    def read(self, records: Sequence[_Record], rows: Iterable[int], shapes: Sequence[tuple[str, ...]]) -> None:
        """Add the cells of these rows of the records; `shapes` are the names of all shapes so far."""
        add, ways = self.cells.append, self._ways
        ways += map(self._lead, shapes[len(ways) :])
        for row in rows:
            shape, members = records[row]
            if shape is None:
                add(_first(_texts(_walk(members, path)) for path in self._paths))
                continue
            for name, rest, seen in ways[shape]:
                member = bytes(members[name])
                cell = seen[member] if member in seen else seen.setdefault(member, _inside(member, rest))
                if cell is not None:
                    add(cell)
                    break
            else:
                add(None)

    def _lead(self, names: tuple[str, ...]) -> list[_Way]:
        there = {name: name for name in names}
        ways = []
        for path in self._paths:
            for used in (1, 2)[: len(path)]:
                name = _step(there, ".".join(path[:used]))
                if name is not _NOWHERE:
                    key = (name, *path[used:])
                    ways.append(self._seen.setdefault(key, (name, path[used:], {})))
                    break
        return ways


#: The name of a member, the path from there on, and the cells that it led to, by the member's JSON.
_Way = tuple[str, tuple[str, ...], dict[bytes, Cell]]


def _inside(member: bytes, path: tuple[str, ...]) -> Cell:
    try:
        return _texts(_walk(decode(member), path))
    except ValueError:
        return None


def _first(cells: Iterable[Cell]) -> Cell:
    return next((cell for cell in cells if cell is not None), None)


def keywords(text: str | None) -> str | None:
    """Return what keywords are searched in: the record, and where it has escapes, its keys and values unescaped."""
    if text is None or "\\" not in text:
        return text
    try:
        values = _flat(decode(text))
    except ValueError:
        return text
    return "\n".join((text, *values))


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
    return None if value is None or value is _NOWHERE else _text(value)


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
