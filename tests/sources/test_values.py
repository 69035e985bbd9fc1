"""Values as logs write them: times of every form, HTTP statuses, addresses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import Unreadable
from seawall.sources.values import EARLIEST_US, LATEST_US, address, http_outcome, moment

NOON = 1_716_553_382_435_000


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-24T12:23:02.4350000Z", "2024-05-24 12:23:02.435", "2024-05-24T14:23:02.435+02:00",
        "5/24/2024, 12:23:02.435 PM", "1716553382.435", 1_716_553_382_435, 1_716_553_382_435_000,
        1_716_553_382_435_000_000, 638_521_501_824_350_000,
    ],
)  # fmt: skip
def test_a_moment_in_every_form(written: object) -> None:
    """ISO text, the portal's text, and numbers from seconds to .NET ticks are one moment."""
    assert moment(written) == NOON
    assert moment(None, "", written) == NOON


@given(written=st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | st.just("9E99"))
@settings(max_examples=50)
def test_a_moment_is_plausible_or_unreadable(written: object) -> None:
    """Whatever is written, a time lies between 2015 and 2100, or the record is unreadable."""
    try:
        found = moment(written)
    except Unreadable:
        return
    assert EARLIEST_US <= found < LATEST_US


@pytest.mark.parametrize("written", [None, "", float("nan"), float("inf"), 10**400, -1, True, [], "soon", "9" * 70])
def test_no_moment(written: object) -> None:
    """What is no time is unreadable, and the reason stays short."""
    with pytest.raises(Unreadable, match="time") as error:
        moment(written)
    assert len(str(error.value)) < 100


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "success"), (304, "success"), (400, "invalid"), (401, "denied"), (403, "denied"), (404, "invalid"),
     (408, "error"), (429, "throttled"), (500, "error"), (None, None), (0, None), (999, None)],
)  # fmt: skip
def test_statuses(status: int | None, outcome: str | None) -> None:
    """An HTTP status is an outcome; what is no status says nothing."""
    assert http_outcome(status) == outcome


@pytest.mark.parametrize(
    ("written", "is_one"),
    [
        ("192.0.2.1", True), ("192.0.2.***", True), ("192.000.02.1:443", True), ("2001:db8::1", True),
        ("[2001:db8::1]:443", True), ("::1", True), ("::ffff:192.0.2.1", True), ("cloudformation.amazonaws.com", False),
        ("AWS Internal", False), ("gce-internal-ip", False), ("", False), ("1" * 100, False), ("a:b:c" * 30, False),
    ],
)  # fmt: skip
def test_addresses(written: str, is_one: bool) -> None:
    """An address stays as logged, masked or with a port; a service's name is none."""
    assert address(written) == (written if is_one else None)
