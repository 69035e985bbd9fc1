"""Examples of LJ-22."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Example, Row, at, steady

#: Judged when its hour is over: something has to come after it.
_LATER: Final = {"time": at(90)}


def _spend(usd: float, calls: int = 10) -> tuple[Row, ...]:
    return tuple({**AWAY, "time": at(number * 5), "cost_usd": usd / calls} for number in range(calls))


FIRES: Final = (
    Example("a key of 10 cents an hour costs 40 dollars in one", (*steady(5, cost_usd=0.1), *_spend(40), _LATER)),
)
QUIET: Final = (
    Example("nothing is known of the key's past", (*steady(1, cost_usd=0.1), *_spend(40), _LATER)),
    Example("a product launch triples the cost", (*steady(5, cost_usd=2), *_spend(6), _LATER)),
    Example("the bill is too small to be asked about", (*steady(5, cost_usd=0.01), *_spend(1), _LATER)),
    Example("what the history cost is unknown", (*steady(5), *_spend(40), _LATER)),
    Example(
        "an evaluation as costly as last week's",
        (*steady(5, cost_usd=0.1), {"time": at(-7 * 1440), "cost_usd": 5}, *_spend(6), _LATER),
    ),
)
