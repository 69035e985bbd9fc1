"""Examples of LJ-18. The handshakes are made up."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import OWN_KEY, STRANGE, Columns, Example, Row, at, steady

_USUAL: Final[Columns] = {**OWN_KEY, "activity": "list_models", "ja4": "t13d000000_000000000000_000000000000"}
_ODD: Final[Columns] = {**_USUAL, **STRANGE, "client": "boto3", "ja4": "t13d111100_111111111111_111111111111"}
_HISTORY: Final[tuple[Row, ...]] = steady(1.8, **_USUAL)
_BACK: Final[Row] = {**_USUAL, "time": at(20)}

FIRES: Final = (
    Example("a stranger's handshake comes between two of the usual ones", (*_HISTORY, _ODD, _BACK)),
    Example("the stranger is refused", (*_HISTORY, {**_ODD, "activity": "infer", "outcome": "denied"}, _BACK)),
)
QUIET: Final = (
    Example("an upgrade changes the handshake for good", (*_HISTORY, _ODD, {**_ODD, "time": at(30)})),
    Example("another client has another handshake", (*_HISTORY, {**_ODD, "client": "curl"}, _BACK)),
    Example("two hosts have always differed", (*_HISTORY, *steady(1.8, until=0, **_ODD), _BACK)),
    Example("a release is tried out in the same network", (*_HISTORY, {**_ODD, "src_net": "192.0.2.0/24"}, _BACK)),
)
