"""What splitting yields: JSON values in, `Piece` and `Bad` out, with envelopes taken off.

An envelope is an object around an array of records: CloudTrail's `Records`, Azure's `records`, a page of an API
(`data`, `value`, `entries`), CloudWatch Logs' `logEvents` with the record as text in `message`. `resourceSpans`,
`resourceLogs` and the `results` of a usage bucket belong to their record and are no envelopes.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from seawall.intake.limits import Limits
from seawall.intake.scanner import DEEP, SCALAR, STRING, end_of


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One record: its JSON text (an object, valid UTF-8), the line it starts on (from 1), its place in the stream."""

    data: bytes
    line: int
    index: int


class Bad(msgspec.Struct, frozen=True, gc=False):
    """A stretch that is no record: why, the line it starts on (from 1), its place in the stream, how it begins."""

    reason: str
    line: int
    index: int
    sample: bytes


class Envelope(msgspec.Struct, frozen=True):
    """The beginning of an object that looks like an envelope: its array's key, and where the array's `[` stands."""

    key: str
    array: int

    @property
    def certain(self) -> bool:
        """Whether no record has such a member, so that it need not be read to its end to know."""
        return self.key in _ALWAYS

    @property
    def holder(self) -> bool:
        """Whether the elements may hold the record as text: CloudWatch Logs, `aws cloudtrail lookup-events`."""
        return self.key in _HOLDERS


_ALWAYS: Final = frozenset({"Records", "records", "logEvents"})
#: Members that an empty page may have; an object with others and an empty array is a record.
_PAGING: Final = frozenset(
    {
        *("object", "has_more", "next_page", "first_id", "last_id"),  # OpenAI, Anthropic
        *("nextLink", "@odata.context", "@odata.nextLink", "@odata.count"),  # Azure
        *("nextPageToken", "nextToken", "NextToken", "nextForwardToken", "nextBackwardToken", "searchedLogStreams"),
        *(
            "total",
            "total_count",
            "page",
            "page_size",
            "total_pages",
            "limit",
            "offset",
            "count",
        ),  # LiteLLM and the like
    }
)
_HOLDERS: Final = frozenset({"logEvents", "events", "Events"})
_HEAD_BYTES: Final = 4096
_LEVELS: Final = 4
_FULL: Final = 10_000
_WS: Final = rb"[ \t\r\n]*+"
_KEY: Final = (
    rb'"(Records|records|logEvents|value|data|entries|results_page|events|Events)"' + _WS + rb":" + _WS + rb"(?=\[)"
)
_PLAIN: Final = rb"(?:" + SCALAR + rb"|\[(?:" + SCALAR + rb"|[ \t\r\n,])*+\])"
_HEAD: Final = re.compile(
    rb"\{" + _WS + rb"(?:(?!" + _KEY + rb")" + STRING + _WS + rb":" + _WS + _PLAIN + _WS + rb"," + _WS + rb")*+" + _KEY
)
#: How an object begins that is no envelope: with texts, and then with an object.
_RECORD_HEAD: Final = re.compile(rb'\{(?:"[^"\\\x00-\x1f]*+":"[^"\\\x00-\x1f]*+",)*+"[^"\\\x00-\x1f]*+":\{')
#: What an array begins with: an object, a text, or its end (group 1).
_FIRST: Final = re.compile(rb"\[" + _WS + rb"(\{|\]|" + STRING + rb")")
_VALUE: Final = msgspec.json.Decoder(msgspec.Raw)
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT: Final = msgspec.json.Decoder(str)
#: What a JSON value that is no object is, by its first byte.
_KINDS: Final = {
    b"n": "null", b"t": "true", b"f": "false", b'"': "a text that holds no object", b"[": "an array within an array",
}  # fmt: skip
#: All that decoding hostile bytes can raise.
UNDECODABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Holder(msgspec.Struct):
    message: str | None = None
    CloudTrailEvent: str | None = None


_HOLDER: Final = msgspec.json.Decoder(_Holder)


def too_long(limits: Limits) -> str:
    """Return the reason for a record that is too long."""
    return f"longer than {limits.record_bytes} bytes"


def too_deep(limits: Limits) -> str:
    """Return the reason for a record that nests too deeply."""
    return f"nested deeper than {limits.record_depth}"


def is_json(data: bytes) -> bool:
    """Say whether the bytes are exactly one JSON value (the text of its strings is not looked at)."""
    try:
        _VALUE.decode(data)
    except UNDECODABLE:
        return False
    return True


def elements_of(array: bytes) -> list[bytes] | None:
    """Return the elements of a JSON array, each as its bytes, or None where it is not one."""
    try:
        return [bytes(raw) for raw in _ARRAY.decode(array)]
    except UNDECODABLE:
        return None


def envelope_at(data: bytes, at: int) -> Envelope | None:
    """Return what the object at `at` is an envelope of, if its first members look like one."""
    found = _HEAD.match(data, at, at + _HEAD_BYTES)
    return Envelope(found[2].decode(), found.end()) if found else None


