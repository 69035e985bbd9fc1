"""Stolen key in use: somebody new on a key, and what an honest newcomer does not do.

Opener: a source that is new to the key's owner (LJ-14), ever new operators (LJ-35), a dormant key that wakes (LJ-37), a
key that is known to be exposed (LJ-02); or the chain enumerate → unlock → invoke within an hour (LJ-06 and LJ-10) where
the owner's history does not know the place. Evidence: what the key does from there, or within an hour before, or in the
week after. What opener and evidence say together is weighed as `odds` tells; for `high`, it also takes two kinds of
acts, one of them such as no honest newcomer commits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from seawall.detect.incidents import odds, words
from seawall.detect.incidents.incident import Incident, Strike
from seawall.detect.incidents.near import Near, near
from seawall.detect.match import Match, episodes, figures
from seawall.model import SEVERITIES, Severity

NOVEL: Final = "LJ-14"
SLIGHT: Final = "LJ-14A"
SHARED: Final = "LJ-17"
ENUMERATED: Final = "LJ-06"
UNLOCKED: Final = "LJ-10"
OPENERS: Final = (NOVEL, SLIGHT, "LJ-35", "LJ-37", "LJ-02")
EVIDENCE: Final = tuple(rule for rule in odds.WEIGHTS if rule not in OPENERS)
#: Families that tell what was done, not whence: for `high`, nothing that only tells of places counts.
ACTS: Final = frozenset({"probe", "tamper", "volume", "content"})
#: What no honest newcomer does: probing, tampering, wearing down a filter, using what is known to be exposed.
MISCONDUCT: Final = frozenset({
    "LJ-02", "LJ-04", "LJ-05", "LJ-07", "LJ-08", "LJ-09", "LJ-11", "LJ-27", "LJ-28", "LJ-29",
})  # fmt: skip
CHAIN: Final = timedelta(hours=1)
BEFORE: Final = timedelta(hours=1)
AFTER: Final = timedelta(days=7)
#: Of a hundred keys that somebody has reason to look at, one is stolen in a month.
_PRIOR: Final = -2.0
_MEDIUM: Final = 0.1
_HIGH: Final = 1.0
BENIGN: Final = "somebody of the owner who moved to a new place and began new work there"


class _Pair(NamedTuple):
    """An opener and a piece of evidence that goes with it, and when both were there."""

    at: datetime
    opener: Match
    evidence: Match


def assemble(matches: list[Match], families: Mapping[str, str]) -> list[Strike]:
    """Return one theft for each episode of openers with evidence."""
    found = [*_novel(matches), near(_chains(matches), _of(matches, UNLOCKED), before=CHAIN, after=timedelta())]
    pairs: dict[Match, list[_Pair]] = defaultdict(list)
    for opener, evidence in (pair for each in found for pair in each.pairs):
        pairs[opener].append(_Pair(max(opener.opened_at, evidence.opened_at), opener, evidence))
    involved = {*pairs, *(match for each in found for match in each.others)}
    days = sorted({match.opened_at.date() for match in _of(matches, NOVEL, SLIGHT)})
    strikes = (_strike(run, [pair for match in run for pair in pairs.get(match, ())], families, days)
               for run in episodes(involved))  # fmt: skip
    return [strike for strike in strikes if strike is not None]


def _of(matches: Iterable[Match], *rules: str) -> list[Match]:
    return [match for match in matches if match.rule in rules]


def _chains(matches: Iterable[Match]) -> list[Match]:
    """Return the enumerations with an invocation, but for those of a place where the owner has long been."""
    return [match for match in _of(matches, ENUMERATED) if not msgspec.json.decode(match.figures)["at_home"]]


def _novel(matches: list[Match]) -> Iterator[Near]:
    """Yield the openers near each rule's evidence, network by network; what names no network may be of any."""
    openers, by_net = _of(matches, *OPENERS), defaultdict(list)
    for opener in openers:
        by_net[opener.src_net].append(opener)
    evidence: dict[tuple[str, str | None], list[Match]] = defaultdict(list)
    by_rule: dict[str, list[Match]] = defaultdict(list)
    for match in _of(matches, *EVIDENCE):
        evidence[match.rule, match.src_net].append(match)
        by_rule[match.rule].append(match)
    for (_, net), others in evidence.items():
        yield near(openers if net is None else by_net.get(net, ()), others, before=BEFORE, after=AFTER)
    for others in by_rule.values():
        yield near(by_net.get(None, ()), others, before=BEFORE, after=AFTER)


