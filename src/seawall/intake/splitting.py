"""From a stream of bytes to its records: chunks in, batches of `Piece` and `Bad` out, in bounded memory.

The shape is told by the first bytes, not by a name: CSV with a header, or JSON values one after another (JSON Lines,
pretty-printed, concatenated), where an array or an envelope may hold the records. Whole lines and runs of array
elements are checked and cut by msgspec; what it refuses is looked at by `scanner`, value by value. A broken value costs
itself: reading goes on at the next line, or where the next element starts.

Time is linear: no byte is looked at more often than objects may nest. Chunks are first made into blocks of one size,
so that how the bytes arrive cannot change what is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from seawall.intake.csvrows import header_of, rows
from seawall.intake.limits import Limits
from seawall.intake.pieces import (
    Bad,
    Batch,
    Envelope,
    Piece,
    array_of,
    elements_of,
    envelope_at,
    is_json,
    too_deep,
    too_long,
)
from seawall.intake.scanner import BROKEN, DEEP, MORE, SCALAR, end_of, loose_end_of
from seawall.intake.window import Window

__all__ = ["Bad", "Piece", "records"]

#: What may stand between values: white space, NUL padding, byte order marks, record separators (RFC 7464), commas.
_BETWEEN: Final = re.compile(rb"(?:[ \t\r\n\0\x1e,]|\xef\xbb\xbf)*+")
_BLANK: Final = b" \t\r\n\0\x1e"
_SCALAR: Final = re.compile(SCALAR)
_LINE_END: Final = re.compile(rb"[ \t\r\0\x1e]*+(?=\n|\Z)")
#: Where to go on after a broken value: between lines, or between objects written without a space.
_NEXT_VALUE: Final = re.compile(rb"\n|\}(?=\{\")")
#: The same within an array: the next object, or the array's end at the end of a line.
_NEXT_ELEMENT: Final = re.compile(rb",[ \t\r\n]*+(?=\{)|\n[ \t]*+(?=\{)|(?=\][ \t\r]*+\}?+[ \t\r]*+\n)")
_LAST_CLOSER: Final = re.compile(rb"\]\s*+\}?+\s*+\Z")
_AFTER_VALUE: Final = re.compile(rb"[ \t\r]*+(?:[,\]\n]|\Z)")
#: From the end of one object to the first key of the next: how this log joins its records.
_JOINT: Final = re.compile(rb"\}[ \t\r\n]*+,?[ \t\r\n]*+\{[ \t\r\n]*+\"[^\"\\\x00-\x1f]{0,64}+\"")
_TRIES: Final = 8
_LOOK_AHEAD: Final = 1 << 16
_KEPT: Final = 256  # so that what tells the next value is not cut in two
_BROKEN: Final = "not JSON"
_CUT_OFF: Final = "cut off: the input ends within it"
#: What cannot follow the end of an array (1) or of an envelope (2), but follows a bracket of something broken within.
_FOLLOWS_INNER: Final = {
    1: re.compile(rb"[ \t\r\n]*+(?:[}\]:]|,[ \t\r\n]*+[\"{])"),
    2: re.compile(rb"[ \t\r\n]*+(?:[}\]:]|,[ \t\r\n]*+\")"),
}
#: How a line of JSON begins, be it the first or a later one.
_JSON_LINE: Final = re.compile(rb"^[ \t]*+[{\[\"]", re.MULTILINE)
#: A line that is JSON and no record.
_LITERAL: Final = re.compile(rb"(?:null|true|false)[ \t\r]*+(?:\n|\Z)")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HEAD_BYTES: Final = 4096
_SNIFFED_BYTES: Final = 1 << 16


def records(chunks: Iterable[bytes], limits: Limits) -> Iterator[list[Piece | Bad]]:
    """Yield the records of a stream in order, in batches of what about one block holds.

    Args:
        chunks: the stream's bytes, decompressed, however cut; an `Unreadable` that they raise becomes a `Bad`.
        limits: bounds on records and memory.
    """
    window = Window(chunks, limits)
    window.advance(_between(window))
    while len(window) < _SNIFFED_BYTES and not window.ended:
        window.grow()
        window.advance(_between(window))
    header = header_of(window)
    if header is None and (reason := _no_log(window)) is not None:
        batch = Batch(limits)
        batch.bad(reason, window.data[window.at :], window.line)
        yield batch.take()
    elif header is not None:
        yield from rows(window, header, limits)
    else:
        yield from _Splitter(window, limits).run()


def _between(window: Window) -> int:
    gap = _BETWEEN.match(window.data, window.at)
    return gap.end() if gap else window.at


def _no_log(window: Window) -> str | None:
    """Return why the beginning of a stream that is no CSV can be no log, if it cannot."""
    head = window.data[window.at : window.at + _SNIFFED_BYTES]
    if head.startswith((b"{", b"[")) or not head:
        return None
    if _CONTROL.search(head, 0, _HEAD_BYTES):
        return "not a log: binary data"
    if _JSON_LINE.search(head) or _LITERAL.match(head) or not (b"\n" in head or window.ended):
        return None
    return "not a log: text that is neither JSON nor CSV with a header"


class _Splitter:
    """Cuts one stream of JSON values. Each step says whether it got on; where not, it needs more bytes."""

    def __init__(self, window: Window, limits: Limits) -> None:
        self._window = window
        self._limits = limits
        self._batch = Batch(limits)
        self._owed = b""  # the closers of the array we are in: none, its own, or its own and its envelope's
        self._holder = False
        self._joint = b""
        self._runs = True  # whether runs of elements are worth trying in what is in memory
        self._lines_from = 0  # where whole lines are worth trying again
        self._loose_from = 0  # where the end of something broken is worth looking for again
        self._cut = False  # whether it is told that the input ends too early
        self._doomed: set[int] = set()  # where objects begin that are known to be broken

    def run(self) -> Iterator[list[Piece | Bad]]:
        """Yield batches until the stream ends."""
        while True:
            more = self._step()
            if self._batch.items and (self._batch.full or not more):
                yield self._batch.take()
            if not more and self._window.ended:
                break
            if not more:
                self._grow()
        if not self._cut and (self._owed or self._window.failure is not None):
            reason = self._window.failure or "cut off: the array is not closed"
            self._batch.bad(reason, b"", self._window.line)
        if self._batch.items:
            yield self._batch.take()

    def _grow(self) -> None:
        done = self._window.at
        self._window.grow()
        self._runs = True
        self._lines_from = 0
        self._loose_from -= done
        self._doomed = {begin - done for begin in self._doomed if begin >= done}

    def _may_wait(self) -> bool:
        return not self._window.ended and len(self._window) <= self._limits.record_bytes

    def _step(self) -> bool:
        window = self._window
        window.advance(_between(window))
        if not len(window):
            return False
        mark = window.data[window.at : window.at + 1]
        if self._owed:
            return self._in_array(mark)
        if window.at >= self._lines_from and self._lines():
            return True
        if mark == b"{":
            return self._object()
        if mark == b"[":
            return self._enter(window.at, b"]", holder=False)
        return self._scalar_line()

    def _lines(self) -> bool:
        """Take lines that are one object each."""
        window, batch = self._window, self._batch
        data, at, line = window.data, window.at, window.line
        while at < len(data) and not batch.full:
            stop = data.find(b"\n", at)
            if stop < 0:
                stop = len(data)
                if not window.ended:
                    break
            if stop - at > self._limits.block_bytes:
                break
            text = data[at:stop].strip(_BLANK)
            if text and not (text.startswith(b"{") and is_json(text)):
                break
            if text:
                batch.value(text, line)
            at, line = stop + 1, line + 1
        got_on = at > window.at
        window.at, window.line = min(at, len(data)), line
        self._lines_from = at if batch.full else stop
        return got_on

    def _object(self) -> bool:
        """Take one object, or step into it where it is an envelope too large or too broken to be taken whole."""
        window = self._window
        head = None if self._owed else envelope_at(window.data, window.at)
        if head is not None and (head.certain or not self._may_wait()):
            return self._whole(head) or self._enter(head.array, b"}]", holder=head.holder)
        if head is not None:
            return False
        if window.at in self._doomed:
            return self._skip(_BROKEN)
        end = self._guess()
        if end < 0:
            end, opened = end_of(window.data, window.at, self._limits.record_depth)
            if end == MORE and self._may_wait():
                return False
            self._doomed.update(opened)
            if end < 0 or not is_json(window.data[window.at : end]):
                return self._broken(end)
        self._value(end)
        joint = _JOINT.match(window.data, end - 1)
        self._joint = joint[0] if joint else b""
        return True

    def _whole(self, head: Envelope) -> bool:
        """Take an envelope that is here to its end, where only the end can tell whether it is one."""
        window = self._window
        end = BROKEN if head.certain else end_of(window.data, window.at, self._limits.record_depth)[0]
        text = window.data[window.at : max(end, window.at)]
        if not is_json(text) or (len(text) > self._limits.block_bytes and array_of(text, envelope_at(text, 0))):
            return False
        self._value(end)
        return True

    def _guess(self) -> int:
        """Return where this object ends if the next begins as this one did, else BROKEN."""
        window = self._window
        stop = window.data.find(self._joint, window.at, window.at + _LOOK_AHEAD) + 1 if self._joint else 0
        if stop and is_json(window.data[window.at : stop]):
            return stop
        self._joint = b""  # it is learned again with the next object
        return BROKEN

    def _broken(self, end: int) -> bool:
        if end == DEEP:
            return self._skip(too_deep(self._limits))
        if end > 0:
            self._bad(_BROKEN, end)
            return True
        if end == MORE and self._window.ended:
            return self._cut_off()
        return self._skip(_BROKEN if end == BROKEN else too_long(self._limits))

    def _cut_off(self) -> bool:
        """Add what the end of the input cut; where its source failed, that is the reason, and it is told once."""
        self._cut = True
        if self._window.failure is None:
            return self._skip(_CUT_OFF)
        self._bad(self._window.failure, len(self._window.data))
        return True

    def _value(self, end: int) -> None:
        window = self._window
        level = 1 if self._owed else 0
        self._batch.value(window.data[window.at : end], window.line, holder=self._holder, level=level)
        window.advance(end)

    def _bad(self, reason: str, end: int) -> None:
        window = self._window
        sample = window.data[window.at : min(end, window.at + self._limits.sample_bytes)]
        self._batch.bad(reason, sample, window.line)
        window.advance(end)

    def _scalar_line(self) -> bool:
        """Take a line that is one scalar; a text may hold an object."""
        data, at = self._window.data, self._window.at
        found = _SCALAR.match(data, at)
        rest = _LINE_END.match(data, found.end()) if found else None
        ended = rest.end() < len(data) if rest else found is not None or data.find(b"\n", at) >= 0
        if not ended and self._may_wait():
            return False
        if found is None or rest is None or not is_json(found[0]):
            return self._skip(_BROKEN)
        self._value(found.end())
        return True

    def _enter(self, array: int, owed: bytes, *, holder: bool) -> bool:
        self._window.advance(array + 1)
        self._owed, self._holder, self._joint = owed, holder, b""
        return True

    def _in_array(self, mark: bytes) -> bool:
        if mark == b"]":
            return self._leave()
        if mark == b"{":
            return (self._runs and self._elements()) or self._object()
        return self._skip("not a record: an array within an array") if mark == b"[" else self._scalar()

    def _elements(self) -> bool:
        """Take a run of elements, up to a place that looks like the last joint between two in memory."""
        window = self._window
        data, at = window.data, window.at
        stop = min(len(data), at + self._limits.block_bytes)
        for _ in range(_TRIES):
            stop = data.rfind(self._joint, at, stop) if self._joint else -1
            if stop < 0:
                break
            text = data[at : stop + 1]
            elements = elements_of(b"[" + text + b"]")
            if elements is not None:
                self._batch.elements(text, elements, window.line, holder=self._holder, level=1)
                window.advance(stop + 1)
                return True
        self._runs = not self._joint
        return False

    def _scalar(self) -> bool:
        window = self._window
        found = _SCALAR.match(window.data, window.at)
        end = found.end() if found else len(window.data)
        if end == len(window.data) and self._may_wait():
            return False
        if found is None or not is_json(found[0]):
            return self._skip(_BROKEN)
        self._value(end)
        return True

    def _leave(self) -> bool:
        """Take the array's end and the rest of its envelope; a bracket of something broken is not the end."""
        window = self._window
        end, _ = end_of(window.data, window.at, self._limits.record_depth, self._owed)
        if (end == MORE or end == len(window.data)) and self._may_wait():
            return False
        if end < 0 or _FOLLOWS_INNER[len(self._owed)].match(window.data, end):
            return self._cut_off() if end == MORE and window.ended else self._skip(_BROKEN)
        window.advance(end)
        self._owed, self._holder, self._joint = b"", False, b""
        return True

    def _skip(self, reason: str) -> bool:
        """Add what stands here as bad, and go on after it: at its own end where the brackets tell, else at the next."""
        window = self._window
        data, at = window.data, window.at
        if self._may_wait() and len(window) < _LOOK_AHEAD:
            return False
        end = self._loose_end()
        if end > 0:
            self._bad(reason, end)
            return True
        pattern = _NEXT_ELEMENT if self._owed else _NEXT_VALUE
        found = pattern.search(data, at + 1)
        if found:
            self._bad(reason, found.end())
        elif self._may_wait():
            return False
        elif window.ended:
            last = _LAST_CLOSER.search(data, at + 1) if self._owed else None
            self._bad(reason, last.start() if last else len(data))
        else:
            self._skip_far(pattern)
        return True

    def _loose_end(self) -> int:
        window = self._window
        data, at = window.data, window.at
        if data[at : at + 1] not in {b"{", b"["} or at < self._loose_from:
            return BROKEN
        if not self._owed:
            stop = data.find(b"\n", at, at + _LOOK_AHEAD)
            if stop < 0 or not data[at:stop].rstrip().endswith((b"{", b"[", b",")):
                return BROKEN  # one line, one record: the next line is another matter
        end = loose_end_of(data, at, at + _LOOK_AHEAD, self._limits.record_depth)
        if end > 0 and _AFTER_VALUE.match(data, end):
            return end
        self._loose_from = at + _LOOK_AHEAD
        return BROKEN

    def _skip_far(self, pattern: re.Pattern[bytes]) -> None:
        """Add what is here as too long, and read on without keeping it until the next value begins."""
        window = self._window
        self._bad(too_long(self._limits), max(window.at, len(window.data) - _KEPT))
        while True:
            found = pattern.search(window.data, window.at)
            if found or window.ended:
                window.advance(found.end() if found else len(window.data))
                return
            window.advance(max(window.at, len(window.data) - _KEPT))
            self._grow()
