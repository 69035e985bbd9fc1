"""LJ-16: the distance, the speed, and the places that do not count."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.detect.analytics.impossible_travel import KM, KMH, RULE
from seawall.detect.examples.example import AWAY, at, steady
from seawall.detect.settings import KnownNetwork, Settings

BERLIN = {"src_lat": 52.5, "src_lon": 13.4}
HANOI = {**AWAY, "src_lat": 21.0, "src_lon": 105.8}
places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great circle by the angle between two vectors: another formula than the rule's."""

    def vector(place: tuple[float, float]) -> tuple[float, float, float]:
        lat, lon = map(math.radians, place)
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    a, b = vector(one), vector(other)
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return 6371 * math.atan2(math.hypot(*cross), sum(x * y for x, y in zip(a, b, strict=True)))


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(places, places, st.integers(1, 1400)), min_size=1, max_size=40))
def test_fires_beyond_the_speed_and_only_there(found: Any, journeys: list[Any]) -> None:
    """For any two places and times, a key is told of exactly where no journey is as fast."""
    rows, impossible = [], set()
    for number, (one, other, minutes) in enumerate(journeys):
        far = kilometres(one, other)
        if abs(far - KM) < 1 or abs(far * 60 - minutes * KMH) < 60:
            continue  # on the edge, two formulas may differ
        key = f"key-{number}"
        for place, net, minute in ((one, "192.0.2.0/24", 0), (other, "203.0.113.0/24", minutes)):
            rows.append(
                {"credential_id": key, "src_net": net, "src_lat": place[0], "src_lon": place[1], "time": at(minute)}
            )
        if far > KM and far * 60 > minutes * KMH:
            impossible.add(key)
    if rows:
        assert {finding.credential_id for finding in found(RULE, rows)} == impossible


def test_a_known_network_is_no_news(found: Any) -> None:
    """The operator's own VPN may be anywhere."""
    rows = [{**BERLIN, "time": at(0)}, {**HANOI, "time": at(1)}]
    assert found(RULE, rows)
    assert found(RULE, rows, settings=Settings(networks=(KnownNetwork("198.51.100.0/24", "VPN"),))) == []


def test_says_whence_and_how_far(found: Any) -> None:
    """The sentence has both networks, the minutes and the distance; a settled end makes it surer."""
    (fresh,) = found(RULE, [{**BERLIN, "time": at(0)}, {**HANOI, "time": at(30)}])
    assert "198.51.100.0/24" in fresh.why
    assert "30 minutes after 192.0.2.0/24" in fresh.why
    assert "8,3" in fresh.why
    (settled,) = found(RULE, [*steady(5, **BERLIN), {**BERLIN, "time": at(0)}, {**HANOI, "time": at(30)}])
    assert settled.confidence > fresh.confidence


def test_a_hop_over_a_vpn_hides_nothing(found: Any) -> None:
    """What lies between, in a network that tells no place, does not join the two ends."""
    between = {**HANOI, "src_net": "203.0.113.0/24", "src_kind": "vpn", "time": at(10)}
    assert found(RULE, [{**BERLIN, "time": at(0)}, between, {**HANOI, "time": at(20)}])
