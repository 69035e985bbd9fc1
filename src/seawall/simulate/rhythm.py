"""When a credential works: 168 hourly weights (hour of week in UTC, Monday first) that sum to 7, a mean day being 1."""

from __future__ import annotations

import math
from random import Random
from typing import Final, Literal

from seawall.simulate.act import DAY, HOUR

Kind = Literal["office", "service", "batch", "ci"]
KINDS: Final[tuple[Kind, ...]] = ("office", "service", "batch", "ci")
#: 1970-01-01 was a Thursday: three days after a Monday.
_MONDAY: Final = 3 * DAY


def hour_of_week(time: int) -> int:
    """Return 0–167 for a time in µs UTC."""
    return (time + _MONDAY) // HOUR % 168


def shape(rng: Random, kind: Kind, offset: int) -> tuple[float, ...]:
    """Draw the weights of one credential; `offset` is its time zone in hours ahead of UTC."""
    shift = rng.uniform(-1.5, 1.5)
    weekend = {"office": rng.uniform(0, 0.08), "service": rng.uniform(0.4, 1.2), "batch": 1.0, "ci": 0.1}[kind]
    runs = {rng.randrange(24) for _ in range(rng.choice((1, 1, 2, 4)))}
    weights = []
    for hour in range(168):
        local = hour + offset
        of_day = local % 24
        base = of_day in runs if kind == "batch" else _day_curve(kind, of_day - shift)
        weekday = local // 24 % 7 < 5
        weights.append(base * (1.0 if weekday else weekend) * rng.uniform(0.7, 1.3))
    total = sum(weights) or 1.0
    return tuple(weight * 7 / total for weight in weights)


def _day_curve(kind: Kind, hour: float) -> float:
    """A bell over the working day, or a flatter one over the waking day."""
    middle, width, floor = {"service": (15.0, 6.0, 0.25), "ci": (14.0, 4.5, 0.05)}.get(kind, (13.5, 3.2, 0.004))
    distance = min(abs(hour - middle), 24 - abs(hour - middle))
    return floor + math.exp(-((distance / width) ** 2))
