"""Azure's diagnostic logs: Azure OpenAI RequestResponse and Audit, and the Activity Log, as `PT1H.json` JSON lines.

Azure OpenAI masks the last octet of the caller and names neither key nor client nor tokens.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Final

from seawall.simulate.act import HOUR, SECOND, Act
from seawall.simulate.owners import Owner
from seawall.simulate.times import iso, ticks
from seawall.simulate.writers.files import encode, put_lines

_STATUS: Final = {"success": 200, "denied": 401, "invalid": 400, "filtered": 400, "throttled": 429, "error": 500}


def blob(root: Path, category: str, resource: str, hour: int) -> Path:
    """Return where Azure Monitor puts a category's records of an hour (µs UTC)."""
    day, clock = iso(hour).split("T")
    year, month, of_month = day.split("-")
    folder = root / category / f"resourceId={resource.upper()}"
    return folder / f"y={year}" / f"m={month}" / f"d={of_month}" / f"h={clock[:2]}" / "m=00" / "PT1H.json"


def put_hours(root: Path, category: str, records: list[tuple[str, int, bytes]]) -> int:
    """Write (resource, time, record) triples of one day into their hourly blobs; return how many."""
    blobs: dict[tuple[str, int], list[bytes]] = {}
    for resource, time, record in records:
        blobs.setdefault((resource, time // HOUR * HOUR), []).append(record)
    for (resource, hour), lines in blobs.items():
        put_lines(blob(root, category, resource, hour), lines)
    return len(records)


def write(root: Path, owner: Owner, acts: list[Act], rng: Random) -> int:
    """Write one day of an Azure OpenAI owner."""
    calls = [
        (act.credential.scope, act.time, encode(_call(act, rng)))
        for act in acts
        if not act.control and act.time < owner.dark_from
    ]
    audits = [
        (_resource(owner, act), act.time, encode(_audit(owner, act)))
        for act in acts
        if act.control.endswith("/listKeys/action")
    ]
    written = put_hours(root, "insights-logs-requestresponse", calls)
    return written + put_hours(root, "insights-logs-audit", audits) + write_activity(root, owner, acts)


def masked(address: str) -> str:
    """Return the address as Azure OpenAI writes it."""
    return address.rsplit(".", 1)[0] + ".***"


def _call(act: Act, rng: Random) -> dict[str, Any]:
    status, duration = _STATUS[act.outcome], 150 + 14 * act.tokens_out + 9000 * act.images + rng.randrange(300)
    streamed = "Streaming" if int(act.request[-1], 16) < 6 and not act.images else "Non-Streaming"
    properties = {
        "apiName": "Azure OpenAI API version 2024-06-01",
        "requestTime": ticks(act.time),
        "requestLength": 80 + 4 * act.tokens_in,
        "responseTime": ticks(act.time + duration * 1000),
        "responseLength": 500 + 4 * act.tokens_out,
        "objectId": "",
        "streamType": streamed,
        "modelDeploymentName": act.model.replace(".", "") + "-prod",
        "modelName": act.model,
        "modelVersion": "",
    }
    image = "ImageGenerations_Create"
    return {
        "Tenant": act.region,
        "callerIpAddress": masked(act.address),
        "category": "RequestResponse",
        "correlationId": act.request,
        "durationMs": duration,
        "event": "ShoeboxCallResult",
        "location": act.region,
        "operationName": image if act.images or act.model.startswith("dall") else "ChatCompletions_Create",
        # Some exports write the properties as text.
        "properties": encode(properties).decode() if act.request[0] == "0" else properties,
        "resourceId": act.credential.scope.upper(),
        "resultSignature": str(status),
        "time": iso(act.time, 7),
    }


def _audit(owner: Owner, act: Act) -> dict[str, Any]:
    return {
        "AssetIdentity": act.event,
        "Tenant": owner.region,
        "category": "Audit",
        "operationName": "ListKey",
        "properties": {"objectId": act.event},
        "resourceId": _resource(owner, act).upper(),
        "time": iso(act.time, 7),
    }


def _resource(owner: Owner, act: Act) -> str:
    """Return what an act in the control plane is about: the thief's resource, or the owner's first."""
    return act.credential.scope if act.credential.kind == "resource" else owner.lines[0].credential.scope


def write_activity(root: Path, owner: Owner, acts: list[Act]) -> int:
    """Write the Activity Log of one day: each act has a Start and an end, of one correlation id."""
    records = [
        (f"/subscriptions/{owner.id}", time, encode(_activity(owner, act, time, word)))
        for act in acts
        if act.control
        for time, word in ((act.time, "Start"), (act.time + 2 * SECOND, _ending(act)))
    ]
    return put_hours(root, "insights-activity-logs", sorted(records, key=lambda record: record[1]))


def _ending(act: Act) -> str:
    return "Success" if act.outcome == "success" else "Failure"


def _activity(owner: Owner, act: Act, time: int, result: str) -> dict[str, Any]:
    resource = _resource(owner, act)
    if "diagnosticSettings" in act.control:
        resource += "/providers/microsoft.insights/diagnosticsettings/default"
    elif act.control.endswith("deployments/write"):
        resource += f"/deployments/{act.model or 'new'}"
    mail = act.credential.principal or f"svc-{owner.id[:4]}@example.com"
    return {
        "time": iso(time, 7),
        "resourceId": resource.upper(),
        "operationName": act.control.upper(),
        "category": "Administrative",
        "resultType": result,
        "resultSignature": {"Start": "Started.", "Success": "Succeeded.OK"}.get(result, "Failed.Forbidden"),
        "durationMs": (time - act.time) // 1000,
        "callerIpAddress": act.address,
        "correlationId": act.request,
        "identity": {
            "authorization": {"scope": resource, "action": act.control, "evidence": {"role": "Contributor"}},
            "claims": {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": mail, "appid": act.event},
        },
        "level": "Information",
        "location": "global",
        "properties": {"entity": resource, "eventCategory": "Administrative", **act.detail},
    }
