"""AWS CloudTrail delivery files: one act, one record in `{"Records":[…]}`; content and tokens never stand in them."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Final

from seawall.simulate.act import HOUR, Act
from seawall.simulate.owners import Owner
from seawall.simulate.times import date_path, iso
from seawall.simulate.writers.files import encode, put_gzip

ERRORS: Final = {
    "denied": ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
    "invalid": ("ValidationException", "The provided inference configuration is invalid."),
    "throttled": ("ThrottlingException", "Too many requests, please wait before trying again."),
    "error": ("InternalServerException", "The system encountered an unexpected error during processing."),
}
_GLOBAL: Final = {
    "ListAccessKeys": "iam", "CreateAccessKey": "iam", "DeleteAccessKey": "iam", "GetCallerIdentity": "sts",
}  # fmt: skip
_BY_MODEL: Final = frozenset(
    ("GetFoundationModelAvailability", "PutFoundationModelEntitlement", "CreateFoundationModelAgreement")
)


def write(root: Path, owner: Owner, acts: list[Act], rng: Random) -> int:
    """Write one day of an owner's acts, a file for each region; return the number of records."""
    regions: dict[str, list[Act]] = {}
    for act in acts:
        regions.setdefault(_region(act), []).append(act)
    for region, part in sorted(regions.items()):
        tag = f"{rng.getrandbits(64):016x}"
        stamp = iso(part[0].time // HOUR * HOUR).replace("-", "").replace(":", "")[:13] + "Z"
        name = f"{owner.id}_CloudTrail_{region}_{stamp}_{tag}.json.gz"
        folder = root / "AWSLogs" / owner.id / "CloudTrail" / region / date_path(part[0].time)
        body = b",".join([encode(_record(owner, act, region)) for act in part])
        put_gzip(folder / name, b'{"Records":[' + body + b"]}")
        if rng.random() < 0.03:  # CloudTrail promises to deliver at least once
            put_gzip(folder / name.replace(tag, f"{rng.getrandbits(64):016x}"), b'{"Records":[' + body + b"]}")
    return len(acts)


def _region(act: Act) -> str:
    return "us-east-1" if act.control in _GLOBAL else act.region or "us-east-1"


def operation(act: Act) -> str:
    """Return the API operation of an inference at bedrock-runtime: the request id decides, so that both logs agree."""
    names = ("Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream")
    return "InvokeModel" if act.images else names[int(act.request[-1], 16) % 4]


def _record(owner: Owner, act: Act, region: str) -> dict[str, Any]:
    mantle = owner.mantle and not act.control
    name = act.control or ("CreateInference" if mantle else operation(act))
    service = _GLOBAL.get(name, "bedrock-mantle" if mantle else "bedrock")
    host = f"{service if act.control else 'bedrock-runtime'}.{region}.amazonaws.com"
    bearer = act.credential.kind == "bearer_key"
    record = {
        "eventVersion": "1.11",
        "userIdentity": _identity(owner, act),
        "eventTime": iso(act.time),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": act.address,
        "userAgent": act.agent,
        "requestParameters": _mantle(act, bearer=bearer) if mantle else _parameters(act, name),
        "responseElements": None,
        "requestID": act.request,
        "eventID": act.event,
        "readOnly": not act.control or name.startswith(("Get", "List")),
        "eventType": "AwsApiCall",
        "managementEvent": not mantle,
        "recipientAccountId": owner.id,
        "eventCategory": "Data" if mantle else "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"bedrock-mantle.{region}.api.aws" if mantle else host,
        },
    }  # fmt: skip
    if act.outcome in ERRORS:
        record["errorCode"], record["errorMessage"] = ERRORS[act.outcome]
    if bearer and not mantle:
        record["additionalEventData"] = {"callWithBearerToken": True}
    return record


def _mantle(act: Act, *, bearer: bool) -> dict[str, Any]:
    """Return what a data event of the bedrock-mantle endpoint says of the request."""
    asked: dict[str, Any] = {
        "model": act.model, "stream": int(act.request[-1], 16) < 8, "max_tokens": 4096, "callWithBearerToken": bearer,
    }  # fmt: skip
    return asked | {"bearerTokenType": "ABSK"} if bearer else asked


def _parameters(act: Act, name: str) -> dict[str, Any] | None:
    if not act.control or name in _BY_MODEL:
        return {"modelId": act.model}
    if name == "PutModelInvocationLoggingConfiguration":
        target = {"logGroupName": "/ai/invocations", "roleArn": act.credential.id}
        return {"loggingConfig": {"cloudWatchConfig": target, "textDataDeliveryEnabled": True}}
    if "key" in act.detail and name in {"CreateAccessKey", "DeleteAccessKey"}:
        return {"accessKeyId": act.detail["key"]} if name.startswith("Delete") else {"userName": "service"}
    return None


def _identity(owner: Owner, act: Act) -> dict[str, Any]:
    key = act.credential
    if key.kind == "role":
        seed = abs(int.from_bytes(key.id.encode()[-8:], "big"))
        issuer = {"type": "Role", "principalId": f"AROA{seed % 36**16:016X}", "arn": key.id, "accountId": owner.id,
                  "userName": key.handle}  # fmt: skip
        created = iso(act.time // (4 * HOUR) * 4 * HOUR)
        return {
            "type": "AssumedRole",
            "principalId": f"{issuer['principalId']}:{key.principal.rsplit('/', 1)[1]}",
            "arn": key.principal,
            "accountId": owner.id,
            "accessKeyId": f"ASIA{act.time // (4 * HOUR) * seed % 16**16:016X}",
            "sessionContext": {
                "sessionIssuer": issuer, "attributes": {"creationDate": created, "mfaAuthenticated": "false"},
            },
        }  # fmt: skip
    user = key.principal.rsplit("/", 1)[1]
    identity = {
        "type": "IAMUser", "principalId": f"AIDA{sum(key.id.encode()) * 2_654_435_761 % 16**16:016X}",
        "arn": key.principal, "accountId": owner.id, "userName": user,
    }  # fmt: skip
    return identity | {"accessKeyId": key.handle} if key.handle else identity
