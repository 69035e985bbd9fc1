"""An owner's logs, as its provider writes them: an `Owner` in, files below a folder out, records counted.

Records are filled into templates made once for each key and model: ten million of them are written in minutes.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from random import Random
from time import gmtime, strftime
from typing import Any, Final

import msgspec
from owners import DAY, DAYS, MODELS, OPENAI_MODELS, START, Key, Owner, address

#: Records in one delivery file; CloudTrail's own hold a few minutes of an account.
FILE_RECORDS: Final = 10_000
_ERRORS: Final = (
    ("ThrottlingException", "Too many requests, please wait before trying again."),
    ("ValidationException", "The provided inference configuration is invalid."),
    ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
    ("ModelTimeoutException", "The model took too long to answer."),
)
_HOURS: Final = (1, 1, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 10, 11, 11, 10, 9, 7, 5, 4, 3, 3, 2, 2)
_encode: Final = msgspec.json.Encoder().encode


def write_owner(root: Path, owner: Owner) -> dict[str, int]:
    """Write all of an owner's logs; return how many records of which log."""
    rng = Random(owner.seed)
    if owner.kind == "openai":
        return {"usage": _usage(root, owner, rng)}
    counts = {"cloudtrail": 0, "invocation": 0}
    logged = owner.kind == "aws+log"
    days = [day for day in range(DAYS) for _ in range(1 if (day + 3) % 7 > 4 else 4)]  # 3 and 4 are a weekend
    calls = int(owner.events / (1.95 if logged else 1))
    for day in range(DAYS):
        trail: dict[str, list[str]] = {}
        log: dict[str, list[str]] = {}
        for region, record, partner in _calls(owner, day, round(calls * days.count(day) / len(days)), rng):
            trail.setdefault(region, []).append(record)
            if logged and partner:
                log.setdefault(region, []).append(partner)
        counts["cloudtrail"] += _put(root / "cloudtrail", owner, "CloudTrail", day, trail, '{"Records":[', ",", "]}")
        counts["invocation"] += _put(root / "bedrock", owner, "BedrockModelInvocationLogs", day, log, "", "\n", "\n")
    return counts


def _put(
    root: Path, owner: Owner, log: str, day: int, found: dict[str, list[str]], head: str, between: str, tail: str
) -> int:
    date = strftime("%Y/%m/%d", gmtime(START + day * DAY))
    for region, records in found.items():
        folder = root / "AWSLogs" / owner.id / log / region / date
        folder.mkdir(parents=True, exist_ok=True)
        for at in range(0, len(records), FILE_RECORDS):
            text = head + between.join(records[at : at + FILE_RECORDS]) + tail
            name = f"{owner.id}_{log}_{region}_{day:02}_{at // FILE_RECORDS:03}.json.gz"
            (folder / name).write_bytes(gzip.compress(text.encode(), 1, mtime=0))
    return sum(map(len, found.values()))


def _calls(owner: Owner, day: int, count: int, rng: Random) -> Iterator[tuple[str, str, str]]:
    """Yield an owner's calls of a day in order of time: region, CloudTrail's record, the invocation log's or ''."""
    hours = rng.choices(range(24), _HOURS, k=count)
    times = sorted(hour * 3600 + rng.randrange(3600) for hour in hours)
    keys = rng.choices(owner.keys, [key.weight for key in owner.keys], k=count)
    for second, key in zip(times, keys, strict=True):
        where = key.networks[0] if rng.random() < 0.8 else rng.choice(key.networks)
        yield _call(owner, key, rng.choice(key.models), where, START + day * DAY + second, rng)
    if 0 <= owner.robbed <= day:
        yield from _theft(owner, day, rng)


def _theft(owner: Owner, day: int, rng: Random) -> Iterator[tuple[str, str, str]]:
    """Yield what a thief does with the first key: on the first day a sweep over the models, then use."""
    stolen = msgspec.structs.replace(owner.keys[0], agent="python-requests/2.31.0", operation="InvokeModel")
    start = START + day * DAY + 3600
    if day == owner.robbed:
        for place, model in enumerate(MODELS):
            yield _call(owner, stolen, model, owner.den, start + place, rng, error=3 if place < 8 else 0)
    for second in sorted(rng.randrange(60, 6 * 3600) for _ in range(120)):
        yield _call(owner, stolen, MODELS[0], owner.den, start + second, rng, error=0)


