"""An entity: a thing that evidence is about."""

from __future__ import annotations

from typing import Literal

import msgspec

EntityType = Literal[
    "credential", "owner", "principal", "ip", "network", "asn", "user_agent", "domain", "prompt_template", "image",
    "alias", "channel", "wallet", "repo", "model", "country", "client",
]  # fmt: skip


class Entity(msgspec.Struct, frozen=True, order=True):
    """A typed value, and the role it plays in a finding: `subject`, `source`, `target` or `context`."""

    type: EntityType
    value: str
    role: str = "context"
