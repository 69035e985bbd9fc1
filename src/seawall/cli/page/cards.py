"""What an incident card shows: the incident, its parts, and the story of each of its credentials.

In: a `Result`. Out: `Card`s, cut to what a page can hold; what is cut is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from seawall.cli.page.charts import Chart, hour_of, timeline
from seawall.cli.page.headline import fresh
from seawall.cli.thefts import Theft, since
from seawall.detect.result import CredentialStory, Result
from seawall.detect.usage import CredentialUse, Slice, SourceUse
from seawall.model import SEVERITIES, Finding

PARTS: Final = 12
STORIES: Final = 3
SOURCES: Final = 12
DAYS: Final = 31
_WIDE: Final = (960, 220)
_NARROW: Final = (340, 190)


class Change(msgspec.Struct, frozen=True):
    """One measure per day, before the theft began and since; None: unknown, or there was no before."""

    measure: str
    before: float | None
    since: float | None
    money: bool = False

    @property
    def factor(self) -> float | None:
        """How many times as much as before; None where there was nothing, or is nothing, to compare."""
        return self.since / self.before if self.before and self.since else None


class Story(msgspec.Struct, frozen=True):
    """One credential over time; `charts`: the same one for a wide and for a narrow page; `days`: the last of them."""

    use: CredentialUse
    charts: tuple[Chart, ...]
    changes: tuple[Change, ...]
    days: tuple[Slice, ...]
    sources: tuple[tuple[SourceUse, bool], ...]
    networks: int
    countries: int
    new: int
    more: int


class Card(msgspec.Struct, frozen=True):
    """One incident; `same`: the others of its theft, `leads`: it explains them, `began`: RFC 3339."""

    finding: Finding
    same: tuple[Finding, ...]
    leads: bool
    began: str
    going: bool
    parts: tuple[Finding, ...]
    stories: tuple[Story, ...]
    credentials: int


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, the most severe first, then the dearest, then the oldest."""
    return sorted(
        findings, key=lambda each: (-SEVERITIES.index(each.severity), -(each.cost_usd or 0), each.opened_at, each.id)
    )


def cards(result: Result, incidents: Sequence[Finding], found: Iterable[Theft]) -> list[Card]:
    """Return a card for each incident; `found` are the thefts they tell of."""
    theft_of = {incident.id: theft for theft in found for incident in theft.incidents}
    findings = {finding.id: finding for finding in result.findings}
    stories: dict[str, list[CredentialStory]] = {}
    for story in result.stories:
        stories.setdefault(story.credential.credential_id, []).append(story)
    recent = fresh(result)
    last = result.coverage.last
    return [_card(each, theft_of[each.id], findings, stories, last, fresh=recent) for each in incidents]


def _card(
    incident: Finding,
    theft: Theft,
    findings: Mapping[str, Finding],
    stories: Mapping[str, list[CredentialStory]],
    last: str | None,
    *,
    fresh: bool,
) -> Card:
    named = dict.fromkeys(each.value for each in incident.entities if each.type == "credential")
    told = [
        story
        for credential in named
        for story in stories.get(credential, ())
        if incident.owner_id in {None, story.credential.owner_id}
    ]
    parts = ranked(findings[part] for part in incident.parts if part in findings)[:PARTS]
    parts.sort(key=lambda part: part.opened_at)  # what happened, in order
    shown = tuple(_story(story, incident, last) for story in told[:STORIES])
    same, leads = tuple(each for each in theft.incidents if each.id != incident.id), theft.lead.id == incident.id
    going = fresh and incident.status == "open"
    return Card(incident, same, leads, since(incident), going, tuple(parts), shown, len(named))


def _story(told: CredentialStory, incident: Finding, last: str | None) -> Story:
    start = since(incident)
    times = start, incident.opened_at, incident.last_event_time
    charts = (timeline(told.hours, *times, width=width, height=height) for width, height in (_WIDE, _NARROW))
    marked = [(source, hour_of(source.first) >= hour_of(start)) for source in told.sources]
    marked.sort(key=lambda each: not each[1])  # stable: the new ones first, else as they came
    return Story(
        use=told.credential,
        charts=tuple(chart for chart in charts if chart),
        changes=tuple(_changes(told.hours, start, max(last or start, incident.last_event_time))),
        days=tuple(_by_day(told.hours))[-DAYS:],
        sources=tuple(marked[:SOURCES]),
        networks=len({source.network for source in told.sources} - {None}),
        countries=len({source.country for source in told.sources} - {None}),
        new=sum(is_new for source, is_new in marked if source.network is not None),
        more=len(marked[SOURCES:]),
    )


def _changes(hours: Sequence[Slice], start: str, last: str) -> Iterable[Change]:
    """Compare the days before the hour in which the theft began with those from it on."""
    split, end = int(hour_of(start)), hour_of(last)
    before = [each for each in hours if hour_of(each.start) < split]
    since = [each for each in hours if hour_of(each.start) >= split]
    days_before = max(1.0, (split - hour_of(before[0].start)) / 24) if before else None
    days_since = max(1.0, (end - split) / 24)

    def per_day(slices: Sequence[Slice], field: str, days: float | None) -> float | None:
        figures = [figure for each in slices if (figure := getattr(each, field)) is not None]
        untold = slices and not (any(figures) if field == "tokens" else figures)  # no call has no tokens
        if days is None or untold:
            return None
        return float(sum(figures) / days)

    for field, measure in (("calls", "Calls"), ("cost_usd", "Cost"), ("tokens", "Tokens"), ("images", "Images")):
        if any(getattr(each, field) for each in hours):
            yield Change(
                measure, per_day(before, field, days_before), per_day(since, field, days_since), field == "cost_usd"
            )


def _by_day(hours: Iterable[Slice]) -> Iterable[Slice]:
    days: dict[str, list[Slice]] = {}
    for each in hours:
        days.setdefault(each.start[:10], []).append(each)
    for name, slices in days.items():
        costs = [each.cost_usd for each in slices if each.cost_usd is not None]
        yield Slice(
            start=f"{name}T00:00:00Z",
            calls=sum(each.calls for each in slices),
            tokens=sum(each.tokens for each in slices),
            cost_usd=sum(costs) if costs else None,
            images=sum(each.images for each in slices),
        )
