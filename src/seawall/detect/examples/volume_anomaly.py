"""Examples of LJ-21."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Columns, Example, at, steady

#: Judged when its hour is over: something has to come after it.
_LATER: Final[Columns] = {"time": at(90)}

FIRES: Final = (
    Example(
        "a key that makes a call an hour makes sixty",
        (*steady(5, every=1), *({**AWAY, "time": at(number)} for number in range(59)), AWAY, _LATER),
    ),
)
QUIET: Final = (
    Example(
        "nothing is known of the key's past",
        (*steady(1, every=1), *({"time": at(number)} for number in range(59)), _LATER),
    ),
    Example(
        "use doubles",
        (*steady(5, every=0.05), *({"time": at(number * 1.4)} for number in range(42)), _LATER),
    ),
    Example("a few calls by hand", (*steady(5, every=4), *({"time": at(number)} for number in range(20)), _LATER)),
    Example(
        "a nightly batch that runs every day",
        (*(row for day in range(5) for row in steady(day + 1.05, every=0.01, until=-24 * 60 * (day + 1) + 60)), _LATER),
    ),
)
