"""Examples of LJ-34."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import AWAY, Example, at, steady

_USUAL: Final[dict[str, Any]] = {"model": "us.anthropic.claude-3-5-sonnet-20240620-v1:0"}
_OTHER: Final[dict[str, Any]] = {"model": "stability.sd3-large-v1:0"}

FIRES: Final = (
    Example("a key of one family of models uses another", (*steady(9, **_USUAL), {**AWAY, **_OTHER})),
    Example(
        "a service without sources uses another family",
        (*steady(9, model="gpt-4o-mini"), {"model": "dall-e-3", "src_net": None, "src_ip": None}),
    ),
)
QUIET: Final = (
    Example("the model is upgraded", (*steady(9, **_USUAL), {"model": "anthropic.claude-sonnet-4-20250514-v1:0"})),
    Example("the owner is new", (*steady(5, **_USUAL), _OTHER)),
    Example(
        "another key of the owner has long used it",
        (*steady(9, **_USUAL), *steady(8, credential_id="key-2", **_OTHER), {**_OTHER, "time": at(5)}),
    ),
    Example("the log names no model", (*steady(9, **_USUAL), AWAY)),
)
