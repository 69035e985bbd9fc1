"""Examples of LJ-14."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import OWN_KEY, STRANGE, Columns, Example, at, steady

_HOME: Final[Columns] = {"src_asn": 64496, "src_country": "DE", **OWN_KEY}
_AWAY: Final[Columns] = {**STRANGE, **OWN_KEY, "src_asn": 64511, "src_country": "BR"}

FIRES: Final = (
    Example("a key is used from a new network and country with a new client", (*steady(5, **_HOME), _AWAY)),
    Example(
        "a key is used from a new network with a new client, without any geo table",
        (*steady(5, **OWN_KEY), {**STRANGE, **OWN_KEY}),
    ),
)
QUIET: Final = (
    Example("nothing is known of the key's past", (*steady(1, **_HOME), _AWAY)),
    Example(
        "a colleague travels within the country and keeps the client",
        (*steady(5, **_HOME), {**_AWAY, "src_country": "DE", "client": "boto3"}),
    ),
    Example(
        "a second key of the owner appears where the first has long been",
        (*steady(5, **_HOME), *steady(5, **_AWAY | {"credential_id": "key-2"}), {**_AWAY, "time": at(5)}),
    ),
    Example("a new tool is used in the office", (*steady(5, **_HOME), {**_HOME, "client": "curl"})),
)
