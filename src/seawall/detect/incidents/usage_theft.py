"""Stolen key in use, usage only: a key is used as never before, and the export of its use names no source.

For services such as OpenAI and Anthropic. A safeguard of the organisation that is gone (LJ-30 and the Sigma rules
beside it), and within a week a key of it that is used, or costs, far more than ever before (LJ-21, LJ-22, LJ-38), is
used out of hours (LJ-33), for something new (LJ-34), or begins to make images (LJ-26): so an incident of the owner
begins. Without a weakening it takes more of these at once, and for days, as `odds` weighs them. A weakening by an
administrator and a launch of a product come together by chance as well: medium at most, after a new key alone low.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

import msgspec

from seawall.detect.incidents import odds, words
from seawall.detect.incidents.incident import Incident, Strike
from seawall.detect.match import QUIET, Match, episodes, total_order
from seawall.model import Severity

WEAKENED: Final = ("LJ-30", "LJ-30-admin-role", "LJ-30-allow-list", "LJ-30-anthropic", "LJ-30-identity")
CHANGED: Final = tuple(odds.USAGE)
#: What is enough after a weakening: the others are too common to be more than company.
LOUD: Final = ("LJ-21", "LJ-22", "LJ-26")
#: Whoever opens an organisation's door uses what is behind it soon.
AFTER: Final = timedelta(days=7)
#: Days out of hours that no batch job takes.
NIGHTS: Final = 3
BENIGN: Final = "an administrator who changed a setting in the week of a launch or a batch job"
ALONE: Final = "a batch job or a launch that lasts for days"
#: Keys told of in the sentence.
_KEYS: Final = 5
_CONFIDENCE: Final[Mapping[Severity, float]] = {"low": 0.3, "medium": 0.5}
#: Of a hundred keys that somebody has reason to look at, one is stolen in a month.
_PRIOR: Final = -2.0
_MEDIUM: Final = 0.15


class _Pair(NamedTuple):
    """A weakening and the change of use after it."""

    opener: Match
    change: Match

    @property
    def severity(self) -> Severity:
        """A key that a newcomer made is `info` by itself, and says little."""
        return "low" if self.opener.severity == "info" else "medium"


def assemble(matches: list[Match], _: Mapping[str, str]) -> list[Strike]:
    """Return one theft for each episode in which a change of use follows a weakening, or is enough by itself."""
    changes = [match for match in matches if match.rule in CHANGED and _of_usage(match)]
    openers = [match for match in matches if match.rule in WEAKENED]
    pairs = [
        _Pair(opener, change)
        for opener in openers
        for change in changes
        if change.rule in LOUD and opener.opened_at < change.opened_at <= opener.opened_at + AFTER
    ]
    pairs.sort(key=lambda pair: (pair.change.opened_at, pair.opener.opened_at, pair.opener.rule, pair.change.rule))
    strikes = []
    for run in episodes({match for pair in pairs for match in pair}):
        parts = set(run)
        strikes.append(_strike(run, [pair for pair in pairs if pair.change in parts]))
    told = {part for strike in strikes for part in strike.parts}
    return [*strikes, *_alone([change for change in changes if change not in told], openers)]


def _of_usage(match: Match) -> bool:
    """Say whether a match is of usage buckets: of single calls, the other incidents know whence they came."""
    if match.src_net is not None:
        return False
    width = msgspec.json.decode(match.figures).get("width")
    return width is None or width > 0


def _alone(changes: Iterable[Match], openers: Iterable[Match]) -> list[Strike]:
    """Return the thefts that the changes of one key's use make by themselves."""
    by_key: dict[str, list[Match]] = defaultdict(list)
    for change in changes:
        by_key[change.subject or ""].append(change)
    runs = (run for _, matches in sorted(by_key.items()) for run in episodes(matches))
    return [strike for run in runs if (strike := _of_key(run, openers)) is not None]


def _of_key(run: list[Match], openers: Iterable[Match]) -> Strike | None:
    rules: set[str] = set()
    nights: set[date] = set()
    opened, log_odds = None, _PRIOR
    first = min(match.opened_at for match in run)
    doors = [each for each in openers if each.severity != "info" and first - AFTER <= each.opened_at < first + QUIET]
    for match in sorted([*run, *doors], key=total_order):
        rules.add(match.rule)
        if match.rule == "LJ-33":
            nights.add(match.opened_at.date())
        weakened = not rules.isdisjoint(WEAKENED)
        log_odds = _PRIOR + odds.of_usage(rules, nights=len(nights) >= NIGHTS, weakened=weakened)
        if opened is None and log_odds >= _MEDIUM:
            opened = match.opened_at
    if opened is None:
        return None
    return Strike(
        parts=tuple(run),
        opened_at=opened,
        severity="medium",
        severity_at=opened,
        confidence=odds.confidence(log_odds),
        why=f"{run[0].subject} {words.told(run)}. The log of its use names no source. Could also be: {ALONE}.",
    )


def _strike(run: list[Match], pairs: list[_Pair]) -> Strike:
    severity: Severity = "medium" if any(pair.severity == "medium" for pair in pairs) else "low"
    return Strike(
        parts=tuple(run),
        opened_at=pairs[0].change.opened_at,
        severity=severity,
        severity_at=next(pair.change.opened_at for pair in pairs if pair.severity == severity),
        confidence=_CONFIDENCE[severity],
        why=_why(run),
    )


def _why(run: list[Match]) -> str:
    opened = [match for match in run if match.rule in WEAKENED]
    who, acts = words.named(match.subject for match in opened if match.subject), words.told(opened)
    uses: dict[str, list[Match]] = {}
    for match in run:
        if match.rule in CHANGED and match.subject:
            uses.setdefault(match.subject, []).append(match)
    told = "; ".join(f"{key} {words.told(matches)}" for key, matches in sorted(uses.items())[:_KEYS])
    more = f"; and {len(uses) - _KEYS} more keys changed as well" if len(uses) > _KEYS else ""
    return (
        f"{who} {acts} at {run[0].owner_id or 'the organisation'}, and within a week {told}{more}."
        " The log of its use names no source, so these may be two things that have nothing to do with each other."
        f" Could also be: {BENIGN}."
    )


RULE: Final = Incident(
    id="usage-theft",
    title="Stolen key in use (usage only)",
    version=2,
    key="owner",
    reads=(*WEAKENED, *CHANGED),
    attack=("T1098", "T1496.004"),
    atlas=("AML.T0012", "AML.T0034"),
    benign=(BENIGN,),
    next=(
        "Ask whoever changed the setting whether it was them, and put the safeguard back.",
        "Ask the owner of the key what ran; if nothing did, revoke it.",
        "If not, end the sessions of that account, and list the keys that it made.",
    ),
    assemble=assemble,
)
