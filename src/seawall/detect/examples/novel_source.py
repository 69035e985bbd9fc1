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
    Example(
        "a key is used from the owner's own cloud, but in a new country and with a new client",
        (*steady(5, **_HOME), {**_AWAY, "src_asn": 64496}),
    ),
    Example(
        "a key whose log names no client is used from a new network of a new system",
        (*steady(5, **_HOME, client=None), {**_AWAY, "src_country": "DE", "client": None}),
    ),
    Example(
        "a key is used from a second new network minutes after the first",
        (*steady(5, **_HOME), _AWAY, {**_AWAY, "time": at(5), "src_net": "198.18.7.0/24", "src_ip": "198.18.7.7"}),
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
    Example(
        "a service opens in a new country at the same cloud",
        (*steady(5, **_HOME), {**_AWAY, "src_asn": 64496, "client": "boto3"}),
    ),
    Example(
        "a key whose log names no client moves within system and country",
        (*steady(5, **_HOME, client=None), {**_HOME, "src_net": "198.19.0.0/24", "client": None}),
    ),
)
