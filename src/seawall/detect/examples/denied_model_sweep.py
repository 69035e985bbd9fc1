"""Examples of LJ-05."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Columns, Example, at, steady

_DENIED: Final[Columns] = {**AWAY, "outcome": "denied", "error_code": "AccessDeniedException"}

FIRES: Final = (
    Example(
        "a key is refused three models within ten minutes",
        (*steady(5), *({**_DENIED, "time": at(3 * number), "model": f"model-{number}"} for number in range(3))),
    ),
)
QUIET: Final = (
    Example(
        "an application is refused one model again and again",
        tuple({**_DENIED, "time": at(number), "model": "model-a"} for number in range(9)),
    ),
    Example(
        "a person is refused three models in the course of a day",
        tuple({**_DENIED, "time": at(60 * number), "model": f"model-{number}"} for number in range(3)),
    ),
    Example(
        "three keys of one owner are refused a model each",
        tuple(
            {**_DENIED, "time": at(number), "model": f"model-{number}", "credential_id": f"key-{number}"}
            for number in range(3)
        ),
    ),
)
