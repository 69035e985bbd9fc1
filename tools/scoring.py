"""What counts: which thefts of a world were found, how fast, and what else was called theft.

In: a world's truth and what `seawall detect` said of its logs. Out: an `Evaluation`; those of several worlds add up.
What the figures mean stands in `docs/explanation/evaluation.md`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from seawall.detect.usage import CredentialUse
from seawall.model import SEVERITIES, Finding, Severity, at_least

#: A finding this long before the first or after the last malicious act is still about the theft.
SLACK: Final = timedelta(days=1)
#: Findings on one subject with no longer gap are one episode.
QUIET: Final = timedelta(days=7)
ORDINARY: Final = "ordinary use"


class Truth(msgspec.Struct, frozen=True):
    """One line of `truth.jsonl`: a theft, or something benign that looks like one."""

    truth: str
    kind: str
    owner_id: str
    credential_id: str
    first: datetime
    last: datetime
    provider: str | None = None
    campaign: str = ""
    manner: str = "loud"
    log: str = "calls"
    ring: bool = False
    loot_usd: float = 0.0
    networks: frozenset[str] = frozenset()

    def covers(self, time: datetime) -> bool:
        """Say whether a time lies within it, with some slack. A trial is found from the ring, at any later time."""
        return self.first - SLACK <= time and (self.manner == "trial" or time <= self.last + SLACK)


class _Line(msgspec.Struct, frozen=True):
    truth: str
    days: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """What became of one theft. `severity`: the worst finding about it; `known`: its credential was seen at all."""

    world: str
    kind: str
    manner: str
    log: str
    provider: str | None
    campaign: str
    owner_id: str
    credential_id: str
    first: datetime
    loot_usd: float
    severity: Severity | None
    delay_minutes: float | None
    rules: tuple[str, ...]
    known: bool

    def reached(self, floor: Severity) -> bool:
        """Say whether a finding about it has at least this severity."""
        return self.severity is not None and at_least(self.severity, floor)


class Alarm(msgspec.Struct, frozen=True):
    """One false alarm: findings on one credential (or owner, or network) that is no theft, or outside its time."""

    world: str
    subject: tuple[str, ...]
    severity: Severity
    opened_at: datetime
    rules: tuple[str, ...]
    lookalike: str
    why: str


class Ring(msgspec.Struct, frozen=True):
    """A resale campaign; `named`: a finding names its network, or several of its keys and mostly these."""

    world: str
    campaign: str
    keys: int
    keys_found: int
    named: bool


class Stated(msgspec.Struct, frozen=True):
    """One finding's stated confidence, and whether it was about a theft."""

    severity: Severity
    confidence: float
    true: bool


