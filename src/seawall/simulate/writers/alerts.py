"""Alerts of the clouds' own detections: GuardDuty's findings as exported, Defender for Cloud's as Sentinel rows.

They are few, late by minutes to hours, low, and now and then about nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seawall.simulate.act import MINUTE, Act
from seawall.simulate.owners import Owner
from seawall.simulate.services import ALERT
from seawall.simulate.times import iso
from seawall.simulate.writers.files import encode, put_lines


def split(acts: list[Act]) -> tuple[list[Act], list[Act]]:
    """Return the alerts among acts, and the rest."""
    told = [act for act in acts if act.control.startswith(ALERT)]
    return told, [act for act in acts if not act.control.startswith(ALERT)] if told else acts


def guardduty(root: Path, owner: Owner, acts: list[Act]) -> int:
    """Write a day's findings of an account."""
    if acts:
        folder = root / "AWSLogs" / owner.id / "GuardDuty" / acts[0].region / iso(acts[0].time)[:10].replace("-", "/")
        put_lines(folder / f"{acts[0].event}.jsonl", [encode(_finding(owner, act)) for act in acts])
    return len(acts)


def _finding(owner: Owner, act: Act) -> dict[str, Any]:
    key, region, ident = act.credential, act.region, act.event.replace("-", "")
    kind = {"role": "AssumedRole"}.get(key.kind, "IAMUser")
    name = key.handle if key.kind == "role" else key.principal.rsplit("/", 1)[1]
    who = {"principalId": key.principal, "userName": name, "userType": kind}
    detector = f"{int(owner.id):032x}"
    call = {"api": "InvokeModel", "serviceName": "bedrock.amazonaws.com", "callerType": "Remote IP",
            "remoteIpDetails": {"ipAddressV6" if ":" in act.address else "ipAddressV4": act.address}}  # fmt: skip
    return {
        "schemaVersion": "2.0",
        "accountId": owner.id,
        "region": region,
        "partition": "aws",
        "id": ident,
        "arn": f"arn:aws:guardduty:{region}:{owner.id}:detector/{detector}/finding/{ident}",
        "type": act.control.removeprefix(ALERT),
        "severity": 2,
        "createdAt": iso(act.time + 20 * MINUTE, 3),
        "updatedAt": iso(act.time + 20 * MINUTE, 3),
        "title": "Model invocations deviate from the baseline.",
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": who | ({"accessKeyId": key.handle} if key.kind == "access_key" else {}),
            "modelDetails": [{"modelId": act.model}],
        },
        "service": {
            "serviceName": "guardduty",
            "detectorId": detector,
            "action": {"actionType": "AWS_API_CALL", "awsApiCallAction": call},
            "eventFirstSeen": iso(act.time),
            "eventLastSeen": iso(act.time + MINUTE),
            "archived": False,
            "count": 1,
            "additionalInfo": {"userAgent": {"fullUserAgent": act.agent}},
        },
    }


def defender(root: Path, owner: Owner, acts: list[Act]) -> int:
    """Write a day's alerts of a subscription."""
    if acts:
        path = root / "SecurityAlert" / owner.id / f"{iso(acts[0].time)[:10]}.jsonl"
        put_lines(path, [encode(_alert(act)) for act in acts])
    return len(acts)


def _alert(act: Act) -> dict[str, Any]:
    resource = act.credential.scope
    return {
        "TimeGenerated": iso(act.time + 30 * MINUTE, 7),
        "SystemAlertId": act.event,
        "AlertType": act.control.removeprefix(ALERT),
        "DisplayName": "Suspicious use of an AI resource",
        "AlertSeverity": "Medium",
        "ProviderName": "Azure Security Center",
        "StartTime": iso(act.time, 7),
        "EndTime": iso(act.time + 10 * MINUTE, 7),
        "ResourceId": resource,
        "ExtendedProperties": encode(
            {"Client IP address": act.address, "Model deployment name": f"{act.model.replace('.', '')}-prod"}
        ).decode(),
        "Entities": encode([{"$id": "1", "Type": "ip", "Address": act.address}]).decode(),
        "Type": "SecurityAlert",
    }
