"""Values as logs write them: times in every form, numbers as text, addresses, ids. Pure functions.

Each returns None for what is absent, and raises `Unreadable` for what is there and makes no sense, where that would
make the record useless; a bad optional value is None.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, get_args

import msgspec

from seawall.model import Outcome, Unreadable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
#: An event before 2015 or after 2100 is a broken clock or an attack on the engine's idea of now.
EARLIEST_US: Final = 1_420_070_400_000_000
LATEST_US: Final = 4_102_444_800_000_000
_TICKS_AT_EPOCH: Final = 621_355_968_000_000_000
_ISO: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?", re.ASCII
)


@lru_cache(maxsize=65_536)
def time_us(text: str) -> int:
    """Return µs since 1970 UTC for an ISO-like time; without a zone it is UTC.

    Accepts `2024-10-17T20:09:52Z`, `2023-01-01 00:00:00.000000000`, `…+02:00`, seven-digit fractions.

    Raises:
        Unreadable: not a time, or outside 2015–2100.
    """
    found = _ISO.fullmatch(text.strip())
    if found is None:
        raise Unreadable(f"not a time ({len(text)} characters)")
    year, month, day, hour, minute = (int(part) for part in found.group(1, 2, 3, 4, 5))
    micros = int((found[7] or "").ljust(6, "0")[:6] or 0)
    try:
        moment = datetime(year, month, day, hour, minute, int(found[6] or 0), micros, tzinfo=UTC)
    except ValueError as error:
        raise Unreadable(f"not a time ({len(text)} characters)") from error
    return _plausible((moment - _EPOCH) // _MICROSECOND - _offset_us(found[8]), text)


def _offset_us(zone: str | None) -> int:
    if zone in {None, "Z", "UTC"} or zone is None:
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return (-1 if zone[0] == "-" else 1) * minutes * 60_000_000


def _plausible(micros: int, written: object) -> int:
    if not EARLIEST_US <= micros < LATEST_US:
        raise Unreadable(f"a time outside 2015–2100: {str(written)[:40]!r}")
    return micros


def number_time_us(value: float) -> int:
    """Return µs since 1970 UTC for a numeric time; its size tells seconds, ms, µs, ns and .NET ticks apart."""
    whole = int(value)
    for low, micros in (
        (10**17 * 5, (whole - _TICKS_AT_EPOCH) // 10 if whole < 10**18 else whole // 1000),
        (10**14 * 4, whole),
        (10**11, whole * 1000),
    ):
        if whole >= low:
            return _plausible(micros, value)
    return _plausible(int(value * 1_000_000), value)


def digest_id(record: bytes) -> str:
    """Return an id for a record whose log gives it none: a hash of its bytes (strip prompt and response first)."""
    return "h:" + hashlib.blake2b(record, digest_size=16).hexdigest()


def count(value: object) -> int | None:
    """Return a non-negative whole number written as number or text, else None."""
    try:
        whole = int(float(value)) if isinstance(value, str | float | int) and not isinstance(value, bool) else -1
    except (ValueError, OverflowError):
        return None
    return whole if 0 <= whole < 2**53 else None


def text(value: object) -> str | None:
    """Return a non-empty text (numbers are written out), else None."""
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def decode(decoder: msgspec.json.Decoder[Any], record: bytes) -> Any:
    """Decode a record, turning every way it can be broken into `Unreadable`."""
    try:
        return decoder.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not readable as JSON: {error}") from error


def decode_leniently(decoder: msgspec.json.Decoder[Any], record: bytes) -> Any:
    """Decode a record into the decoder's Struct; a field of an unexpected shape takes its default, the rest is read.

    Raises:
        Unreadable: no JSON object, or a field without a default is missing or has another shape.
    """
    try:
        return decoder.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _field_by_field(decoder.type, decode(_ANY, record))


_ANY: Final = msgspec.json.Decoder(Any)


def _field_by_field(kind: Any, value: object) -> Any:
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    known: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name not in value:
            continue
        found = value[field.encode_name]
        nested = [each for each in (field.type, *get_args(field.type)) if hasattr(each, "__struct_fields__")]
        try:
            known[field.name] = msgspec.convert(found, field.type, strict=False)
        except msgspec.ValidationError:
            if nested and isinstance(found, dict):
                known[field.name] = _field_by_field(nested[0], found)
    try:
        return kind(**known)
    except TypeError as error:
        raise Unreadable(f"a field is missing: {str(error)[:120]}") from error


def record_text(record: bytes) -> str:
    """Return the record as text, for `raw`."""
    try:
        return record.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8: {error.reason} at byte {error.start}") from error


def moment(*written: object) -> int:
    """Return µs since 1970 UTC for the first time that is there, as ISO text, number or number in a text.

    Raises:
        Unreadable: none is there, or the first one is no time between 2015 and 2100.
    """
    value = next((each for each in written if each is not None and each != ""), None)
    if isinstance(value, str) and len(value) > _LONGEST_TIME:
        raise Unreadable(f"not a time ({len(value)} characters)")
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return time_us(_iso(value))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable("no time")
    value = float(value) if isinstance(value, str) else value
    # Neither infinity, nor what is no number, nor more digits than a float holds.
    if not 0 <= value < 10**19:
        raise Unreadable("not a time: a number out of range")
    return number_time_us(value)


_NUMBER: Final = re.compile(r"\d{9,20}(?:\.\d*)?|\d(?:\.\d+)?E\d\d?", re.ASCII)


def _iso(written: str) -> str:
    """Return the time that Azure's portal exports (`5/24/2024, 1:02:03.456 PM`) in ISO's order; others as they are."""
    found = _PORTAL.fullmatch(written.strip())
    if found is None:
        return written
    month, day, year, hour, rest, half = found.groups()
    return f"{year}-{month:0>2}-{day:0>2} {int(hour) % 12 + (12 if half == 'PM' else 0):02}:{rest}"


_PORTAL: Final = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}),? (\d{1,2}):(\d\d:\d\d(?:\.\d{1,9})?)[ \u202f]([AP]M)", re.ASCII
)
#: Longer texts are no times and are not worth a place in the cache of `time_us`.
_LONGEST_TIME: Final = 64


def http_outcome(status: int | None) -> Outcome | None:
    """Return the outcome that an HTTP status means; None where there is none."""
    if status is None or not 100 <= status < 600:
        return None
    known: dict[int, Outcome] = {401: "denied", 403: "denied", 429: "throttled", 408: "error", 499: "error"}
    return known.get(status, "success" if status < 400 else "invalid" if status < 500 else "error")


_ADDRESS: Final = re.compile(
    r"[0-9*x]{1,3}(?:\.[0-9*x]{1,3}){3}(?::\d{1,5})?|\[?[0-9a-f]{0,4}:[0-9a-f:.*]{1,45}(?:%\w{1,16})?(?:\]:?\d{0,5})?",
    re.ASCII | re.IGNORECASE,
)


@lru_cache(maxsize=65_536)
def address(written: str) -> str | None:
    """Return what is an IP address as logged (masked, with leading zeros, with a port), else None."""
    return written if len(written) <= 64 and _ADDRESS.fullmatch(written) else None
