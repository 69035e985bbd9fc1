"""Google Cloud audit logs of Vertex AI and of service account keys, as the JSON lines of a storage sink."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Final

from seawall.simulate.act import Act
from seawall.simulate.owners import Owner
from seawall.simulate.times import date_path, iso
from seawall.simulate.writers.files import encode, put_lines

_STATUS: Final = {
    "denied": {"code": 7, "message": "Permission 'aiplatform.endpoints.predict' denied on resource."},
    "invalid": {"code": 3, "message": "Request contains an invalid argument."},
    "throttled": {"code": 8, "message": "Quota exceeded."},
    "error": {"code": 13, "message": "Internal error encountered."},
}
_HARM: Final = {
    "sexual": "HARM_CATEGORY_SEXUALLY_EXPLICIT", "violence": "HARM_CATEGORY_DANGEROUS_CONTENT",
    "hate": "HARM_CATEGORY_HATE_SPEECH", "self_harm": "HARM_CATEGORY_HARASSMENT",
}  # fmt: skip
#: Acts that only the activity log tells of, all others being data access.
_ACTIVITY: Final = ("Create", "Delete", "Set", "Update")


def write(root: Path, owner: Owner, acts: list[Act], _rng: Random) -> int:
    """Write one day of a project, a file for each of the two logs."""
    logs: dict[str, list[bytes]] = {}
    for act in acts:
        log = "activity" if act.control.rsplit(".", 1)[-1].startswith(_ACTIVITY) else "data_access"
        logs.setdefault(log, []).append(encode(_entry(owner, act, log)))
    for log, entries in logs.items():
        folder = root / f"project={owner.id}" / "cloudaudit.googleapis.com" / log / date_path(acts[0].time)
        put_lines(folder / "00:00:00_23:59:59_S0.json", entries)
    return len(acts)


def _entry(owner: Owner, act: Act, log: str) -> dict[str, Any]:
    key = act.credential
    who = {"principalEmail": key.principal}
    if key.kind == "service_account_key":
        who["serviceAccountKeyName"] = key.handle
    method = act.control or _method(act)
    iam = method.startswith("google.iam")
    permission = {
        "permission": "aiplatform.endpoints.predict",
        "permissionType": "DATA_READ",
        "granted": act.outcome != "denied",
    }
    payload: dict[str, Any] = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "status": _STATUS.get(act.outcome, {}),
        "authenticationInfo": who,
        "requestMetadata": {"callerIp": act.address, "callerSuppliedUserAgent": act.agent},
        "serviceName": "iam.googleapis.com" if iam else "aiplatform.googleapis.com",
        "methodName": method,
        "authorizationInfo": [permission],
        "resourceName": _resource(owner, act, iam=iam),
    }
    if not act.control:
        payload["request"] = {"@type": f"type.googleapis.com/{method.rsplit('.', 2)[0]}.GenerateContentRequest"}
        payload["response"] = _response(act)
    return {
        "insertId": act.event,
        "logName": f"projects/{owner.id}/logs/cloudaudit.googleapis.com%2F{log}",
        "protoPayload": payload,
        "receiveTimestamp": iso(act.time + 900_000, 6),
        "resource": {
            "type": "service_account" if iam else "audited_resource",
            "labels": {"project_id": owner.id, "service": payload["serviceName"], "method": method},
        },
        "severity": "ERROR" if act.outcome in _STATUS else "INFO",
        "timestamp": iso(act.time, 6),
    }


def _method(act: Act) -> str:
    name = "GenerateContent" if int(act.request[-1], 16) < 9 else "StreamGenerateContent"
    if act.model.startswith("claude"):
        name = "RawPredict" if name == "GenerateContent" else "StreamRawPredict"
    elif act.model.startswith("imagen"):
        name = "Predict"
    return f"google.cloud.aiplatform.v1.PredictionService.{name}"


def _resource(owner: Owner, act: Act, *, iam: bool) -> str:
    if iam:
        return f"projects/-/serviceAccounts/{owner.lines[0].credential.principal}"
    where = f"projects/{owner.id}/locations/{act.region}"
    publisher = "anthropic" if act.model.startswith("claude") else "google"
    return f"{where}/publishers/{publisher}/models/{act.model}" if act.model else where


def _response(act: Act) -> dict[str, Any]:
    if act.outcome not in {"success", "filtered"}:
        return {}
    rating = {"category": _HARM.get(act.category, ""), "probability": "HIGH", "severity": "HARM_SEVERITY_HIGH"}
    candidate: dict[str, Any] = {"finishReason": "SAFETY" if act.category else "STOP"}
    if act.category:
        candidate["safetyRatings"] = [rating | {"blocked": True}]
    usage = {
        "promptTokenCount": act.tokens_in, "candidatesTokenCount": act.tokens_out,
        "totalTokenCount": act.tokens_in + act.tokens_out,
    }  # fmt: skip
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": act.model}
