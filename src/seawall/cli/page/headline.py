"""The plain answer in one sentence: is somebody using the keys, since when, what did it cost at least?

In: a `Result`. Out: a `Headline` of plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from seawall.cli.page.words import count, day, in_words, money, period
from seawall.detect.result import Result
from seawall.model import Finding, at_least

#: Incident rule → what a sure one and a doubtful one is called, one and many.
_NOUNS: Final = {
    "stolen-key-in-use": ("stolen key", "stolen keys", "key that may be stolen", "keys that may be stolen"),
    "resale-proxy": ("resale proxy", "resale proxies", "possible resale proxy", "possible resale proxies"),
}
_ANY: Final = ("incident", "incidents", "possible incident", "possible incidents")


class Headline(msgspec.Struct, frozen=True):
    """`tone`: `alarm` (an incident at high or above), `doubt` (any other incident), `calm` or `empty`."""

    tone: str
    answer: str
    detail: str


def headline(result: Result, incidents: Sequence[Finding], others: int) -> Headline:
    """Answer for these incidents; `others`: how many findings stand that belong to none."""
    blind = len(result.coverage.blind)
    unseen = f"{count(blind, 'rule was', 'rules were')} blind, {count(result.tally.unread, 'record')} could not be read"
    if incidents:
        sure = any(_sure(each) for each in incidents)
        rest = f" Besides, {count(others, 'finding')} below that belong to no incident." if others else ""
        what = "Start with “What to do now” of the first incident." + rest
        return Headline("alarm" if sure else "doubt", _answer(incidents), what)
    if not result.tally.events:
        return Headline("empty", "Nothing was read, so nothing can be said.", f"Look at the coverage below: {unseen}.")
    below = f" {count(others, 'finding')} below, none of them an incident." if others else ""
    return Headline("calm", "No incident found.", f"No finding is not no theft: {unseen}.{below}")


def known_cost(incidents: Sequence[Finding]) -> float | None:
    """Return what the incidents cost at least; one of a network may tell the same money as those of its keys."""
    by_key = [each.cost_usd for each in incidents if each.cost_usd is not None and each.credential_id is not None]
    others = [each.cost_usd for each in incidents if each.cost_usd is not None and each.credential_id is None]
    return max(sum(by_key), *others, 0.0) if by_key or others else None


def _sure(incident: Finding) -> bool:
    return at_least(incident.severity, "high")


def _answer(incidents: Sequence[Finding]) -> str:
    groups: dict[tuple[str, str], set[tuple[str | None, ...]]] = {}
    for each in sorted(incidents, key=_sure, reverse=True):
        nouns = _NOUNS.get(each.rule, _ANY)
        subject = (each.owner_id, each.credential_id) if each.credential_id else (each.id,)
        groups.setdefault(nouns[:2] if _sure(each) else nouns[2:], set()).add(subject)
    named = [in_words(len(subjects), *nouns) for nouns, subjects in groups.items()]
    who = ", ".join(named[:-1]) + (" and " if len(named) > 1 else "") + named[-1]
    first, last = min(each.first_event_time for each in incidents), max(each.last_event_time for each in incidents)
    going = any(each.status == "open" for each in incidents)
    when = f"in use since {day(first)}" if going else f"used {period(first, last)}"
    cost = known_cost(incidents)
    spent = "at a cost not known" if cost is None else f"at least {money(cost)} {'so far' if going else 'in all'}"
    return f"{who[0].upper()}{who[1:]}{',' if len(named) > 1 else ''} {when}, {spent}."
