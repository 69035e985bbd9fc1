"""Examples of LJ-17A."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import Example
from seawall.detect.examples.shared_source import home, pool

FIRES: Final = (
    Example("two owners' keys are used from a new network within a minute", pool(2, 0.5)),
    Example(
        "two newcomers with one tool take turns at a public egress", (*home(3, 10), *pool(5, 0.5, client="axios")[3:])
    ),
    Example("two owners' keys take turns", (*pool(2, 2), *pool(2, 1, start=11), *pool(2, 1, start=100))),
)
QUIET: Final = (
    Example(
        "two newcomers with different tools are used at once at a public egress",
        (*home(3, 10), *({**row, "client": row["credential_id"]} for row in pool(5, 0.5)[3:])),
    ),
    Example("the second owner comes an hour later", pool(2, 60)),
    Example("one owner has two keys", pool(2, 0.5, owner_id="owner-1")),
    Example("the owners only list models", pool(2, 0.5, activity="list_models")),
    Example(
        "the owners have long been at home on the network",
        (*home(2, 10), *pool(2, 0.5)),
    ),
)
