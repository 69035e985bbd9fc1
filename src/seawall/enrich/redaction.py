"""No key at rest, wherever a client wrote it: key-shaped text in any free-form column becomes `[kind:fingerprint]`.

In: a table with the event's columns, and the data directory's key. Out: the same table; a value without such text is
the same byte by byte. The same secret has the same mark in every column and record, so that it can still be followed.

RE2 looks once through `raw`, and once through the distinct values of all other columns; only what it finds there comes
to Python, where RE2 decides. Public ids stay.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import is_
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import re2

from seawall.enrich.shapes import SHAPES, Shape

#: Columns that hold what a client cannot write: words of ours, hashes, what is an address, what a geo table says.
_OURS: Final = frozenset({
    "source", "activity", "modality", "outcome", "credential_kind", "src_ip", "src_net", "src_as_org", "src_country",
    "src_kind", "prompt_hash",
})  # fmt: skip
#: Before a secret: the text's begin, anything but letter and digit, an escape of JSON or of an address.
_BEFORE: Final = r"(?:^|[^0-9A-Za-z]|\\[bfnrt]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2})"
#: A key's character as JSON may write it and need not.
_ESCAPED: Final = r"\\+(?:u00(2[bdefBDEF]|3[0-9dD]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])|/)"
_BACKSLASH: Final = ord("\\")
_FINGERPRINT_BYTES: Final = 6
#: Bytes of records that are searched at once; an Arrow array holds no more than twice as many.
_TOGETHER: Final = 1 << 30


def _short(pattern: str) -> str:
    """Return a pattern that is found wherever the given one is, without long counts: clean text costs little."""
    for count, shorter in ((r"\{0,\d+\}", "*"), (r"\{1,\d+\}", "+"), (r"\{\d+,\}", "{2}")):
        pattern = re.sub(count, shorter, pattern)
    return pattern


class _Search:
    """Finds secrets of some shapes: where one may begin, by the short patterns; what it is, from there on.

    One pattern for both would be slow: RE2 finds where a match begins by going back from its end, and from the ends of
    so many long runs that takes a new state of its automaton for nearly every character of a random key.
    """

    def __init__(self, shapes: Iterable[Shape], before: str) -> None:
        self.shapes = tuple(shapes)
        whole = [f"{before}{shape.after}({shape.pattern})" for shape in self.shapes]
        self._begin = re2.compile("|".join(map(_short, whole)))
        self._whole = re2.compile("|".join(whole))

    def each(self, text: bytes) -> Iterator[Any]:
        """Yield the matches in a text, from left to right; the group that matched is the shape's."""
        at = 0
        while begin := self._begin.search(text, at):
            found = self._whole.match(text, begin.start())
            if found and not _in_escape(text, found.start(found.lastindex)):
                yield found
            at = found.end() if found else begin.start() + 1


#: The shapes that show by themselves come first: what they leave may still show by its place.
_SEARCHES: Final = (
    _Search((shape for shape in SHAPES if not shape.after), _BEFORE),
    _Search((shape for shape in SHAPES if shape.after), ""),
)
_UNESCAPED: Final = re2.compile(_ESCAPED)
_SIGN: Final = "|".join([*(_short(f"{shape.after}(?:{shape.pattern})") for shape in SHAPES), _ESCAPED])


def redact(rows: pa.Table, key: bytes | None) -> pa.Table:
    """Return the table with every secret in its text columns replaced; JSON in `raw` stays JSON.

    Args:
        rows: a table with columns of the event; only those of text are touched.
        key: 16–64 bytes that key the fingerprints; without it, the mark is the kind alone.
    """
    names = [field.name for field in rows.schema if field.type == pa.string() and field.name not in _OURS]
    text = {name: rows[name] for name in names if rows[name].null_count < rows.num_rows}
    raw = text.pop("raw", None)
    changed = _values_without(text, key)
    if raw is not None:
        pieces = [raw.combine_chunks()] if raw.nbytes < _TOGETHER else raw.chunks
        clean = [_without(piece, partial(_json_without, key=key)) for piece in pieces]
        changed |= {} if all(map(is_, clean, pieces)) else {"raw": pa.chunked_array(clean)}
    for name, column in changed.items():
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), column)
    return rows


def _values_without(columns: dict[str, pa.ChunkedArray], key: bytes | None) -> dict[str, pa.Array]:
    """Return the columns that change; all their distinct values are searched at once."""
    coded = {name: column.combine_chunks().dictionary_encode() for name, column in columns.items()}
    if not coded:
        return {}
    values = pa.concat_arrays([each.dictionary for each in coded.values()])
    clean = _without(values, partial(_text_without, key=key))
    changed: dict[str, pa.Array] = {}
    at = 0
    for name, each in coded.items():
        known, at = clean.slice(at, len(each.dictionary)), at + len(each.dictionary)
        if clean is not values:
            changed |= {} if known.equals(each.dictionary) else {name: known.take(each.indices)}
    return changed


def _without(values: pa.Array, rewrite: Callable[[bytes], bytes]) -> pa.Array:
    """Return the values, those with a sign of a secret rewritten; the same array where there is none."""
    found = pc.fill_null(pc.match_substring_regex(values, _SIGN), False)
    if not pc.any(found).as_py():
        return values
    done = [rewrite(each.encode()).decode() for each in values.filter(found).to_pylist()]
    return pc.replace_with_mask(values, found, pa.array(done, values.type))


def _text_without(text: bytes, key: bytes | None) -> bytes:
    for search in _SEARCHES:
        pieces: list[bytes] = []
        done = 0
        for found in search.each(text):
            number = found.lastindex
            pieces += (text[done : found.start(number)], _mark(search.shapes[number - 1], found[number], key))
            done = found.end()
        text = b"".join([*pieces, text[done:]])
    return text


def _json_without(record: bytes, key: bytes | None) -> bytes:
    """Return a record without secrets; an escape in the middle of one would hide its rest, so that escapes go first."""
    plain = _UNESCAPED.sub(_character, record)
    done = _text_without(plain, key)
    return record if done == plain else done


def _character(found: Any) -> bytes:
    return bytes((int(found[1], 16),)) if found[1] else b"/"


def _mark(shape: Shape, secret: bytes, key: bytes | None) -> bytes:
    """Return what stands for a secret; no hash of a prompt under the same key can agree with its digits by design."""
    if key is None:
        return f"[{shape.kind}]".encode()
    digest = hashlib.blake2b(secret, digest_size=_FINGERPRINT_BYTES, key=key, person=b"secret").hexdigest()
    return f"[{shape.kind}:{digest}]".encode()


def _in_escape(text: bytes, start: int) -> bool:
    """Say whether an odd number of backslashes stands before: the first character belongs to an escape, to no key."""
    at = start
    while at and text[at - 1] == _BACKSLASH:
        at -= 1
    return (start - at) % 2 == 1 and text[start : start + 1] in b"bfnrtu"
