"""Networks: only reserved ranges, each with one answer to where it is."""

from __future__ import annotations

import ipaddress
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.simulate.places import COUNTRIES, Pool

RESERVED = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32")
]
ASNS = {*range(64_496, 64_512), *range(65_536, 65_552), *range(64_512, 65_535)}


@given(seed=st.integers(0, 2**32), number=st.integers(0, 10**6), wide=st.booleans())
@settings(max_examples=15)
def test_every_address_is_reserved(seed: int, number: int, wide: bool) -> None:
    """Whatever is drawn, networks, their hosts and AS numbers come from reserved ranges."""
    pool = Pool(Random(seed))
    for place in (pool.own("business", pool.country(), wide=wide), pool.shared("hosting"), pool.shared("tor", "US")):
        network, host = ipaddress.ip_network(place.network), ipaddress.ip_address(place.host(number))
        assert host in network
        assert any(network.version == known.version and network.subnet_of(known) for known in RESERVED)  # type: ignore[arg-type]
        assert place.asn in ASNS


def test_no_network_occurs_twice() -> None:
    """The table of networks has one row for each, and every country has a network of each common kind."""
    pool = Pool(Random(1))
    taken = [pool.own("business", "SE") for _ in range(40)]
    assert len({place.network for place in pool.places}) == len(pool.places)
    assert len({place.network for place in taken}) == 40
    for kind in ("hosting", "residential", "business", "mobile"):
        assert {place.country for place in pool.places if place.kind == kind} == set(COUNTRIES)
