"""Geo: what a table says of a network, whatever the layout of the file and the order of its rows."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.enrich.geo import HEADER, Geo, Place
from seawall.enrich.network import network
from seawall.model import UsageError

Make = Callable[..., Path]


@pytest.fixture
def table(tmp_path: Path) -> Make:
    """Return a function that writes CSV rows below the header and returns the file."""

    def make(*rows: str, header: str = ",".join(HEADER), name: str = "geo.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join((header, *rows)) + "\n")
        return path

    return make


# CSV

FOUR = st.tuples(st.integers(0, 255), st.integers(8, 32)).map(
    lambda drawn: IPv4Network((0xC6120000 | drawn[0] << 8, drawn[1]), strict=False)
)
SIX = st.tuples(st.integers(0, 255), st.integers(16, 128)).map(
    lambda drawn: IPv6Network((0x20010DB8 << 96 | drawn[0] << 80, drawn[1]), strict=False)
)


@settings(max_examples=50)
@given(networks=st.lists(FOUR | SIX, max_size=30), asked=st.lists(st.integers(0, 255), min_size=1, max_size=8))
def test_longest_prefix_wins(
    tmp_path_factory: pytest.TempPathFactory, networks: list[IPv4Network | IPv6Network], asked: list[int]
) -> None:
    """A network's place is that of the narrowest listed network around its first address, the later row on a tie."""
    path = tmp_path_factory.mktemp("geo") / "geo.csv"
    path.write_text(",".join(HEADER) + "\n" + "".join(f"{n},,,,{at + 1},,\n" for at, n in enumerate(networks)))
    geo = Geo.open(path)
    for third in asked:
        for text in (f"198.18.{third}.0/24", f"2001:db8:{third:x}::/48"):
            first = ip_address(text.partition("/")[0])
            around = [(n.prefixlen, at + 1) for at, n in enumerate(networks) if first in n]
            place = geo.look_up(text)
            assert (place.asn if place else None) == (max(around)[1] if around else None)


def test_ends_of_the_address_space(table: Make) -> None:
    """Networks that start at the first or end at the last address are found, and nothing outside them."""
    geo = Geo.open(table("0.0.0.0/0,AA,,,,,", "255.255.255.0/24,BB,,,,,", "ff00::/8,CC,,,,,"))
    assert [geo.look_up(text) for text in ("0.0.0.0/24", "255.255.255.0/24", "ffff:ffff:ffff::/48", "::/48")] == [
        Place(country="AA"), Place(country="BB"), Place(country="CC"), None,
    ]  # fmt: skip


def test_masked_and_full_address_have_one_place(table: Make) -> None:
    """Rows narrower than a /24 do not tear a network apart: its place is that of its first address."""
    geo = Geo.open(table("203.0.113.0/25,DE,52.5,13.4,AS64500,Example Net,hosting", "203.0.113.128/25,FR,,,,,"))
    places = {geo.look_up(network(text) or "") for text in ("203.0.113.200", "203.0.113.7", "203.0.113.***")}
    assert places == {Place("DE", 52.5, 13.4, 64500, "Example Net", "hosting")}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("203.0.113.1/24,DE,,,,,", "geo.csv:3: not a network"),  # bits of a host
        ("203.0.113.0,DE,,,,,", "geo.csv:3: not a network"),
        ("203.0.113.0/33,DE,,,,,", "geo.csv:3: not a network"),
        ("2001:db8::/129,DE,,,,,", "geo.csv:3: not a network"),
        ("203.0.113.0/²,DE,,,,,", "geo.csv:3: not a network"),
        ("\x00/0,DE,,,,,", "geo.csv:3: not a network"),
        ("203.0.113.0/24,Germany,,,,,", "geo.csv:3: country cannot be"),
        ("203.0.113.0/24,DE,91,,,,", "geo.csv:3: latitude cannot be"),
        ("203.0.113.0/24,DE,,nan,,,", "geo.csv:3: longitude cannot be"),
        ("203.0.113.0/24,DE,,,4294967296,,", "geo.csv:3: asn cannot be"),
        ("203.0.113.0/24,DE,,,,,castle", "geo.csv:3: kind cannot be"),
        ("203.0.113.0/24,DE", "geo.csv:3: 2 cells, not 7"),
        (f"203.0.113.0/24,DE,,,,{'x' * 200_000},", "geo.csv: cannot be read after line 2"),
    ],
)
def test_bad_row_names_file_and_line(table: Make, row: str, said: str) -> None:
    """A row that makes no sense stops the reading with its file, its line and what is wrong."""
    with pytest.raises(UsageError, match=said):
        Geo.open(table("198.18.0.0/15,DE,,,,,", row))


