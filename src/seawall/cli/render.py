"""A result on a terminal: thefts, whom they hit, what to do, other findings, credentials, coverage.

Plain text, at most 80 columns wide. Everything shown may have been written by an adversary: `seawall.cli.text` makes it
harmless.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

import click

from seawall.cli.incidents import COLOURS, ROWS, bold, cards, hit, steps, told_in_full, weak
from seawall.cli.text import WIDTH, clean, counted, fit, likelihood, money, short, when, width, wrapped
from seawall.cli.thefts import Theft, is_strong, thefts, worst_first
from seawall.detect.coverage import Blind
from seawall.detect.result import Result
from seawall.detect.usage import CredentialUse
from seawall.model import SEVERITIES, Finding, Severity, at_least

__all__ = ["clean", "likelihood", "show", "unread", "unseen", "wrapped"]

#: As many weak findings are told in full; of more, each rule has a line.
_FEW: Final = 5
#: Unreadable records named on a terminal.
_NAMED: Final = 5


def show(
    result: Result, shown: Sequence[Finding], file: IO[str], *, fail_on: Severity, report: Path | None = None
) -> None:
    """Write the result for a person; `shown` are those of its findings that were asked for, and their parts."""
    incidents = [finding for finding in shown if finding.parts]
    told = {part for incident in incidents for part in incident.parts}
    others = worst_first(finding for finding in shown if not finding.parts and finding.id not in told)
    found = thefts(incidents)
    full = [each for theft in told_in_full(found) for each in theft.incidents]
    lines = [
        *_answer(result, shown, found, others, fail_on),
        *cards(result, told_in_full(found)),
        *hit(result, full),
        *steps([*full, *filter(is_strong, others)]),
        *_others(others),
        *weak(found),
        *_credentials(result, full or incidents),
        *_coverage(result),
    ]
    if report:
        lines += ["", *wrapped(f"The whole story: {report}")]
    for line in lines:
        click.echo(line, file=file)  # without colour where the file is no terminal


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


def _answer(
    result: Result, shown: Sequence[Finding], found: Sequence[Theft], others: Sequence[Finding], fail_on: Severity
) -> list[str]:
    """Return what is to be known first, above all where nothing is shown though something stands."""
    lines = [bold(line) for line in wrapped(_head(result, sum(len(theft.incidents) for theft in found)))]
    same = [theft for theft in found if theft.others]
    if same:
        number = sum(len(theft.incidents) for theft in same)
        lines += wrapped(f"{number} of them tell of {counted(len(same), 'theft')} and stand together below.")
    apart = Counter(finding.severity for finding in others if is_strong(finding))
    if apart:
        noun = "finding" if apart.total() == 1 else "findings"
        lines += wrapped(f"Outside of incidents: {_by_severity(apart)} {noun}.")
    if result.findings and not any(at_least(finding.severity, fail_on) for finding in result.findings):
        some = counted(len(result.findings), "finding")
        lines += wrapped(f"Nothing at {fail_on} or above, but {some} below it: do look.")
    left = len({finding.id for finding in result.findings} - {finding.id for finding in shown})
    if left:
        lines += wrapped(f"{counted(left, 'finding')} left out here by --min-severity or --new.")
    if result.earlier:
        lines += wrapped(
            f"{counted(len(result.earlier), 'finding')} left out that had ended before the time in question."
        )
    if result.accepted:
        lines += wrapped(f"{counted(len(result.accepted), 'finding')} accepted in the known file, not counted here.")
    return lines


def _head(result: Result, shown: int) -> str:
    """Return the answer in one line. It counts the incidents that stand, as the report page does, shown or not."""
    counts = Counter(incident.severity for incident in result.incidents)
    if counts and not shown:
        return f"No incident to show, but {counted(counts.total(), 'incident stands', 'incidents stand')}."
    if counts:
        part = f"; {shown:,} of them shown here" * (shown < counts.total())
        return f"{counted(counts.total(), 'incident')}: {_by_severity(counts)}{part}."
    if not result.tally.events:
        return "Nothing was read, so nothing can be said."
    return "No incident found. No finding is not no theft: see below what could not be seen."


def _by_severity(counts: Counter[Severity]) -> str:
    return ", ".join(f"{counts[each]} {each}" for each in reversed(SEVERITIES) if counts[each])


def _others(findings: Sequence[Finding]) -> list[str]:
    """Return the findings that no incident tells: the strong ones and a few weak ones in full, else by rule."""
    if not findings:
        return []
    lines = ["", bold("Findings outside of incidents")]
    faint = [finding for finding in findings if not is_strong(finding)]
    full = [finding for finding in findings if is_strong(finding) or len(faint) <= _FEW]
    for finding in full[:ROWS]:
        severity = click.style(f"{finding.severity:8}", fg=COLOURS[finding.severity])
        rule = clean(finding.rule)[:36]  # an imported rule's id is a UUID
        room = WIDTH - 28 - width(rule) - 2
        lines.append(f"  {severity} {when(finding.opened_at)} {rule}  {fit(finding.title, room).rstrip()}")
        lines += wrapped(finding.why, "           ")
    if len(full) > ROWS:
        lines.append(f"  … and {len(full) - ROWS:,} more: --report FILE.html or --format jsonl has all")
    return lines + (_by_rule(faint) if len(faint) > _FEW else [])


def _by_rule(findings: Sequence[Finding]) -> list[str]:
    """Return a line for each rule: how many findings, about how many credentials."""
    rules: dict[tuple[Severity, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        rules[finding.severity, finding.rule, finding.title].append(finding)
    lines = []
    for (severity, rule, title), each in list(rules.items())[:ROWS]:
        keys = {finding.credential_id for finding in each} - {None}
        about = f", {counted(len(keys), 'credential')}" if keys else ""
        name = fit(f"{clean(rule)[:36]}  {title}", 44)
        lines.append(f"  {click.style(f'{severity:8}', fg=COLOURS[severity])} {name} {len(each):>5,}{about}")
    if len(rules) > ROWS:
        lines.append(f"  … and {len(rules) - ROWS:,} more rules")
    hint = "Alone, each has a harmless explanation; --report FILE.html or --format jsonl has all of them."
    return [*lines, *wrapped(hint, "  ")]


def _credentials(result: Result, incidents: Sequence[Finding]) -> list[str]:
    """Return the table of credentials, those in incidents first and marked."""
    if not result.credentials:
        return []
    stolen = {entity.value for finding in incidents for entity in finding.entities if entity.type == "credential"}
    rows = sorted(result.credentials, key=lambda use: use.credential_id not in stolen)
    marked = " (! in an incident)" if stolen else ""
    lines = ["", bold(f"Credentials seen: {len(rows):,}{marked}")]
    lines.append(f"  {'credential':27} {'calls':>7} {'cost':>11} {'nets':>5} {'clients':>7} {'last use':>16}")
    lines += [_credential(use, "! " if use.credential_id in stolen else "  ") for use in rows[:ROWS]]
    if len(rows) > ROWS:
        lines.append(f"  … and {len(rows) - ROWS:,} more: --format json has all")
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
    cost = money(use.cost_usd, "–")
    cost = cost if len(cost) <= 11 else f"${short(use.cost_usd or 0)}"
    return (
        f"{mark}{fit(use.credential_id, 27)} {_calls(use.calls):>7} {cost:>11} {use.networks:>5,} {use.clients:>7,}"
        f" {when(use.last):>16}"
    )


def _calls(number: int) -> str:
    return f"{number:,}" if number < 1_000_000 else short(number)


def _coverage(result: Result) -> list[str]:
    seen, tally = result.coverage, result.tally
    lines = ["", bold("What was looked at")]
    period = f", {when(seen.first)} to {when(seen.last)} UTC" if seen.first else ""
    lines += wrapped(
        f"{counted(tally.records, 'record')} in {counted(tally.files, 'file')}{period}:"
        f" {counted(tally.events, 'event')}, {counted(seen.calls, 'call')},"
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
        lines += ["", bold("What could not be seen"), "  Anything: no record read here is a call, so no rule saw any."]
    elif seen.blind:
        lines += ["", bold("What could not be seen"), *unseen(seen.blind)]
    return lines
