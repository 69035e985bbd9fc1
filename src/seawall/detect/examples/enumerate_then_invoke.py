"""Examples of LJ-06."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, OWN_KEY, Columns, Example, at, steady

_LIST: Final[Columns] = {"activity": "list_models", "operation": "ListFoundationModels", "model": None}

FIRES: Final = (
    Example(
        "a key lists models for the first time and invokes one ten minutes later",
        (
            *steady(5, model="model-a", **OWN_KEY),
            {**_LIST, **AWAY, **OWN_KEY},
            {**AWAY, **OWN_KEY, "time": at(10), "model": "model-b"},
        ),
    ),
    Example(
        "a key lists models, unlocks one fifty minutes later and invokes it after as long again",
        (
            {**_LIST, **OWN_KEY},
            {**OWN_KEY, "time": at(50), "activity": "unlock_model", "model": "model-b"},
            {**OWN_KEY, "time": at(100), "model": "model-b"},
        ),
    ),
)
QUIET: Final = (
    Example(
        "a chat front end lists models at each start",
        (*steady(5, every=8, **_LIST), _LIST, {"time": at(1), "model": "model-a"}),
    ),
    Example("models are listed and one is invoked an hour later", (_LIST, {"time": at(61), "model": "model-a"})),
    Example(
        "models are listed, none may be unlocked, and one is invoked later",
        (
            _LIST,
            {"time": at(50), "activity": "unlock_model", "outcome": "denied"},
            {"time": at(100), "model": "model-a"},
        ),
    ),
    Example("models are listed and the invocation is refused",
            (_LIST, {"time": at(5), "model": "model-a", "outcome": "denied"})),
    Example("one key lists models, another invokes one", (_LIST, {"time": at(5), "credential_id": "key-2"})),
)  # fmt: skip
