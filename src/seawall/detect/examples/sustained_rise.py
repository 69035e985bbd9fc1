"""Examples of LJ-38."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import Example, Row, at, steady


def _days(*calls: int) -> tuple[Row, ...]:
    """Return so many calls on each day from today on."""
    return tuple(
        {"time": at(day * 1440 + number * 600 / count)} for day, count in enumerate(calls) for number in range(count)
    )


FIRES: Final = (
    Example(
        "a key of twelve calls a day makes sixty on two days", (*steady(12, every=2, until=-720), *_days(60, 60, 1))
    ),
)
QUIET: Final = (
    Example("it is one day's batch", (*steady(12, every=2, until=-720), *_days(90, 10, 1))),
    Example("a launch doubles it", (*steady(12, every=0.5, until=-720), *_days(96, 96, 1))),
    Example("there is too little history", (*steady(4, every=2, until=-720), *_days(60, 60, 1))),
    Example("the second day is not over", (*steady(12, every=2, until=-720), *_days(60, 60))),
)
