"""Resale proxy: a network that uses the keys of many unrelated owners as one pool.

Opener: LJ-17, at least three new owners. Evidence: their keys take turns within minutes (LJ-17A), or one of them is
used, or costs, far more than ever before (LJ-21, LJ-22). Strangers are owners whose history does not know the network
(LJ-14): most of the owners (at a public egress, of a wave with one tool) must be strangers, or it may be an exit whose
earlier use was not read; then it stays low and says so. Two strangers of a wave will do if both begin there what they
never did. A hosted tool that finds its first customers looks much the same; what it does not do is probe, unlock or
wear down a filter with the keys of several of them. Who comes days after the incident opened is no part of its waves:
a later wave is an incident of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from seawall.detect.analytics.shared_source import WAVE_DAYS
from seawall.detect.incidents.incident import Incident, Strike
from seawall.detect.incidents.words import listed
from seawall.detect.match import Match, episodes
from seawall.model import SEVERITIES, Severity, at_least

SHARED: Final = "LJ-17"
ALTERNATES: Final = "LJ-17A"
NOVEL: Final = "LJ-14"
VOLUME: Final = ("LJ-21", "LJ-22")
#: What no honest tool does with its customers' keys.
MISCONDUCT: Final = ("LJ-04", "LJ-05", "LJ-07", "LJ-08", "LJ-09", "LJ-10", "LJ-11", "LJ-27", "LJ-28", "LJ-29")
#: What a key begins to be used for, if it is told of keys of several owners at once.
BEGUN: Final = ("LJ-26", "LJ-34")
BENIGN: Final = (
    "a hosted tool that these owners have just begun to use",
    "an exit that the owners share (office, NAT, VPN, CI), or owners that belong together",
)
#: As many owners as LJ-17 wants, now of those whose history speaks against the network.
OWNERS: Final = 3
#: One owner that is new on a network, or misbehaves there, is that owner's matter; two at once are no chance.
FEW: Final = 2
#: A tool finds its customers one by one; a thief tries the keys of his list one after the other. So many owners who
#: had nothing to do with each other do not all begin with one tool, at one place, in half a day.
BURST: Final = 4
BURST_TIME: Final = timedelta(hours=12)
#: Who comes to a pool does so within days.
WAVE: Final = timedelta(days=WAVE_DAYS)
#: What a key does this long after it came is part of the same theft.
AFTER: Final = timedelta(days=7)
_CONFIDENCE: Final[Mapping[Severity, float]] = {"low": 0.3, "medium": 0.55, "high": 0.85}
_Credential = tuple[str | None, str | None]


class _Victim(msgspec.Struct, frozen=True):
    """A credential of the pool: the group of its owner, its client on the network, and when it came there."""

    group: str
    client: str | None
    came: datetime


class _Pool(msgspec.Struct):
    """What is known of the network by some time."""

    victims: dict[_Credential, _Victim] = msgspec.field(default_factory=dict)
    strangers: dict[_Credential, bool] = msgspec.field(default_factory=dict)  # → whether its client is new to it too
    used_more: set[_Credential] = msgspec.field(default_factory=set)
    misused: set[_Credential] = msgspec.field(default_factory=set)
    begun: set[_Credential] = msgspec.field(default_factory=set)
    shared: bool = False
    alternates: bool = False
    one_client: bool = False
    later: bool = False  # whether this is a wave after the crowd
    crowd: bool = False  # the network was no public egress
    until: datetime | None = None  # who comes later is of no wave

    def learn(self, match: Match) -> bool:
        """Take a match in; say whether it told anything new."""
        known = self._size()
        who = (match.owner_key, match.subject)
        figures: dict[str, Any] = msgspec.json.decode(match.figures) if match.rule in {SHARED, NOVEL} else {}
        if match.rule == SHARED and match.subject is not None:
            self.victims[who] = _Victim(figures["owner_group"], figures["client"], match.first)
        elif match.rule == SHARED:
            self.shared, self.one_client = True, figures["same"]
            self.crowd = self.crowd or figures["within"] > WAVE_DAYS
        elif match.rule == ALTERNATES:
            self.alternates = True
        elif match.rule == NOVEL:
            self.strangers[who] = figures["client_new"]
        elif match.rule in VOLUME:
            self.used_more.add(who)
        elif match.src_net is not None:  # else it may have been done elsewhere
            (self.begun if match.rule in BEGUN else self.misused).add(who)
        return self._size() != known

    def _size(self) -> tuple[int | bool, ...]:
        sets = (self.victims, self.strangers, self.used_more, self.misused, self.begun)
        return (*(len(each) for each in sets), self.shared, self.alternates, self.one_client, self.crowd)

    @property
    def owners(self) -> int:
        """How many unrelated owners were hit."""
        return len(self._groups(self.victims))

    @property
    def strange_owners(self) -> int:
        """How many unrelated owners were hit whose history does not know the network."""
        return len(self._groups(self.strangers))

    @property
    def multiplied(self) -> int:
        """How many keys were used, or cost, far more than ever before."""
        return len(self.used_more & self.victims.keys())

    @property
    def misused_owners(self) -> int:
        """With the keys of how many owners was done what no honest tool does."""
        return len(self._groups(self.misused))

    @property
    def mostly_strange(self) -> bool:
        """Whether the history of most owners does not know a network that is no public egress."""
        return self.crowd and not self.later and self.strange_owners >= FEW and self.strange_owners * 2 > self.owners

    def waves(self) -> Iterator[list[_Credential]]:
        """Yield for each tool the credentials that came last with it, or with none that a log names, within days."""
        early = {who: victim for who, victim in self.victims.items() if self.until is None or victim.came <= self.until}
        for client in {victim.client for victim in early.values()}:
            came = {who: victim.came for who, victim in early.items() if victim.client in {client, None}}
            since = max(came.values()) - WAVE
            yield [who for who, moment in came.items() if moment >= since]

    def strange(self, wave: list[_Credential]) -> set[_Credential]:
        """Return the strangers of a wave (to whom its tool, where it is named, was new too), if they are most of it."""
        strange = {
            who for who in wave if who in self.strangers and (self.strangers[who] or not self.victims[who].client)
        }
        owners = len(self._groups(strange))
        return strange if owners >= OWNERS and owners * 2 > len(self._groups(wave)) else set()

    def named(self, wave: list[_Credential]) -> list[_Credential]:
        """Return those of a wave whose tool a log names."""
        return [who for who in wave if self.victims[who].client]

    def is_theft(self, wave: list[_Credential]) -> bool:
        """Say whether strangers of a wave probed or tampered, and no tool, or the network, speaks for chance."""
        strange = self.strange(wave)
        return len(self._groups(strange & self.misused)) >= FEW and (self.crowd or bool(self.named(list(strange))))

    def in_one_turn(self, wave: list[_Credential]) -> bool:
        """Say whether strangers of a wave, of several owners, began what they never did."""
        odd = (self.misused | self.begun) & self.strangers.keys()
        return len(self._groups(odd & set(wave))) >= FEW

    def in_a_burst(self, wave: list[_Credential]) -> bool:
        """Say whether the owners of a wave's strangers, all with its tool, came almost at once."""
        came: dict[str, datetime] = {}
        for who in self.strange(self.named(wave)):
            victim = self.victims[who]
            came[victim.group] = min(victim.came, came.get(victim.group, victim.came))
        times = sorted(came.values())
        return any(last - first <= BURST_TIME for first, last in zip(times, times[BURST - 1 :], strict=False))

    def _groups(self, credentials: Iterable[_Credential]) -> set[str]:
        return {self.victims[who].group for who in credentials if who in self.victims}

    def severity(self) -> Severity | None:
        """Return how grave it is, or None where it is no incident."""
        waves = list(self.waves())
        one_tool = any(self.strange(self.named(wave)) for wave in waves)
        one_turn = any(map(self.in_one_turn, waves))
        if not self.shared or not (self.alternates or self.multiplied or one_turn):
            return None
        if self.alternates and any(map(self.is_theft, waves)):
            return "high"
        if self.alternates and one_turn and any(map(self.in_a_burst, waves)):
            return "high"
        odd = self.mostly_strange and bool(self.misused or self.begun)
        return "medium" if one_turn or one_tool or odd else "low"


