"""Examples of LJ-28. Judged when its five minutes are over: something has to come after."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import AWAY, Example, Row, at, steady

_SEVERE: Final[dict[str, Any]] = {"outcome": "filtered", "filter_categories": "sexual", "filter_severity": 6}
_LATER: Final[Row] = {"time": at(90)}


def _refusals(count: int, every: float, **columns: Any) -> tuple[Row, ...]:
    return tuple({**_SEVERE, **columns, "time": at(number * every)} for number in range(count))


FIRES: Final = (
    Example("six refusals of the worst within half an hour", (*steady(2), *_refusals(6, 5), _LATER)),
    Example(
        "a thief's network, while the key's owner works on elsewhere",
        (*steady(1, every=0.1, until=60), *_refusals(6, 3, **AWAY), _LATER),
    ),
    Example(
        "one user of a busy service, whom it names, and both kinds of content",
        (
            *steady(1, every=0.1, until=60, end_user_id="user-1"),
            *_refusals(3, 3, end_user_id="user-2"),
            *_refusals(3, 4, end_user_id="user-2", filter_categories="hate,violence"),
            _LATER,
        ),
    ),
)
QUIET: Final = (
    Example(
        "a busy service loses one call in a hundred to the worst",
        (*steady(1, every=0.005, until=60), *_refusals(8, 7), _LATER),
    ),
    Example(
        "a moderation queue sees such content every hour",
        (*_refusals(288, 5), *({"time": at(2 + 60 * number)} for number in range(24))),
    ),
    Example("refusals of a lower grade", (*steady(2), *_refusals(8, 5, filter_severity=4), _LATER)),
    Example("refusals of another kind", (*steady(2), *_refusals(8, 5, filter_categories="prompt_attack"), _LATER)),
    Example("three refusals of a person who tries it out", (*steady(2), *_refusals(3, 5), _LATER)),
)
