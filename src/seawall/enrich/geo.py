"""Where a network is and whose: from MMDB files or CSV tables that the user brings. None is shipped.

In: files, opened once. Out: a `Place` for a network, looked up by its first address, so that masked and full addresses
agree. Several files complete each other: for each field, the first file that knows it.

Source of the MMDB field names: the layouts of GeoLite2 and GeoIP2 (City, ASN, Enterprise, Anonymous IP), of those who
follow them (DB-IP, IP2Location), and of flat ones (IPinfo).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import math
import socket
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol, get_args

import msgspec

from seawall.model import SrcKind, UsageError

#: The header of a CSV table.
HEADER: Final = ("network", "country", "latitude", "longitude", "asn", "as_org", "kind")
_MMDB_MARK: Final = b"\xab\xcd\xefMaxMind.com"
#: The mark stands in the last 128 KiB of an MMDB file (MMDB specification, version 2.0).
_MMDB_TAIL: Final = 128 * 1024
_GZIP_MARK: Final = b"\x1f\x8b"
_HINT: Final = f"It is an MMDB file, or a CSV file with the header {','.join(HEADER)}; gzip is read too."
_NOWHERE: Final = -1


class Place(msgspec.Struct, frozen=True):
    """Where a network is and whose; None is unknown. Degrees; ISO 3166-1 alpha-2; autonomous system and its name."""

    country: str | None = None
    lat: float | None = None
    lon: float | None = None
    asn: int | None = None
    as_org: str | None = None
    kind: SrcKind | None = None


class _Table(Protocol):
    """One file: finds the place of an address, given as text and as its packed bytes."""

    def find(self, address: str, packed: bytes) -> Place | None: ...


class Geo:
    """One or more files, looked up by network; `version` tells one state of the files from another."""

    def __init__(self, tables: tuple[_Table, ...], version: str) -> None:
        self._tables = tables
        self.version = version

    @classmethod
    def open(cls, *paths: Path | str) -> Geo:
        """Open MMDB and CSV files (CSV gzipped or not), told apart by their content.

        Raises:
            UsageError: a file cannot be read; a CSV header or row is wrong (the message has file and line).
        """
        files = [Path(path) for path in paths]
        whole = hashlib.sha256()
        for path in files:
            whole.update(_digest(path))
        return cls(tuple(_Mmdb(path) if _is_mmdb(path) else _Csv(path) for path in files), whole.hexdigest()[:12])

    def look_up(self, network: str) -> Place | None:
        """Return the place of a network such as `203.0.113.0/24`, by its first address; None where no file has it.

        Raises:
            UsageError: an MMDB file is damaged.
        """
        address = network.partition("/")[0]
        packed = _pack(address)
        if packed is None:
            return None
        found = [place for table in self._tables if (place := table.find(address, packed)) is not None]
        return _merge(found) if found else None


def _merge(places: list[Place]) -> Place | None:
    known = {
        name: next((value for place in places if (value := getattr(place, name)) is not None), None)
        for name in Place.__struct_fields__
    }
    return Place(**known) if any(value is not None for value in known.values()) else None


def _pack(address: str) -> bytes | None:
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    except (OSError, ValueError):
        return None


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", hint=_HINT) from error


def _is_mmdb(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _MMDB_TAIL))
        return _MMDB_MARK in file.read()


# Values, as text or as the MMDB has them; None for what makes no sense.


def _country(value: object) -> str | None:
    return value.upper() if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha() else None


def _degrees(value: object, most: float) -> float | None:
    try:
        degrees = float(value) if isinstance(value, str | float | int) else math.nan
    except ValueError:
        return None
    return degrees if abs(degrees) <= most else None


def _asn(value: object) -> int | None:
    text = str(value).upper().removeprefix("AS")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) < 2**32 else None


def _text(value: object) -> str | None:
    return value.strip()[:200] or None if isinstance(value, str) else None


def _kind(value: object) -> Any:
    return value if value in get_args(SrcKind) else None


_READ: Final[dict[str, Callable[[object], Any]]] = {
    "country": _country,
    "lat": lambda value: _degrees(value, 90),
    "lon": lambda value: _degrees(value, 180),
    "asn": _asn,
    "as_org": _text,
    "kind": _kind,
}


class _Ranges:
    """Networks of one address family as disjoint ranges in two sorted arrays; the longest prefix wins.

    Only the first 64 bits of an IPv6 address are kept: what is looked up is the first address of a /48.
    """

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._keys: list[int] = []
        self._places = array("l")
        self._starts = array("Q")
        self._values = array("l")

    def add(self, packed: bytes, length: int, place: int) -> None:
        """Add a network: its first address, its prefix length, the number of its place."""
        number = int.from_bytes(packed)
        if length > self._bits and number & (2**64 - 1):
            return  # narrower than a /64 and not at its start: never looked up
        self._keys.append(number >> (len(packed) * 8 - self._bits) << 8 | length)
        self._places.append(place)

    def freeze(self) -> None:
        """Lay the networks flat. Sorted by start and length, an outer one comes before those inside it."""
        inside: list[tuple[int, int]] = []
        for row in sorted(range(len(self._keys)), key=self._keys.__getitem__):
            start, length = self._keys[row] >> 8, self._keys[row] & 255
            self._leave(inside, start)
            self._mark(start, self._places[row])
            inside.append((start + (1 << max(self._bits - length, 0)), self._places[row]))
        self._leave(inside, 1 << self._bits)
        self._keys, self._places = [], array("l")

    def _leave(self, inside: list[tuple[int, int]], until: int) -> None:
        while inside and inside[-1][0] <= until:
            end, _ = inside.pop()
            if end < 1 << self._bits:
                self._mark(end, inside[-1][1] if inside else _NOWHERE)

    def _mark(self, start: int, place: int) -> None:
        if self._starts and self._starts[-1] == start:
            self._values[-1] = place
        else:
            self._starts.append(start)
            self._values.append(place)

    def find(self, packed: bytes) -> int:
        """Return the number of the place of an address, -1 where there is none."""
        at = bisect_right(self._starts, int.from_bytes(packed) >> (len(packed) * 8 - self._bits))
        return self._values[at - 1] if at else _NOWHERE


class _Csv:
    """A CSV table. Of two rows for one network the later counts."""

    def __init__(self, path: Path) -> None:
        self._ranges = {4: _Ranges(32), 16: _Ranges(64)}
        self._places: list[Place] = []
        numbers: dict[tuple[str, ...], int] = {}
        for line, cells in _rows(path):
            packed, length = _network(cells[0], f"{path}:{line}")
            written = tuple(cells[1:])
            number = numbers.get(written)
            if number is None:
                number = numbers[written] = len(self._places)
                self._places.append(_place(written, f"{path}:{line}"))
            self._ranges[len(packed)].add(packed, length, number)
        for ranges in self._ranges.values():
            ranges.freeze()

    def find(self, address: str, packed: bytes) -> Place | None:  # noqa: ARG002 - the MMDB reader wants the text
        number = self._ranges[len(packed)].find(packed)
        return None if number == _NOWHERE else self._places[number]


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    line = 1
    try:
        with path.open("rb") as probe:
            opener = gzip.open if probe.read(2) == _GZIP_MARK else open
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            if tuple(cell.strip() for cell in next(reader, ())) != HEADER:
                raise UsageError(f"{path}:1: not the header of a geo table", hint=_HINT)
            for cells in reader:
                line = reader.line_num
                if len(cells) == len(HEADER):
                    yield line, cells
                elif cells:
                    raise UsageError(f"{path}:{line}: {len(cells)} cells, not {len(HEADER)}", hint=_HINT)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read after line {line}: {error}", hint=_HINT) from error


def _network(cell: str, where: str) -> tuple[bytes, int]:
    address, _, prefix = cell.strip().partition("/")
    packed = _pack(address)
    if packed is not None and prefix.isascii() and prefix.isdigit() and len(prefix) <= 3:
        spare = len(packed) * 8 - int(prefix)
        if spare >= 0 and not int.from_bytes(packed) & ((1 << spare) - 1):
            return packed, int(prefix)
    raise UsageError(f"{where}: not a network: {cell[:60]!r}", hint="Write it as 203.0.113.0/24 or 2001:db8::/48.")


def _place(cells: tuple[str, ...], where: str) -> Place:
    values: dict[str, Any] = {}
    for name, column, cell in zip(Place.__struct_fields__, HEADER[1:], cells, strict=True):
        written = cell.strip()
        values[name] = _READ[name](written) if written else None
        if written and values[name] is None:
            raise UsageError(f"{where}: {column} cannot be {written[:60]!r}", hint="Leave the cell empty if unknown.")
    return Place(**values)


#: Where MMDB layouts keep a field; the first that makes sense counts.
_PATHS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "country": (("country", "iso_code"), ("country_code",), ("country",)),
    "lat": (("location", "latitude"), ("latitude",), ("lat",)),
    "lon": (("location", "longitude"), ("longitude",), ("lng",)),
    "asn": (("autonomous_system_number",), ("traits", "autonomous_system_number"), ("asn",)),
    "as_org": (("autonomous_system_organization",), ("traits", "autonomous_system_organization"), ("as_name",)),
}
#: What says of what kind a network is, the most telling first.
_FLAGS: Final[tuple[tuple[str, SrcKind], ...]] = (
    ("is_tor_exit_node", "tor"), ("tor", "tor"), ("is_anonymous_vpn", "vpn"), ("vpn", "vpn"),
    ("is_hosting_provider", "hosting"), ("hosting", "hosting"),
)  # fmt: skip
_USER_TYPES: Final[dict[object, SrcKind]] = {
    "business": "business", "cellular": "mobile", "hosting": "hosting", "residential": "residential",
}  # fmt: skip


class _Mmdb:
    """An MMDB file."""

    def __init__(self, path: Path) -> None:
        import maxminddb  # noqa: PLC0415 - a user without a geo database need not have it

        self._path = path
        self._damaged = maxminddb.InvalidDatabaseError
        try:
            self._reader = maxminddb.open_database(path)
            self._ipv6 = self._reader.metadata().ip_version == 6
        except (self._damaged, OSError, ValueError) as error:
            raise UsageError(f"{path}: {error}", hint=_HINT) from error

    def find(self, address: str, packed: bytes) -> Place | None:
        if len(packed) == 16 and not self._ipv6:
            return None
        try:
            record = self._reader.get(address)
        except (self._damaged, UnicodeDecodeError) as error:
            raise UsageError(f"{self._path}: {error}", hint="Fetch the file again.") from error
        return _mmdb_place(record) if isinstance(record, dict) else None


def _mmdb_place(record: dict[str, Any]) -> Place:
    values = {
        name: next((value for path in paths if (value := _READ[name](_at(record, path))) is not None), None)
        for name, paths in _PATHS.items()
    }
    return Place(**values, kind=_mmdb_kind(record))


def _at(record: object, path: tuple[str, ...]) -> object:
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return record


def _mmdb_kind(record: dict[str, Any]) -> SrcKind | None:
    traits = _at(record, ("traits",))
    said = {**record, **(traits if isinstance(traits, dict) else {})}
    for flag, kind in _FLAGS:
        if said.get(flag) in (True, "true"):
            return kind
    user_type = said.get("user_type")
    return _USER_TYPES.get(user_type) if isinstance(user_type, str) else None
