"""How real requests arrive and how long they are: quantiles in, random draws out.

The table was read on 2026-11-25 from the Azure LLM inference trace (public, about one hour on 2023-11-16, 19,366
requests of a conversation service and 8,819 of a code service; licence CC-BY-4.0). Cite: Patel et al., "Splitwise:
Efficient generative LLM inference using phase splitting", ISCA 2024. Only these quantiles are kept, not the trace.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from random import Random
from typing import Final

PROBABILITIES: Final = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
#: (profile, what) → the value at each probability; gaps are in units of the mean gap.
TABLE: Final[dict[str, tuple[float, ...]]] = {
    "chat.input": (2, 29, 181, 207, 387, 403, 703, 1020, 1071, 1130, 1315, 2734, 4083, 4142, 14050),
    "chat.output": (7, 16, 41, 54, 77, 91, 103, 129, 177, 384, 400, 424, 451, 601, 1000),
    "chat.gap": (0, 0.003, 0.035, 0.089, 0.202, 0.336, 0.483, 0.655, 0.877, 1.181, 1.597, 2.326, 3.125, 4.916, 23.86),
    "code.input": (3, 17, 75, 147, 385, 770, 1075, 1469, 1909, 2433, 3192, 5186, 7302, 7436, 7437),
    "code.output": (6, 6, 6, 7, 8, 9, 11, 13, 16, 20, 29, 55, 90, 249, 1899),
    "code.gap": (0, 0, 0, 0.001, 0.003, 0.008, 0.039, 0.164, 0.244, 0.257, 0.411, 0.7, 1.029, 5.658, 557.341),
}


def draw(rng: Random, name: str) -> float:
    """Draw one value of a table row by inverting its piecewise linear distribution function."""
    values = TABLE[name]
    u = rng.random()
    at = bisect_right(PROBABILITIES, u) - 1
    low, high = PROBABILITIES[at], PROBABILITIES[at + 1]
    return values[at] + (values[at + 1] - values[at]) * (u - low) / (high - low)


def poisson(rng: Random, mean: float) -> int:
    """Draw a count; above a mean of 30 the normal law stands in."""
    if mean <= 0:
        return 0
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def arrivals(rng: Random, profile: str, count: int, start: int, length: int) -> list[int]:
    """Return `count` sorted times (µs) within `length` µs of `start`, as clustered as the trace's arrivals."""
    if count <= 0:
        return []
    name = profile + ".gap"
    gaps = [min(draw(rng, name), 40.0) + 0.001 for _ in range(count + 1)]
    scale = (length - 1) / sum(gaps)
    times, reached = [], 0.0
    for gap in gaps[:-1]:
        reached += gap * scale
        times.append(start + int(reached))
    return times
