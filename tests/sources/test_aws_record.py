"""CloudTrail's own times: read by parts that are known already, and never otherwise than as a whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.model import Unreadable
from seawall.sources import values
from seawall.sources.aws_record import moment

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Every second from 2015 to 2099.
SECONDS = st.integers(values.EARLIEST_US // 1_000_000, values.LATEST_US // 1_000_000 - 1)


def written(second: int) -> str:
    """Return a time as CloudTrail writes it."""
    return f"{EPOCH + timedelta(seconds=second):%Y-%m-%dT%H:%M:%S}Z"


def read(how: Callable[[str], int], text: str) -> int | None:
    """Read a time, if it is one."""
    try:
        return how(text)
    except Unreadable:
        return None


@given(second=SECONDS)
def test_every_second_is_exact(second: int) -> None:
    """CloudTrail's form of any second from 2015 to 2099 is that second's µs."""
    assert moment(written(second)) == second * 1_000_000


@given(second=SECONDS, at=st.integers(0, 20), put=st.text("0123456789TZ:-+. x\n٣", max_size=3), cut=st.integers(0, 3))
def test_by_parts_is_as_a_whole(second: int, at: int, put: str, cut: int) -> None:
    """Whatever is done to a time's text, it is the same time or no time either way."""
    text = written(second)
    changed = text[:at] + put + text[at + cut :]
    assert read(moment, changed) == read(values.time_us, changed)


@pytest.mark.parametrize(
    "text",
    [
        "2014-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "T09:30:59Z",
        "2026-01-01T09:60:00Z", "2026-01-01T09:30:60Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "",
    ],
)  # fmt: skip
def test_no_time_is_refused(text: str) -> None:
    """What is no time, or none that an event can have, is unreadable."""
    with pytest.raises(Unreadable):
        moment(text)


def test_other_zones_and_fractions_are_read() -> None:
    """A time that is not in CloudTrail's own form is read as other logs' are."""
    nine = datetime(2026, 1, 1, 9, tzinfo=UTC).timestamp() * 1_000_000
    assert {moment(each) for each in ("2026-01-01T09:00:00Z", "2026-01-01 10:00:00+01:00", "2026-01-01T09:00")} == {
        nine
    }
    assert moment("2026-01-01T09:00:00.25Z") == nine + 250_000
