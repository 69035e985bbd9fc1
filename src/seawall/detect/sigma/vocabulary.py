"""A column as its distinct values, and the tests decided on them.

In: a column (an event's, or cells out of records). Out: a code for each row, and for a test its *truth table*: one
boolean for each distinct value, and a last one for null. A test looks at each distinct value once, whatever the number
of rows or of rules that ask.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seawall.detect.sigma.literals import (
    Compare,
    Exists,
    Network,
    Null,
    Number,
    Part,
    Regex,
    SameAs,
    Test,
    Text,
    Wild,
)
from seawall.detect.sigma.record import Cell, Rows

Bools = npt.NDArray[np.bool_]

_NUMBER: Final = r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\z"
_COMPARE: Final = {"eq": np.equal, "lt": np.less, "lte": np.less_equal, "gt": np.greater, "gte": np.greater_equal}
_PARTS: Final = {
    "minute": pc.minute, "hour": pc.hour, "day": pc.day, "week": pc.iso_week, "month": pc.month, "year": pc.year,
}  # fmt: skip
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Values that are asked this often how they begin or end are sorted. So are rows that are asked for by value: then a
#: table true for less than this share of the rows, and for this many values, gives them without a pass over all.
_OFTEN: Final = 8
_FEW: Final = 0.05
_FEW_VALUES: Final = 500


class Vocabulary:
    """The distinct values of a column.

    Attributes:
        codes: for each row the place of its value; `size` for null.
        size: how many distinct values there are.
        counts: rows of each value, nulls last.
    """

    def __init__(self, codes: npt.NDArray[np.int32], values: Any, cells: Rows | None, size: int) -> None:
        self.codes = codes.astype(np.uint16) if size < 1 << 16 else codes
        self.size = size
        self._values = values
        #: the place to which each of `values` belongs, where a row has several; None where it has one
        self._cells = cells
        self._asked = self._asked_affix = 0
        #: by letter case and end: the values in order, and the place of each
        self._in_order: dict[tuple[bool, bool], tuple[list[str], Rows]] = {}
        self.counts: npt.NDArray[np.intp] = np.bincount(self.codes, minlength=size + 1)

    @classmethod
    def of_column(cls, column: Any) -> Vocabulary:
        """Encode an Arrow column of texts, numbers, booleans or times (µs)."""
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.unify_dictionaries().combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):  # no chunk at all
            encoded = pa.array([], encoded.type)
        if encoded.dictionary.null_count:
            encoded = encoded.cast(encoded.type.value_type).dictionary_encode()
        values = encoded.dictionary
        if pa.types.is_timestamp(values.type):
            values = values.cast(pa.timestamp("us")).cast(pa.int64())
        codes = encoded.indices.cast(pa.int32()).fill_null(len(values)).to_numpy(zero_copy_only=False)
        return cls(codes, values, None, len(values))

    @classmethod
    def of_cells(cls, cells: Sequence[Cell], rows: Rows, length: int) -> Vocabulary:
        """Encode cells that stand in `rows` of a table of `length` rows; all other rows are null."""
        places: dict[Cell, int] = {}
        found = [-1 if cell is None else places.setdefault(cell, len(places)) for cell in cells]
        size = len(places)
        codes = np.full(length, size, np.int32)
        kept = np.array(found, np.int32)
        codes[rows] = np.where(kept < 0, size, kept)
        values: list[str] = []
        owners: list[int] = []
        for cell, place in places.items():
            several = (cell,) if isinstance(cell, str) else cell or ()
            values += several
            owners += [place] * len(several)
        several_values = len(values) > size
        return cls(codes, pa.array(values, pa.large_string()), np.array(owners) if several_values else None, size)

    def truth(self, test: Test) -> Bools:
        """Return the truth table of a test (not `SameAs`: that reads two columns)."""
        table = np.zeros(self.size + 1, np.bool_)
        if isinstance(test, Null | Exists):
            there = isinstance(test, Exists) and test.there
            table[:-1], table[-1] = there, not there
            return table
        decided = self._decide(test)
        if self._cells is None:
            table[:-1] = decided
        else:
            table[self._cells[decided]] = True
        return table

    def rows(self, table: Bools) -> Rows:
        """Return the rows whose value is true in the table, ascending."""
        self._asked += 1
        if self._asked < _OFTEN or int(self.counts[table].sum()) > _FEW * len(self.codes):
            return np.flatnonzero(table.take(self.codes))
        places = np.flatnonzero(table)
        if len(places) > _FEW_VALUES:
            return np.flatnonzero(table.take(self.codes))
        lasts = self._ends[places]
        parts = [self._order[first:last] for first, last in zip(lasts - self.counts[places], lasts, strict=True)]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, np.intp)

    @cached_property
    def _ends(self) -> Rows:
        """Where in that order the rows of each value end."""
        return np.cumsum(self.counts)

    @cached_property
    def _order(self) -> Rows:
        """All rows, sorted by value."""
        return np.argsort(self.codes, kind="stable")

    def _decide(self, test: Test) -> Bools:
        if isinstance(test, Text):
            return self._text(test)
        if isinstance(test, Number):
            return self._compared("eq", test.value)
        if isinstance(test, Compare):
            return self._compared(test.op, test.value)
        if isinstance(test, Regex):
            return _bools(pc.match_substring_regex(self.texts, pattern=test.pattern))
        if isinstance(test, Network):
            return self._inside(test)
        if isinstance(test, Part):
            # what is no time is NaN here, which compares to nothing
            parts = _PARTS[test.unit](self._times).cast(pa.float64()).to_numpy(zero_copy_only=False)
            return np.asarray(_COMPARE[test.op](parts, test.value), np.bool_)
        raise TypeError(f"{test} is not decided on one column")

    def _compared(self, op: str, value: float) -> Bools:
        numbers = self._numbers
        other = float(value) if numbers.dtype.kind == "f" else value
        return np.asarray(_COMPARE[op](numbers, other), np.bool_)

    def _text(self, test: Text) -> Bools:
        values = self.texts if test.cased else self.folded
        parts = test.parts
        plain = [part for part in parts if isinstance(part, str)]
        if parts == (Wild.MANY,):
            return np.ones(len(values), np.bool_)
        if not parts or (len(parts) == 1 and plain):
            table = np.zeros(len(values), np.bool_)
            table[(self._cased if test.cased else self._places).get("".join(plain), [])] = True
            return table
        if len(plain) == 1 and Wild.ONE not in parts:
            before, after = parts[0] is Wild.MANY, parts[-1] is Wild.MANY
            self._asked_affix += before != after
            if before != after and self._asked_affix > _OFTEN:
                return self._affixed(plain[0], cased=test.cased, end=before)
            search = pc.match_substring if before and after else pc.ends_with if before else pc.starts_with
            return _bools(search(values, plain[0]))
        return _bools(pc.match_substring_regex(values, pattern=_pattern(parts)))

    def _affixed(self, affix: str, *, cased: bool, end: bool) -> Bools:
        """Return which values begin (or end) with a text, looked up among the values in order."""
        if (cased, end) not in self._in_order:
            texts = [text[::-1] if end else text for text in (self.texts if cased else self.folded).to_pylist()]
            places = sorted(range(len(texts)), key=texts.__getitem__)
            self._in_order[cased, end] = [texts[place] for place in places], np.array(places, np.intp)
        texts, order = self._in_order[cased, end]
        wanted = affix[::-1] if end else affix
        ends = [search(texts, wanted, key=lambda text: text[: len(wanted)]) for search in (bisect_left, bisect_right)]
        table = np.zeros(len(texts), np.bool_)
        table[order[slice(*ends)]] = True
        return table

    @cached_property
    def texts(self) -> Any:
        """The values as text."""
        return self._values.cast(pa.large_string())

    @cached_property
    def folded(self) -> Any:
        """The values as text, in lower case."""
        return pc.utf8_lower(self.texts)

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        return _index(self.folded)

    @cached_property
    def _cased(self) -> dict[str, list[int]]:
        return _index(self.texts)

    @cached_property
    def _numbers(self) -> npt.NDArray[Any]:
        """The values as numbers; NaN, which compares to nothing, where one is none."""
        kind = self._values.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return np.asarray(self._values.to_numpy(zero_copy_only=False))
        numeric = _bools(pc.match_substring_regex(self.texts, pattern=_NUMBER))
        numbers = np.full(len(self.texts), np.nan)
        numbers[numeric] = [float(text) for text in self.texts.filter(pa.array(numeric)).to_pylist()]
        return numbers

    @cached_property
    def _times(self) -> Any:
        if pa.types.is_integer(self._values.type):
            return self._values.cast(pa.int64()).cast(pa.timestamp("us"))
        return pa.array([_time_us(text) for text in self.texts.to_pylist()], pa.int64()).cast(pa.timestamp("us"))

    @cached_property
    def _addresses(self) -> tuple[npt.NDArray[np.int64], list[tuple[int, int]]]:
        """IPv4 addresses as numbers, -1 where a value is none; IPv6 ones as (place, number)."""
        found = [_address(text) for text in self.texts.to_pylist()]
        old = np.array([one[1] if one is not None and one[0] == 4 else -1 for one in found], np.int64)
        return old, [(place, one[1]) for place, one in enumerate(found) if one is not None and one[0] == 6]

    def _inside(self, test: Network) -> Bools:
        old, new = self._addresses
        if test.version == 4:
            return np.asarray((old >= test.first) & (old <= test.last), np.bool_)
        table = np.zeros(len(old), np.bool_)
        table[[place for place, number in new if test.first <= number <= test.last]] = True
        return table

    @cached_property
    def _tuples(self) -> list[tuple[str, ...]]:
        """The folded texts of each distinct value."""
        texts = self.folded.to_pylist()
        if self._cells is None:
            return [(text,) for text in texts]
        found: list[list[str]] = [[] for _ in range(self.size)]
        for place, text in zip(self._cells.tolist(), texts, strict=True):
            found[place].append(text)
        return [tuple(several) for several in found]

    def same(self, test: SameAs, other: Vocabulary) -> Bools:
        """Return for each row whether a value of this column stands to one of the other's as the test says."""
        pairs = self.codes.astype(np.int64) * (other.size + 1) + other.codes
        distinct, inverse = np.unique(pairs, return_inverse=True)
        places = [divmod(pair, other.size + 1) for pair in distinct.tolist()]
        table = [
            mine < self.size
            and theirs < other.size
            and any(_stands(a, b, test) for a in self._tuples[mine] for b in other._tuples[theirs])
            for mine, theirs in places
        ]
        return np.array(table, np.bool_)[inverse.reshape(-1)] if table else np.zeros(0, np.bool_)


def _stands(mine: str, theirs: str, test: SameAs) -> bool:
    if test.starts and test.ends:
        return theirs in mine
    if test.starts or test.ends:
        return mine.startswith(theirs) if test.starts else mine.endswith(theirs)
    return mine == theirs


def _bools(array: Any) -> Bools:
    return np.asarray(array.to_numpy(zero_copy_only=False), np.bool_)


def _index(texts: Any) -> dict[str, list[int]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts.to_pylist()):
        places[text].append(place)
    return places


def _pattern(parts: tuple[str | Wild, ...]) -> str:
    """Return the RE2 pattern of a text with wildcards: the whole value, line breaks included."""
    pieces = [_quoted(part) if isinstance(part, str) else (".*" if part is Wild.MANY else ".") for part in parts]
    return r"(?s)\A" + "".join(pieces) + r"\z"


def _quoted(text: str) -> str:
    return "".join(char if char.isalnum() or ord(char) > 127 else f"\\x{{{ord(char):x}}}" for char in text)


def _time_us(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=65_536)
def _address(text: str) -> tuple[int, int] | None:
    """Return version and number of an address; one of IPv4 written in IPv6 is that of IPv4."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return found.version, int(found)
