"""The plain answer in one sentence: is somebody using the keys, since when, what did it cost at least?

In: a `Result`. Out: a `Headline` of plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from seawall.cli.page.words import count, day, in_words, parse, period
from seawall.cli.text import money
from seawall.cli.thefts import is_strong, since
from seawall.detect.result import Result
from seawall.model import Finding, at_least

#: Incident rule → what a sure one and a doubtful one is called, one and many.
_NOUNS: Final = {
    "stolen-key-in-use": ("stolen key", "stolen keys", "key that may be stolen", "keys that may be stolen"),
    "resale-proxy": ("resale proxy", "resale proxies", "possible resale proxy", "possible resale proxies"),
    "usage-theft": ("stolen key", "stolen keys", "key that may be stolen", "keys that may be stolen"),
}
#: Logs that end longer ago than this say nothing about today.
_STALE: Final = timedelta(days=7)
_ANY: Final = ("incident", "incidents", "possible incident", "possible incidents")


class Headline(msgspec.Struct, frozen=True):
    """`tone`: `alarm` (an incident at high or above), `doubt` (any other incident), `calm` or `empty`.

    The answer is one sentence: `what` there is, and `rest`: when, and at what cost.
    """

    tone: str
    what: str
    rest: str
    detail: str

    @property
    def answer(self) -> str:
        """The whole sentence."""
        return f"{self.what} {self.rest}".strip()


def headline(result: Result, incidents: Sequence[Finding], others: int) -> Headline:
    """Answer for these incidents; `others`: how many findings stand that belong to none.

    Where one incident is sure, the sentence is about the sure ones alone, and the others come after it; weak ones are
    only counted, where there are others.
    """
    below = (
        f" {count(others, 'finding')} below {'belongs' if others == 1 else 'belong'} to no incident." if others else ""
    )
    if incidents:
        sure = [each for each in incidents if _sure(each)]
        first = sure or [each for each in incidents if is_strong(each)] or list(incidents)
        rest = [each for each in incidents if each not in first and is_strong(each)]
        weak = len(incidents) - len(first) - len(rest)
        who, besides = _who(first), f"Besides: {_who(rest)}." if rest else ""
        faint = f" {count(weak, 'weaker incident')} may well be harmless." if weak else ""
        when = _when(first, fresh=fresh(result))
        advice = f"{besides} Start with “What to do now” of the first incident.{faint}{below}".strip()
        return Headline("alarm" if sure else "doubt", f"{who[0].upper()}{who[1:]}", when, advice)
    blind = count(len(result.coverage.blind), "rule was", "rules were")
    unseen = f"{blind} blind, {count(result.tally.unread, 'record')} could not be read"
    if not result.tally.events:
        return Headline("empty", "Nothing was read, so nothing can be said.", "", f"See the coverage below: {unseen}.")
    return Headline("calm", "No incident found.", "", f"No finding is not no theft: {unseen}.{below}")


def fresh(result: Result) -> bool:
    """Say whether the logs reach so near to now that what is open in them still goes on."""
    last = result.coverage.last
    return last is not None and parse(result.judged_at) - parse(last) <= _STALE


def _sure(incident: Finding) -> bool:
    return at_least(incident.severity, "high")


def _who(incidents: Sequence[Finding]) -> str:
    """Return what there is, in words: `two stolen keys and one resale proxy`."""
    groups: dict[tuple[str, str], set[tuple[str | None, ...]]] = {}
    for each in incidents:
        nouns = _NOUNS.get(each.rule, _ANY)
        subject = (each.owner_id, each.credential_id) if each.credential_id else (each.id,)
        groups.setdefault(nouns[:2] if _sure(each) else nouns[2:], set()).add(subject)
    named = [in_words(len(subjects), *nouns) for nouns, subjects in groups.items()]
    return ", ".join(named[:-1]) + (" and " if len(named) > 1 else "") + named[-1]


def _when(incidents: Sequence[Finding], *, fresh: bool) -> str:
    first, last = min(since(each) for each in incidents), max(each.last_event_time for each in incidents)
    going = fresh and any(each.status == "open" for each in incidents)
    when = f"in use since {day(first)}" if going else f"in use {period(first, last)}"
    cost, unpriced = _cost(incidents), sum(each.cost_usd is None for each in incidents)
    if cost is None:
        return f"{when}, at a cost not known."
    rest = f", {count(unpriced, 'incident')} without a price" if unpriced else ""
    return f"{when}, at least {money(cost)} {'so far' if going else 'in all'}{rest}."


def _cost(incidents: Sequence[Finding]) -> float | None:
    """Return what the incidents cost at least; one of a network may tell the same money as those of its keys."""
    by_key = [each.cost_usd for each in incidents if each.cost_usd is not None and each.credential_id is not None]
    others = [each.cost_usd for each in incidents if each.cost_usd is not None and each.credential_id is None]
    return max(sum(by_key), *others, 0.0) if by_key or others else None
