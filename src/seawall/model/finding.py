"""A finding: what a rule, or an incident made of findings, says about a subject."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from seawall.model.entity import Entity

Severity = Literal["info", "low", "medium", "high", "critical"]
Status = Literal["open", "withdrawn", "closed"]

SEVERITIES: Final[tuple[Severity, ...]] = ("info", "low", "medium", "high", "critical")


def at_least(severity: Severity, floor: Severity) -> bool:
    """Say whether `severity` is `floor` or above."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(floor)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The machine interface of a finding line; times are RFC 3339 UTC text, money is US dollars.

    `parts` and the costs are those of incidents; `closed` means that the episode ended or that an analyst said so.
    """

    id: str
    rule: str
    title: str
    severity: Severity
    confidence: float
    opened_at: str
    severity_at: str
    first_event_time: str
    last_event_time: str
    provider: str | None = None
    owner_id: str | None = None
    credential_id: str | None = None
    entities: tuple[Entity, ...] = ()
    event_ids: tuple[str, ...] = ()
    event_count: int = 0
    parts: tuple[str, ...] = ()
    status: Status = "open"
    superseded_by: str | None = None
    cost_usd: float | None = None
    cost_usd_per_day: float | None = None
    attack: tuple[str, ...] = ()
    atlas: tuple[str, ...] = ()
    why: str = ""
    next: tuple[str, ...] = ()