class Batch:
    """Collects what a stream holds, record by record, and numbers it."""

    def __init__(self, limits: Limits) -> None:
        self.items: list[Piece | Bad] = []
        self._limits = limits
        self._index = 0
        self._head = b"{}"  # how the last record began that could not be an envelope: most begin as the last one did

    def take(self) -> list[Piece | Bad]:
        """Hand over what was collected since the last time."""
        items, self.items = self.items, []
        return items

    @property
    def full(self) -> bool:
        """Whether it is time to hand over what is here, lest many tiny records fill the memory."""
        return len(self.items) >= _FULL

    def bad(self, reason: str, data: bytes, line: int) -> None:
        """Add a stretch that is no record; only the beginning of `data` is kept."""
        self.items.append(Bad(reason, line, self._index, data[: self._limits.sample_bytes]))
        self._index += 1

    def value(self, data: bytes, line: int, *, holder: bool = False, level: int = 0) -> None:
        """Add one complete JSON value: a record, an envelope, or text that holds either.

        Args:
            data: the value's bytes, of which `is_json` is true.
            line: where it starts.
            holder: whether it stands where a log's transport puts the record into a member as text.
            level: how many layers were taken off already.
        """
        if holder and (text := _held(data)) is not None:
            self.value(text, line, level=level + 1)
        elif data.startswith(b"{"):
            self._object(data, line, level)
        elif data.startswith(b'"') and level < _LEVELS and (text := _object_text(_text(data))) is not None:
            self.value(text, line, level=level + 1)
        else:
            self.bad(f"not a record: {_KINDS.get(data[:1], 'a number')}", data, line)

    def _object(self, data: bytes, line: int, level: int) -> None:
        if not data.startswith(self._head) and self._envelope(data, line, level):
            return
        if not (data.isascii() or _is_utf8(data)):
            self.bad("not UTF-8", data, line)
        elif len(data) > self._limits.record_bytes:
            self.bad(too_long(self._limits), data, line)
        elif self._too_deep(data):
            self.bad(too_deep(self._limits), data, line)
        else:
            self.items.append(Piece(data, line, self._index))
            self._index += 1

    def _envelope(self, data: bytes, line: int, level: int) -> bool:
        """Add what an envelope holds; say whether the object is one."""
        if (plain := _RECORD_HEAD.match(data, 0, _HEAD_BYTES)) is not None:
            self._head = plain[0]
            return False
        head = envelope_at(data, 0) if level < _LEVELS else None
        array = array_of(data, head)
        if head is None or array is None or (elements := elements_of(array)) is None:
            return False
        line += data.count(b"\n", 0, head.array)
        self.elements(array, elements, line, holder=head.holder, level=level + 1)
        return True

    def elements(self, array: bytes, elements: list[bytes], line: int, *, holder: bool, level: int) -> None:
        """Add the elements of an array, where `array` is the text they were cut from and begins on `line`."""
        at = 0 if b"\n" in array else -1
        easy = array.isascii() and len(array) <= self._limits.record_bytes and not holder
        for element in elements:
            if at >= 0:
                begins = array.index(element, at)
                line += array.count(b"\n", at, begins)
                at = begins
            if easy and element.startswith(self._head) and not self._too_deep(element):
                self.items.append(Piece(element, line, self._index))
                self._index += 1
            else:
                self.value(element, line, holder=holder, level=level)

    def _too_deep(self, data: bytes) -> bool:
        depth = self._limits.record_depth
        openers = data.count(b"{") + data.count(b"[", data.find(b"["))  # to find is faster than to count
        return openers > depth and end_of(data, 0, depth)[0] == DEEP


def array_of(data: bytes, head: Envelope | None) -> bytes | None:
    """Return the array of a complete envelope, or None where the object is a record.

    An envelope has nothing but metadata beside its array, and the array begins with an object or the text of one.
    """
    if head is None:
        return None
    try:
        members = _OBJECT.decode(data)
    except UNDECODABLE:
        return None
    array = bytes(members.pop(head.key))
    first = _FIRST.match(array)
    if head.certain or first is None:
        return array if head.certain and array.startswith(b"[") else None
    if any(b"{" in value and not value.startswith(b'"') for value in map(bytes, members.values())):
        return None
    if first[1] == b"]":
        return array if members.keys() <= _PAGING else None
    return array if first[1] == b"{" or _object_text(_text(first[1])) is not None else None


def _held(data: bytes) -> bytes | None:
    """Return the object that an element holds as text, if it holds one."""
    try:
        holder = _HOLDER.decode(data)
    except UNDECODABLE:
        return None
    return _object_text(holder.message or holder.CloudTrailEvent)


def _text(data: bytes) -> str | None:
    try:
        return _TEXT.decode(data)
    except UNDECODABLE:
        return None


def _object_text(text: str | None) -> bytes | None:
    if text is None:
        return None
    data = text.strip().encode()
    return data if data.startswith(b"{") and is_json(data) else None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
