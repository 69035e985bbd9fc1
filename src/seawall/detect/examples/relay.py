"""Examples of LJ-20."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import OWN_KEY, STRANGE, Columns, Example, at, steady

_LISTS: Final[Columns] = {**STRANGE, **OWN_KEY, "activity": "list_models"}
_TUNNEL: Final[Columns] = {**_LISTS, "via": "some-words.trycloudflare.com"}

FIRES: Final = (
    Example("a key lists models through a tunnel", (*steady(5, **OWN_KEY), _TUNNEL)),
    Example("a program that pools keys names itself", (*steady(5, **OWN_KEY), {**_LISTS, "client": "one-api"})),
)
QUIET: Final = (
    Example("a key lists models through the owner's gateway", (*steady(5, **OWN_KEY), {**_LISTS, "via": "litellm"})),
    Example(
        "a developer has always worked through a tunnel",
        (*steady(2, **_TUNNEL), {**_TUNNEL, "time": at(10)}),
    ),
    Example("nothing is known of the key's past", (_TUNNEL,)),
)
