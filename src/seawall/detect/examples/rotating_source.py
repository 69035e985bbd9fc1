"""Examples of LJ-35."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import Example, Row, at, steady

_HOME: Final = {"src_asn": 64496}


def _from(system: int, days: float) -> Row:
    return {"src_asn": system, "src_net": f"198.18.{system % 256}.0/24", "time": at(days * 1440)}


FIRES: Final = (
    Example(
        "a key of one place comes from four operators in six days",
        (*steady(20, every=12, **_HOME), _from(64500, 0), _from(64501, 2), _from(64502, 5), _from(64503, 6)),
    ),
)
QUIET: Final = (
    Example(
        "its history is short",
        (*steady(5, every=12, **_HOME), _from(64500, 0), _from(64501, 2), _from(64502, 5), _from(64503, 6)),
    ),
    Example(
        "a traveller has a hotel and a carrier", (*steady(20, every=12, **_HOME), _from(64500, 0), _from(64501, 2))
    ),
    Example(
        "the key goes round by trade",
        (
            *steady(40, every=12, **_HOME),
            *(_from(64510 + number, -30 + number * 5) for number in range(6)),
            *(_from(64500 + number, number * 2) for number in range(4)),
        ),
    ),
    Example(
        "months lie between them",
        (*steady(20, every=12, **_HOME), _from(64500, 0), _from(64501, 30), _from(64502, 60), _from(64503, 90)),
    ),
)