@pytest.mark.parametrize(
    "content", [b"", b"network,country\n", b"\x1f\x8b\x08cut", b"\xff\xfe\xff", gzip.compress(b"x" * 999, mtime=0)[:-9]]
)
def test_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, foreign, truncated and binary files are errors of use, not tracebacks."""
    path = tmp_path / "geo.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        Geo.open(path)


def test_missing_file_is_an_error_of_use(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(UsageError, match=r"absent\.csv"):
        Geo.open(tmp_path / "absent.csv")


def test_gzip_and_byte_order_mark_change_nothing(table: Make, tmp_path: Path) -> None:
    """A compressed table, or one that a spreadsheet saved, reads like the plain one."""
    plain = table('203.0.113.0/24,de,,,,"Example, Inc.",')
    (tmp_path / "packed").write_bytes(gzip.compress(b"\xef\xbb\xbf" + plain.read_bytes()))
    expected = Place(country="DE", as_org="Example, Inc.")
    assert (
        Geo.open(plain).look_up("203.0.113.0/24") == Geo.open(tmp_path / "packed").look_up("203.0.113.0/24") == expected
    )


def test_version_tells_tables_apart(table: Make) -> None:
    """The version is a function of the files' content: equal for a copy, another after a change."""
    one, copy, other = (table(row, name=name) for row, name in (("", "a"), ("", "b"), ("198.18.0.0/15,DE,,,,,", "c")))
    assert Geo.open(one).version == Geo.open(copy).version != Geo.open(other).version
    assert len(Geo.open(one).version) == 12


def test_text_that_is_no_network_has_no_place(table: Make) -> None:
    """What cannot be read as a network is nowhere."""
    geo = Geo.open(table("0.0.0.0/0,DE,,,,,"))
    assert [geo.look_up(text) for text in ("", "x", "\x00", "1.2.3/24", "é::/48")] == [None] * 5


# MMDB: the smallest writer of the format (specification 2.0) that a test needs


def _encoded(value: object) -> bytes:
    match value:
        case bool():
            return bytes([value, 7])  # type 14, an extended one
        case int():
            return _uint(6, value)
        case float():
            return b"\x68" + struct.pack(">d", value)
        case str():
            body = value.encode()
            size = bytes([2 << 5 | len(body)]) if len(body) < 29 else bytes([2 << 5 | 29, len(body) - 29])
            return size + body
        case dict():
            return bytes([7 << 5 | len(value)]) + b"".join(_encoded(k) + _encoded(v) for k, v in value.items())
        case bytes():
            return value
    raise AssertionError(value)


def _uint(kind: int, value: int) -> bytes:
    """Encode an unsigned number: kind 5 has 16 bits, 6 has 32, 9 (an extended one) has 64."""
    body = value.to_bytes(8).lstrip(b"\0")
    return (bytes([kind << 5 | len(body)]) if kind < 8 else bytes([len(body), kind - 7])) + body


