"""How the page says things: figures, money, times, likelihood, and text that an adversary may have written.

In: the values of a `Result`. Out: plain text, never markup; the templates escape it.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Final

#: Text longer than this is cut, wherever it stands; `brief` cuts earlier.
LONGEST: Final = 400
#: More combining marks on one letter than this draw over the lines around it.
_MARKS: Final = 3

#: A space at which no line breaks: it holds our dates together.
_TIED: Final = "\u00a0"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def brief(text: str | None, longest: int = LONGEST) -> str:
    r"""Return text as it can be shown: cut to `longest` characters and a word on how many there were, all visible.

    What does not print (controls, bidirectional overrides, lone surrogates, spaces of odd kinds) stands as `\u{202e}`.
    None is an en dash: the log says nothing.
    """
    if text is None:
        return "–"
    cut = text[: longest + 1]
    shown = cut if cut.isascii() and cut.isprintable() else _visible(cut)
    return shown if len(shown) <= longest else f"{shown[:longest]}… ({len(text):,} characters)"


def _visible(text: str) -> str:
    shown, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character)[0] == "M" else 0
        plain = (character.isprintable() or character == _TIED) and marks <= _MARKS
        shown.append(character if plain else f"\\u{{{ord(character):x}}}")
    return "".join(shown)


def ends(text: str, longest: int = 48) -> str:
    """Return an id with its middle left out where it is long: what tells ids apart stands at their ends."""
    end = longest * 2 // 3
    return text if len(text) <= longest else f"{text[: longest - end - 1]}…{text[-end:]}"


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a number and its noun: `no records`, `1 record`, `2,000 records`."""
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{number:,} {noun}" if number else f"no {noun}"


def in_words(number: int, singular: str, plural: str) -> str:
    """Return a number for a sentence, in words below ten: `two stolen keys`, `12 stolen keys`."""
    figure = _NUMBERS[number] if 0 <= number < len(_NUMBERS) else f"{number:,}"
    return f"{figure} {singular if number == 1 else plural}"


def parse(text: str) -> datetime:
    """Return an RFC 3339 time as UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def day(text: str) -> str:
    """Return the day of an RFC 3339 time: `3 Nov 2026`."""
    return date(parse(text))


def month(moment: datetime) -> str:
    """Return the month's short name, whatever the locale."""
    return _MONTHS[moment.month - 1]


def date(moment: datetime) -> str:
    """Return a day in words."""
    return f"{moment.day}{_TIED}{month(moment)}{_TIED}{moment.year}"


def clock(text: str) -> str:
    """Return an RFC 3339 time to the minute: `3 Nov 2026, 14:05`."""
    return f"{day(text)}, {hour(text)}"


def hour(text: str) -> str:
    """Return the time of day of an RFC 3339 time: `14:05`."""
    moment = parse(text)
    return f"{moment.hour:02}:{moment.minute:02}"


def period(first: str, last: str) -> str:
    """Return a stretch of days: `3 Nov 2026`, `3 – 9 Nov 2026`, `28 Oct – 3 Nov 2026`."""
    start, end = parse(first), parse(last)
    if start.date() == end.date():
        return date(end)
    if start.year != end.year:
        return f"{date(start)} – {date(end)}"
    named = "" if start.month == end.month else f"{_TIED}{month(start)}"
    return f"{start.day}{named} – {date(end)}"
