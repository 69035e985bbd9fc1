"""Athena's struct text as a tree: `{type=IAMUser, arn=arn:aws:…, attributes={a=false}}` → dicts, lists, texts.

In: one cell of Athena's CSV export. Out: what the JSON of it would have given, all leaves text or None. Athena escapes
nothing: a value that holds a brace, or a comma, a blank and `name=`, cannot be told from structure.
"""

from __future__ import annotations

import re
from typing import Any, Final

#: The names of AWS's members are short; a bound keeps the search linear.
_NAME: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,63})=", re.ASCII)
_MEMBER: Final = re.compile(r"[^{}\[\]]*?(?=, [A-Za-z_][A-Za-z0-9_]{0,63}=|\})", re.ASCII)
_ELEMENT: Final = re.compile(r"[^{}\[\]]*?(?=, |\])")
_DEEPEST: Final = 32


def struct(text: str) -> dict[str, Any] | list[Any] | None:
    """Return the tree of a struct's or an array's text; None where it is neither, or nested deeper than 32."""
    if not text.startswith(("{", "[")):
        return None
    try:
        value, end = _value(text, 0, _MEMBER, 0)
    except (ValueError, IndexError):
        return None
    return value if end == len(text) else None


def _value(text: str, at: int, scalar: re.Pattern[str], depth: int) -> tuple[Any, int]:
    """Read the value that starts at `at`; return it and where it ends."""
    if depth > _DEEPEST:
        raise ValueError
    if text[at] == "{":
        return _struct(text, at + 1, depth)
    if text[at] == "[":
        return _array(text, at + 1, depth)
    found = scalar.match(text, at)
    if found is None:
        raise ValueError
    return None if found[0] in {"", "null"} else found[0], found.end()


def _struct(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    tree: dict[str, Any] = {}
    while text[at] != "}":
        name = _NAME.match(text, at)
        if name is None:
            raise ValueError
        tree[name[1]], at = _value(text, name.end(), _MEMBER, depth + 1)
        at += 2 if text.startswith(", ", at) else 0
    return tree, at + 1


def _array(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while text[at] != "]":
        value, at = _value(text, at, _ELEMENT, depth + 1)
        items.append(value)
        at += 2 if text.startswith(", ", at) else 0
    return items, at + 1
