"""The time line of a credential: its hours in, the geometry of a small bar chart out; `chart.html.j2` draws it as SVG.

All times are hours since 1970 in here, so that no date can overflow. Bars are one path each for use within and without
the incident, so that a year of hours is a few kilobytes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Final

import msgspec

from seawall.cli.page.words import month, parse
from seawall.cli.text import short
from seawall.detect.usage import Slice

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = 24
#: The hours that a date can name.
_START, _END = ((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(hours=1) for year in (MINYEAR, MAXYEAR))
#: So much earlier use is drawn at most: enough to see the rhythm, not so much that the theft is a hair.
BEFORE: Final = 21 * _DAY
_WIDTHS: Final = (1, 2, 3, 6, 12, _DAY, 7 * _DAY)
_STEPS: Final = (2, 6, 12, _DAY, 2 * _DAY, 3 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY)
#: The least number of bars that there is room for.
_LEAST: Final = 36
_LEFT, _TOP, _BOTTOM = 44, 24, 24  # room for the labels


class Tick(msgspec.Struct, frozen=True):
    """A line across the plot at `at` and what it stands for."""

    at: float
    label: str


class Chart(msgspec.Struct, frozen=True):
    """Lengths are in user units of the SVG; `shade` is (x, width) of the incident, None where it is not in view."""

    width: int
    height: int
    left: int
    top: int
    floor: int
    measure: str
    outside: str
    within: str
    shade: tuple[float, float]
    opened: float | None
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


class _Span(msgspec.Struct, frozen=True):
    """The hours in view, the width of a bar in hours, and the room that they have."""

    start: int
    end: int
    step: int
    width: int

    def x(self, hour: float) -> float:
        """Return where an hour stands."""
        share = (hour - self.start) / (self.end - self.start)
        return round(_LEFT + min(max(share, 0), 1) * (self.width - _LEFT), 1)


def hour_of(time: str) -> float:
    """Return the hours from 1970 to an RFC 3339 time."""
    return (parse(time) - _EPOCH) / timedelta(hours=1)


def timeline(hours: Sequence[Slice], first: str, opened: str, last: str, *, width: int, height: int) -> Chart | None:
    """Draw cost, or calls where nothing has a price, from three weeks before `first` on; None where nothing is drawn.

    `first`, `opened`, `last`: when the theft began, when it could be known, when it was last seen (RFC 3339).
    """
    start, end = hour_of(first), hour_of(last)
    seen = [(int(hour_of(each.start)), each) for each in hours if hour_of(each.start) >= int(start) - BEFORE]
    if not seen:
        return None
    priced = _priced([each for hour, each in seen if hour + 1 > start] or [each for _, each in seen])
    span = _span([hour for hour, _ in seen], start, end, width)
    bars = _bars(((hour, _cost(each) if priced else each.calls) for hour, each in seen), span)
    top, up = _scale(max(bars.values()), height, priced=priced)
    stolen = {hour for hour in bars if hour + span.step > start and hour <= end}
    at = span.x(hour_of(opened))
    shade = span.x(start), max(span.x(max(end, start) + 1) - span.x(start), 3)
    return Chart(
        width=width,
        height=height,
        left=_LEFT,
        top=_TOP,
        floor=height - _BOTTOM,
        measure=f"{'Cost' if priced else 'Calls'} per {_named(span.step)}",
        outside=_path({hour: bar for hour, bar in bars.items() if hour not in stolen}, top, span, height),
        within=_path({hour: bar for hour, bar in bars.items() if hour in stolen}, top, span, height),
        shade=shade,
        opened=at if at - shade[0] > 4 else None,
        across=tuple(_across(span)),
        up=up,
    )


def _cost(hour: Slice) -> float:
    """Return what can be drawn: a log may claim a cost beyond all figures."""
    return hour.cost_usd if hour.cost_usd is not None and math.isfinite(hour.cost_usd) else 0.0


def _priced(hours: Sequence[Slice]) -> bool:
    """Say whether cost tells the story: most calls were made in hours that have one."""
    return sum(each.calls for each in hours if _cost(each)) > 0.8 * sum(each.calls for each in hours)


def _span(hours: list[int], start: float, end: float, width: int) -> _Span:
    """Choose the bars' width so that each has six units of room, in steps that people think in."""
    low, high = min(*hours, int(start)), max(*hours, int(end)) + 1
    most = width // 6
    step = next((each for each in _WIDTHS if (high - low) / each <= most), _WIDTHS[-1])
    while (high - low) / step > most:
        step *= 2
    spare = max(0, _LEAST - (high - low) // step) // 2 * step  # a lone bar stands amid what surrounds it
    low -= low % step + spare
    high += -(high - low) % step + spare
    return _Span(low, high, step, width)


def _bars(figures: Iterable[tuple[int, float]], span: _Span) -> dict[int, float]:
    bars: dict[int, float] = defaultdict(float)
    for hour, figure in figures:
        bars[hour - (hour - span.start) % span.step] += figure
    return bars


def _scale(most: float, height: int, *, priced: bool) -> tuple[float, tuple[Tick, ...]]:
    """Return the figure at the top of the plot, a round one, and the lines across it."""
    most = most if priced else max(most, 2.0)  # there are no half calls
    top = 1.0
    while top < most:
        top *= 10
    while top >= most * 10 and top > 1e-6:
        top /= 10
    top = next((each for each in (top * 0.2, top * 0.4, top * 0.5) if each >= most), top) if most else 1.0
    room = height - _TOP - _BOTTOM
    ticks = ((share, top * share) for share in (0.5, 1.0))
    return top, tuple(
        Tick(height - _BOTTOM - share * room, f"${short(figure)}" if priced else short(figure))
        for share, figure in ticks
    )


def _path(bars: dict[int, float], top: float, span: _Span, height: int) -> str:
    """Return one path with a rectangle for each bar; the least of them is still seen."""
    room, floor = height - _TOP - _BOTTOM, height - _BOTTOM
    parts = []
    for hour, figure in sorted(bars.items()):
        if figure <= 0:
            continue
        x, tall = span.x(hour), max(figure / top * room, 1.5)
        wide = max(span.x(hour + span.step) - x - 1, 1)
        parts.append(f"M{x:g} {floor}v{-tall:.1f}h{wide:.1f}V{floor}z")
    return "".join(parts)


def _across(span: _Span) -> Iterable[Tick]:
    most = span.width // 75
    step = next((each for each in _STEPS if (span.end - span.start) / each <= most), _STEPS[-1])
    while (span.end - span.start) / step > most:
        step *= 2
    for hour in range(span.start + -span.start % step, min(span.end, _END), step):
        at = span.x(hour)
        if at < span.width - 40 and hour >= _START:
            moment = _EPOCH + timedelta(hours=hour)
            yield Tick(at, f"{moment.hour:02}:00" if hour % _DAY else f"{moment.day} {month(moment)}")


def _named(step: int) -> str:
    if step % _DAY:
        return "hour" if step == 1 else f"{step} hours"
    days = step // _DAY
    return {1: "day", 7: "week"}.get(days, f"{days} days")
