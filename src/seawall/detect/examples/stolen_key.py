"""Examples of the incident *stolen key in use*."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import AWAY, Example, at, steady

_ABROAD: Final[dict[str, Any]] = {**AWAY, "src_country": "RO", "src_asn": 64511}
_HOME: Final[dict[str, Any]] = {"src_country": "DE", "src_asn": 64496}
_UNNAMED: Final[dict[str, Any]] = {**_HOME, "client": None}
_NEARBY: Final[dict[str, Any]] = {"src_net": "198.51.100.0/24", "src_ip": "198.51.100.7", "src_asn": 64511}


def _sweep(start: float, **columns: Any) -> tuple[dict[str, Any], ...]:
    """Four models refused, a minute apart."""
    return tuple(
        {"time": at(start + number), "outcome": "denied", "model": f"model-{number}", **columns} for number in range(4)
    )


def _chain(start: float, **columns: Any) -> tuple[dict[str, Any], ...]:
    """Models listed, one unlocked, one invoked."""
    return (
        {"time": at(start), "activity": "list_models", **columns},
        {"time": at(start + 1), "activity": "unlock_model", "model": "model-1", **columns},
        {"time": at(start + 2), "model": "model-1", **columns},
    )


FIRES: Final = (
    Example(
        "a key with a history sweeps models from a source it never had", (*steady(9, **_HOME), *_sweep(0, **_ABROAD))
    ),
    Example(
        "a key whose log names no client sweeps models and begins to make images at a new system",
        (
            *steady(9, **_UNNAMED, modality="text"),
            *_sweep(0, **{**_UNNAMED, **_NEARBY}),
            {"time": at(30), "modality": "image", **_UNNAMED, **_NEARBY},
        ),
    ),
    Example("a key without history lists, unlocks and invokes within an hour", _chain(0, **_ABROAD)),
)
QUIET: Final = (
    Example(
        "a key whose log names no client lists models and calls one at a new system of the same country",
        (
            *steady(9, **_UNNAMED),
            {"time": at(0), "activity": "list_models", **_UNNAMED, **_NEARBY},
            {"time": at(2), **_UNNAMED, **_NEARBY},
        ),
    ),
    Example("a colleague on the road calls a model", (*steady(9, **_HOME), {"time": at(0), **_ABROAD})),
    Example("a key sweeps models from home", (*steady(9, **_HOME), *_sweep(0, **_HOME))),
    Example("models are listed, and one is unlocked the day after", (
        {"time": at(0), "activity": "list_models"}, {"time": at(2)}, {"time": at(1500), "activity": "unlock_model"},
    )),
)  # fmt: skip
