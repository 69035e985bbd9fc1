"""The network of an address: laws over all addresses, then the forms that logs write."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.enrich.network import network

FOUR = st.integers(0, 2**32 - 1).map(IPv4Address)
SIX = st.integers(0, 2**128 - 1).map(IPv6Address).filter(lambda address: address.ipv4_mapped is None)


@settings(max_examples=50)
@given(FOUR | SIX)
def test_address_lies_in_its_network(address: IPv4Address | IPv6Address) -> None:
    """Every address has a network of the right width that contains it, and that is its own network."""
    found = network(str(address))
    assert found is not None
    assert address in ip_network(found)
    assert ip_network(found).prefixlen == (24 if address.version == 4 else 48)
    assert network(found) == found


@settings(max_examples=50)
@given(FOUR, st.sampled_from(["***", "*", "x", "xxx", "XXX", "0", "000"]))
def test_masked_and_full_address_agree(address: IPv4Address, mask: str) -> None:
    """An address and the same address with its last octet masked have one network."""
    head = str(address).rpartition(".")[0]
    assert network(f"{head}.{mask}") == network(str(address))


@settings(max_examples=50)
@given(FOUR, st.integers(0, 65_535))
def test_way_of_writing_does_not_matter(address: IPv4Address, port: int) -> None:
    """Leading zeros, a port, blanks and the IPv6-mapped form change nothing."""
    padded = ".".join(octet.zfill(3) for octet in str(address).split("."))
    forms = (padded, f"{address}:{port}", f" {address} ", f"::ffff:{address}", f"[::ffff:{address}]:{port}",
             str(IPv6Address(int(address) + (0xFFFF << 32))))  # fmt: skip
    assert {network(form) for form in forms} == {network(str(address))}


@settings(max_examples=50)
@given(SIX, st.integers(0, 65_535))
def test_way_of_writing_does_not_matter_in_ipv6(address: IPv6Address, port: int) -> None:
    """Brackets, a port, a zone, capitals and the long form change nothing."""
    text = str(address)
    forms = (f"[{text}]", f"[{text}]:{port}", f"{text}%eth0", text.upper(), address.exploded)
    assert {network(form) for form in forms} == {network(text)}


@settings(max_examples=50)
@given(st.text(max_size=120))
def test_any_text_gives_a_network_or_none(text: str) -> None:
    """Whatever text comes in, the answer is None or a network that can be read."""
    found = network(text)
    assert found is None or ip_address(found.partition("/")[0]) in ip_network(found)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("203.0.113.***", "203.0.113.0/24"),  # Azure OpenAI
        ("198.051.100.07", "198.51.100.0/24"),  # decimal, never octal
        ("10.8.8.10", "10.8.8.0/24"),
        ("127.0.0.1", "127.0.0.0/24"),
        ("::1", "::/48"),
        ("203.0.113.9:443", "203.0.113.0/24"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("2001:db8:1:***", "2001:db8:1::/48"),
        ("2001:db8:1:2:xxxx:xxxx:xxxx:xxxx", "2001:db8:1::/48"),
        ("::ffff:203.0.113.***", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
    ],
)
def test_written_forms(written: str, expected: str) -> None:
    """The forms that logs write are read."""
    assert network(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        None, "", "-", "AWS Internal", "cloudformation.amazonaws.com", "private", "203.0.113", "203.0.113.256",
        "203.0.***.***", "203.0.113.1.5", "203.0.0.0/16", "2001:db8::/32", "2001:db8:***", "1" * 10_000, "٢٠٣.0.113.1",
        "2001:db8::1::2", "[203.0.113.1", "12345:db8::1", "203.0.113.1/33",
    ],
)  # fmt: skip
def test_what_is_no_address_has_no_network(written: str | None) -> None:
    """Service names, half addresses and wide networks are None: never a guess."""
    assert network(written) is None
