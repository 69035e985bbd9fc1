"""OTLP as JSON: an export, or one span or log record taken out of it → flat items.

In: the decoded record: `resourceSpans` or `resourceLogs` (also in snake case), or one span as file and console
exporters write it. Out: `Item`s whose attributes are plain values. It knows nothing of generative AI.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

_MAX_DEPTH: Final = 32
_VALUES: Final = ("stringValue", "string_value", "intValue", "int_value", "doubleValue", "double_value", "boolValue",
                  "bool_value")  # fmt: skip


class Item(msgspec.Struct, frozen=True):
    """A span, or a log record; times as written, ids in hexadecimal."""

    log: bool
    name: str
    trace_id: str
    span_id: str
    start: object
    end: object
    failed: bool
    attributes: dict[str, Any]
    resource: dict[str, Any]
    events: tuple[tuple[str, dict[str, Any]], ...]


def items(root: Mapping[str, Any]) -> Iterator[Item]:
    """Yield every span and log record of an export, or the one that the record is."""
    exports = [(log, entry) for log, names in _EXPORTS for name in names for entry in _objects(root.get(name))]
    for log, entry in exports:
        resource = attributes(_object(entry.get("resource")).get("attributes"))
        for scope in (scope for name in _SCOPES for scope in _objects(entry.get(name))):
            for name in ("spans", "logRecords", "log_records"):
                for each in _objects(scope.get(name)):
                    yield _item(each, resource, log=log)
    if not exports and isinstance(root.get("attributes"), dict | list):
        resource = _object(root.get("resource"))
        log = any(name in root for name in ("body", "timeUnixNano", "observedTimeUnixNano", "severityText"))
        yield _item(root, attributes(resource.get("attributes", resource)), log=log)


_EXPORTS: Final = ((False, ("resourceSpans", "resource_spans")), (True, ("resourceLogs", "resource_logs")))
_SCOPES: Final = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans", "scopeLogs", "scope_logs")


def attributes(written: object) -> dict[str, Any]:
    """Return attributes as a map of plain values, from a list of key and value or from a map."""
    if isinstance(written, dict):
        return {name: plain(value) for name, value in written.items()}
    pairs = [(each.get("key"), each.get("value")) for each in _objects(written)]
    return {name: plain(value) for name, value in pairs if isinstance(name, str)}


def plain(value: object, depth: int = 0) -> Any:
    """Return the plain value of an OTLP AnyValue; other values as they are, and nothing below 32 levels."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [plain(each, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, inner = next(iter(value.items()))
        if name in _VALUES:
            return inner
        if name in {"arrayValue", "array_value"}:
            return plain(_object(inner).get("values", []), depth + 1)
        if name in {"kvlistValue", "kvlist_value"}:
            pairs = _objects(_object(inner).get("values"))
            return {str(each.get("key")): plain(each.get("value"), depth + 1) for each in pairs}
    return {name: plain(each, depth + 1) for name, each in value.items()}


def _item(row: Mapping[str, Any], resource: dict[str, Any], *, log: bool) -> Item:
    ids = {**row, **_object(row.get("context"))}
    body = plain(row.get("body"))
    told = attributes(row.get("attributes"))
    return Item(
        log=log,
        name=_text(row, "eventName", "event_name", "name") or str(told.get("event.name") or ""),
        trace_id=_text(ids, "traceId", "trace_id").removeprefix("0x"),
        span_id=_text(ids, "spanId", "span_id").removeprefix("0x"),
        start=_first(row, "startTimeUnixNano", "start_time_unix_nano", "timeUnixNano", "time_unix_nano",
                     "observedTimeUnixNano", "observed_time_unix_nano", "start_time", "startTime", "timestamp",
                     "time"),
        end=_first(row, "endTimeUnixNano", "end_time_unix_nano", "end_time", "endTime"),
        failed=_failed(row.get("status")),
        attributes={**(body if isinstance(body, dict) else {"body": body} if body else {}), **told},
        resource=resource,
        events=tuple((_text(each, "name"), attributes(each.get("attributes"))) for each in _objects(row.get("events"))),
    )  # fmt: skip


def _failed(status: object) -> bool:
    """Say whether a status is an error: 2, `ERROR` or `STATUS_CODE_ERROR`, alone or under `code`."""
    if isinstance(status, dict):
        status = status.get("code", status.get("status_code"))
    return status == 2 or (isinstance(status, str) and status.upper().endswith("ERROR"))


def _first(row: Mapping[str, Any], *names: str) -> object:
    """Return the first member that is written; OTLP writes 0 where a time is not known."""
    found = (row[name] for name in names if isinstance(row.get(name), str | int | float))
    return next((value for value in found if value not in {"", "0", 0}), None)


def _text(row: Mapping[str, Any], *names: str) -> str:
    return next((value for value in map(row.get, names) if isinstance(value, str)), "")


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
