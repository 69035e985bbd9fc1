"""Text for a terminal: it cannot obey what it is shown, and no line is wider than it should be; figures for people.

In: any text, also an adversary's. Out: text of printable characters, lines of at most `WIDTH` columns. No import that
takes time: errors are written with it. The report page says money and likelihood in the same words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

__all__ = ["WIDTH", "clean", "counted", "fit", "likelihood", "money", "short", "when", "width", "wrapped"]

#: Columns of a terminal.
WIDTH: Final = 80
#: Longer text is nobody's sentence; the machine formats have it whole.
_LONGEST: Final = 2_000
#: The words of ICD-203 for a likelihood, each with the least that it stands for.
_LIKELIHOOD: Final = (
    (0.95, "almost certain"), (0.8, "very likely"), (0.55, "likely"), (0.45, "roughly even chance"),
    (0.2, "unlikely"), (0.05, "very unlikely"), (0.0, "almost no chance"),
)  # fmt: skip


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


def short(figure: float) -> str:
    """Return a figure for a small place, in at most five characters up to 999 trillions: `950`, `1.2k`, `40M`."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if figure >= size * 0.9995:  # what would round to 1,000 of the next smaller
            return f"{figure / size:.3g}{letter}"
    return f"{figure:.3g}"


def money(dollars: float | None, unknown: str = "unknown") -> str:
    """Return an amount in US dollars: `$1,234`, cents below 100; another word where there is no price."""
    if dollars is None:
        return unknown
    if 0 < dollars < 0.01:
        return "< $0.01"
    return f"${dollars:,.2f}" if dollars < 100 else f"${dollars:,.0f}"


def likelihood(confidence: float) -> str:
    """Return the ICD-203 words for a confidence between 0 and 1."""
    return next((word for least, word in _LIKELIHOOD if confidence >= least), _LIKELIHOOD[-1][1])


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