class _Told(msgspec.Struct):
    """What is known by some time; it only grows. `days`: those on which the key came from somewhere new."""

    families: Mapping[str, str]
    days: Sequence[Any]
    rules: set[str] = msgspec.field(default_factory=set)
    source: float = 0.0
    novel: bool = False
    strong: bool = False

    def learn(self, pair: _Pair) -> None:
        """Take a pair in."""
        self.rules |= {pair.opener.rule, pair.evidence.rule}
        self.novel = self.novel or pair.opener.rule in OPENERS
        if pair.opener.rule in {NOVEL, SLIGHT}:
            self.strong = self.strong or is_strong(pair.opener)
            self.source = max(self.source, self._arrival(pair.opener))

    def _arrival(self, source: Match) -> float:
        said: dict[str, Any] = msgspec.json.decode(source.figures)
        strength = "all" if said["strength"] == "strong" and said["count"] > _TWO else said["strength"]
        restless = bisect_right(self.days, (source.opened_at - timedelta(days=1)).date())
        return odds.arrival(strength, said["days"], restless)

    @property
    def odds(self) -> float:
        """How likely a theft is, as log10 of its odds."""
        source = min(self.source, odds.SHARED) if SHARED in self.rules else self.source
        return _PRIOR + odds.total(self.rules, self.families, source)

    def severity(self) -> Severity | None:
        """Return how grave it is, or None where it is not enough for an incident; the chain alone is medium."""
        if not self.novel:
            return "medium"
        if self.odds < _MEDIUM:
            return None
        return "high" if self.odds >= _HIGH and self._is_misconduct() else "medium"

    def _is_misconduct(self) -> bool:
        acts = {self.families[rule] for rule in self.rules} & ACTS
        done = self.rules & MISCONDUCT
        return self.strong and (len(done) > 1 or bool(done and len(acts) > 1))


_TWO: Final = 2


def is_strong(source: Match) -> bool:
    """Say whether a novel source is more than a new network with one new thing."""
    figures: dict[str, Any] = msgspec.json.decode(source.figures)
    return bool(figures["strength"] == "strong")


def _strike(run: list[Match], pairs: list[_Pair], families: Mapping[str, str], days: Sequence[Any]) -> Strike | None:
    told = _Told(families, days)
    reached: dict[Severity, datetime] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.at, pair.opener.rule, pair.evidence.rule)):
        told.learn(pair)
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
        confidence=odds.confidence(told.odds) if told.novel else 0.5,
        why=_why(run, told),
        nets=frozenset(match.src_net for match in _of(run, NOVEL, SLIGHT) if match.src_net),
    )


def _why(run: list[Match], told: _Told) -> str:
    acts, who = words.told(match for match in run if match.rule not in {NOVEL, SLIGHT}), run[0].subject
    if not told.novel:
        return (
            f"{who} {acts}. There is no earlier history of it: a legitimate onboarding looks the"
            " same, so this stays at medium; ask its owner."
        )
    sources = _of(run, NOVEL, SLIGHT)
    if not sources:
        return f"{who} {acts}. Could also be: {BENIGN}."
    nets = words.named(match.src_net for match in sources if match.src_net)
    doubt = "" if told.strong else " Little else was new there, so the new source alone says little."
    return (
        f"{who} appeared from {nets}, which it had never used in {figures(sources[0])['days']} days of history, and"
        f" {acts}.{doubt} Could also be: {BENIGN}."
    )


RULE: Final = Incident(
    id="stolen-key-in-use",
    title="Stolen key in use",
    version=3,
    key="credential",
    reads=(*OPENERS, *EVIDENCE),
    attack=("T1078.004", "T1496.004"),
    atlas=("AML.T0012", "AML.T0040"),
    benign=(BENIGN,),
    next=(
        "Revoke the credential now, and every other credential of the same principal.",
        "Ask its owner what they did at that time; if all of it was theirs, accept the finding in the known file.",
        "Look for what the same network did with other credentials.",
        "Keep the logs: export the evidence before retention deletes it.",
    ),
    assemble=assemble,
)
