"""What an incident rule is: it reads the stored matches of one subject and says which of them make one theft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from seawall.detect.match import Match
from seawall.model import Severity


class Strike(msgspec.Struct, frozen=True):
    """One theft as an incident rule sees it.

    `opened_at`: the earliest time at which the conclusion holds; `severity_at`: at which its present severity does.
    `nets`: the networks it came from (empty: unknown, or all).
    """

    parts: tuple[Match, ...]
    opened_at: datetime
    severity: Severity
    severity_at: datetime
    confidence: float
    why: str
    nets: frozenset[str] = frozenset()


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that makes an incident of matches.

    `key`: whose matches it reads together: those of a credential (`owner_key`, `subject`), of an owner (`owner_key`) or
    of a network (`src_net`).
    `reads`: the rules it reads, id → family. `assemble`: the visible matches of one subject, in order of `opened_at`,
    and the families → the thefts among them. It looks back only: what it says of the matches up to a time, it says
    whatever comes later.
    """

    id: str
    title: str
    version: int
    key: Literal["credential", "owner", "network"]
    reads: tuple[str, ...]
    attack: tuple[str, ...]
    atlas: tuple[str, ...]
    benign: tuple[str, ...]
    next: tuple[str, ...]
    assemble: Callable[[list[Match], Mapping[str, str]], list[Strike]]
