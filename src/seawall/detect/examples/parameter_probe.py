"""Examples of LJ-04."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, OWN_KEY, Columns, Example, at, steady

_INVALID: Final[Columns] = {**AWAY, **OWN_KEY, "outcome": "invalid", "error_code": "ValidationException"}

FIRES: Final = (
    Example(
        "a strange network sends one invalid request to each of three models",
        (
            *steady(5, model="model-a"),
            *({**_INVALID, "time": at(3 * number), "model": f"model-{number}"} for number in range(3)),
        ),
    ),
    Example(
        "a script sends three invalid requests to one model within a minute, before anything succeeded",
        tuple({**_INVALID, "time": at(number / 3), "model": "model-a"} for number in range(3)),
    ),
)
QUIET: Final = (
    Example(
        "an application that works sends some requests that are too long",
        (
            *steady(2, every=2, model="model-a"),
            *({"time": at(number / 4), "model": "model-a", "outcome": "invalid"} for number in range(9)),
        ),
    ),
    Example(
        "a person in a notebook corrects a request, and it works",
        (
            *({**_INVALID, "time": at(2 * number), "model": "model-a"} for number in range(4)),
            {**AWAY, **OWN_KEY, "time": at(9), "model": "model-a"},
        ),
    ),
    Example(
        "an evaluation of models that the key has long used sends a prompt that is too long for them",
        (
            *(row for number in range(4) for row in steady(3, every=20, model=f"model-{number}")),
            *({"time": at(number), "model": f"model-{number}", "outcome": "invalid"} for number in range(4)),
        ),
    ),
)
