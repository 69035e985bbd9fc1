"""Settings: what a known network covers, at what cost, and how a file that is wrong says so."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.engine import Engine
from seawall.detect.examples.example import events
from seawall.detect.settings import KnownNetwork, Owner, Settings
from seawall.enrich.network import network
from seawall.model import UsageError
from seawall.store import Views

#: IPv4 prefixes that may be known, their first bits all alike so that they often overlap.
PREFIXES = st.builds(
    lambda bits, length: str(IPv4Network((bits << 8 | 198 << 24, length), strict=False)),
    st.integers(0, 7),
    st.integers(8, 24),
)


def known(views: Views, told: Settings, *addresses: str) -> list[str]:
    """Add one call from each address to the views, and return the networks that count as known."""
    rows = [{"time": "2026-01-05T12:00:00", "src_ip": each, "src_net": network(each), "owner_id": "owner-1",
             "principal_id": "batch"} for each in addresses]  # fmt: skip
    views.con.register("batch", events(rows))
    Engine(views, told, rules=(), incident_rules=()).add("batch")
    return sorted(net for (net,) in views.rows("FROM known_nets"))


def of(*cidrs: str) -> Settings:
    """Return settings with these networks."""
    return Settings(tuple(KnownNetwork(cidr, "ours") for cidr in cidrs))


@given(st.lists(PREFIXES, max_size=4), st.lists(st.integers(0, 9), min_size=1, max_size=6))
@settings(max_examples=10, deadline=None)
def test_known_is_what_a_known_network_covers(cidrs: list[str], thirds: list[int]) -> None:
    """However the calls were batched, a network is known if and only if a listed one covers the whole of it."""
    addresses = [f"198.0.{third}.7" for third in thirds]
    expected = sorted(
        {net for each in addresses if (net := network(each))
         and any(IPv4Network(net).subnet_of(IPv4Network(cidr)) for cidr in cidrs)}
    )  # fmt: skip
    with Views(threads=1) as views:
        for address in addresses:
            found = known(views, of(*cidrs), address)
    assert found == expected


def test_both_families_and_masks() -> None:
    """IPv6 networks are covered as IPv4 ones are; neither covers the other."""
    told = of("198.51.100.0/24", "2001:db8:1::/48")
    with Views(threads=1) as views:
        found = known(views, told, "198.51.100.9", "203.0.113.1", "2001:db8:1:2::3", "2001:db8:2::1")
    assert found == ["198.51.100.0/24", "2001:db8:1::/48"]


def test_other_settings_start_afresh() -> None:
    """Settings that change between batches count for all that was folded before."""
    with Views(threads=1) as views:
        assert known(views, of("198.51.100.0/24"), "198.51.100.9", "203.0.113.1") == ["198.51.100.0/24"]
        groups = (Owner("owner-1", "group-1"), Owner("owner-2"))
        changed = Settings(of("203.0.113.0/24").networks, owners=groups)
        assert known(views, changed, "192.0.2.1") == ["203.0.113.0/24"]
        assert views.rows("FROM owner_groups") == [("owner-1", "group-1")]


def test_a_batch_pays_for_its_own_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a history of hundreds of networks, a batch with two compares two."""
    with Views(threads=1) as views:
        told = of("203.0.113.0/24")
        known(views, told, *(f"198.{18 + third // 250}.{third % 250}.1" for third in range(400)))
        compared: list[str] = []
        parse = ipaddress.ip_network

        def counting(net: str, *, strict: bool = True) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
            compared.extend([net] * strict)  # what comes from the views is strict
            return parse(net, strict=strict)

        monkeypatch.setattr(ipaddress, "ip_network", counting)
        assert known(views, told, "203.0.113.5", "192.0.2.1") == ["203.0.113.0/24"]
    assert sorted(compared) == ["192.0.2.0/24", "203.0.113.0/24"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[[network]]\ncidr = '198.51.100.7/32'\nreason = 'me'\n", "list 198.51.100.0/24"),
        (b"[[network]]\ncidr = '198.51.100.7'\nreason = 'me'\n", "judged by their /24"),
        (b"[[network]]\ncidr = '2001:db8::/56'\nreason = 'me'\n", "list 2001:db8::/48"),
        (b"[[network]]\ncidr = '0.0.0.0/0'\nreason = 'all'\n", "too wide"),
        (b"[[network]]\ncidr = '192.0.0.0/7'\nreason = 'all'\n", "/8 or narrower"),
        (b"[[network]]\ncidr = '2000::/3'\nreason = 'all'\n", "/16 or narrower"),
        (b"[[network]]\ncidr = '192.0.2.0/24'\nreason = 'caf\xe9'\n", "known.toml:3: not UTF-8"),
        (b"[[network]]\ncidr = \n", "line 2"),
    ],
)
def test_a_known_file_that_is_wrong_says_so(content: bytes, told: str, tmp_path: Path) -> None:
    """A network narrower than the grain or wider than anybody's, bytes that are no text: what, where, what instead."""
    path = tmp_path / "known.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"known\.toml") as error:
        Settings.load(known=path)
    assert told in error.value.message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"owner,group,name\n1,2,a\n1,2,caf\xe9\n", "owners.csv:3: not UTF-8"),
        (b"owner,group,name\n1,2,a\n1,2," + b"x" * 200_000 + b"\n", "owners.csv:3: "),
        (b"account,team\n", "no column `owner`"),
        (b"", "no column `owner`"),
    ],
)
def test_an_owners_file_that_is_wrong_says_so(content: bytes, told: str, tmp_path: Path) -> None:
    """Bytes that are no text, a cell without end, no such column: file, line, and what it is."""
    path = tmp_path / "owners.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        Settings.load(owners=path)
    assert told in error.value.message


def test_an_owners_file_is_read(tmp_path: Path) -> None:
    """A byte order mark, blank cells, short rows and spaces are all well."""
    path = tmp_path / "owners.csv"
    path.write_bytes(b"\xef\xbb\xbfowner,group,name\r\n a , g ,\r\n\r\nb\r\n ,x,y\r\n")
    assert Settings.load(owners=path).owners == (Owner("a", "g"), Owner("b"))
