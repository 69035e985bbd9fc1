"""What a rule asks of one field: a literal, and the tests it is made of.

In: nothing; out: frozen, hashable structs, so that rules that ask the same share the answer. `vocabulary.py` decides
them. Sigma's terms (specification 2.1):

- text is compared without regard to case (Unicode simple lower case) unless `cased`; `*` is any text, `?` any one
  character;
- a number equals a number written as text, `true` equals the text `true`: logs disagree on how they write values;
- an absent field and a JSON null are one thing: `Null` holds for it, `Exists(False)` too, every other test fails;
- a field with several values (a list) passes a test when one of its values does;
- a keyword (no field) is searched for anywhere in the record.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal as OneOf

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

Unit = OneOf["minute", "hour", "day", "week", "month", "year"]


class Wild(IntEnum):
    """A wildcard between pieces of text."""

    MANY = 0
    ONE = 1


class Text(msgspec.Struct, frozen=True):
    """The whole value is these pieces in a row; pieces are folded already unless `cased`."""

    parts: tuple[str | Wild, ...]
    cased: bool = False


class Number(msgspec.Struct, frozen=True):
    """The value is this number."""

    value: int | float


class Compare(msgspec.Struct, frozen=True):
    """The value is a number below, above … `value`."""

    op: OneOf["lt", "lte", "gt", "gte"]
    value: int | float


class Regex(msgspec.Struct, frozen=True):
    """RE2 finds `pattern` somewhere in the value; flags stand inside it as `(?ims)`."""

    pattern: str


class Network(msgspec.Struct, frozen=True):
    """The value is an address in this network, given by version, first and last address as numbers."""

    version: int
    first: int
    last: int


class Null(msgspec.Struct, frozen=True):
    """The field is absent or null."""


class Exists(msgspec.Struct, frozen=True):
    """The field is there (or is not)."""

    there: bool


class Part(msgspec.Struct, frozen=True):
    """The value is a time; its minute, hour, day of month, ISO week, month or year (UTC) compares to `value`.

    Numbers are µs since 1970, as in the event's `time`; texts are ISO 8601.
    """

    unit: Unit
    op: OneOf["eq", "lt", "lte", "gt", "gte"]
    value: int


class SameAs(msgspec.Struct, frozen=True):
    """The value equals (starts with, ends with, contains: both) the value of another field, whatever its case."""

    other: Reading | str
    starts: bool = False
    ends: bool = False


Test = Text | Number | Compare | Regex | Network | Null | Exists | Part | SameAs


class Column(msgspec.Struct, frozen=True, tag=True):
    """A column of the event."""

    name: str


class Raw(msgspec.Struct, frozen=True, tag=True):
    """The first of these paths that is present in the record as JSON; key case is ignored where exact case fails."""

    paths: tuple[tuple[str, ...], ...]


class Keywords(msgspec.Struct, frozen=True, tag=True):
    """The whole record as text."""


Reading = Column | Raw | Keywords


class Literal(msgspec.Struct, frozen=True):
    """One test of one field. As loaded, `field` is the rule's own name (None: a keyword); bound, it is a reading."""

    field: Reading | str | None
    test: Test


def fold(text: str) -> str:
    """Return the text in lower case, one character for one, as the columns are folded."""
    return str(pc.utf8_lower(pa.scalar(text, pa.large_string())).as_py())
