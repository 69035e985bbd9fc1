"""Habits: families of worlds. How large owners are, how much they share, how much happens to them in a month.

A detector that fits one family may fail in the next: what is measured is measured over several.
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.simulate.services import Service


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """One family. `services`, `lines` (one credential, two, …) and `kinds` (office, service, batch, ci) are weights."""

    name: str
    services: dict[Service, int]
    lines: tuple[int, ...]
    kinds: tuple[int, int, int, int]
    #: Calls a day: the median credential's, the spread of their logarithm, and the most.
    rate: float
    spread: float
    most: float
    #: The share of services whose egress lies in a range that other tenants of the cloud use too.
    crowding: float
    #: The share of services that run as functions, with an address from the cloud's large pool each time.
    functions: float
    #: Multiplies the rates of everyday novelty.
    novelty: float
    #: Multiplies what thieves take.
    greed: float


DEFAULT: Final = Habits(
    name="default",
    services={"aws": 32, "azure": 18, "apim": 10, "gcp": 12, "openai": 12, "anthropic": 8, "litellm": 8},
    lines=(35, 35, 20, 10),
    kinds=(40, 30, 18, 12),
    # Long-tailed: the median key is used 11 times a day, one in a hundred several hundred times.
    rate=11,
    spread=1.35,
    most=900,
    crowding=0.8,
    functions=0.1,
    novelty=1.0,
    greed=1.0,
)
#: Small owners: few keys, mostly people's, used a few times a day; their thieves are modest too.
QUIET: Final = Habits(
    name="quiet",
    services={"aws": 22, "azure": 22, "apim": 6, "gcp": 14, "openai": 16, "anthropic": 14, "litellm": 6},
    lines=(60, 30, 10),
    kinds=(60, 22, 14, 4),
    rate=5,
    spread=1.1,
    most=250,
    crowding=0.5,
    functions=0.05,
    novelty=0.7,
    greed=0.5,
)
#: Large owners: many keys of programs, CI and functions everywhere, much shared egress, something new all the time.
BUSY: Final = Habits(
    name="busy",
    services={"aws": 38, "azure": 14, "apim": 14, "gcp": 14, "openai": 6, "anthropic": 4, "litellm": 10},
    lines=(20, 30, 28, 14, 8),
    kinds=(30, 34, 12, 24),
    rate=16,
    spread=1.45,
    most=1500,
    crowding=0.95,
    functions=0.3,
    novelty=1.4,
    greed=1.5,
)
#: The usual owners in restless times: to every credential something happens every five days.
RESTLESS: Final = msgspec.structs.replace(DEFAULT, name="restless", crowding=0.9, functions=0.2, novelty=3.0)
HABITS: Final = {habits.name: habits for habits in (DEFAULT, QUIET, BUSY, RESTLESS)}
