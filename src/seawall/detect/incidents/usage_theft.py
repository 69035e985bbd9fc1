"""Stolen key in use, usage only: an organisation was weakened, and one of its keys is used as never before.

For services whose usage exports tell no source (OpenAI, Anthropic). Opener: a safeguard of the organisation is gone
(LJ-30 and the Sigma rules beside it), or somebody never seen there made a key. Evidence: within a week, a key of the
same owner is used, or costs, far more than ever before (LJ-21, LJ-22), or begins to make images (LJ-26). A weakening by
an administrator and a launch of a product come together by chance as well: medium at most, after a new key alone low.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from seawall.detect.incidents.incident import Incident, Strike
from seawall.detect.match import Match, episodes
from seawall.model import Severity

WEAKENED: Final = ("LJ-30", "LJ-30-admin-role", "LJ-30-allow-list", "LJ-30-anthropic", "LJ-30-identity")
CHANGED: Final = ("LJ-21", "LJ-22", "LJ-26")
#: Whoever opens an organisation's door uses what is behind it soon.
AFTER: Final = timedelta(days=7)
_CONFIDENCE: Final[Mapping[Severity, float]] = {"low": 0.3, "medium": 0.5}


class _Pair(NamedTuple):
    """A weakening and the change of use after it."""

    opener: Match
    change: Match

    @property
    def severity(self) -> Severity:
        """A key that a newcomer made is `info` by itself, and says little."""
        return "low" if self.opener.severity == "info" else "medium"


def assemble(matches: list[Match], _: Mapping[str, str]) -> list[Strike]:
    """Return one theft for each episode in which a change of use follows a weakening of the same owner."""
    pairs = [
        _Pair(opener, change)
        for opener in matches
        if opener.rule in WEAKENED
        for change in matches
        # a network is what the other incidents go by
        if change.rule in CHANGED and change.src_net is None
        and opener.opened_at < change.opened_at <= opener.opened_at + AFTER
    ]  # fmt: skip
    pairs.sort(key=lambda pair: (pair.change.opened_at, pair.opener.opened_at, pair.opener.rule, pair.change.rule))
    strikes = []
    for run in episodes({match for pair in pairs for match in pair}):
        parts = set(run)
        strikes.append(_strike(run, [pair for pair in pairs if pair.change in parts]))
    return strikes


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


_ACTS: Final = {
    "LJ-21": "was used far more than ever before", "LJ-22": "cost far more than ever before",
    "LJ-26": "began to make images",
}  # fmt: skip


def _why(run: list[Match]) -> str:
    who = ", ".join(sorted({match.subject for match in run if match.rule in WEAKENED and match.subject}))
    uses: dict[str, list[str]] = {}
    for match in run:
        if match.rule in CHANGED and match.subject:
            uses.setdefault(match.subject, []).append(_ACTS[match.rule])
    told = "; ".join(f"{key} {' and '.join(dict.fromkeys(acts))}" for key, acts in sorted(uses.items()))
    return (
        f"{who} weakened {run[0].owner_id or 'the organisation'} or made a key there, and within a week {told}. The"
        " log of its use names no source, so this may be two things that have nothing to do with each other."
    )


RULE: Final = Incident(
    id="usage-theft",
    title="Stolen key in use (usage only)",
    version=1,
    key="owner",
    reads=(*WEAKENED, *CHANGED),
    attack=("T1098", "T1496.004"),
    atlas=("AML.T0012", "AML.T0034"),
    benign=("an administrator who changed a setting in the week of a launch or a batch job",),
    next=(
        "Ask whoever changed the setting whether it was them, and put the safeguard back.",
        "Ask the owner of the key what ran; if nothing did, revoke it.",
        "If not, end the sessions of that account, and list the keys that it made.",
    ),
    assemble=assemble,
)
