"""Where a JSON object ends, without building it: bytes and a position in, an end or a verdict out.

It is the slow, exact path of `splitting`, for what is pretty-printed, concatenated or broken; whole lines and arrays
go through msgspec. It checks the grammar of containers, so that a truncated object is known as broken within a few
tokens and does not swallow what follows; scalars are only told from punctuation. Time is linear in the bytes passed:
every repeat is possessive, so that no pattern ever goes back.
"""

from __future__ import annotations

import re
from typing import Final

#: What `end_of` answers when there is no end: more bytes are needed; broken; nested too deeply.
MORE: Final = -1
BROKEN: Final = -2
DEEP: Final = -3

_WS: Final = rb"[ \t\r\n]*+"
STRING: Final = rb'"[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+"'
_CUT_STRING: Final = rb'"[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+\\?+'
SCALAR: Final = rb"(?:" + STRING + rb"|[-+.\w]++)"
_KEY: Final = STRING + _WS + rb":" + _WS
_NEXT_MEMBER: Final = rb"(?:," + _WS + rb'(?=")|(?=\}))'
_NEXT_ELEMENT: Final = rb"(?:," + _WS + rb"(?=[^ \t\r\n,:\]}])|(?=\]))"


def _members(value: bytes) -> bytes:
    return _WS + rb"(?:" + _KEY + value + _WS + _NEXT_MEMBER + rb")*+"


def _elements(value: bytes) -> bytes:
    return _WS + rb"(?:" + value + _WS + _NEXT_ELEMENT + rb")*+"


#: A scalar or a container of scalars: most of a log is these, and one match takes many.
_FLAT: Final = rb"(?:" + SCALAR + rb"|\{" + _members(SCALAR) + rb"\}|\[" + _elements(SCALAR) + rb"\])"
_OBJECT: Final = ord("}")
_ARRAY: Final = ord("]")
#: By the innermost container's closer: its plain contents, then in an object the key of a deeper container (group 1).
#: `_RUN` takes one level of containers along, `_LAST_RUN` none: it is for the deepest level allowed.
_OPENING_KEY: Final = rb"(" + _KEY + rb"(?=[{\[]))?+"
_RUN: Final = {
    _OBJECT: re.compile(_members(_FLAT) + _OPENING_KEY, re.ASCII),
    _ARRAY: re.compile(_elements(_FLAT) + rb"()", re.ASCII),
}
_LAST_RUN: Final = {
    _OBJECT: re.compile(_members(SCALAR) + _OPENING_KEY, re.ASCII),
    _ARRAY: re.compile(_elements(SCALAR) + rb"()", re.ASCII),
}
_AFTER: Final = {_OBJECT: re.compile(_WS + _NEXT_MEMBER), _ARRAY: re.compile(_WS + _NEXT_ELEMENT)}
#: What may stand at the end of the bytes when only more of them can tell.
_CUT: Final = re.compile(
    _WS + rb"(?:" + _KEY + rb")?+(?:" + _CUT_STRING + rb"|" + SCALAR + rb"?+" + _WS + rb"[:,]?+" + _WS + rb")\Z",
    re.ASCII,
)
_LOOSE: Final = re.compile(rb"(" + STRING + rb')|[{}\[\]"]')
_CLOSER: Final = {ord("{"): _OBJECT, ord("["): _ARRAY}


def end_of(data: bytes, start: int, depth: int, owed: bytes = b"") -> tuple[int, list[int]]:
    """Return the position after the object at `start`, or MORE, BROKEN or DEEP; and where what is open there begins.

    Whatever is open when a scan fails would fail by itself too: who remembers it, looks at each byte about once.

    Args:
        data: JSON text, perhaps cut off.
        start: where its `{` stands; with `owed`, where an element or a closer of the innermost container stands.
        depth: how deep it may nest.
        owed: the closers of the containers that `start` already lies in, outermost first.
    """
    stack = bytearray(owed)
    begins = [start] * len(owed)
    at = start
    while True:
        key = True
        if stack:
            run = (_RUN if len(stack) < depth else _LAST_RUN)[stack[-1]].match(data, at)
            at, key = (run.end(), run[1] is not None) if run else (at, False)
        mark = data[at] if at < len(data) else 0
        if mark in _CLOSER and key:
            stack.append(_CLOSER[mark])
            begins.append(at)
            if len(stack) > depth:
                return DEEP, begins
            at += 1
        elif stack and mark == stack[-1]:
            stack.pop()
            begins.pop()
            at += 1
            if not stack:
                return at, begins
            after = _AFTER[stack[-1]].match(data, at)
            if after is None:
                return _cut_or_broken(data, at), begins
            at = after.end()
        else:
            return _cut_or_broken(data, at), begins


def _cut_or_broken(data: bytes, at: int) -> int:
    return MORE if _CUT.match(data, at) else BROKEN


def loose_end_of(data: bytes, start: int, stop: int, depth: int) -> int:
    """Return where a broken object would end by its brackets alone, or BROKEN; looks no further than `stop`."""
    stack = bytearray()
    for token in _LOOSE.finditer(data, start, stop):
        mark = data[token.start()]
        if mark in _CLOSER:
            stack.append(_CLOSER[mark])
            if len(stack) > depth:
                return BROKEN
        elif token[1] is None:
            if mark == ord('"') or not stack or stack.pop() != mark:
                return BROKEN
            if not stack:
                return token.end()
    return BROKEN
