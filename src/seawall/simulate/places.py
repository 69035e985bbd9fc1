"""Where calls come from: the networks of the world, all from ranges reserved for documentation and tests.

In: a random generator. Out: `Place`s (a /24 or /48 with country, coordinates, AS and kind) and `geo.csv`'s rows.
"""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from seawall.model import SrcKind

#: country → latitude, longitude, hours ahead of UTC, weight as home of owners.
COUNTRIES: Final[dict[str, tuple[float, float, int, int]]] = {
    "US": (39.8, -98.6, -6, 30), "CA": (45.4, -75.7, -5, 5), "BR": (-15.8, -47.9, -3, 4), "MX": (19.4, -99.1, -6, 2),
    "GB": (51.5, -0.1, 0, 8), "DE": (50.1, 8.7, 1, 8), "FR": (48.9, 2.4, 1, 6), "NL": (52.4, 4.9, 1, 4),
    "ES": (40.4, -3.7, 1, 3), "IT": (45.5, 9.2, 1, 3), "PL": (52.2, 21.0, 1, 2), "SE": (59.3, 18.1, 1, 2),
    "RO": (44.4, 26.1, 2, 2), "UA": (50.5, 30.5, 2, 1), "TR": (41.0, 29.0, 3, 1), "IL": (32.1, 34.8, 2, 2),
    "AE": (25.2, 55.3, 4, 1), "IN": (12.9, 77.6, 5, 6), "VN": (21.0, 105.8, 7, 1), "HK": (22.3, 114.2, 8, 1),
    "SG": (1.35, 103.8, 8, 3), "JP": (35.7, 139.7, 9, 4), "KR": (37.6, 127.0, 9, 2), "AU": (-33.9, 151.2, 10, 3),
}  # fmt: skip
#: kind of network → how many of the IPv4 /24s it gets, out of 515.
_SHARES: Final[dict[SrcKind, int]] = {
    "hosting": 155, "residential": 140, "business": 130, "mobile": 40, "vpn": 40, "tor": 10,
}  # fmt: skip
_ORG: Final[dict[SrcKind, str]] = {
    "hosting": "Example Cloud", "residential": "Example Broadband", "business": "Example Business Lines",
    "mobile": "Example Mobile", "vpn": "Example Privacy Transit", "tor": "Example Relay Association",
}  # fmt: skip
#: AS numbers for documentation (RFC 5398), then for private use (RFC 6996).
_ASNS: Final = (*range(64_496, 64_512), *range(65_536, 65_552), *range(64_512, 65_535))
_DOCUMENTATION: Final = ("192.0.2", "198.51.100", "203.0.113")


class Place(msgspec.Struct, frozen=True):
    """A network and what a geo table would say of it; coordinates in degrees, `asn` from reserved or private ranges."""

    network: str
    country: str
    latitude: float
    longitude: float
    asn: int
    as_org: str
    kind: SrcKind

    def host(self, number: int) -> str:
        """Return an address of the network; any whole number will do."""
        base, size = self.network.split("/")
        if size == "48":
            return f"{base}{number % 65_535 + 1:x}"
        return f"{base[:-1]}{number % 254 + 1}"


class Pool:
    """Hands out networks; every draw is decided by the generator it was made with."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._asn: dict[tuple[SrcKind, str], int] = {}
        self._sites = 0
        self._free: dict[tuple[SrcKind, str], list[Place]] = {}
        self.places: list[Place] = []
        prefixes = [f"198.{second}.{third}" for second in (18, 19) for third in range(256)] + list(_DOCUMENTATION)
        rng.shuffle(prefixes)
        for kind, share in _SHARES.items():
            for number in range(share):
                place = self._add(f"{prefixes.pop()}.0/24", kind, self._country(number))
                self._free.setdefault((kind, place.country), []).append(place)

    def _country(self, number: int) -> str:
        """Every country gets its first networks, then by weight."""
        names = list(COUNTRIES)
        return names[number] if number < len(names) else self.country()

    def _add(self, network: str, kind: SrcKind, country: str) -> Place:
        rng, (latitude, longitude, _, _) = self._rng, COUNTRIES[country]
        # A kind has one AS for each country, except that clouds and relays span countries.
        key = (kind, "" if kind in {"hosting", "vpn", "tor"} and rng.random() < 0.7 else country)
        if key not in self._asn:
            self._asn[key] = _ASNS[len(self._asn) % len(_ASNS)]
        name = f"{_ORG[kind]} {key[1]}".strip()
        spot = (round(latitude + rng.uniform(-1.5, 1.5), 2), round(longitude + rng.uniform(-1.5, 1.5), 2))
        place = Place(network, country, *spot, self._asn[key], name, kind)
        self.places.append(place)
        return place

    def country(self, but: str = "") -> str:
        """Draw a country by weight, never `but`."""
        names = [name for name in COUNTRIES if name != but]
        return self._rng.choices(names, [COUNTRIES[name][3] for name in names])[0]

    def shared(self, kind: SrcKind, country: str = "") -> Place:
        """Draw an IPv4 network that others may use as well, in `country` if there is one left."""
        found = self._free.get((kind, country))
        return self._rng.choice(
            found or [place for place in self.places[: sum(_SHARES.values())] if place.kind == kind]
        )

    def own(self, kind: SrcKind, country: str, *, wide: bool = False) -> Place:
        """Take a network for one tenant alone: an unused /24 of the kind, else (or when `wide`) a new IPv6 /48."""
        free = self._free.get((kind, country))
        if free and not wide:
            return free.pop()
        self._sites += 1
        return self._add(f"2001:db8:{self._sites:x}::/48", kind, country)
