"""Examples of LJ-15."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import Example, Row, at


def _from(country: str, number: int, minutes: float) -> Row:
    net = ("192.0.2", "198.51.100", "203.0.113", "198.18.4")[number]
    return {"time": at(minutes), "src_net": f"{net}.0/24", "src_ip": f"{net}.7", "src_country": country}


FIRES: Final = (
    Example(
        "a key is used from three countries within two hours",
        (_from("DE", 0, 0), _from("BR", 1, 60), _from("VN", 2, 120)),
    ),
)
QUIET: Final = (
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