def assemble(matches: list[Match], _: Mapping[str, str]) -> list[Strike]:
    """Return one theft for each episode in which a network shares keys with evidence of a pool, and each later wave."""
    openers = [match for match in matches if match.rule in {SHARED, ALTERNATES}]
    return [strike for run in episodes(openers) for strike in _strikes(run, matches)]


def _strikes(run: list[Match], matches: list[Match]) -> Iterator[Strike]:
    strike = _strike(_parts(run, matches))
    while strike is not None:
        yield strike
        since = strike.opened_at + WAVE
        run = [match for match in run if (match.opened_at if match.subject is None else match.first) > since]
        strike = _strike(_parts(run, matches), later=True)


def _strike(parts: list[Match], *, later: bool = False) -> Strike | None:
    """Return the theft, or None; a later one is of interest from medium on."""
    pool = _Pool(later=later)
    reached: dict[Severity, datetime] = {}
    for match in parts:
        severity = pool.severity() if pool.learn(match) else None
        if severity is not None and at_least(severity, "medium" if later else "low"):
            reached.setdefault(severity, match.opened_at)
            pool.until = min(reached.values()) + WAVE
    if not reached:
        return None
    gravest = max(reached, key=SEVERITIES.index)
    # the network itself comes first: what leads, names the subject
    parts.sort(key=lambda match: (match.rule != SHARED, match.subject is not None, match.opened_at, match.rule))
    net = parts[0].src_net
    return Strike(
        parts=tuple(parts),
        opened_at=min(reached.values()),
        severity=gravest,
        severity_at=reached[gravest],
        confidence=_CONFIDENCE[gravest],
        why=_why(net, pool, gravest),
        nets=frozenset({net} if net else ()),
    )


