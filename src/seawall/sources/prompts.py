"""What is kept of a prompt, and a record without it: fingerprints instead of text.

In: the text of a prompt, or a record's bytes. Out: a keyed hash, a keyed sketch by which near-duplicates are found, a
length; or the record as JSON text without the members that carry content. Nothing here keeps any of the text.
"""

from __future__ import annotations

import hashlib
import re
import struct
from functools import lru_cache
from operator import eq
from typing import Any, Final

import msgspec

from seawall.model import Unreadable
from seawall.sources.values import decode, record_text

_SLOTS: Final = 32
_SKETCH: Final = struct.Struct(f"<{_SLOTS}H")
#: The sketch reads no further: its cost stays bounded, and a template shows in its first pages.
_SKETCHED_CHARS: Final = 65_536
_MASK: Final = 2**64 - 1
#: A word of at most 64 characters; of scripts that write no spaces, a character.
_WORD: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]|[^\W\u2e80-\u9fff\uac00-\ud7af]{1,64}")
_ANY: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()


class Prompt(msgspec.Struct, frozen=True):
    """What is kept of a prompt.

    `hash`: 32 hex digits of a keyed hash of the exact text. `sketch`: 64 bytes, 32 little-endian 16-bit values of a
    keyed MinHash over runs of three words. `chars`: the length in characters.
    """

    hash: str
    sketch: bytes
    chars: int


def fingerprint(text: str, key: bytes) -> Prompt:
    """Return the fingerprint of a prompt under a key of 16–64 bytes; under another key nothing agrees."""
    whole = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=key).hexdigest()
    return Prompt(hash=whole, sketch=_sketch(text[:_SKETCHED_CHARS], key), chars=len(text))


def similarity(one: bytes, other: bytes) -> float:
    """Return the estimated share (0–1) of three-word runs that two prompts have in common, from their sketches."""
    agreeing: int = sum(map(eq, _SKETCH.unpack(one), _SKETCH.unpack(other)))
    return agreeing / _SLOTS


def _sketch(text: str, key: bytes) -> bytes:
    """One-permutation MinHash: each run of three words falls into one slot, each slot keeps the least value it saw."""
    words = [_word(word, key) for word in _WORD.findall(text.lower()) or [text[:64]]]
    padded = words + words[-1:] * max(0, 3 - len(words))
    runs = {
        (one + 3 * two + 5 * three) & _MASK for one, two, three in zip(padded, padded[1:], padded[2:], strict=False)
    }
    least = {value % _SLOTS: value // _SLOTS for value in sorted(runs, reverse=True)}
    return _SKETCH.pack(*(_filled(least, slot) & 0xFFFF for slot in range(_SLOTS)))


@lru_cache(maxsize=65_536)
def _word(word: str, key: bytes) -> int:
    """Return a word's keyed 64-bit value."""
    return int.from_bytes(
        hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest(), "big"
    )


def _filled(least: dict[int, int], slot: int) -> int:
    """Return a slot's value; an empty slot borrows along a fixed path, so that like texts borrow alike."""
    if slot not in least:
        slot = next(other for other in _path(slot) if other in least)
    return least[slot]


@lru_cache(maxsize=_SLOTS)
def _path(slot: int) -> tuple[int, ...]:
    """Return all slots, the own one first, the others in an order of its own."""
    others = sorted(set(range(_SLOTS)) - {slot}, key=lambda other: hashlib.blake2b(bytes((slot, other))).digest())
    return (slot, *others)


def without(record: bytes, names: frozenset[str]) -> str:
    """Return the record as JSON text without any member of these names, whatever their letter case and depth.

    JSON inside a text is searched too; a text that looks like such JSON and cannot be parsed is dropped whole.

    Raises:
        Unreadable: the record is not JSON.
    """
    lowered = frozenset(name.lower() for name in names)
    if not _may_hold(record.lower(), lowered):
        return record_text(record)
    return _encoded(_stripped(decode(_ANY, record), lowered))


def _may_hold(lowered_record: bytes, names: frozenset[str]) -> bool:
    """Say whether a member of these names may be there; a key can hide its letters behind an escape."""
    return rb"\u" in lowered_record or any(name.encode() in lowered_record for name in names)


def _stripped(root: Any, names: frozenset[str]) -> Any:
    """Remove the members in place; a loop, since hostile nesting is deeper than the call stack."""
    holder = [root]
    stack: list[Any] = [holder]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            for name in [name for name in node if name.lower() in names]:
                del node[name]
        for place, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if isinstance(value, dict | list):
                stack.append(value)
            elif isinstance(value, str):
                node[place] = _text_without(value, names)
    return holder[0]


def _text_without(text: str, names: frozenset[str]) -> str | None:
    """Search JSON in a text; each level of it doubles the escapes, so that this ends soon."""
    if not text.lstrip().startswith(("{", "[", '"')) or not _may_hold(text.lower().encode(), names):
        return text
    try:
        return _encoded(_stripped(_ANY.decode(text), names))
    except (msgspec.DecodeError, RecursionError, Unreadable):
        return None


def _encoded(tree: Any) -> str:
    try:
        return _ENCODER.encode(tree).decode()
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
