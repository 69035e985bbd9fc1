"""`help`: how long `seawall --help` takes, from nothing to its text; its peer is Python doing nothing."""

from __future__ import annotations

import sys
from statistics import median
from typing import Final

from measure import Cost, command
from rows import Row
from world import World

_TIMES: Final = 10


def bench(world: World) -> list[Row]:  # noqa: ARG001 - it needs no world
    """Return the medians of the command and of its peer."""
    ours = Row("help", "seawall --help", 0, _median([sys.executable, "-m", "seawall", "--help"]), aim="< 0.2 s wall")
    return [ours, Row("help", "python -c pass", 0, _median([sys.executable, "-c", "pass"]), peer_of=ours)]


def _median(arguments: list[str]) -> Cost:
    costs = [command(arguments) for _ in range(_TIMES)]
    if any(cost.result for cost in costs):
        raise SystemExit(f"error: {' '.join(arguments)} failed")
    return Cost(
        median(cost.cpu_s for cost in costs),
        median(cost.wall_s for cost in costs),
        max(cost.peak_bytes for cost in costs),
    )
