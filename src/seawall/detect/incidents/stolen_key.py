"""Stolen key in use: a source that the key never had before, and what an honest newcomer does not do.

Opener: a novel source (LJ-14); or, without any history, the chain enumerate → unlock → invoke within an hour (LJ-06 and
LJ-10). Evidence: what the key does from that source, or within an hour before it appeared, or in the week after. Rules
of one family tell one fact; the family of the opener tells nothing new. A weak opener wants one fact more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from seawall.detect.incidents.incident import Incident, Strike
from seawall.detect.match import Match, episodes
from seawall.model import SEVERITIES, Severity

NOVEL: Final = "LJ-14"
ENUMERATED: Final = "LJ-06"
UNLOCKED: Final = "LJ-10"
EVIDENCE: Final = (
    "LJ-04", "LJ-05", "LJ-06", "LJ-07", "LJ-08", "LJ-09", "LJ-10", "LJ-15", "LJ-16", "LJ-17", "LJ-21", "LJ-22", "LJ-26",
    "LJ-27",
)  # fmt: skip
#: Families that tell what was done, not whence: for `high`, nothing that only tells of places counts.
ACTS: Final = frozenset({"probe", "tamper", "volume", "content"})
CHAIN: Final = timedelta(hours=1)
BEFORE: Final = timedelta(hours=1)
AFTER: Final = timedelta(days=7)
#: Confidence that the key is stolen, where a source was new.
_CONFIDENCE: Final[Mapping[Severity, float]] = {"medium": 0.6, "high": 0.85}


class _Pair(NamedTuple):
    """An opener and a piece of evidence that goes with it, and when both were there."""

    at: datetime
    opener: Match
    evidence: Match


def assemble(matches: list[Match], families: Mapping[str, str]) -> list[Strike]:
    """Return one theft for each episode of openers with evidence."""
    pairs = sorted(
        [*_novel(matches), *_chains(matches)], key=lambda pair: (pair.at, pair.opener.rule, pair.evidence.rule)
    )
    involved = {match for pair in pairs for match in (pair.opener, pair.evidence)}
    strikes = []
    for run in episodes(involved):
        parts = set(run)
        strikes.append(_strike(run, [pair for pair in pairs if pair.opener in parts], families))
    return [strike for strike in strikes if strike is not None]


def _novel(matches: list[Match]) -> list[_Pair]:
    return [
        _Pair(max(source.opened_at, evidence.opened_at), source, evidence)
        for source in matches
        if source.rule == NOVEL
        for evidence in matches
        if evidence.rule in EVIDENCE
        and source.opened_at - BEFORE <= evidence.opened_at <= source.opened_at + AFTER
        and (evidence.src_net is None or evidence.src_net == source.src_net)
    ]


def _chains(matches: list[Match]) -> list[_Pair]:
    return [
        _Pair(invoked.opened_at, invoked, unlocked)
        for invoked in matches
        if invoked.rule == ENUMERATED
        for unlocked in matches
        if unlocked.rule == UNLOCKED and invoked.opened_at - CHAIN <= unlocked.opened_at <= invoked.opened_at
    ]


class _Told(msgspec.Struct):
    """What is known by some time; it only grows."""

    families: set[str] = msgspec.field(default_factory=set)
    novel: bool = False
    strong: bool = False

    def learn(self, pair: _Pair, families: Mapping[str, str]) -> None:
        """Take a pair in."""
        self.families |= {families[pair.evidence.rule], families[pair.opener.rule]} - {"source"}
        if pair.opener.rule == NOVEL:
            self.novel = True
            self.strong = self.strong or is_strong(pair.opener)

    def severity(self) -> Severity | None:
        """Return how grave it is, or None where it is not enough for an incident.

        The chain alone is medium. With a source, what was done there makes it: one fact for a strong one (for which
        other owners' keys at the same place say nothing more, since a hosted tool has them too), two for a weak one.
        """
        if not self.novel:
            return "medium"
        if not self.strong:
            return "medium" if len(self.families) > 1 else None
        if len(self.families & ACTS) > 1:
            return "high"
        return "medium" if self.families - {"network"} else None


def is_strong(source: Match) -> bool:
    """Say whether a novel source is more than a new network of which the log does not tell the client."""
    figures: dict[str, Any] = msgspec.json.decode(source.figures)
    return bool(figures["strength"] == "strong")


def _strike(run: list[Match], pairs: list[_Pair], families: Mapping[str, str]) -> Strike | None:
    told = _Told()
    reached: dict[Severity, datetime] = {}
    for pair in pairs:
        told.learn(pair, families)
        severity = told.severity()
        if severity is not None:
            reached.setdefault(severity, pair.at)
    if not reached:
        return None
    gravest = max(reached, key=SEVERITIES.index)
    return Strike(
        parts=tuple(run),
        opened_at=min(reached.values()),
        severity=gravest,
        severity_at=reached[gravest],
        confidence=_CONFIDENCE[gravest] if told.novel else 0.5,
        why=_why(run, told),
        nets=frozenset(match.src_net for match in run if match.rule == NOVEL and match.src_net),
    )


_PHRASES: Final = {
    "LJ-04": "probed with invalid parameters", "LJ-05": "tried models it may not use",
    "LJ-06": "listed models and then invoked one", "LJ-07": "looked whether use is logged",
    "LJ-08": "changed the logging", "LJ-09": "changed a guardrail", "LJ-10": "unlocked access to models",
    "LJ-15": "was used from many countries at once", "LJ-16": "was used in two places too far apart",
    "LJ-17": "shared the place with keys of other owners",
    "LJ-21": "was used far more than ever before", "LJ-22": "spent far more than ever before",
    "LJ-26": "began to make images", "LJ-27": "retried what a filter had refused",
}  # fmt: skip


def _why(run: list[Match], told: _Told) -> str:
    acts = [_PHRASES[rule] for rule in dict.fromkeys(match.rule for match in run) if rule in _PHRASES]
    listed = ", ".join(acts[:-1]) + (" and " if len(acts) > 1 else "") + acts[-1]
    who = run[0].subject
    if not told.novel:
        return (
            f"{who} {listed} within an hour. There is no earlier history of it: a legitimate onboarding looks the"
            " same, so this stays at medium; ask its owner."
        )
    nets = ", ".join(sorted({match.src_net for match in run if match.rule == NOVEL and match.src_net}))
    doubt = "" if told.strong else " The log names no client, so the new source alone says little."
    return f"{who} appeared from {nets}, which it had never used, and {listed}.{doubt}"


RULE: Final = Incident(
    id="stolen-key-in-use",
    title="Stolen key in use",
    version=2,
    key="credential",
    reads=(NOVEL, *EVIDENCE),
    attack=("T1078.004", "T1496.004"),
    atlas=("AML.T0012", "AML.T0040"),
    benign=("a legitimate onboarding by a person at a new place",),
    next=(
        "Revoke the credential now, and every other credential of the same principal.",
        "Ask its owner what they did at that time; if all of it was theirs, accept the finding in the known file.",
        "Look for what the same network did with other credentials.",
        "Keep the logs: export the evidence before retention deletes it.",
    ),
    assemble=assemble,
)
