"""The network of an address: the /24 of IPv4, the /48 of IPv6, as text.

In: an address as logs write it: whole, with its last part masked, with leading zeros, a port, brackets or a zone.
Out: `203.0.113.0/24`, `2001:db8::/48`, or None. A masked and a full address of one network give the same text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final

#: An IPv6 address with a zone and a port is shorter; what is longer is no address.
_LONGEST: Final = 100
#: Octets may have leading zeros and are decimal all the same; the last may be masked; a port or a prefix may follow.
_V4: Final = re.compile(
    r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(?:(\d{1,3})|[x*]{1,3})(?::\d{1,5}|/(?:2[4-9]|3[0-2]))?", re.ASCII
)
_BRACKETED: Final = re.compile(r"\[([^\[\]]*)\](?::\d{1,5})?", re.ASCII)
#: The network's part is there, what follows is masked.
_V6_MASKED: Final = re.compile(
    r"([0-9a-f]{1,4}):([0-9a-f]{1,4}):([0-9a-f]{1,4})(?::[0-9a-f]{1,4}){0,4}(?::(?:\*{1,4}|x{1,4})){1,5}", re.ASCII
)
_V6_PREFIX: Final = re.compile(r"/(?:4[89]|[5-9]\d|1[01]\d|12[0-8])", re.ASCII)
_MAPPED: Final = "::ffff:"


def network(src_ip: str | None) -> str | None:
    """Return the network of an address, else None; private and loopback addresses have one too.

    A network no wider than a /24 or /48 may come in as well, so that what this returns may come in again.
    """
    return _network(src_ip) if src_ip and len(src_ip) <= _LONGEST else None


@lru_cache(maxsize=65_536)
def _network(src_ip: str) -> str | None:
    text = src_ip.strip().lower()
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed is not None:
        text = bracketed[1]
    return _v4(text.removeprefix(_MAPPED)) or _v6(text)


def _v4(text: str) -> str | None:
    found = _V4.fullmatch(text)
    if found is None:
        return None
    octets = [int(octet) for octet in found.groups(default="0")]
    return f"{octets[0]}.{octets[1]}.{octets[2]}.0/24" if max(octets) <= 255 else None


def _v6(text: str) -> str | None:
    masked = _V6_MASKED.fullmatch(text)
    if masked is not None:
        text = f"{masked[1]}:{masked[2]}:{masked[3]}::"
    address, slash, _ = text.partition("/")
    if slash and _V6_PREFIX.fullmatch(text, len(address)) is None:
        return None
    try:
        parsed = IPv6Address(address.partition("%")[0])
    except AddressValueError:
        return None
    if parsed.ipv4_mapped is not None:
        return _v4(str(parsed.ipv4_mapped))
    return f"{IPv6Address(int(parsed) >> 80 << 80)}/48"
