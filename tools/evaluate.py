"""Measure what `seawall detect` finds in simulated worlds: which thefts, how fast, and what else it calls theft.

In: folders as `seawall simulate` writes them (`logs/`, `geo.csv`, `owners.csv`, `truth.jsonl`). Out: a table, or JSON
with every theft and every false alarm. What the figures mean stands in `docs/explanation/evaluation.md`.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from seawall.detect.run import Request, detect
from seawall.detect.settings import Settings
from seawall.detect.usage import CredentialUse
from seawall.intake.read import Reading
from seawall.model import SEVERITIES, Finding, Severity, at_least

#: A finding this long before the first or after the last malicious act is still about the theft.
SLACK: Final = timedelta(days=1)
#: False findings on one credential with no longer gap are one alarm, as one episode is.
QUIET: Final = timedelta(days=7)
#: Thefts that are hard by nature are counted apart; all other kinds are `loud`.
APART: Final = {"drip": "slow", "usage_only": "usage only"}
#: Kinds of theft whose keys share an egress: a finding about the network names them all.
RINGS: Final = frozenset({"ring", "image_ring"})
FLOORS: Final[tuple[Severity, ...]] = ("medium", "high")
#: How many causes the table names.
CAUSES: Final = 5


class Truth(msgspec.Struct, frozen=True):
    """One line of `truth.jsonl`: a theft, or something benign that looks like one."""

    truth: str
    kind: str
    owner_id: str
    credential_id: str
    first: datetime
    last: datetime
    campaign: str = ""
    networks: frozenset[str] = frozenset()

    def covers(self, time: datetime) -> bool:
        """Say whether a time lies within it, with some slack."""
        return self.first - SLACK <= time <= self.last + SLACK


class Verdict(msgspec.Struct, frozen=True):
    """What became of one theft. `severity`: the worst finding about it; `known`: its credential was seen at all."""

    world: str
    kind: str
    campaign: str
    owner_id: str
    credential_id: str
    first: datetime
    severity: Severity | None
    delay_hours: float | None
    rules: tuple[str, ...]
    known: bool


class Alarm(msgspec.Struct, frozen=True):
    """One false alarm: findings on one credential (or owner, or network) that is no theft, or outside its time."""

    world: str
    subject: tuple[str, ...]
    severity: Severity
    opened_at: datetime
    rules: tuple[str, ...]
    lookalikes: tuple[str, ...]
    why: str


class Ring(msgspec.Struct, frozen=True):
    """A resale campaign; `named`: a finding about a network names its egress, `keys_found` of its `keys` are found."""

    world: str
    campaign: str
    keys: int
    keys_found: int
    named: bool


class Evaluation(msgspec.Struct, frozen=True):
    """One world, or several. `benign_days`: days on which a credential is known and not stolen."""

    verdicts: tuple[Verdict, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    rings: tuple[Ring, ...] = ()
    benign_days: int = 0

    def __add__(self, other: Evaluation) -> Evaluation:
        """Return both worlds together."""
        return Evaluation(
            self.verdicts + other.verdicts,
            self.alarms + other.alarms,
            self.rings + other.rings,
            self.benign_days + other.benign_days,
        )


def run(world: Path) -> Evaluation:
    """Judge a world's logs and compare with its truth; raises UsageError or OSError where a file of it is missing."""
    truths = msgspec.json.Decoder(Truth).decode_lines((world / "truth.jsonl").read_bytes())
    request = Request(
        paths=(str(world / "logs"),),
        reading=Reading(geo=(str(world / "geo.csv"),)),
        settings=Settings.load(None, world / "owners.csv"),
    )
    result = detect(request)
    return compare(world.name, truths, result.findings, result.credentials)


