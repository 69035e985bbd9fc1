"""Resale proxy: a network that uses the keys of many unrelated owners as one pool.

Opener: LJ-17, at least three new owners. Evidence: their keys take turns within minutes (LJ-17A), or one of them is
used, or costs, far more than ever before (LJ-21, LJ-22). That the owners' history does not know the network (LJ-14)
tells a proxy from a shared exit whose earlier use was not read: without that, it stays low and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from seawall.detect.incidents.incident import Incident, Strike
from seawall.detect.match import Match, episodes
from seawall.model import SEVERITIES, Severity

SHARED: Final = "LJ-17"
ALTERNATES: Final = "LJ-17A"
NOVEL: Final = "LJ-14"
VOLUME: Final = ("LJ-21", "LJ-22")
#: As many owners as LJ-17 wants, now of those whose history speaks against the network.
OWNERS: Final = 3
#: One owner that is new on a network may have found a shared exit; two at once are no chance.
FEW: Final = 2
_CONFIDENCE: Final[Mapping[Severity, float]] = {"low": 0.3, "medium": 0.55, "high": 0.85}
_Credential = tuple[str | None, str | None]


class _Pool(msgspec.Struct):
    """What is known of the network by some time; it only grows, as time goes on."""

    victims: dict[_Credential, str] = msgspec.field(default_factory=dict)  # credential → the group of its owner
    strangers: set[_Credential] = msgspec.field(default_factory=set)  # credentials that never knew the network
    used_more: set[_Credential] = msgspec.field(default_factory=set)
    shared: bool = False
    alternates: bool = False
    one_client: bool = False

    def learn(self, match: Match) -> None:
        """Take a match in."""
        who = (match.owner_key, match.subject)
        figures: dict[str, Any] = msgspec.json.decode(match.figures) if match.rule == SHARED else {}
        if match.rule == SHARED and match.subject is not None:
            self.victims[who] = figures["owner_group"]
        elif match.rule == SHARED:
            self.shared, self.one_client = True, figures["same"]
        elif match.rule == ALTERNATES:
            self.alternates = True
        elif match.rule == NOVEL:
            self.strangers.add(who)
        else:
            self.used_more.add(who)

    @property
    def owners(self) -> int:
        """How many unrelated owners were hit."""
        return len(set(self.victims.values()))

    @property
    def strange_owners(self) -> int:
        """How many unrelated owners were hit whose history does not know the network."""
        return len({group for who, group in self.victims.items() if who in self.strangers})

    @property
    def multiplied(self) -> int:
        """How many keys were used, or cost, far more than ever before."""
        return len(self.used_more & self.victims.keys())

    def severity(self) -> Severity | None:
        """Return how grave it is, or None where it is no incident."""
        if not self.shared or not (self.alternates or self.multiplied):
            return None
        if self.strange_owners >= OWNERS and self.one_client and self.alternates:
            return "high"
        return "medium" if self.strange_owners >= FEW else "low"


def assemble(matches: list[Match], _: Mapping[str, str]) -> list[Strike]:
    """Return one theft for each episode in which a network shares keys and there is evidence of a pool."""
    strikes = (_strike(run) for run in episodes(matches))
    return [strike for strike in strikes if strike is not None]


def _strike(run: list[Match]) -> Strike | None:
    pool = _Pool()
    reached: dict[Severity, datetime] = {}
    for match in run:
        pool.learn(match)
        severity = pool.severity()
        if severity is not None:
            reached.setdefault(severity, match.opened_at)
    if not reached:
        return None
    gravest = max(reached, key=SEVERITIES.index)
    parts = [match for match in run if match.subject is None or (match.owner_key, match.subject) in pool.victims]
    # the network itself comes first: what leads, names the subject
    parts.sort(key=lambda match: (match.rule != SHARED, match.subject is not None, match.opened_at, match.rule))
    net = parts[0].src_net
    return Strike(
        parts=tuple(parts),
        opened_at=min(reached.values()),
        severity=gravest,
        severity_at=reached[gravest],
        confidence=_CONFIDENCE[gravest],
        why=_why(net, pool),
        nets=frozenset({net} if net else ()),
    )


def _why(net: str | None, pool: _Pool) -> str:
    acts = [
        f"used {len(pool.victims)} keys of {pool.owners} owners that are not known to belong together"
        + (", all with one client" if pool.one_client else ""),
    ]
    if pool.alternates:
        acts.append("took turns between them within five minutes")
    if pool.multiplied:
        acts.append(f"used {pool.multiplied} of them far more than ever before")
    known = (
        f"{pool.strange_owners} of these owners have a history that never knew this network."
        if pool.strange_owners >= FEW
        else "What was read is too short to say that the owners never knew this network: it may be a shared exit, so"
        " this stays low; ask the owners."
    )
    return f"{net} {' and '.join(acts)}. {known}"


RULE: Final = Incident(
    id="resale-proxy",
    title="Resale proxy",
    version=1,
    key="network",
    reads=(SHARED, ALTERNATES, NOVEL, *VOLUME),
    attack=("T1090", "T1496.004"),
    atlas=("AML.T0008.005",),
    benign=("owners that belong together though no owners file says so, behind one exit",),
    next=(
        "Revoke the keys listed here, each at its own provider, and tell their owners.",
        "Look for every other credential that this network used, refused calls included.",
        "Report the network to its operator, and block it at your gateway.",
        "If the owners belong together, group them in the owners file; if the network is yours, list it as known.",
    ),
    assemble=assemble,
)
