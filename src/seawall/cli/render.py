"""A result on a terminal: incidents, whom they hit, what to do, other findings, credentials, coverage.

Plain text, at most 80 columns wide. Everything shown may have been written by an adversary: `seawall.cli.text` makes it
harmless.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import click

from seawall.cli.text import WIDTH, clean, counted, fit, money, short, when, width, wrapped
from seawall.detect.coverage import Blind
from seawall.detect.result import Result
from seawall.detect.usage import CredentialUse
from seawall.model import SEVERITIES, Finding, Severity, at_least

__all__ = ["clean", "likelihood", "show", "unread", "unseen", "wrapped"]

_COLOUR: Final = {"critical": "red", "high": "red", "medium": "yellow", "low": "cyan", "info": None}
#: Rows of a table on a terminal; the report and `--format json` have all.
_ROWS: Final = 15
#: Unreadable records named on a terminal.
_NAMED: Final = 5
#: Confidence in words, from ICD 203.
_WORDS: Final = (
    (0.95, "almost certain"), (0.8, "very likely"), (0.55, "likely"), (0.45, "roughly even"), (0.2, "unlikely"),
    (0.05, "very unlikely"), (0.0, "remote"),
)  # fmt: skip


def show(
    result: Result, shown: Sequence[Finding], file: IO[str], *, fail_on: Severity, report: Path | None = None
) -> None:
    """Write the result for a person; `shown` are those of its findings that were asked for."""
    incidents = _worst_first(finding for finding in shown if finding.parts)
    lines = [
        *_answer(result, shown, fail_on),
        *_incidents(result, incidents),
        *_hit(result, incidents),
        *_next(incidents),
        *_others(_worst_first(finding for finding in shown if not finding.parts)),
        *_credentials(result, incidents),
        *_coverage(result),
    ]
    if report:
        lines += ["", *wrapped(f"The whole story: {report}")]
    for line in lines:
        click.echo(line, file=file)  # without colour where the file is no terminal


def likelihood(confidence: float) -> str:
    """Return the words of ICD 203 for a probability."""
    return next(words for least, words in _WORDS if confidence >= least)


def unread(result: Result) -> list[str]:
    """Return the lines that name what could not be read; none where all was."""
    tally = result.tally
    if not tally.unread:
        return []
    lines = [click.style(f"  {tally.unread:,} could not be read:", fg="yellow")]
    for item in tally.quarantined[:_NAMED]:
        lines += wrapped(f"{item.name}:{item.line}: {item.reason}", "    ", "      ")
    if tally.unread > _NAMED:
        lines.append(f"    … and {tally.unread - _NAMED:,} more: --format json names them")
    return lines


def unseen(blind: Sequence[Blind]) -> list[str]:
    """Return the lines that say which rules were blind: those of one reason together."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for each in blind:
        by_reason[each.why].append(f"{each.rule} {each.title}")
    lines = []
    for why, rules in by_reason.items():
        lines += wrapped(f"{'; '.join(rules)}: {why}", "  ", "    ")
    if any("src_country" in each.why for each in blind):
        lines += wrapped("Without --geo FILE (MMDB or CSV) the logs do not say where a network is.", "  ", "    ")
    return lines


def _bold(text: str) -> str:
    return click.style(text, bold=True)


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: (-SEVERITIES.index(each.severity), -each.confidence, each.opened_at))