def mmdb(path: Path, networks: dict[str, dict[str, Any]], ip_version: int = 6) -> Path:
    """Write an MMDB file with these records; IPv4 networks lie in ::/96 as the format has it."""
    empty: list[list[Any]] = [[None, None]]
    data, offsets = b"", {}
    for text, record in networks.items():
        net = ip_network(text)
        shift = 96 if ip_version == 6 and net.version == 4 else 0
        bits = format(int(net.network_address), f"0{net.max_prefixlen}b")[: net.prefixlen]
        node = 0
        for at, bit in enumerate("0" * shift + bits):
            if at == shift + net.prefixlen - 1:
                offsets[node, int(bit)] = len(data)
            elif empty[node][int(bit)] is None:
                empty[node][int(bit)] = len(empty)
                empty.append([None, None])
            node = empty[node][int(bit)] or 0
        data += _encoded(record)
    count = len(empty)
    tree = b""
    for node, children in enumerate(empty):
        for side, child in enumerate(children):
            value = offsets[node, side] + count + 16 if (node, side) in offsets else count if child is None else child
            tree += value.to_bytes(4)
    meta = {"binary_format_major_version": _uint(5, 2), "binary_format_minor_version": _uint(5, 0),
            "build_epoch": _uint(9, 1), "database_type": "Test", "ip_version": _uint(5, ip_version),
            "node_count": _uint(6, count), "record_size": _uint(5, 32),
            "languages": b"\0\4", "description": {}}  # fmt: skip
    path.write_bytes(tree + b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + _encoded(meta))
    return path


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"country": {"iso_code": "DE"}, "location": {"latitude": 52.5, "longitude": 13.4}}, Place("DE", 52.5, 13.4)),
        ({"autonomous_system_number": 64500, "autonomous_system_organization": "Example Net"},
         Place(asn=64500, as_org="Example Net")),
        ({"country_code": "FR", "asn": "AS64500", "as_name": "Example Net"},
         Place(country="FR", asn=64500, as_org="Example Net")),
        ({"country": "FR", "lat": "48.9", "lng": "2.4"}, Place("FR", 48.9, 2.4)),
        ({"is_hosting_provider": True, "is_anonymous_vpn": True}, Place(kind="vpn")),
        ({"is_tor_exit_node": True}, Place(kind="tor")),
        ({"hosting": "true"}, Place(kind="hosting")),
        ({"traits": {"user_type": "cellular", "autonomous_system_number": 64500}}, Place(asn=64500, kind="mobile")),
        ({"country": {"iso_code": "Germany"}, "location": "x", "asn": "many", "is_tor_exit_node": "no"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_layouts_of_mmdb(tmp_path: Path, record: dict[str, Any], place: Place | None) -> None:
    """The layouts in use are read; a field that makes no sense is unknown."""
    geo = Geo.open(mmdb(tmp_path / "geo.mmdb", {"203.0.113.0/24": record, "2001:db8::/32": record}))
    assert geo.look_up("203.0.113.0/24") == place
    assert geo.look_up("2001:db8:1::/48") == place
    assert geo.look_up("198.51.100.0/24") is None


def test_files_complete_each_other(tmp_path: Path, table: Make) -> None:
    """Each field comes from the first file that knows it."""
    city = mmdb(tmp_path / "city", {"203.0.113.0/24": {"country": {"iso_code": "DE"}}})
    asn = mmdb(tmp_path / "asn", {"203.0.112.0/20": {"country_code": "FR", "autonomous_system_number": 64500}})
    geo = Geo.open(city, asn, table("203.0.113.0/24,IT,,,1,Example Net,hosting"))
    assert geo.look_up("203.0.113.0/24") == Place(country="DE", asn=64500, as_org="Example Net", kind="hosting")


def test_ipv6_in_a_database_of_ipv4(tmp_path: Path) -> None:
    """A database of IPv4 knows no IPv6 network, and says so by None."""
    geo = Geo.open(mmdb(tmp_path / "four", {"203.0.113.0/24": {"country_code": "DE"}}, ip_version=4))
    assert (geo.look_up("203.0.113.0/24"), geo.look_up("2001:db8::/48")) == (Place(country="DE"), None)


@settings(max_examples=50)
@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_damaged_mmdb_is_an_error_of_use(tmp_path_factory: pytest.TempPathFactory, at: int, value: int) -> None:
    """Whatever byte of a database is damaged, there is an answer or an error of use, nothing else."""
    path = mmdb(tmp_path_factory.mktemp("geo") / "geo", {"203.0.113.0/24": {"country": {"iso_code": "DE"}}})
    content = bytearray(path.read_bytes())
    content[-1 - at % 250] = value  # data and metadata; the tree before them is long and dull
    path.write_bytes(content)
    try:
        place = Geo.open(path).look_up("203.0.113.0/24")
    except UsageError:
        return
    assert place is None or isinstance(place, Place)