def _call(
    owner: Owner, key: Key, model: str, where: int, time: int, rng: Random, error: int | None = None
) -> tuple[str, str, str]:
    if error is None:
        error = 0 if rng.random() < 0.97 else rng.randrange(1, len(_ERRORS) + 1)
    when = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(time))
    ids = f"{rng.getrandbits(256):064x}"
    request, event = _uuid(ids[:32]), _uuid(ids[32:])
    trail = _trail_template(owner.id, key, model, error, time // 3600)
    record = trail % (when, address(where, rng.getrandbits(4)), request, event)
    if error in {1, 3}:
        return key.region, record, ""
    tokens = int(rng.lognormvariate(6.5, 1.2)), int(rng.lognormvariate(5, 1))
    log = _log_template(owner.id, key, model, error)
    return key.region, record, log % (when, request, *tokens)


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@lru_cache(maxsize=4096)
def _trail_template(owner: str, key: Key, model: str, error: int, hour: int) -> str:
    """Return a CloudTrail record with four places: time, address, request id, event id."""
    host = f"bedrock-runtime.{key.region}.amazonaws.com"
    record = {
        "eventVersion": "1.11", "userIdentity": _identity(owner, key, hour), "eventTime": "%s",
        "eventSource": "bedrock.amazonaws.com", "eventName": key.operation, "awsRegion": key.region,
        "sourceIPAddress": "%s", "userAgent": key.agent.replace("%", "%%"),
        **({"errorCode": _ERRORS[error - 1][0], "errorMessage": _ERRORS[error - 1][1]} if error else {}),
        "requestParameters": {"modelId": model}, "responseElements": None, "requestID": "%s", "eventID": "%s",
        "readOnly": True, "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": owner,
        "resources": [{"accountId": owner, "type": "AWS::Bedrock::Model",
                       "ARN": f"arn:aws:bedrock:{key.region}::foundation-model/{model}"}],
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host,
        },
    }  # fmt: skip
    return _encode(record).decode()


def _identity(owner: str, key: Key, hour: int) -> dict[str, Any]:
    number = sum(key.name.encode()) * 2_654_435_761 % 10**17
    if key.handle:
        return {"type": "IAMUser", "principalId": f"AID{number:017}", "arn": f"arn:aws:iam::{owner}:user/{key.name}",
                "accountId": owner, "accessKeyId": key.handle, "userName": key.name}  # fmt: skip
    role, created = f"arn:aws:iam::{owner}:role/{key.name}", strftime("%Y-%m-%dT%H:00:00Z", gmtime(hour * 3600))
    issuer = {"type": "Role", "principalId": f"ARO{number:017}", "arn": role, "accountId": owner, "userName": key.name}
    return {
        "type": "AssumedRole", "principalId": f"ARO{number:017}:app",
        "arn": f"arn:aws:sts::{owner}:assumed-role/{key.name}/app", "accountId": owner,
        "accessKeyId": f"AS{'IA'}{(number + hour) % 10**16:016}",
        "sessionContext": {
            "sessionIssuer": issuer, "webIdFederationData": {},
            "attributes": {"creationDate": created, "mfaAuthenticated": "false"},
        },
    }  # fmt: skip


@lru_cache(maxsize=4096)
def _log_template(owner: str, key: Key, model: str, error: int) -> str:
    """Return an invocation record without bodies, with four places: time, request id, tokens in, tokens out."""
    arn = f"arn:aws:iam::{owner}:user/{key.name}" if key.handle else f"arn:aws:sts::{owner}:assumed-role/{key.name}/app"
    record = {
        "schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "%s", "accountId": owner,
        "identity": {"arn": arn}, "region": key.region, "requestId": "%s", "operation": key.operation,
        "modelId": model, **({"errorCode": _ERRORS[error - 1][0]} if error else {}),
        "input": {"inputContentType": "application/json", "inputTokenCount": "%%d"},
        "output": {"outputContentType": "application/json", "outputTokenCount": "%%d"},
    }  # fmt: skip
    return _encode(record).decode().replace('"%%d"', "%d")


def _usage(root: Path, owner: Owner, rng: Random) -> int:
    """Write pages of hourly usage by key and model, a page for each day."""
    folder = root / "openai" / f"organization={owner.id}"
    folder.mkdir(parents=True)
    results = 0
    for day in range(DAYS):
        buckets = []
        for hour in range(24):
            start = START + day * DAY + hour * 3600
            rows = [_result(key, rng) for key in owner.keys if rng.random() < 0.95]
            buckets.append({"object": "bucket", "start_time": start, "end_time": start + 3600, "results": rows})
            results += len(rows)
        page = {"object": "page", "data": buckets, "has_more": False, "next_page": None}
        (folder / f"usage-{day:02}.json").write_bytes(_encode(page))
    return results


def _result(key: Key, rng: Random) -> dict[str, Any]:
    calls = 1 + int(rng.lognormvariate(3, 1))
    return {
        "object": "organization.usage.completions.result", "input_tokens": calls * 800, "output_tokens": calls * 200,
        "input_cached_tokens": 0, "num_model_requests": calls, "project_id": f"proj_{key.name}",
        "user_id": f"user-{key.name}", "api_key_id": f"key_{key.name}", "model": OPENAI_MODELS[len(key.name) % 4],
        "batch": False,
    }  # fmt: skip
