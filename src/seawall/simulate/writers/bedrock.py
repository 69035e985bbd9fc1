"""Bedrock's model invocation log: the same calls as CloudTrail's, with tokens and text, without address or key."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Final

from seawall.simulate.act import SECOND, Act
from seawall.simulate.owners import Owner
from seawall.simulate.times import date_path, iso
from seawall.simulate.writers.cloudtrail import ERRORS, operation
from seawall.simulate.writers.files import encode, put_gzip

_JSON: Final = "application/json"
_FILTER: Final = {"sexual": "SEXUAL", "violence": "VIOLENCE", "hate": "HATE", "self_harm": "MISCONDUCT"}


def write(root: Path, owner: Owner, acts: list[Act], rng: Random) -> int:
    """Write one day of an owner's calls, a file for each region; a refused or throttled call leaves no record."""
    regions: dict[str, list[bytes]] = {}
    first: dict[str, int] = {}
    for act in acts:
        if act.control or act.outcome in {"denied", "throttled"}:
            continue
        # Its clock is the end of the call, seconds after CloudTrail's.
        record = encode(_record(owner, act, act.time + rng.randrange(4 * SECOND)))
        regions.setdefault(act.region, []).append(record)
        first.setdefault(act.region, act.time)
    for region, records in sorted(regions.items()):
        folder = root / "AWSLogs" / owner.id / "BedrockModelInvocationLogs" / region / date_path(first[region]) / "00"
        stamp = iso(first[region], 3).translate({45: None, 58: None, 46: None})
        put_gzip(folder / f"{stamp}_{rng.getrandbits(64):016x}.json.gz", b"\n".join(records) + b"\n")
    return sum(map(len, regions.values()))


def _record(owner: Owner, act: Act, time: int) -> dict[str, Any]:
    record = {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": iso(time),
        "accountId": owner.id,
        "region": act.region,
        "requestId": act.request,
        "operation": operation(act),
        "modelId": act.model,
        "identity": {"arn": act.credential.principal},
        "input": {"inputContentType": _JSON, "inputTokenCount": act.tokens_in},
    }
    if owner.logs_text:
        body = [{"role": "user", "content": [{"text": act.prompt}]}]
        record["input"] = record["input"] | {"inputBodyJson": {"messages": body}}  # type: ignore[operator]
    if act.outcome in ERRORS:
        record["errorCode"] = ERRORS[act.outcome][0]
        return record
    output = {"outputContentType": _JSON, "outputTokenCount": act.tokens_out}
    record["output"] = output | ({"outputBodyJson": _answer(act)} if owner.logs_text or act.category else {})
    return record


def _answer(act: Act) -> dict[str, Any]:
    if act.images:
        return {"images": ["iVBORw0KGgo="] * act.images}
    usage = {
        "inputTokens": act.tokens_in,
        "outputTokens": act.tokens_out,
        "totalTokens": act.tokens_in + act.tokens_out,
    }
    if not act.category:
        return {"usage": usage, "stopReason": "end_turn", "metrics": {"latencyMs": 200 + 12 * act.tokens_out}}
    hit = {"action": "BLOCKED", "confidence": "HIGH", "detected": True, "filterStrength": "HIGH",
           "type": _FILTER[act.category]}  # fmt: skip
    guard = {"actionReason": "Guardrail blocked.", "input": {"gr-main": {"contentPolicy": {"filters": [hit]}}}}
    return {
        "usage": usage,
        "stopReason": "guardrail_intervened",
        "amazon-bedrock-guardrailAction": "INTERVENED",
        "amazon-bedrock-trace": {"guardrail": guard},
    }
