"""A result on a terminal: incidents, other findings, credentials, coverage. Plain text, at most 80 columns wide.

Everything shown may have been written by an adversary: control characters are replaced before they reach a terminal.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Final

import click

from seawall.detect.result import Result
from seawall.detect.usage import CredentialUse
from seawall.model import SEVERITIES, Finding, Severity, at_least

_WIDTH: Final = 80
_COLOUR: Final = {"critical": "red", "high": "red", "medium": "yellow", "low": "cyan", "info": None}
#: Rows of a table on a terminal; the report and `--format json` have all.
_ROWS: Final = 15
#: Confidence in words, from ICD 203.
_WORDS: Final = (
    (0.95, "almost certain"), (0.8, "very likely"), (0.55, "likely"), (0.45, "roughly even"), (0.2, "unlikely"),
    (0.05, "very unlikely"), (0.0, "remote"),
)  # fmt: skip


def show(
    result: Result, shown: Sequence[Finding], file: IO[str], *, fail_on: Severity, report: Path | None = None
) -> None:
    """Write the result for a person."""
    lines = [
        *_answer(result, shown, fail_on),
        *_incidents(result, [finding for finding in shown if finding.parts]),
        *_others([finding for finding in shown if not finding.parts]),
        *_credentials(result),
        *_coverage(result),
    ]
    if report:
        lines += ["", f"The whole story: {report}"]
    colour = file.isatty()
    for line in lines:
        click.echo(line, file=file, color=colour or None)


def likelihood(confidence: float) -> str:
    """Return the words of ICD 203 for a probability."""
    return next(words for least, words in _WORDS if confidence >= least)


def clean(text: str) -> str:
    """Return text without the characters that a terminal would obey or that turn its direction."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def money(amount: float | None) -> str:
    """Return dollars as people write them; a dash for what is not known."""
    return "–" if amount is None else f"${amount:,.2f}"


def when(moment: str | None) -> str:
    """Return a time to the minute, in UTC."""
    return f"{moment[:10]} {moment[11:16]}" if moment else "–"


def wrapped(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """Return text in lines of the terminal's width, cleaned; `rest` indents all lines but the first."""
    return textwrap.wrap(
        clean(text), _WIDTH, initial_indent=first, subsequent_indent=first if rest is None else rest,
        break_on_hyphens=False,
    )  # fmt: skip


def _answer(result: Result, shown: Sequence[Finding], fail_on: Severity) -> list[str]:
    incidents = [finding for finding in shown if finding.parts]
    if incidents:
        by_severity = Counter(finding.severity for finding in incidents)
        counted = ", ".join(f"{by_severity[each]} {each}" for each in reversed(SEVERITIES) if by_severity[each])
        head = f"{len(incidents)} incident{'s' * (len(incidents) > 1)}: {counted}."
    else:
        head = "No incident found. No finding is not no theft: see below what could not be seen."
    lines = [click.style(head, bold=True)]
    if shown and not any(at_least(finding.severity, fail_on) for finding in shown):
        lines += wrapped(f"Nothing at {fail_on} or above, but {len(shown)} finding(s) below it: do look at them.")
    if result.accepted:
        lines += wrapped(f"{len(result.accepted)} more accepted in the known file.")
    return lines


def _incidents(result: Result, incidents: Iterable[Finding]) -> list[str]:
    lines: list[str] = []
    for finding in sorted(incidents, key=lambda each: (-SEVERITIES.index(each.severity), each.opened_at)):
        severity = click.style(finding.severity.upper(), fg=_COLOUR[finding.severity], bold=True)
        lines += ["", f"{severity}  {click.style(finding.title, bold=True)}  {likelihood(finding.confidence)}"]
        if finding.credential_id:
            lines += wrapped(f"credential  {finding.credential_id}", "  ", "              ")
        if finding.owner_id:
            name = result.owners.get(finding.owner_id)
            lines += wrapped(f"owner       {finding.owner_id}" + (f" ({name})" if name else ""), "  ")
        lines.append(f"  since       {when(finding.opened_at)} UTC, last seen {when(finding.last_event_time)}")
        if finding.cost_usd is not None:
            cost = f"at least {money(finding.cost_usd)}, {money(finding.cost_usd_per_day)} a day"
            lines.append(f"  cost        {cost}")
        lines += wrapped(finding.why, "  ")
        lines += [line for step in finding.next for line in wrapped(step, "  → ", "    ")]
    return lines


def _others(findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return []
    ordered = sorted(findings, key=lambda each: (-SEVERITIES.index(each.severity), each.opened_at))
    lines = ["", click.style("Findings", bold=True)]
    for finding in ordered[:_ROWS]:
        severity = click.style(f"{finding.severity:8}", fg=_COLOUR[finding.severity])
        lines.append(f"  {severity} {when(finding.opened_at)}  {finding.rule:7} {finding.title}")
        lines += wrapped(finding.why, "           ")
    if len(ordered) > _ROWS:
        lines.append(f"  … and {len(ordered) - _ROWS} more: --report FILE.html or --format jsonl has all")
    return lines


def _credentials(result: Result) -> list[str]:
    if not result.credentials:
        return []
    lines = ["", click.style(f"Credentials seen: {len(result.credentials)}", bold=True)]
    lines.append(f"  {'credential':34} {'calls':>8} {'cost':>11} {'nets':>4} {'last use':>16}")
    lines += [_credential(use) for use in result.credentials[:_ROWS]]
    if len(result.credentials) > _ROWS:
        lines.append(f"  … and {len(result.credentials) - _ROWS} more")
    unpriced = sum(use.unpriced_calls for use in result.credentials)
    if result.cost_usd is not None or unpriced:
        tail = f", {unpriced:,} calls unpriced" if unpriced else ""
        lines.append(f"  At least {money(result.cost_usd)} in all, at list price{tail}.")
    return lines


def _credential(use: CredentialUse) -> str:
    name = clean(use.credential_id)
    name = name if len(name) <= 34 else f"{name[:14]}…{name[-19:]}"
    return f"  {name:34} {use.calls:>8,} {money(use.cost_usd):>11} {use.networks:>4} {when(use.last):>16}"


def _coverage(result: Result) -> list[str]:
    seen, tally = result.coverage, result.tally
    lines = ["", click.style("What was looked at", bold=True)]
    lines += wrapped(
        f"{tally.records:,} records in {tally.files:,} files, {when(seen.first)} to {when(seen.last)} UTC:"
        f" {tally.events:,} events, {seen.calls:,} calls, {seen.credentials:,} credentials of {seen.owners:,} owners,"
        f" {seen.networks:,} networks.",
        "  ",
    )
    for source, count in tally.by_source.most_common():
        lines.append(f"  {count:>9,}  {source}")
    for reason, count in tally.ignored.most_common(5):
        lines += wrapped(f"{count:>9,}  left out: {reason}", "  ", "             ")
    lines += _unread(result)
    if seen.blind:
        lines += ["", click.style("What could not be seen", bold=True)]
        for blind in seen.blind:
            lines += wrapped(f"{blind.rule:7} {blind.title}: {blind.why}", "  ", "          ")
    return lines


def _unread(result: Result) -> list[str]:
    tally = result.tally
    if not tally.unread:
        return []
    lines = [click.style(f"  {tally.unread:,} could not be read:", fg="yellow")]
    for item in tally.quarantined[:5]:
        lines += wrapped(f"{item.name}:{item.line}: {item.reason}", "    ", "      ")
    if tally.unread > 5:
        lines.append(f"    … and {tally.unread - 5:,} more: --format json names them")
    return lines
