"""Examples of the incident *resale proxy*. `history` is shared with its tests."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import Example, Row, steady
from seawall.detect.examples.shared_source import home, pool


def history(owners: int) -> tuple[Row, ...]:
    """Return five quiet days of several owners, each at home on a network of its own."""
    return tuple(
        row
        for number in range(1, owners + 1)
        for row in steady(
            5, owner_id=f"owner-{number}", credential_id=f"key-{number}", src_net=f"203.0.113.{number}/32"
        )
    )


FIRES: Final = (
    Example("one tool takes turns with the keys of four owners who never knew its network", (*history(4), *pool(4, 1))),
    Example("four owners' keys take turns, and nothing is known of their past", pool(4, 1)),
)
QUIET: Final = (
    Example(
        "strangers with different tools come to a public egress within an hour",
        (*history(6), *home(3, 10), *({**row, "client": row["credential_id"]} for row in pool(6, 20)[3:])),
    ),
    Example("three owners come to one exit hours apart", (*history(3), *pool(3, 120))),
    Example("two owners' keys take turns", (*history(2), *pool(2, 1), *pool(2, 1, start=30))),
    Example("one owner has many keys", (*history(1), *pool(4, 1, owner_id="owner-1"))),
    Example(
        "owners who have long been at home on an exit, and came hours apart, work at the same time",
        (*home(3, 10), *pool(3, 1)),
    ),
)
