"""Examples of LJ-02."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import OWN_KEY, STRANGE, Columns, Example, at, steady

_HOME: Final[Columns] = {"src_asn": 64496, "src_country": "DE", **OWN_KEY}
_AWAY: Final[Columns] = {**STRANGE, **OWN_KEY, "src_asn": 64511, "src_country": "BR"}
_LEAK: Final[Columns] = {
    **OWN_KEY, "source": "seawall.scan", "activity": "exposure", "outcome": None, "src_net": None, "src_ip": None,
    "client": None, "time": at(-17),
}  # fmt: skip

FIRES: Final = (
    Example("a stranger uses a key 17 minutes after it was exposed", (*steady(5, **_HOME), _LEAK, _AWAY)),
    Example(
        "a stranger uses a key ten days after it was exposed",
        (*steady(20, every=12, **_HOME), {**_LEAK, "time": at(-10 * 24 * 60)}, _AWAY),
    ),
    Example(
        "a key that is exposed a second time is used from the same country with another client",
        (
            *steady(20, every=12, **_HOME), {**_LEAK, "time": at(-10 * 24 * 60)}, _LEAK,
            {**_AWAY, "src_country": "DE"},
        ),
    ),
)  # fmt: skip
QUIET: Final = (
    Example("a key that nobody exposed appears somewhere new", (*steady(5, **_HOME), _AWAY)),
    Example("the owner goes on where they always were", (*steady(5, **_HOME), _LEAK, _HOME)),
    Example(
        "the owner had tried the key on a new machine before it was exposed",
        (*steady(5, **_HOME), {**_AWAY, "time": at(-30)}, _LEAK, _AWAY),
    ),
    Example("nothing is known of the key's past", (*steady(1, **_HOME), _LEAK, _AWAY)),
    Example(
        "another key of the owner has long been used there",
        (*steady(5, **_HOME), *steady(5, **_AWAY | {"credential_id": "key-2"}), _LEAK, _AWAY),
    ),
    Example("another key was exposed", (*steady(5, **_HOME), {**_LEAK, "credential_id": "key-2"}, _AWAY)),
)
