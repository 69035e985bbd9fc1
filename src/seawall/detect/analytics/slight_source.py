"""LJ-14A: a key appears from a network that is new to its owner, together with one thing that usually stays."""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir
import msgspec

from seawall.detect.analytics import novel_source
from seawall.detect.analytics.novel_source import arrivals, shaped


def find() -> ir.Table:
    """A key's arrival at a new network with a new operator, country or client, the other two being known."""
    came = arrivals()
    return shaped(came.filter(came.strength == "slight"))


RULE: Final = msgspec.structs.replace(
    novel_source.RULE,
    id="LJ-14A",
    title="Slightly novel source",
    severity="info",
    confidence=0.1,
    benign=("a colleague on the road, a new office, or a new host at the same cloud",),
    find=find,
)
