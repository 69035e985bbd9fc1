"""Text for a terminal: it cannot obey what it is shown, and no line is wider than it should be.

In: any text, also an adversary's. Out: text of printable characters, lines of at most `WIDTH` columns. No import that
takes time: errors are written with it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

__all__ = ["WIDTH", "clean", "counted", "fit", "money", "short", "when", "width", "wrapped"]

#: Columns of a terminal.
WIDTH: Final = 80
#: Longer text is nobody's sentence; the machine formats have it whole.
_LONGEST: Final = 2_000


def clean(text: str) -> str:
    """Return text without the characters that a terminal would obey or that turn its direction."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def width(text: str) -> int:
    """Return how many columns printable text takes: wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def fit(text: str, columns: int) -> str:
    """Return text in exactly so many columns (at least 5): filled with spaces, or with its middle left out."""
    text = clean(text)
    if width(text) > columns:
        end = columns // 2 + 1
        text = f"{text[: _most(text, columns - end - 1)]}…{_ending(text, end)}"
    return text + " " * (columns - width(text))


def wrapped(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """Return text in lines of at most `WIDTH` columns, cleaned; `rest` indents all lines but the first."""
    first, rest = clean(first), clean(first if rest is None else rest)
    text = clean(" ".join(text[: _LONGEST + 1].split()))
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    lines, line, begun = [], first, False
    for word in text.split():
        for piece in _pieces(word, WIDTH - max(width(first), width(rest))):
            if begun and width(line) + 1 + width(piece) > WIDTH:
                lines.append(line)
                line, begun = rest, False
            line += " " * begun + piece
            begun = True
    return [*lines, line] if begun else lines


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 record`, `2,000 records`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def short(number: int) -> str:
    """Return a number in at most seven characters, if it is below a hundred billions."""
    return f"{number:,}" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"


def money(amount: float | None) -> str:
    """Return dollars as people write them; a dash for what is not known."""
    if amount is None:
        return "–"
    return "<$0.01" if 0 < amount < 0.005 else f"${amount:,.2f}"


def when(moment: str | None) -> str:
    """Return a time to the minute, in UTC."""
    return f"{moment[:10]} {moment[11:16]}" if moment else "–"


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _most(text: str, columns: int) -> int:
    """Return how many of the first characters fit into so many columns."""
    used = 0
    for index, char in enumerate(text):
        used += _columns(char)
        if used > columns:
            return index
    return len(text)


def _ending(text: str, columns: int) -> str:
    return text[len(text) - _most(text[::-1], columns) :]


def _pieces(word: str, columns: int) -> Iterator[str]:
    """Yield a word that is wider than a line in pieces, cut before a slash where there is one."""
    while width(word) > columns:
        end = _most(word, columns)
        at = word.rfind("/", 1, end + 1)
        at = at if at > 0 else end
        yield word[:at]
        word = word[at:]
    yield word
