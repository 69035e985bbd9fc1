"""Examples of LJ-25. Judged when its hour is over: something has to come after."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import OWN_KEY, STRANGE, Example, Row, at

_DAY: Final = 24 * 60


def _hours(days: range, hours: range, calls: int = 6, **columns: Any) -> tuple[Row, ...]:
    """Return calls in the given hours (after noon) of the given days (after today)."""
    columns = {**OWN_KEY, **columns}
    return tuple(
        {"time": at(day * _DAY + hour * 60 + 5), "request_count": calls, **columns} for day in days for hour in hours
    )


#: Nine hours a day over three weeks, and a call after all that is told.
_OFFICE: Final = _hours(range(-20, 0), range(-4, 5))
_LATER: Final = _hours(range(2, 3), range(4, 5), 1)

FIRES: Final = (
    Example(
        "a proxy's customers use an office's key for two days and nights",
        (*_OFFICE, *_hours(range(2), range(-4, 20), **STRANGE, model="model-9"), *_LATER),
    ),
    Example(
        "a stolen key is resold while its office works on, all with the same client",
        (*_OFFICE, *_hours(range(3), range(-4, 5)), *_hours(range(2), range(-4, 20), **STRANGE | {"client": "boto3"}),
         *_LATER),
    ),
)  # fmt: skip
QUIET: Final = (
    Example(
        "a batch job runs through one night",
        (*_OFFICE, *_hours(range(1), range(-4, 20)), *_hours(range(1, 2), range(-4, 5)), *_LATER),
    ),
    Example("a service has always been used at all hours", (*_hours(range(-20, 2), range(-4, 20)), *_LATER)),
    Example("nothing is known of the key's past", (*_hours(range(2), range(-4, 20), **STRANGE), *_LATER)),
    Example(
        "a retry or two happen at night",
        (*_OFFICE, *_hours(range(2), range(-4, 5)), *_hours(range(2), range(5, 20), 1), *_LATER),
    ),
)
