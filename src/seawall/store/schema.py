"""The columns of everything that is stored, each list in one place: the lake's events and the engine's views."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from seawall.model import COLUMNS

_TIME: Final = pa.timestamp("us", tz="UTC")
_INTEGERS: Final = frozenset({
    "status_code", "src_asn", "input_tokens", "output_tokens", "cached_tokens", "image_count", "request_count",
    "bucket_seconds", "duration_ms", "prompt_chars", "filter_severity",
})  # fmt: skip
_TYPES: Final = {"time": _TIME, "prompt_sketch": pa.binary()} | dict.fromkeys(
    ("src_lat", "src_lon", "cost_usd"), pa.float64()
)


def _arrow_type(column: str) -> pa.DataType:
    return pa.int64() if column in _INTEGERS else _TYPES.get(column, pa.string())


#: The lake's schema: the event's columns, and a 63-bit digest of the normalised row (before enrichment) that tells
#: duplicates from versions and breaks ties the same way in every engine.
EVENTS: Final = pa.schema([*(pa.field(name, _arrow_type(name)) for name in COLUMNS), pa.field("digest", pa.int64())])

#: The column groups of a call: each comes whole from the first source that knows it.
WHO: Final = ("credential_id", "credential_kind", "principal_id", "end_user_id", "session_id")
WHENCE: Final = (
    "src_ip", "src_net", "src_asn", "src_as_org", "src_country", "src_lat", "src_lon", "src_kind", "user_agent",
    "client", "ja4", "via",
)  # fmt: skip
METER: Final = (
    "model", "deployment", "input_tokens", "output_tokens", "cached_tokens", "image_count", "request_count",
    "cost_usd", "duration_ms",
)  # fmt: skip
ENDING: Final = ("outcome", "status_code", "error_code")
CONTENT: Final = (
    "prompt_hash", "prompt_sketch", "prompt_chars", "filter_categories", "filter_severity", "guardrail_id",
)  # fmt: skip
WHAT: Final = ("provider", "activity", "operation", "modality", "owner_id", "resource_id", "region")
GROUPS: Final = {
    "what": WHAT, "who": WHO, "whence": WHENCE, "meter": METER, "ending": ENDING, "content": CONTENT,
}  # fmt: skip

_SQL: Final = {pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.binary(): "BLOB", pa.string(): "VARCHAR"}


def sql_type(column: str) -> str:
    """Return the DuckDB type of an event's column; times in the views are UTC without a zone."""
    return _SQL.get(_arrow_type(column), "TIMESTAMP")


#: What each view holds, column → DuckDB type. Rules name these columns and no others.
VIEWS: Final[dict[str, dict[str, str]]] = {
    "calls": {
        "call": "UBIGINT", "cell": "UBIGINT", "time": "TIMESTAMP", "known_at": "TIMESTAMP", "subject": "VARCHAR",
        "owner_key": "VARCHAR", "bucket": "TIMESTAMP", "bucket_seconds": "BIGINT", "size": "BIGINT",
        "events": "BIGINT",
        **{column: sql_type(column) for group in GROUPS.values() for column in group},
        **{f"{group}_key": "BIGINT" for group in GROUPS},
    },
    "rollup": {
        "cell": "UBIGINT", "fact": "UBIGINT", "bucket": "TIMESTAMP", "bucket_seconds": "BIGINT", "owner_key": "VARCHAR",
        "owner_id": "VARCHAR", "subject": "VARCHAR", "provider": "VARCHAR", "credential_id": "VARCHAR",
        "credential_kind": "VARCHAR", "principal_id": "VARCHAR", "end_user_id": "VARCHAR", "src_net": "VARCHAR",
        "src_asn": "BIGINT", "src_as_org": "VARCHAR", "src_country": "VARCHAR", "src_lat": "DOUBLE",
        "src_lon": "DOUBLE", "src_kind": "VARCHAR", "client": "VARCHAR", "model": "VARCHAR", "region": "VARCHAR",
        "modality": "VARCHAR", "activity": "VARCHAR", "outcome": "VARCHAR", "guardrail_id": "VARCHAR",
        "size": "BIGINT", "calls": "BIGINT", "first": "TIMESTAMP", "last": "TIMESTAMP", "input_tokens": "BIGINT",
        "output_tokens": "BIGINT", "cost_usd": "DOUBLE", "unpriced": "BIGINT", "images": "BIGINT",
        "max_input": "BIGINT",
    },
    "seen": {
        "fact": "UBIGINT", "owner_key": "VARCHAR", "owner_id": "VARCHAR", "subject": "VARCHAR", "src_net": "VARCHAR",
        "src_asn": "BIGINT", "src_country": "VARCHAR", "src_kind": "VARCHAR", "client": "VARCHAR",
        "model": "VARCHAR", "modality": "VARCHAR", "activity": "VARCHAR", "first": "TIMESTAMP", "last": "TIMESTAMP",
        "calls": "BIGINT",
    },
    "hourly": {
        "owner_key": "VARCHAR", "owner_id": "VARCHAR", "subject": "VARCHAR", "hour": "TIMESTAMP",
        "width": "BIGINT", "closes": "TIMESTAMP", "calls": "BIGINT", "tokens": "BIGINT", "cost_usd": "DOUBLE",
        "images": "BIGINT", "first": "TIMESTAMP",
    },
    "matches": {
        "rule": "VARCHAR", "key": "VARCHAR", "owner_key": "VARCHAR", "owner_id": "VARCHAR", "subject": "VARCHAR",
        "src_net": "VARCHAR", "hour": "TIMESTAMP", "opened_at": "TIMESTAMP", "first": "TIMESTAMP",
        "last": "TIMESTAMP", "events": "BIGINT", "severity": "VARCHAR", "confidence": "DOUBLE", "figures": "VARCHAR",
    },
    "marks": {"rule": "VARCHAR", "call": "UBIGINT", "time": "TIMESTAMP", "event_id": "VARCHAR"},
}  # fmt: skip
VIEWS["hits"] = VIEWS["calls"]
#: What the engine must remember beside the views: which keys changed since when and are not judged yet; what each
#: source told, by column; the events behind findings; and one row on how far it is, by which rules.
VIEWS.update({
    "changed_owner": {"key": "VARCHAR", "since": "TIMESTAMP"},
    "changed_net": {"key": "VARCHAR", "since": "TIMESTAMP"},
    "sources": {
        "source": "VARCHAR", "events": "BIGINT", "first": "TIMESTAMP", "last": "TIMESTAMP",
        **dict.fromkeys((column for group in GROUPS.values() for column in group), "BIGINT"),
    },
    "proofs": {
        "id": "VARCHAR", "about": "VARCHAR", "owner_id": "VARCHAR", "src_net": "VARCHAR", "last": "TIMESTAMP",
        "events": "BIGINT", "event_ids": "VARCHAR[]",
    },
    "state": {
        "layout": "VARCHAR", "now": "TIMESTAMP", "pruned": "TIMESTAMP", "lake": "VARCHAR", "version": "BIGINT",
        "marked_by": "VARCHAR", "judged_by": "VARCHAR",
    },
})  # fmt: skip


def ddl(view: str) -> str:
    """Return the statement that creates an empty view."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in VIEWS[view].items())
    return f'CREATE TABLE IF NOT EXISTS "{view}" ({columns})'
