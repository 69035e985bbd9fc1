"""The incidents of a result on a terminal: thefts in full, weak incidents by the line, whom they hit, what to do.

In: a result and the thefts to show. Out: plain lines of at most `WIDTH` columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click

from seawall.cli.text import WIDTH, clean, counted, fit, likelihood, money, when, wrapped
from seawall.cli.thefts import Theft, is_strong, named, since
from seawall.detect.result import Result
from seawall.model import Finding

COLOURS: Final = {"critical": "red", "high": "red", "medium": "yellow", "low": "cyan", "info": None}
#: Rows of a table on a terminal; the report and `--format json` have all.
ROWS: Final = 15
#: As many weak incidents are told in full; of more, each has a line.
_FEW: Final = 3
#: Thefts told in full.
_THEFTS: Final = 20


def bold(text: str) -> str:
    """Return text that stands out."""
    return click.style(text, bold=True)


def told_in_full(found: Sequence[Theft]) -> list[Theft]:
    """Return the thefts that deserve a card: the strong ones, and a few weak ones."""
    weak = [theft for theft in found if not is_strong(theft.lead)]
    return [theft for theft in found if is_strong(theft.lead) or len(weak) <= _FEW][:_THEFTS]


def cards(result: Result, found: Iterable[Theft]) -> Iterator[str]:
    """Tell thefts in full."""
    for theft in found:
        yield ""
        yield from _card(result, theft.lead)
        if theft.others:
            yield ""
            yield "  The same theft, key by key and network by network:"
        for other in theft.others[:ROWS]:
            yield from _same(other)
        if len(theft.others) > ROWS:
            yield f"    … and {len(theft.others) - ROWS:,} more: --report FILE.html or --format json has all"


def _card(result: Result, finding: Finding) -> Iterator[str]:
    severity = click.style(finding.severity.upper(), fg=COLOURS[finding.severity], bold=True)
    over = ", over" if finding.status == "closed" else ""
    yield f"{severity}  {bold(fit(finding.title, 50).rstrip())}  {likelihood(finding.confidence)}{over}"
    keys = [finding.credential_id] if finding.credential_id else sorted(named([finding], "credential"))
    if len(keys) == 1:
        yield from wrapped(keys[0], "  credential  ", "              ")
    else:  # the table of credentials, the report and the JSON have them whole
        yield from (f"  credential  {fit(key, WIDTH - 14).rstrip()}" for key in keys[:ROWS])
    if finding.owner_id:
        yield from wrapped(owner(result, finding.owner_id), "  owner       ", "              ")
    yield f"  since       {when(since(finding))} UTC, last seen {when(finding.last_event_time)}"
    if finding.cost_usd is not None:
        yield f"  cost        at least {money(finding.cost_usd)}, {_per_day(finding)} a day"
    yield from wrapped(_why(finding), "  ")


def _same(finding: Finding) -> Iterator[str]:
    """Tell an incident of a theft that another one leads: what it adds, without the innocent causes told already."""
    severity = click.style(f"{finding.severity:8}", fg=COLOURS[finding.severity])
    title = clean(finding.title)[:24]
    about = finding.credential_id or ", ".join(sorted(named([finding], "network"))[:1])
    yield f"  {severity} {title}  {fit(about, WIDTH - 13 - len(title)).rstrip()}"
    cost = f", at least {money(finding.cost_usd)}" if finding.cost_usd is not None else ""
    yield f"           since {when(since(finding))}, last seen {when(finding.last_event_time)}{cost}"
    yield from wrapped(_why(finding).partition(" Could also be: ")[0], "           ")


def _per_day(finding: Finding) -> str:
    """Return the cost of a day; less than half a cent is not nothing."""
    return money(finding.cost_usd_per_day or min(finding.cost_usd or 0, 0.001))


def _why(finding: Finding) -> str:
    subject = finding.credential_id or ""
    return f"It{finding.why.removeprefix(subject)}" if subject and finding.why.startswith(subject) else finding.why


def owner(result: Result, name: str) -> str:
    """Return an owner with the name that people know."""
    known = result.owners.get(name)
    return f"{name} ({known})" if known else name


def weak(found: Sequence[Theft]) -> Iterator[str]:
    """Tell the thefts that have no card, a line each."""
    full = told_in_full(found)
    rest = [theft.lead for theft in found if theft not in full]
    if rest:
        yield ""
        yield bold(f"More incidents: {len(rest):,}")
        yield from wrapped("Each has a harmless explanation that is as likely; see the report before you act.", "  ")
    for lead in rest[:ROWS]:
        about = lead.credential_id or ", ".join(sorted(named([lead], "network"))[:1]) or lead.owner_id or ""
        who = lead.owner_id or counted(len(named([lead], "owner")), "owner")
        severity = click.style(f"{lead.severity:8}", fg=COLOURS[lead.severity])
        cells = f"{fit(lead.title, 18)} {fit(about, 18)} {fit(who, 12).rstrip()}"
        yield f"  {severity} {when(since(lead))}  {cells}"
    if len(rest) > ROWS:
        yield f"  … and {len(rest) - ROWS:,} more: --report FILE.html or --format json has all"


def hit(result: Result, incidents: Sequence[Finding]) -> list[str]:
    """Return the owners that incidents hit and the networks that used keys of several; none for one owner alone."""
    holder = {use.credential_id: use.owner_id for use in result.credentials}
    owners: dict[str, set[str]] = defaultdict(set)
    networks: dict[str, set[str]] = defaultdict(set)
    for finding in incidents:
        ours = {finding.owner_id} if finding.owner_id else named([finding], "owner")
        keys = named([finding], "credential")
        for each in ours:
            owners[each].update(key for key in keys if holder.get(key) in {each, None})
        for network in named([finding], "network"):
            networks[network] |= ours
    if len(owners) < 2:
        return []
    lines = ["", bold(f"Owners hit: {len(owners):,}")]
    lines += [_row(owner(result, each), max(1, len(keys)), "credential") for each, keys in _largest(owners)]
    if len(owners) > ROWS:
        lines.append(f"  … and {len(owners) - ROWS:,} more")
    shared = {network: each for network, each in networks.items() if len(each) > 1}
    if shared:
        lines += ["", bold("Networks that used keys of several owners")]
        lines += [_row(network, len(each), "owner") for network, each in _largest(shared)]
    return lines


def _largest(groups: dict[str, set[str]]) -> list[tuple[str, set[str]]]:
    return sorted(groups.items(), key=lambda each: (-len(each[1]), each[0]))[:ROWS]


def _row(name: str, number: int, noun: str) -> str:
    return f"  {fit(name, 60)} {counted(number, noun):>16}"


def steps(findings: Iterable[Finding]) -> list[str]:
    """Return what to do, each step once, those of the worst first."""
    each = dict.fromkeys(step for finding in findings for step in finding.next)
    lines = [line for step in list(each)[:ROWS] for line in wrapped(step, "  → ", "    ")]
    return ["", bold("What to do now"), *lines] if lines else []
