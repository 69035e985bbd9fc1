"""Examples of LJ-33."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Example, Row, at


def _office(days: int) -> tuple[Row, ...]:
    """Return a call every other hour from ten to six o'clock of each of the days before."""
    return tuple({"time": at(-day * 1440 + hour * 60)} for day in range(1, days + 1) for hour in (-2, 0, 2, 4, 6))


def _night(hour: float, count: int = 12) -> tuple[Row, ...]:
    return tuple({**AWAY, "time": at(hour * 60 + number * 4)} for number in range(count))


FIRES: Final = (
    Example(
        "a key of office hours is used all night",
        (*_office(20), *_night(13), *_night(15), {"time": at(20 * 60)}),
    ),
)
QUIET: Final = (
    Example("less than a week is known", (*_office(5), *_night(13), *_night(15), {"time": at(20 * 60)})),
    Example("somebody works late", (*_office(20), *_night(13), {"time": at(20 * 60)})),
    Example("the clocks change", (*_office(20), *_night(-3), *_night(3), {"time": at(20 * 60)})),
    Example(
        "it always works by night",
        (
            *_office(20),
            *({"time": at(-day * 1440 + hour * 60)} for day in range(2, 20) for hour in (13, 15)),
            *_night(13),
            *_night(15),
            {"time": at(20 * 60)},
        ),
    ),
    Example(
        "it is used now and then",
        (*({"time": at(-day * 1440)} for day in range(3, 30, 7)), *_night(13), *_night(15), {"time": at(20 * 60)}),
    ),
)