def compare(
    world: str, truths: Sequence[Truth], findings: Sequence[Finding], credentials: Sequence[CredentialUse]
) -> Evaluation:
    """Compare the findings of a world with its truth; `credentials` are all that were seen."""
    thefts = [truth for truth in truths if truth.truth == "theft"]
    about = {theft: [found for found in findings if names(found, theft)] for theft in thefts}
    true = {found.id for some in about.values() for found in some}
    known = {use.credential_id for use in credentials}
    verdicts = tuple(_verdict(world, theft, some, known) for theft, some in about.items())
    false = [found for found in findings if found.id not in true and at_least(found.severity, "medium")]
    return Evaluation(
        verdicts, tuple(_alarms(world, false, truths)), tuple(_rings(world, about)), _days(credentials, thefts)
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
        return networks and (theft.kind in RINGS or ("credential", theft.credential_id) in values)
    # Usage exports do not name the organisation: a finding without an owner is known by its key.
    owners = {theft.owner_id, None}
    return finding.owner_id in owners and (finding.credential_id == theft.credential_id or networks)


def _verdict(world: str, theft: Truth, some: Sequence[Finding], known: set[str]) -> Verdict:
    grave = [found for found in some if at_least(found.severity, "medium")]
    opened = min((datetime.fromisoformat(found.opened_at) for found in grave), default=None)
    return Verdict(
        world,
        theft.kind,
        theft.campaign,
        theft.owner_id,
        theft.credential_id,
        theft.first,
        max((found.severity for found in some), key=SEVERITIES.index, default=None),
        None if opened is None else round((opened - theft.first) / timedelta(hours=1), 2),
        tuple(sorted({f"{found.rule} {found.severity}" for found in some})),
        theft.credential_id in known,
    )


def _alarms(world: str, false: Iterable[Finding], truths: Sequence[Truth]) -> Iterator[Alarm]:
    """Put the false findings of one subject together, run by run."""
    groups: dict[tuple[str, ...], list[list[Finding]]] = {}
    for finding in sorted(false, key=lambda found: found.opened_at):
        runs = groups.setdefault(_subject(finding), [])
        if not runs or _opened(finding) - max(map(_ended, runs[-1])) > QUIET:
            runs.append([])
        runs[-1].append(finding)
    for subject, runs in groups.items():
        for some in runs:
            worst = max(some, key=lambda found: (SEVERITIES.index(found.severity), len(found.parts)))
            rules = tuple(sorted({found.rule for found in some}))
            kinds = _resembled(some, truths)
            yield Alarm(world, subject, worst.severity, _opened(some[0]), rules, kinds, worst.why)


def _subject(finding: Finding) -> tuple[str, ...]:
    """Return whom a false finding accuses."""
    if finding.owner_id or finding.credential_id:
        return tuple(filter(None, (finding.owner_id, finding.credential_id)))
    return tuple(entity.value for entity in finding.entities if entity.role == "subject")


def _opened(finding: Finding) -> datetime:
    return datetime.fromisoformat(finding.opened_at)


def _ended(finding: Finding) -> datetime:
    return datetime.fromisoformat(finding.last_event_time)


def _resembled(some: Sequence[Finding], truths: Sequence[Truth]) -> tuple[str, ...]:
    """Return the kinds of look-alike behind an alarm: of a credential it names in its time, else of an owner's, else
    the theft whose time it misses.
    """  # noqa: D205 - one sentence
    values = {entity.value for found in some for entity in found.entities}
    kinds: tuple[set[str], ...] = (set(), set(), set())
    for truth in truths:
        near = any(truth.covers(_opened(found)) for found in some)
        if truth.truth == "benign" and near and truth.credential_id in values:
            kinds[0].add(truth.kind)
        elif truth.credential_id not in values and near and truth.owner_id in values:
            kinds[1].add(f"{truth.kind} of another credential")
        elif truth.truth == "theft" and truth.credential_id in values:
            kinds[2].add(f"{truth.kind}, but not where or when it was")
    return next((tuple(sorted(each)) for each in kinds if each), ("ordinary use",))


def _rings(world: str, about: dict[Truth, list[Finding]]) -> Iterator[Ring]:
    campaigns: dict[str, list[Truth]] = {}
    for theft in about:
        if theft.kind in RINGS:
            campaigns.setdefault(theft.campaign, []).append(theft)
    for campaign, thefts in campaigns.items():
        grave = {
            theft: [found for found in about[theft] if at_least(found.severity, "medium")] for theft in thefts
        }  # fmt: skip
        named = any(found.credential_id is None for some in grave.values() for found in some)
        yield Ring(world, campaign, len(thefts), sum(map(bool, grave.values())), named)


def _days(credentials: Sequence[CredentialUse], thefts: Sequence[Truth]) -> int:
    """Count the days on which credentials are known, from the first use to the last, without those of a theft."""
    stolen = {theft.credential_id: (theft.last - theft.first).days + 1 for theft in thefts}
    total = 0
    for use in credentials:
        known = (datetime.fromisoformat(use.last) - datetime.fromisoformat(use.first)).days + 1
        total += max(0, known - stolen.get(use.credential_id, 0))
    return total


def table(title: str, whole: Evaluation) -> str:
    """Return the figures of one world, or of several together, as text."""
    lines = [title, f"  {'thefts':<24}{'stolen':>8}{'medium+':>9}{'high':>6}{'median delay':>14}"]
    groups: dict[str, list[Verdict]] = {}
    for verdict in whole.verdicts:
        groups.setdefault(APART.get(verdict.kind, "loud"), []).append(verdict)
    for group, some in sorted(groups.items()):
        kinds = sorted({verdict.kind for verdict in some})
        lines.append(_recall(group, some))
        if len(kinds) > 1:
            lines += [_recall(f"  {kind}", [each for each in some if each.kind == kind]) for kind in kinds]
    named = sum(ring.named for ring in whole.rings)
    keys = f"{sum(ring.keys_found for ring in whole.rings)} of {sum(ring.keys for ring in whole.rings)}"
    lines.append(f"  resale rings named: {named} of {len(whole.rings)}; of their keys, {keys} found")
    for floor in FLOORS:
        false = [alarm for alarm in whole.alarms if at_least(alarm.severity, floor)]
        rate = f"{1000 * len(false) / whole.benign_days:.2f}" if whole.benign_days else "–"
        lines.append(f"  false alarms at {floor}+: {len(false)} in {whole.benign_days:,} benign days, {rate} per 1,000")
    lines += _causes(whole.alarms)
    unknown = sum(not verdict.known for verdict in whole.verdicts)
    lines += [f"  {unknown} stolen credentials stand in no log under that name"] if unknown else []
    return "\n".join(lines)


def _recall(name: str, some: Sequence[Verdict]) -> str:
    found = {floor: sum(bool(each.severity and at_least(each.severity, floor)) for each in some) for floor in FLOORS}
    delays = [each.delay_hours for each in some if each.delay_hours is not None]
    delay = f"{median(delays):.1f} h" if delays else "–"
    shares = [f"{100 * found[floor] / len(some):.0f} %" for floor in FLOORS]
    return f"  {name:<24}{len(some):>8}{shares[0]:>9}{shares[1]:>6}{delay:>14}"


def _causes(alarms: Sequence[Alarm]) -> list[str]:
    counts = Counter((", ".join(alarm.lookalikes), ", ".join(alarm.rules)) for alarm in alarms)
    return [f"    {count:>4} × {kinds}: {rules}" for (kinds, rules), count in counts.most_common(CAUSES)]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Measure what is found in simulated worlds.")
    parser.add_argument("worlds", nargs="+", type=Path, metavar="WORLD", help="a folder that `seawall simulate` wrote")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    done: dict[str, Evaluation] = {}
    for world in arguments.worlds:
        print(f"judging {world} …", file=sys.stderr)
        done[str(world)] = run(world)
    if arguments.format == "json":
        print(msgspec.json.format(msgspec.json.encode(done), indent=2).decode())
        return
    print("\n\n".join(table(world, evaluation) for world, evaluation in done.items()))
    if len(done) > 1:
        print(f"\n{table('all worlds', sum(done.values(), Evaluation()))}")


if __name__ == "__main__":
    main()
