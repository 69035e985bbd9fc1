"""From matches to findings: one per rule, subject and episode."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from seawall.detect.analytic import Analytic
from seawall.detect.match import QUIET, Match, episodes, figures
from seawall.model import SEVERITIES, Entity, Finding, Status

_TYPES: Final = {"owner": "owner_key", "credential": "subject", "network": "src_net"}


def identity(rule: str, subject: Iterable[str | None], day: datetime) -> str:
    """Return a finding's id: a hash of its rule, its subject and the UTC day on which its episode starts."""
    text = "\x1f".join((rule, *(part or "" for part in subject), f"{day:%Y-%m-%d}"))
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()


def timestamp(moment: datetime) -> str:
    """Return RFC 3339 UTC for a naive UTC time; fractions only where there are any."""
    return moment.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")


def status(last: datetime, now: datetime) -> Status:
    """Return whether an episode still runs at `now`."""
    return "closed" if now - last > QUIET else "open"


def subject_of(rule: Analytic, match: Match) -> tuple[str | None, ...]:
    """Return the tuple that a rule's finding is about."""
    return tuple(getattr(match, _TYPES[part]) for part in rule.subject)


def findings(rule: Analytic, matches: Iterable[Match], now: datetime) -> list[Finding]:
    """Return the rule's findings from its visible matches."""
    return [_finding(rule, run, now) for run in runs(rule, matches)]


def runs(rule: Analytic, matches: Iterable[Match]) -> Iterator[list[Match]]:
    """Yield the matches of each finding: those of one subject and episode."""

    def key(match: Match) -> tuple[str, ...]:
        return tuple(part or "" for part in subject_of(rule, match))

    for _, group in groupby(sorted(matches, key=key), key=key):
        yield from episodes(group)


def ids(rules: Mapping[str, Analytic], matches: Iterable[Match]) -> dict[Match, str]:
    """Return the id of the finding that each match belongs to."""
    found = sorted(matches, key=lambda match: match.rule)
    return {
        match: identity(rule, subject_of(rules[rule], run[0]), run[0].opened_at)
        for rule, group in groupby(found, key=lambda match: match.rule)
        for run in runs(rules[rule], group)
        for match in run
    }


def strongest(run: list[Match]) -> Match:
    """Return the first match of the highest severity."""
    return min(run, key=lambda match: (-SEVERITIES.index(match.severity), match.opened_at, match.rule))


def entities(run: Iterable[Match], subject: Iterable[str]) -> tuple[Entity, ...]:
    """Return what the matches are about, sorted; what is part of the subject has the role `subject`."""
    parts = set(subject)
    found = set()
    for match in run:
        for kind, value in (("owner", match.owner_id), ("credential", match.subject), ("network", match.src_net)):
            if value is not None:
                role = "subject" if kind in parts else "source" if kind == "network" else "context"
                found.add(Entity(kind, value, role))  # type: ignore[arg-type]  # the three kinds above
    return tuple(sorted(found))


def _finding(rule: Analytic, run: list[Match], now: datetime) -> Finding:
    top, opened = strongest(run), run[0].opened_at
    last = max(match.last for match in run)
    return Finding(
        id=identity(rule.id, subject_of(rule, run[0]), opened),
        rule=rule.id,
        title=rule.title,
        severity=top.severity,
        confidence=max(match.confidence for match in run),
        opened_at=timestamp(opened),
        severity_at=timestamp(top.opened_at),
        first_event_time=timestamp(min(match.first for match in run)),
        last_event_time=timestamp(last),
        owner_id=top.owner_id if "owner" in rule.subject else None,
        credential_id=top.subject if "credential" in rule.subject else None,
        entities=entities(run, rule.subject),
        event_count=sum(match.events for match in run),
        status=status(last, now),
        attack=rule.attack,
        atlas=rule.atlas,
        why=why(rule, top),
        next=rule.next,
    )


def why(rule: Analytic, match: Match) -> str:
    """Return the sentence that says why, with the figures of the match and the strongest benign explanation."""
    text = rule.why.format_map(figures(match))
    who = match.subject or match.src_net or match.owner_id or "somebody"
    where = f" from {match.src_net}" if match.src_net and who != match.src_net else ""
    return f"{who}{where} {text}. Could also be: {rule.benign[0]}."
