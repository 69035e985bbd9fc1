"""Examples of LJ-16."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import AWAY, Example, Row, at, steady

_BERLIN: Final[dict[str, Any]] = {"src_lat": 52.5, "src_lon": 13.4, "src_country": "DE"}
_HANOI: Final[dict[str, Any]] = {**AWAY, "src_lat": 21.0, "src_lon": 105.8, "src_country": "VN"}
_HAMBURG: Final[dict[str, Any]] = {**AWAY, "src_lat": 53.6, "src_lon": 10.0, "src_country": "DE"}
_DATELINE: Final[dict[str, Any]] = {**AWAY, "src_lat": -17.5, "src_lon": -178.0, "src_country": "FJ"}
_SUVA: Final[dict[str, Any]] = {"src_lat": -18.1, "src_lon": 178.4, "src_country": "FJ"}


def _pair(one: Row, other: Row, minutes: float) -> tuple[dict[str, Any], ...]:
    return ({"time": at(0), **one}, {"time": at(minutes), **other})


FIRES: Final = (
    Example(
        "a key of Berlin is used in Hanoi half an hour later", (*steady(5, **_BERLIN), *_pair(_BERLIN, _HANOI, 30))
    ),
    Example("a key without a history is used in Berlin and in Hanoi at once", _pair(_BERLIN, _HANOI, 0.5)),
    Example("the owner is back within minutes of the thief", (*steady(5, **_BERLIN), *_pair(_HANOI, _BERLIN, 7))),
)
QUIET: Final = (
    Example("a flight of ten hours lies between", (*steady(5, **_BERLIN), *_pair(_BERLIN, _HANOI, 600))),
    Example("the two places are an hour's drive apart on the map", _pair(_BERLIN, _HAMBURG, 1)),
    Example("the two places lie on either side of the date line", _pair(_SUVA, _DATELINE, 1)),
    Example("a VPN stands far away", _pair(_BERLIN, {**_HANOI, "src_kind": "vpn"}, 1)),
    Example("a function runs in a distant region", _pair(_BERLIN, {**_HANOI, "src_kind": "hosting"}, 1)),
    Example("a telephone comes out at its carrier's gateway", _pair(_BERLIN, {**_HANOI, "src_kind": "mobile"}, 1)),
    Example("nothing is known of the place", _pair(_BERLIN, AWAY, 1)),
    Example(
        "the owner has long had an office in both places",
        (*steady(5, **_BERLIN), *steady(4, credential_id="key-2", **_HANOI), *_pair(_BERLIN, _HANOI, 1)),
    ),
)
