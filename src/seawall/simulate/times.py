"""Times as the providers write them; all take µs since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from seawall.simulate.act import DAY, SECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(time: int) -> datetime:
    """Return the time as an aware datetime."""
    return _EPOCH + timedelta(microseconds=time)


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return moment(day * DAY).strftime("%Y-%m-%d")


def iso(time: int, digits: int = 0) -> str:
    """Return `2026-10-05T12:00:00Z`, with `digits` (0–7) digits of the second."""
    seconds, micros = divmod(time % DAY, SECOND)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    fraction = "." + f"{micros:06d}0"[:digits] if digits else ""
    return f"{_date(time // DAY)}T{clock}{fraction}Z"


def ticks(time: int) -> int:
    """Return .NET ticks: 100 ns since year 1."""
    return 621_355_968_000_000_000 + time * 10


def date_path(time: int) -> str:
    """Return `2026/10/05`."""
    return _date(time // DAY).replace("-", "/")
