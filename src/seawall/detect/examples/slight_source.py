"""Examples of LJ-14A."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import AWAY, Example, steady

_HOME: Final[dict[str, Any]] = {"src_asn": 64496, "src_country": "DE"}
_THERE: Final[dict[str, Any]] = {**AWAY, "src_asn": 64500, "src_country": "DE", "client": "boto3"}

FIRES: Final = (
    Example("a colleague travels within the country and keeps the client", (*steady(5, **_HOME), _THERE)),
    Example("a service opens in a new country at the same cloud",
            (*steady(5, **_HOME), {**_THERE, "src_asn": 64496, "src_country": "FR"})),
)  # fmt: skip
QUIET: Final = (
    Example("more than one thing is new", (*steady(5, **_HOME), {**_THERE, "client": "curl"})),
    Example("only the network is new", (*steady(5, **_HOME), {**_THERE, "src_asn": 64496})),
    Example("nothing is known of the key's past", (*steady(1, **_HOME), _THERE)),
)
