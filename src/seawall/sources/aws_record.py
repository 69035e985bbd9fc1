"""A CloudTrail record's fields, whatever export it went through.

In: the bytes of one record, as CloudTrail delivers it, inside an EventBridge event or a `lookup-events` answer, with
keys in lower case, or as a row of Athena, Log Analytics or the console. Out: a `Trail` with CloudTrail's own names.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec

from seawall.model import Unreadable
from seawall.sources import values
from seawall.sources.athena import struct

_ANY: Final = msgspec.json.Decoder()
_MEMBERS: Final = msgspec.json.Decoder(dict[str, Any])
#: What an open-ended part is where the record has none.
ABSENT: Final = msgspec.Raw(b"{}")


class Issuer(msgspec.Struct, gc=False):
    """Who issued a session."""

    arn: str | None = None


class SessionContext(msgspec.Struct, gc=False, rename={"session_issuer": "sessionIssuer"}):
    """How a session came to be."""

    session_issuer: Issuer | None = None


class Identity(msgspec.Struct, gc=False, rename="camel"):
    """Who called; an AWS service's identity has hardly any of this."""

    type: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    user_name: str | None = None
    principal_id: str | None = None
    invoked_by: str | None = None
    session_context: SessionContext | None = None


NOBODY: Final = Identity()


class Trail(msgspec.Struct, gc=False, rename={
    "source": "eventSource", "name": "eventName", "time": "eventTime", "id": "eventID", "kind": "eventType",
    "request_id": "requestID", "region": "awsRegion", "address": "sourceIPAddress", "agent": "userAgent",
    "error": "errorCode", "recipient": "recipientAccountId", "endpoint": "vpcEndpointId", "identity": "userIdentity",
    "parameters": "requestParameters", "response": "responseElements", "additional": "additionalEventData",
}):  # fmt: skip
    """What is read of a record; its parts stay undecoded until somebody asks: the same ones come again and again."""

    source: str | None = None
    name: str | None = None
    time: str | None = None
    id: str | None = None
    kind: str | None = None
    request_id: str | None = None
    region: str | None = None
    address: str | None = None
    agent: str | None = None
    error: str | None = None
    recipient: str | None = None
    endpoint: str | None = None
    identity: msgspec.Raw = ABSENT
    parameters: msgspec.Raw = ABSENT
    response: msgspec.Raw = ABSENT
    additional: msgspec.Raw = ABSENT


_DECODER: Final = msgspec.json.Decoder(Trail)
_CALLER: Final = msgspec.json.Decoder(Identity | None)
#: Column names of exports beside CloudTrail's own, without blanks, dots and underscores, in lower case.
_ALIASES: Final = {
    "awseventid": "id", "awsrequestid": "request_id", "eventtypename": "kind", "timegenerated": "time",
    "peventtime": "time",
}  # fmt: skip
_TOP: Final = {field.encode_name.lower(): field.name for field in msgspec.structs.fields(Trail)} | _ALIASES
_IDENTITY: Final = {field.encode_name.lower(): field.name for field in msgspec.structs.fields(Identity)}
_OPEN: Final = frozenset({"parameters", "response", "additional"})
#: The minutes of a day and how every time of CloudTrail's own ends, in µs.
_MINUTES: Final = {f"{minute // 60:02}:{minute % 60:02}": minute * 60_000_000 for minute in range(1440)}
_SECONDS: Final = {f":{second:02}Z": second * 1_000_000 for second in range(60)}
_WRAPPERS: Final = ("CloudTrailEvent", "detail", "eventData")


def trail(record: bytes) -> tuple[Trail, bytes]:
    """Return the record's fields, and its own bytes without a wrapper.

    Raises:
        Unreadable: no JSON object.
    """
    try:
        row = _DECODER.decode(record)
    except msgspec.ValidationError:
        return tolerant(record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not readable as JSON: {error}") from error
    return (row, record) if row.source and row.name and row.time else tolerant(record)


def moment(written: str) -> int:
    """Return µs since 1970 UTC; the day of `2026-01-31T09:30:59Z` is read once for all records of it.

    Raises:
        Unreadable: not a time, or outside 2015–2100.
    """
    minute, second = _MINUTES.get(written[11:16]), _SECONDS.get(written[16:])
    if minute is None or second is None:
        return values.time_us(written)
    return _day(written[:11]) + minute + second


@lru_cache(maxsize=8192)
def _day(written: str) -> int:
    return values.time_us(f"{written}00:00Z")


def members(raw: msgspec.Raw) -> dict[str, Any]:
    """Return an open-ended part as a dict; anything else there is an empty one."""
    try:
        return _MEMBERS.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def caller(identity: bytes) -> Identity | None:
    """Return who called, or None where that is not in CloudTrail's own shape: `tolerant` then reads the record."""
    try:
        return _CALLER.decode(identity) or NOBODY
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def tolerant(record: bytes) -> tuple[Trail, bytes]:
    """Read a record whose names or shapes are not CloudTrail's own, as `trail` reads the others."""
    tree = values.decode(_ANY, record)
    inner = _unwrapped(tree)
    if not isinstance(inner, dict):
        raise Unreadable("not a JSON object")
    plain = {_plain(key): cell(value) for key, value in reversed(inner.items())}
    row = Trail(identity=msgspec.Raw(msgspec.json.encode(_identity(plain))))
    for key, name in reversed(_TOP.items()):
        if key in plain and name != "identity":
            setattr(row, name, _open(plain[key]) if name in _OPEN else _text(plain[key]) or getattr(row, name))
    return row, record if inner is tree else msgspec.json.encode(inner)


def _unwrapped(tree: Any) -> Any:
    """Return what an EventBridge event, a `lookup-events` entry or a CloudTrail Lake row holds, else the tree."""
    for wrapper in _WRAPPERS:
        inner = cell(tree.get(wrapper)) if isinstance(tree, dict) else None
        if isinstance(inner, dict):
            return inner
    return tree


def _plain(key: str) -> str:
    return key.translate({ord(mark): None for mark in " ._"}).lower()


def cell(value: Any) -> Any:
    """Return the tree in a text that holds JSON or Athena's struct text, else the value."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return _ANY.decode(value)
    except (msgspec.DecodeError, RecursionError):
        found = struct(value)
        return value if found is None else found


def _open(value: Any) -> msgspec.Raw:
    try:
        return msgspec.Raw(msgspec.json.encode(value))
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error


def _text(value: Any) -> str | None:
    """Return a text; a whole number that went through a float is written without its fraction."""
    return values.text(int(value) if isinstance(value, float) and value.is_integer() else value)


def _identity(plain: dict[str, Any]) -> Identity:
    """Return the caller, from a nested member or from columns such as `UserIdentityArn`."""
    nested = plain.get("useridentity")
    flat = _lowered(nested) if isinstance(nested, dict) else _flat(plain)
    context = _lowered(flat.get("sessioncontext"))
    issuer = _text(_lowered(context.get("sessionissuer")).get("arn")) or _text(plain.get("sessionissuerarn"))
    texts = {name: _text(flat.get(key)) for key, name in _IDENTITY.items() if name != "session_context"}
    return Identity(**texts, session_context=SessionContext(Issuer(issuer)) if issuer else None)


def _flat(plain: dict[str, Any]) -> dict[str, Any]:
    prefix = "useridentity"
    columns = {key.removeprefix(prefix): value for key, value in plain.items() if key.startswith(prefix)}
    return {"username": plain.get("username"), "accesskeyid": plain.get("awsaccesskey")} | columns


def _lowered(value: Any) -> dict[str, Any]:
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}
