"""Usage buckets: what the OpenAI and Anthropic usage and cost reports share.

In goes a record: a bucket with its results, or one result with the times of its bucket beside its figures. Out come the
rows, each with those times, and the key of each, which stays the same while its figures grow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from seawall.model import Event, Unreadable
from seawall.sources.base import Context
from seawall.sources.values import count, decode, moment, text

_DECODER: Final = msgspec.json.Decoder(dict[str, Any])

#: A member with such a name is a figure or a label, and never part of the key.
_FIGURE_ENDS: Final = ("tokens", "seconds", "characters", "bytes", "requests", "count", "images", "sessions", "calls",
                       "quantity", "_iso", "_name", "_email")  # fmt: skip
_FIGURE_STARTS: Final = ("num_", "amount", "usage_", "cache_creation", "start_time", "end_time", "starting_at",
                         "ending_at")  # fmt: skip


class Bucket(msgspec.Struct, frozen=True):
    """Start (µs since 1970 UTC) and width (seconds) of a bucket."""

    start_us: int
    seconds: int


def read_bucket(record: bytes, start: str, end: str) -> tuple[Bucket, list[dict[str, Any]]]:
    """Return the bucket of a record and its result rows, each with the bucket's times; `start`, `end` name those.

    Times are epoch seconds (number or text) or ISO text.

    Raises:
        Unreadable: no JSON object; a time is missing or implausible; the end is not after the start; an odd result.
    """
    row = decode(_DECODER, record)
    first, last = moment(row.get(start)), moment(row.get(end))
    if last <= first:
        raise Unreadable("a usage bucket that does not end after its start")
    results = row.get("results", row.get("result", [] if row.get("object") == "bucket" else [row]))
    if not isinstance(results, list) or not all(isinstance(each, dict) for each in results):
        raise Unreadable("a usage bucket whose results are no list of objects")
    times = {start: row[start], end: row[end]}
    return Bucket(first, max(1, (last - first) // 1_000_000)), [{**times, **each} for each in results]


def bucket_event(
    source: str,
    when: Bucket,
    row: dict[str, Any],
    context: Context,
    *,
    billed: bool,
    groups: Mapping[str, Any],
    **told: Any,
) -> Event:
    """Return the event of a result: what both providers' reports say alike, and what is `told` besides.

    `billed`: the row is of a cost report. `groups`: the members of which the key is made.
    """
    owner = text(row.get("organization_id")) or context.owner
    key = text(row.get("api_key_id"))
    return Event(
        event_id=bucket_id(source, when, owner, groups),
        time=when.start_us,
        source=source,
        provider=source.partition(".")[0],
        activity="cost" if billed else "usage",
        raw=msgspec.json.encode(row).decode(),
        owner_id=owner,
        credential_id=key,
        credential_kind="api_key" if key else None,
        model=text(row.get("model")),
        output_tokens=count(row.get("output_tokens")),
        bucket_seconds=when.seconds,
        **told,
    )


def bucket_id(source: str, when: Bucket, owner: str | None, row: Mapping[str, Any]) -> str:
    """Return the key of a result: source, owner, start, width and every grouping member, never a figure.

    Null, empty and absent members are the same; `true` as text and as a boolean are the same.
    """
    groups = [f"{name}={_plain(value)}" for name, value in sorted(row.items()) if _groups(name, value)]
    key = msgspec.json.encode([source, owner, when.start_us, when.seconds, groups])
    return "b:" + hashlib.blake2b(key, digest_size=16).hexdigest()


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _groups(name: str, value: object) -> bool:
    if not isinstance(value, str | bool) or value == "" or name == "organization_id":
        return False
    return not (name.endswith(_FIGURE_ENDS) or name.startswith(_FIGURE_STARTS))


def dollars(value: object) -> float | None:
    """Return a non-negative finite amount written as number or text, else None."""
    try:
        amount = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        return None
    return amount if 0 <= amount < 1e12 else None
