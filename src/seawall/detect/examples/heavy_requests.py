"""Examples of LJ-23. Judged when its five minutes are over: something has to come after."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import AWAY, Example, Row, at, steady

_HISTORY: Final[tuple[Row, ...]] = steady(5, every=0.4, input_tokens=900)
_LATER: Final[Row] = {"time": at(90)}


def _long(count: int, every: float = 2, **columns: Any) -> tuple[Row, ...]:
    return tuple({"input_tokens": 120_000, **columns, "time": at(number * every)} for number in range(count))


FIRES: Final = (
    Example("a key of short prompts sends twelve of a whole book", (*_HISTORY, *_long(12), _LATER)),
    Example(
        "a thief sends them while the key's owner works on elsewhere",
        (*steady(5, every=0.2, until=60, input_tokens=900), *_long(15, 3, **AWAY), _LATER),
    ),
)
QUIET: Final = (
    Example("a person tries a long document out", (*_HISTORY, *_long(3), _LATER)),
    Example("prompts grow to three times their length", (*_HISTORY, *_long(12, input_tokens=2_700), _LATER)),
    Example(
        "a weekly job sends whole documents",
        (
            *_HISTORY,
            *({**row, "time": at(-7 * 24 * 60 + number)} for number, row in enumerate(_long(12))),
            *_long(12),
            _LATER,
        ),
    ),
    Example("nothing is known of the key's past", (*_long(12), _LATER)),
    Example("a log tells no tokens", (*steady(5, every=0.4), *_long(12, input_tokens=None), _LATER)),
)