def _answer(result: Result, shown: Sequence[Finding], fail_on: Severity) -> list[str]:
    """Return what is to be known first, above all where nothing is shown though something stands."""
    by_severity = Counter(finding.severity for finding in shown if finding.parts)
    counts = ", ".join(f"{by_severity[each]} {each}" for each in reversed(SEVERITIES) if by_severity[each])
    standing = [finding for finding in result.findings if finding.parts]
    if by_severity:
        head = f"{counted(by_severity.total(), 'incident')}: {counts}."
    elif standing:
        head = f"No incident to show, but {counted(len(standing), 'incident stands', 'incidents stand')}."
    else:
        head = "No incident found. No finding is not no theft: see below what could not be seen."
    lines = wrapped(head)
    lines = [_bold(line) for line in lines]
    if result.findings and not any(at_least(finding.severity, fail_on) for finding in result.findings):
        some = counted(len(result.findings), "finding")
        lines += wrapped(f"Nothing at {fail_on} or above, but {some} below it: do look.")
    left = len(result.findings) - len(shown)
    if left:
        lines += wrapped(f"{counted(left, 'finding')} left out here by --min-severity or --new.")
    if result.accepted:
        lines += wrapped(f"{counted(len(result.accepted), 'finding')} accepted in the known file, not counted here.")
    return lines


def _incidents(result: Result, incidents: Iterable[Finding]) -> Iterator[str]:
    for finding in incidents:
        severity = click.style(finding.severity.upper(), fg=_COLOUR[finding.severity], bold=True)
        title = fit(finding.title, 50).rstrip()
        over = ", over" if finding.status == "closed" else ""
        yield ""
        yield f"{severity}  {_bold(title)}  {likelihood(finding.confidence)}{over}"
        keys = [finding.credential_id] if finding.credential_id else _named(finding, "credential")
        if len(keys) == 1:
            yield from wrapped(keys[0], "  credential  ", "              ")
        else:  # the table of credentials, the report and the JSON have them whole
            yield from (f"  credential  {fit(key, WIDTH - 14).rstrip()}" for key in keys[:_ROWS])
        if finding.owner_id:
            yield from wrapped(_owner(result, finding.owner_id), "  owner       ", "              ")
        yield f"  since       {when(finding.opened_at)} UTC, last seen {when(finding.last_event_time)}"
        if finding.cost_usd is not None:
            yield f"  cost        at least {money(finding.cost_usd)}, {money(finding.cost_usd_per_day)} a day"
        subject = finding.credential_id or ""
        why = f"It{finding.why.removeprefix(subject)}" if subject and finding.why.startswith(subject) else finding.why
        yield from wrapped(why, "  ")


def _named(finding: Finding, kind: str) -> list[str]:
    """Return the entities of one type that a finding names."""
    return [entity.value for entity in finding.entities if entity.type == kind]


def _owner(result: Result, owner: str) -> str:
    name = result.owners.get(owner)
    return f"{owner} ({name})" if name else owner


def _hit(result: Result, incidents: Sequence[Finding]) -> list[str]:
    """Return the owners that incidents hit and the networks that used keys of several; none for one owner alone."""
    holder = {use.credential_id: use.owner_id for use in result.credentials}
    owners: dict[str, set[str]] = defaultdict(set)
    networks: dict[str, set[str]] = defaultdict(set)
    for finding in incidents:
        ours = {finding.owner_id} if finding.owner_id else set(_named(finding, "owner"))
        for owner in ours:
            keys = [key for key in _named(finding, "credential") if holder.get(key) in {owner, None}]
            owners[owner].update(keys)
        for network in _named(finding, "network"):
            networks[network] |= ours
    if len(owners) < 2:
        return []
    lines = ["", _bold(f"Owners hit: {len(owners)}")]
    lines += [_row(_owner(result, owner), max(1, len(keys)), "credential") for owner, keys in _largest(owners)]
    shared = {network: each for network, each in networks.items() if len(each) > 1}
    if shared:
        lines += ["", _bold("Networks that used keys of several owners")]
        lines += [_row(network, len(each), "owner") for network, each in _largest(shared)]
    return lines


def _largest(groups: dict[str, set[str]]) -> list[tuple[str, set[str]]]:
    return sorted(groups.items(), key=lambda each: (-len(each[1]), each[0]))[:_ROWS]


def _row(name: str, number: int, noun: str) -> str:
    return f"  {fit(name, 60)} {counted(number, noun):>16}"


