"""A Google Cloud log entry with an audit payload, in the forms that exports give it.

In: a LogEntry as JSON, a row of BigQuery's export (`protopayload_auditlog`), a row of the Logs Explorer's CSV (columns
such as `protoPayload.methodName`). Out: an `Entry` of the fields that are read, each of any type.
Source: Google's reference of LogEntry and AuditLog.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.sources.fields import inner
from seawall.sources.values import decode

_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])
_WHO: Final = ("principalEmail", "principalSubject", "serviceAccountKeyName")


class Status(msgspec.Struct):
    """How the call ended: a gRPC status code, absent where it succeeded."""

    code: Any = None


class Who(msgspec.Struct, rename="camel"):
    """Who called."""

    principal_email: Any = None
    principal_subject: Any = None
    service_account_key_name: Any = None


class Whence(msgspec.Struct, rename="camel"):
    """From where, with what."""

    caller_ip: Any = None
    caller_supplied_user_agent: Any = None


class Payload(msgspec.Struct, rename="camel"):
    """The audit log's part of the entry."""

    service_name: Any = None
    method_name: Any = None
    resource_name: Any = None
    status: Status | None = None
    authentication_info: Who | None = None
    request_metadata: Whence | None = None
    request: Any = None
    response: Any = None


class Labels(msgspec.Struct):
    """What the entry says of the resource's place."""

    project_id: Any = None
    location: Any = None


class Resource(msgspec.Struct):
    """What was called."""

    labels: Labels | None = None


class Operation(msgspec.Struct):
    """The long call that the entry is a part of."""

    id: Any = None


class Entry(msgspec.Struct, rename="camel"):
    """The log entry."""

    proto_payload: Payload | None = None
    insert_id: Any = None
    timestamp: Any = None
    log_name: Any = None
    resource: Resource | None = None
    operation: Operation | None = None


_ENTRY: Final = msgspec.json.Decoder(Entry)


def entry_of(record: bytes) -> Entry | dict[str, Any]:
    """Return a record's entry; the row itself if it is one of the request-response log.

    Raises:
        Unreadable: the record is no JSON object.
    """
    try:
        entry = _ENTRY.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        entry = Entry()
    if entry.proto_payload is not None:
        return entry
    row: dict[str, Any] = decode(_OBJECT, record)
    return row if "full_request" in row else _of_other_form(row)


def _of_other_form(row: dict[str, Any]) -> Entry:
    """Return the entry of another form: BigQuery's `protopayload_auditlog`, or the dotted columns of a CSV."""
    tree = _nested(row) if any("." in name for name in row) else row
    payload = inner(tree.get("protoPayload") or tree.get("protopayload_auditlog"))
    labels = inner(inner(tree.get("resource")).get("labels"))
    who, whence = inner(payload.get("authenticationInfo")), inner(payload.get("requestMetadata"))
    return Entry(
        proto_payload=Payload(
            service_name=payload.get("serviceName"),
            method_name=payload.get("methodName"),
            resource_name=payload.get("resourceName"),
            status=Status(inner(payload.get("status")).get("code")),
            authentication_info=Who(*(who.get(name) for name in _WHO)),
            request_metadata=Whence(whence.get("callerIp"), whence.get("callerSuppliedUserAgent")),
            request=payload.get("request") or payload.get("requestJson"),
            response=payload.get("response") or payload.get("responseJson"),
        ),
        insert_id=tree.get("insertId"),
        timestamp=tree.get("timestamp"),
        log_name=tree.get("logName"),
        resource=Resource(Labels(labels.get("project_id"), labels.get("location"))),
        operation=Operation(inner(tree.get("operation")).get("id")),
    )


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    """Return columns such as `protoPayload.status.code` as the tree they came from; the dots are at most five."""
    tree: dict[str, Any] = {}
    for name, value in row.items():
        if value == "" or value is None:
            continue
        node = tree
        *branches, leaf = name.split(".", 5)
        for branch in branches:
            below = node.setdefault(branch, {})
            node = below if isinstance(below, dict) else {}
        node[leaf] = value
    return tree