class Evaluation(msgspec.Struct, frozen=True):
    """One world, or several. `benign_days`: days on which a credential is in use and not stolen.

    `true_episodes`: episodes at medium or above that are about a theft; `lookalikes`: how often each kind occurred.
    """

    verdicts: tuple[Verdict, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    rings: tuple[Ring, ...] = ()
    stated: tuple[Stated, ...] = ()
    lookalikes: dict[str, int] = {}
    true_episodes: int = 0
    benign_days: int = 0
    worlds: int = 0

    def __add__(self, other: Evaluation) -> Evaluation:
        """Return both together."""
        return Evaluation(
            self.verdicts + other.verdicts,
            self.alarms + other.alarms,
            self.rings + other.rings,
            self.stated + other.stated,
            dict(Counter(self.lookalikes) + Counter(other.lookalikes)),
            self.true_episodes + other.true_episodes,
            self.benign_days + other.benign_days,
            self.worlds + other.worlds,
        )


def read_truth(data: bytes) -> tuple[list[Truth], int | None]:
    """Return the thefts and look-alikes of a `truth.jsonl`, and its benign credential-days where it counts them."""
    truths, days = list[Truth](), None
    for line in data.splitlines():
        head = msgspec.json.decode(line, type=_Line)
        if head.truth == "use":
            days = (days or 0) + head.days
        else:
            truths.append(msgspec.json.decode(line, type=Truth))
    return truths, days


def compare(
    world: str, truths: Sequence[Truth], findings: Sequence[Finding], credentials: Sequence[CredentialUse],
    days: int | None = None,
) -> Evaluation:  # fmt: skip
    """Compare the findings of a world with its truth.

    Args:
        world: its name.
        truths: its thefts and look-alikes.
        findings: all that stand.
        credentials: all that were seen.
        days: benign credential-days; None counts those on which `credentials` are known.
    """
    thefts = [truth for truth in truths if truth.truth == "theft"]
    about = {theft: [found for found in findings if names(found, theft)] for theft in thefts}
    true = {found.id for some in about.values() for found in some}
    known = {use.credential_id for use in credentials}
    grave = [found for found in findings if at_least(found.severity, "medium")]
    return Evaluation(
        verdicts=tuple(_verdict(world, theft, some, known) for theft, some in about.items()),
        alarms=tuple(_alarms(world, [found for found in grave if found.id not in true], truths)),
        rings=tuple(_rings(world, about, findings)),
        stated=tuple(Stated(found.severity, found.confidence, found.id in true) for found in findings),
        lookalikes=dict(Counter(truth.kind for truth in truths if truth.truth == "benign")),
        true_episodes=sum(1 for _ in _episodes([found for found in grave if found.id in true])),
        benign_days=_days(credentials, thefts) if days is None else days,
        worlds=1,
    )


def names(finding: Finding, theft: Truth) -> bool:
    """Say whether a finding is about a theft: its key, or its owner and its network, or its ring's network, in time."""
    if not any(theft.covers(datetime.fromisoformat(time)) for time in (finding.opened_at, finding.severity_at)):
        return False
    values = {(entity.type, entity.value) for entity in finding.entities}
    networks = any(("network", network) in values for network in theft.networks)
    if finding.credential_id is None and any(
        entity.type == "network" and entity.role == "subject" for entity in finding.entities
    ):
        return networks and (theft.ring or ("credential", theft.credential_id) in values)
    # Usage exports do not name the organisation: a finding without an owner is known by its key.
    owners = {theft.owner_id, None}
    if theft.manner == "trial":
        return networks and (finding.owner_id in owners or ("credential", theft.credential_id) in values)
    return finding.owner_id in owners and (finding.credential_id == theft.credential_id or networks)


def _verdict(world: str, theft: Truth, some: Sequence[Finding], known: set[str]) -> Verdict:
    grave = [found for found in some if at_least(found.severity, "medium")]
    delays = [_delay(found, theft) for found in grave]
    return Verdict(
        world,
        theft.kind,
        theft.manner,
        theft.log,
        theft.provider,
        theft.campaign,
        theft.owner_id,
        theft.credential_id,
        theft.first,
        theft.loot_usd,
        max((found.severity for found in some), key=SEVERITIES.index, default=None),
        min(delays, default=None),
        tuple(sorted({f"{found.rule} {found.severity}" for found in some})),
        theft.credential_id in known,
    )


def _delay(finding: Finding, theft: Truth) -> float:
    """Return the minutes from the theft's first act until a finding told of it, none where it stood already.

    One that was open long before is about something else until its severity changed.
    """
    opened = _opened(finding)
    told = opened if theft.covers(opened) else datetime.fromisoformat(finding.severity_at)
    return max(0.0, round((told - theft.first) / timedelta(minutes=1), 1))


def _episodes(findings: Iterable[Finding]) -> Iterator[tuple[tuple[str, ...], list[Finding]]]:
    """Put the findings of one subject together, run by run."""
    groups: dict[tuple[str, ...], list[list[Finding]]] = {}
    for finding in sorted(findings, key=lambda found: found.opened_at):
        runs = groups.setdefault(_subject(finding), [])
        if not runs or _opened(finding) - max(map(_ended, runs[-1])) > QUIET:
            runs.append([])
        runs[-1].append(finding)
    return ((subject, some) for subject, runs in groups.items() for some in runs)


def _alarms(world: str, false: Iterable[Finding], truths: Sequence[Truth]) -> Iterator[Alarm]:
    for subject, some in _episodes(false):
        worst = max(some, key=lambda found: (SEVERITIES.index(found.severity), len(found.parts)))
        rules = tuple(sorted({found.rule for found in some}))
        yield Alarm(world, subject, worst.severity, _opened(some[0]), rules, _resembled(some, truths), worst.why)


def _subject(finding: Finding) -> tuple[str, ...]:
    """Return whom a finding accuses."""
    if finding.owner_id or finding.credential_id:
        return tuple(filter(None, (finding.owner_id, finding.credential_id)))
    return tuple(entity.value for entity in finding.entities if entity.role == "subject")


def _opened(finding: Finding) -> datetime:
    return datetime.fromisoformat(finding.opened_at)


def _ended(finding: Finding) -> datetime:
    return datetime.fromisoformat(finding.last_event_time)


def _resembled(some: Sequence[Finding], truths: Sequence[Truth]) -> str:
    """Return the kind of look-alike behind an alarm: the last one to begin, of a credential that it names, in its time;
    else of an owner's; else the theft whose time it misses.
    """  # noqa: D205 - one sentence
    values: set[str | None] = {entity.value for found in some for entity in found.entities}
    values |= {name for found in some for name in (found.owner_id, found.credential_id)}
    kinds: tuple[list[tuple[datetime, str]], ...] = ([], [], [])
    for truth in truths:
        near = any(truth.covers(_opened(found)) for found in some)
        if truth.truth == "benign" and near and truth.credential_id in values:
            kinds[0].append((truth.first, truth.kind))
        elif truth.credential_id not in values and near and truth.owner_id in values:
            kinds[1].append((truth.first, f"{truth.kind} of another credential"))
        elif truth.truth == "theft" and truth.credential_id in values:
            kinds[2].append((truth.first, f"{truth.kind}, but not where or when it was"))
    # Of what lasts to the end of the world, that which has just begun is the likelier cause.
    opened = _opened(some[0])
    return next((min(each, key=lambda one: abs(opened - one[0]))[1] for each in kinds if each), ORDINARY)


def _rings(world: str, about: dict[Truth, list[Finding]], findings: Sequence[Finding]) -> Iterator[Ring]:
    campaigns: dict[str, list[Truth]] = {}
    for theft in about:
        if theft.ring and theft.manner != "trial":
            campaigns.setdefault(theft.campaign, []).append(theft)
    grave = [found for found in findings if at_least(found.severity, "medium")]
    for campaign, thefts in campaigns.items():
        found = sum(any(at_least(each.severity, "medium") for each in about[theft]) for theft in thefts)
        named = any(_names_ring(each, thefts) for each in grave)
        yield Ring(world, campaign, len(thefts), found, named)


def _names_ring(finding: Finding, thefts: Sequence[Truth]) -> bool:
    """Say whether a finding names the ring: by its network as subject, or by two keys of it that are most of those."""
    subjects = {entity.value for entity in finding.entities if entity.type == "network" and entity.role == "subject"}
    keys = {entity.value for entity in finding.entities if entity.type == "credential"}
    own = keys & {theft.credential_id for theft in thefts}
    mostly = 2 * len(own) >= len(keys)
    nets = frozenset[str]().union(*(theft.networks for theft in thefts))
    return mostly and (len(own) > 1 or not nets.isdisjoint(subjects))


def _days(credentials: Sequence[CredentialUse], thefts: Sequence[Truth]) -> int:
    """Count the days on which credentials are known, from the first use to the last, without those of a theft."""
    stolen = {theft.credential_id: (theft.last - theft.first).days + 1 for theft in thefts}
    total = 0
    for use in credentials:
        known = (datetime.fromisoformat(use.last) - datetime.fromisoformat(use.first)).days + 1
        total += max(0, known - stolen.get(use.credential_id, 0))
    return total
