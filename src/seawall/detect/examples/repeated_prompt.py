"""Examples of LJ-24. Judged when its five minutes are over: something has to come after."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import OWN_KEY, STRANGE, Example, Row, at, steady

_HISTORY: Final[tuple[Row, ...]] = steady(5, every=1, input_tokens=900, **OWN_KEY)
_LATER: Final[Row] = {"time": at(90)}


def _flood(count: int, minutes: float = 20, *, grows: int = 0, **columns: Any) -> tuple[Row, ...]:
    """Return so many calls within so many minutes; the length of their prompts may grow."""
    flood = {**STRANGE, **OWN_KEY, "model": "model-1", **columns}
    return tuple(
        {**flood, "time": at(number * minutes / count), "input_tokens": 411 + grows * number} for number in range(count)
    )


FIRES: Final = (
    Example("one prompt is sent a hundred and thirty times in twenty minutes", (*_HISTORY, *_flood(130), _LATER)),
    Example(
        "the owner's own calls go on beside the flood",
        (*steady(5, every=0.2, until=60, input_tokens=900, **OWN_KEY), *_flood(150, 50), _LATER),
    ),
)
QUIET: Final = (
    Example("a busy hour of prompts that differ", (*_HISTORY, *_flood(130, grows=1), _LATER)),
    Example("a probe of the service's health asks every minute", (*_HISTORY, *_flood(60, 60), _LATER)),
    Example(
        "a loop has asked the same thing as often every day",
        (
            *(
                {**row, "time": at(number * 20 / 130 - day * 24 * 60)}
                for day in range(1, 6)
                for number, row in enumerate(_flood(130))
            ),
            *_flood(140),
            _LATER,
        ),
    ),
    Example("nothing is known of the key's past", (*_flood(130), _LATER)),
)