def _parts(run: list[Match], matches: list[Match]) -> list[Match]:
    """Return the run with what its keys did since they came, in order of opening."""
    came: dict[_Credential, datetime] = {
        (match.owner_key, match.subject): match.first for match in run if match.subject is not None
    }
    done = [
        match
        for match in matches
        if match.rule not in {SHARED, ALTERNATES}
        and (since := came.get((match.owner_key, match.subject))) is not None
        and since <= match.opened_at <= since + AFTER
    ]
    return sorted([*run, *done], key=lambda match: (match.opened_at, match.rule))


def _why(net: str | None, pool: _Pool, severity: Severity) -> str:
    acts = [
        f"used {len(pool.victims)} keys of {pool.owners} owners that are not known to belong together"
        + (", all with one client" if pool.one_client else ""),
    ]
    if pool.alternates:
        acts.append("took turns between them within five minutes")
    if pool.multiplied:
        acts.append(f"used {pool.multiplied} of them far more than ever before")
    if pool.misused_owners:
        acts.append(f"probed, tampered or wore down a filter with keys of {_owners(pool.misused_owners)}")
    return f"{net} {listed(acts)}. {_strangers(pool, severity)} Could also be: {BENIGN[severity == 'low']}."


def _strangers(pool: _Pool, severity: Severity) -> str:
    """Return the sentence on what the owners' own history says of the network."""
    owners = pool.strange_owners
    has = "has a history that never knew" if owners == 1 else "have a history that never knew"
    if severity != "low":
        return f"{owners} of these owners {has} this network."
    if not owners:
        return "No owner's history speaks against this network, so this stays low."
    return f"Only {owners} of these owners {has} this network, so this stays low."


def _owners(number: int) -> str:
    return "one owner" if number == 1 else f"{number} owners"


RULE: Final = Incident(
    id="resale-proxy",
    title="Resale proxy",
    version=3,
    key="network",
    reads=(SHARED, ALTERNATES, NOVEL, *VOLUME, *MISCONDUCT, *BEGUN),
    attack=("T1090", "T1496.004"),
    atlas=("AML.T0008.005",),
    benign=BENIGN,
    next=(
        "Revoke the keys listed here, each at its own provider, and tell their owners.",
        "Look for every other credential that this network used, refused calls included.",
        "Report the network to its operator, and block it at your gateway.",
        "If the owners belong together, group them in the owners file; if the network is yours, list it as known.",
    ),
    assemble=assemble,
)