def _next(incidents: Sequence[Finding]) -> list[str]:
    """Return what to do, each step once, those of the worst incident first."""
    steps = dict.fromkeys(step for finding in incidents for step in finding.next)
    lines = [line for step in list(steps)[:_ROWS] for line in wrapped(step, "  → ", "    ")]
    return ["", _bold("What to do now"), *lines] if lines else []


def _others(findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return []
    lines = ["", _bold("Findings")]
    for finding in findings[:_ROWS]:
        severity = click.style(f"{finding.severity:8}", fg=_COLOUR[finding.severity])
        rule = clean(finding.rule)[:36]  # an imported rule's id is a UUID
        room = WIDTH - 28 - width(rule) - 2
        lines.append(f"  {severity} {when(finding.opened_at)} {rule}  {fit(finding.title, room).rstrip()}")
        lines += wrapped(finding.why, "           ")
    if len(findings) > _ROWS:
        lines.append(f"  … and {len(findings) - _ROWS:,} more: --report FILE.html or --format jsonl has all")
    return lines


def _credentials(result: Result, incidents: Sequence[Finding]) -> list[str]:
    """Return the table of credentials, those in incidents first and marked."""
    if not result.credentials:
        return []
    stolen = {entity.value for finding in incidents for entity in finding.entities if entity.type == "credential"}
    rows = sorted(result.credentials, key=lambda use: use.credential_id not in stolen)
    marked = " (! in an incident)" if stolen else ""
    lines = ["", _bold(f"Credentials seen: {len(rows):,}{marked}")]
    lines.append(f"  {'credential':27} {'calls':>7} {'cost':>11} {'nets':>5} {'clients':>7} {'last use':>16}")
    lines += [_credential(use, "! " if use.credential_id in stolen else "  ") for use in rows[:_ROWS]]
    if len(rows) > _ROWS:
        lines.append(f"  … and {len(rows) - _ROWS:,} more: --format json has all")
    return lines + _cost(result)


def _cost(result: Result) -> list[str]:
    unpriced = sum(use.unpriced_calls for use in result.credentials)
    calls = counted(unpriced, "call")
    if result.cost_usd is None:
        return [f"  No cost known: {calls} unpriced."] if unpriced else []
    return [
        f"  At least {money(result.cost_usd)} in all, at list price" + (f", {calls} unpriced." * bool(unpriced) or ".")
    ]


def _credential(use: CredentialUse, mark: str) -> str:
    cost = money(use.cost_usd)
    cost = cost if len(cost) <= 11 else f"${use.cost_usd or 0:.4g}"
    return (
        f"{mark}{fit(use.credential_id, 27)} {short(use.calls):>7} {cost:>11} {use.networks:>5,} {use.clients:>7,}"
        f" {when(use.last):>16}"
    )


def _coverage(result: Result) -> list[str]:
    seen, tally = result.coverage, result.tally
    lines = ["", _bold("What was looked at")]
    lines += wrapped(
        f"{counted(tally.records, 'record')} in {counted(tally.files, 'file')}, {when(seen.first)} to"
        f" {when(seen.last)} UTC: {counted(tally.events, 'event')}, {counted(seen.calls, 'call')},"
        f" {counted(seen.credentials, 'credential')} of {counted(seen.owners, 'owner')},"
        f" {counted(seen.networks, 'network')}.",
        "  ",
    )
    for source, count in tally.by_source.most_common():
        lines += wrapped(source, f"  {count:>9,}  ")
    left = tally.ignored + tally.skipped
    for reason, count in left.most_common(_NAMED):
        lines += wrapped(f"left out: {reason}", f"  {count:>9,}  ", "             ")
    lines += unread(result)
    if not seen.calls:
        lines += ["", _bold("What could not be seen"), "  Anything: no record read here is a call, so no rule saw any."]
    elif seen.blind:
        lines += ["", _bold("What could not be seen"), *unseen(seen.blind)]
    return lines
