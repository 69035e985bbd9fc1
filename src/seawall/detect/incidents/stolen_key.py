"""Stolen key in use: a source that the key never had before, and what an honest newcomer does not do.

Opener: a novel source (LJ-14); or, without any history, the chain enumerate → unlock → invoke within an hour (LJ-06 and
LJ-10). Evidence: what the key does from that source, or within an hour before it appeared, or in the week after. Rules
of one family tell one fact; the family of the opener tells nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from seawall.detect.incidents.incident import Incident, Strike
from seawall.detect.match import Match, episodes
from seawall.model import Severity

NOVEL: Final = "LJ-14"
ENUMERATED: Final = "LJ-06"
UNLOCKED: Final = "LJ-10"
EVIDENCE: Final = (
    "LJ-04", "LJ-05", "LJ-06", "LJ-07", "LJ-08", "LJ-09", "LJ-10", "LJ-15", "LJ-16", "LJ-21", "LJ-22", "LJ-26", "LJ-27",
)  # fmt: skip
CHAIN: Final = timedelta(hours=1)
BEFORE: Final = timedelta(hours=1)
AFTER: Final = timedelta(days=7)
#: Confidence that the key is stolen, by how many independent families of evidence came with the source.
_CONFIDENCE: Final = {0: 0.35, 1: 0.6, 2: 0.85}


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
    return strikes


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


def _strike(run: list[Match], pairs: list[_Pair], families: Mapping[str, str]) -> Strike:
    severity: Severity = "low"
    severity_at = opened_at = pairs[0].at
    told: set[str] = set()
    history = False
    for pair in pairs:
        told |= {families[pair.evidence.rule], families[pair.opener.rule]} - {"source"}
        history = history or pair.opener.rule == NOVEL
        reached: Severity = "low" if not told else "high" if history and len(told) > 1 else "medium"
        if reached != severity:
            severity, severity_at = reached, pair.at
    nets = frozenset(match.src_net for match in run if match.rule == NOVEL and match.src_net)
    return Strike(
        parts=tuple(run),
        opened_at=opened_at,
        severity=severity,
        severity_at=severity_at,
        confidence=_CONFIDENCE[min(len(told), 2)] if history else 0.5,
        why=_why(run, history=history),
        nets=nets,
    )


_PHRASES: Final = {
    "LJ-04": "probed with invalid parameters", "LJ-05": "tried models it may not use",
    "LJ-06": "listed models and then invoked one", "LJ-07": "looked whether use is logged",
    "LJ-08": "changed the logging", "LJ-09": "changed a guardrail", "LJ-10": "unlocked access to models",
    "LJ-15": "was used from many countries at once", "LJ-16": "was used in two places too far apart",
    "LJ-21": "was used far more than ever before", "LJ-22": "spent far more than ever before",
    "LJ-26": "began to make images", "LJ-27": "retried what a filter had refused",
}  # fmt: skip


def _why(run: list[Match], *, history: bool) -> str:
    acts = [_PHRASES[rule] for rule in dict.fromkeys(match.rule for match in run) if rule in _PHRASES]
    listed = ", ".join(acts[:-1]) + (" and " if len(acts) > 1 else "") + acts[-1]
    who = run[0].subject
    if not history:
        return (
            f"{who} {listed} within an hour. There is no earlier history of it: a legitimate onboarding looks the"
            " same, so this stays at medium; ask its owner."
        )
    nets = ", ".join(sorted({match.src_net for match in run if match.rule == NOVEL and match.src_net}))
    return f"{who} appeared from {nets}, which it had never used, and {listed}."


RULE: Final = Incident(
    id="stolen-key-in-use",
    title="Stolen key in use",
    version=1,
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
