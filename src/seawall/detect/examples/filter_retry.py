"""Examples of LJ-27."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Example, Row, at, steady

_REFUSED: Final = {"outcome": "filtered", "filter_categories": "sexual"}


def _refusals(count: int, every: float, **columns: str) -> tuple[Row, ...]:
    return tuple({"time": at(number * every), **_REFUSED, **columns} for number in range(count))


FIRES: Final = (
    Example("six refusals in half an hour, then a success", (*_refusals(6, 5), {"time": at(32)})),
    Example("six refusals in a minute, then a success", (*_refusals(6, 0.2), {"time": at(1.5)})),
    Example(
        "one user of a busy service, whom it names",
        (
            *steady(1, every=0.1, until=60, end_user_id="user-1"),
            *_refusals(6, 3, end_user_id="user-2"),
            {"time": at(21), "end_user_id": "user-2"},
        ),
    ),
    Example(
        "a thief's network, while the key's owner works on elsewhere",
        (
            *steady(1, every=0.1, until=60),
            *({**AWAY, **row} for row in _refusals(6, 3)),
            {**AWAY, "time": at(21)},
        ),
    ),
)
QUIET: Final = (
    Example("a person rephrases three times", (*_refusals(3, 2), {"time": at(8)})),
    Example("nothing gets through", _refusals(12, 4)),
    Example(
        "a service with many users loses a few calls to its filter",
        (*steady(1, every=0.02, until=60), *_refusals(6, 5), {"time": at(32)}),
    ),
    Example("six refusals over a day", (*_refusals(6, 240), {"time": at(1441)})),
    Example(
        "another user succeeds", (*_refusals(6, 3, end_user_id="user-2"), {"time": at(21), "end_user_id": "user-1"})
    ),
    Example(
        "a test of the filter runs every hour",
        (*_refusals(144, 10), *({"time": at(6 + 60 * number)} for number in range(3, 24))),
    ),
)
