"""Examples of LJ-17. `pool` and `home` are shared with those of LJ-17A."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import AWAY, Example, Row, at, steady


def pool(owners: int, every: float, start: float = 0, **columns: Any) -> tuple[Row, ...]:
    """Return one use by each of several owners' keys on one foreign network, one after another."""
    return tuple(
        {
            **AWAY,
            "time": at(start + number * every),
            "owner_id": f"owner-{number + 1}",
            "credential_id": f"key-{number + 1}",
            **columns,
        }
        for number in range(owners)
    )


def home(owners: int, days: int) -> tuple[Row, ...]:
    """Return the same owners' quiet history on that network: a use a day, two hours apart."""
    return tuple(row for day in range(days) for row in pool(owners, 120, start=(day - days) * 1440))


_CLIENTS: Final = ("curl", "boto3", "openai-python", "litellm")

FIRES: Final = (
    Example("three owners' keys come to one network within an hour", pool(3, 20)),
    Example("four owners' keys come to one network within ten days", (*steady(5), *pool(4, 3 * 1440))),
    Example(
        "three owners' keys with three clients",
        tuple({**row, "client": client} for row, client in zip(pool(3, 20), _CLIENTS, strict=False)),
    ),
    Example("keys are tried before they are used", pool(3, 1, activity="list_models")),
    Example("one tool uses three owners' keys behind a VPN", pool(3, 20, src_kind="vpn")),
    Example("three owners come where two others are at home", (*home(2, 10), *pool(5, 5))),
    Example(
        "three owners come to a public egress within an hour with one tool",
        (*home(3, 10), *pool(6, 20, src_kind="hosting", client="axios")[3:]),
    ),
    Example(
        "three owners come to a VPN, and one log names the tool",
        (*pool(2, 20, src_kind="vpn", client=None), *pool(3, 20, src_kind="vpn")[2:]),
    ),
)
QUIET: Final = (
    Example("two owners meet", pool(2, 5)),
    Example("one owner has many keys", tuple({**row, "owner_id": "owner-1"} for row in pool(4, 5))),
    Example("an owner a week comes to a shared exit", pool(5, 10 * 1440)),
    Example("a consultant administers three customers", pool(3, 20, activity="change_access")),
    Example(
        "three owners' people use one VPN, each with a tool of their own",
        tuple({**row, "client": client, "src_kind": "vpn"} for row, client in zip(pool(3, 20), _CLIENTS, strict=False)),
    ),
    Example("the log names no owner's key", pool(3, 5, credential_id=None)),
)
