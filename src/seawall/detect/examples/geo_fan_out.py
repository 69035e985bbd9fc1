"""Examples of LJ-15."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import OWN_KEY, Example, Row, at, steady


def _from(country: str, number: int, minutes: float) -> Row:
    net = ("192.0.2", "198.51.100", "203.0.113", "198.18.4")[number]
    return {**OWN_KEY, "time": at(minutes), "src_net": f"{net}.0/24", "src_ip": f"{net}.7", "src_country": country}


_AROUND: Final = (_from("DE", 0, 0), _from("BR", 1, 60), _from("VN", 2, 120))


FIRES: Final = (
    Example("a key without history is used from three countries within two hours", _AROUND),
    Example(
        "a key that was always in one country is used from two more within two hours",
        (*steady(5, src_country="DE", **OWN_KEY), *_AROUND),
    ),
)
QUIET: Final = (
    Example(
        "a traveller arrives in a new country while the key is used in two old ones",
        (*steady(5, src_country="DE", **OWN_KEY), *steady(5, src_country="BR", every=24, **OWN_KEY), *_AROUND),
    ),
    Example(
        "a key that has gone round three countries for days goes to two new ones",
        (
            *(_from(country, 3, -1440 * (2 + day)) for day in (0, 1, 2) for country in ("DE", "US", "FR")),
            *_AROUND,
        ),
    ),
    Example(
        "a key is used from two countries, one of them by VPN",
        tuple(_from(("DE", "US")[number % 2], number % 2, 20 * number) for number in range(9)),
    ),
    Example(
        "a traveller uses a key in three countries within three days",
        tuple(_from(country, number, 1440 * number) for number, country in enumerate(("DE", "BR", "VN"))),
    ),
    Example(
        "one network whose place the table does not agree on",
        tuple({**_from("DE", 0, 10 * number), "src_country": f"A{number}"} for number in range(3)),
    ),
)
