"""Examples of LJ-37."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import Example, at, steady

_AUTUMN: Final = steady(60, until=-40 * 1440)

FIRES: Final = (Example("a key wakes after forty days", (*_AUTUMN, {"time": at(0)})),)
QUIET: Final = (
    Example("after a long weekend", (*steady(60, until=-4 * 1440), {"time": at(0)})),
    Example(
        "a job runs each week",
        tuple({"time": at(-week * 10_080 - number)} for week in range(9) for number in range(3)),
    ),
    Example("a job runs every other month", tuple({"time": at(-days * 1440)} for days in (160, 110, 55, 0))),
    Example("a key is new", ({"time": at(0)},)),
)
