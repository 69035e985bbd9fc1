"""Azure API Management before Azure OpenAI: GatewayLogs (who, from where) and GatewayLlmLogs (tokens).

Both halves of a call carry the same correlation id.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from seawall.simulate.act import SECOND, Act
from seawall.simulate.owners import Owner
from seawall.simulate.times import iso
from seawall.simulate.writers.azure import put_hours, write_activity
from seawall.simulate.writers.files import encode

_STATUS: Final = {"success": 200, "denied": 401, "invalid": 400, "filtered": 400, "throttled": 429, "error": 500}
_SEVERITY: Final = ("medium", "high")


def write(root: Path, owner: Owner, acts: list[Act], rng: Random) -> int:
    """Write one day of an owner whose calls pass an API Management service."""
    calls = [act for act in acts if not act.control]
    gateway = [(act.credential.scope, act.time, encode(_gateway(owner, act, rng))) for act in calls]
    metered = [
        (act.credential.scope, act.time, encode(row))
        for act in calls
        if act.outcome == "success"
        for row in (_tokens(act, rng), *(_messages(act) if owner.logs_text else ()))
    ]
    written = put_hours(root, "insights-logs-gatewaylogs", gateway)
    return written + put_hours(root, "insights-logs-gatewayllmlogs", metered) + write_activity(root, owner, acts)


def _gateway(owner: Owner, act: Act, rng: Random) -> dict[str, Any]:
    status = _STATUS[act.outcome]
    deployment = act.model.replace(".", "")
    task = "images/generations" if act.images or act.model.startswith("dall") else "chat/completions"
    path = f"/openai/deployments/{deployment}/{task}?api-version=2024-06-01"
    properties: dict[str, Any] = {
        "method": "POST",
        "url": f"https://gw-{owner.id[:6]}.example.net{path}",
        "backendMethod": "POST",
        "backendUrl": f"https://backend-{owner.id[:6]}.example.net{path}",
        "responseCode": status,
        "backendResponseCode": status,
        "responseSize": 500 + 4 * act.tokens_out,
        "requestSize": 80 + 4 * act.tokens_in,
        "cache": "none",
        "apiId": "azure-openai",
        "operationId": task.replace("/", "_").title().replace("_", ""),
        "apimSubscriptionId": act.credential.handle,
        "clientProtocol": "HTTP/1.1",
        "clientTlsVersion": "1.2",
        "apiRevision": "1",
        "requestHeaders": {"User-Agent": act.agent},
    }
    if act.category:
        properties["backendResponseBody"] = encode(_blocked(act, rng)).decode()
    return {
        "time": iso(act.time, 7),
        "resourceId": act.credential.scope.upper(),
        "category": "GatewayLogs",
        "operationName": "Microsoft.ApiManagement/GatewayLogs",
        "callerIpAddress": act.address,
        "correlationId": act.request,
        "durationMs": 200 + 14 * act.tokens_out + 9000 * act.images,
        "isRequestSuccess": status == 200,
        "resultType": "Succeeded" if status == 200 else "Failed",
        "level": 4,
        "location": act.region,
        "properties": properties,
    }


def _blocked(act: Act, rng: Random) -> dict[str, Any]:
    kinds = ("hate", "self_harm", "sexual", "violence")
    verdict = {
        kind: {"filtered": kind == act.category, "severity": rng.choice(_SEVERITY) if kind == act.category else "safe"}
        for kind in kinds
    }
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": verdict}
    return {"error": {"code": "content_filter", "status": 400, "param": "prompt", "innererror": inner}}


def _messages(act: Act) -> Iterator[dict[str, Any]]:
    """The rows of a call that carry its texts: the prompt, then the answer."""
    for number, role, name in ((1, "user", "requestMessages"), (2, "assistant", "responseMessages")):
        said = [{"role": role, "content": act.prompt if number == 1 else "As asked."}]
        yield _llm(act, act.time + number * SECOND, {"sequenceNumber": number, name: said})


def _tokens(act: Act, rng: Random) -> dict[str, Any]:
    counts = {
        "sequenceNumber": 0, "promptTokens": act.tokens_in, "completionTokens": act.tokens_out,
        "totalTokens": act.tokens_in + act.tokens_out, "isStreamCompletion": False, "apiVersion": "2024-06-01",
    }  # fmt: skip
    return _llm(act, act.time + rng.randrange(3 * SECOND), counts)


def _llm(act: Act, time: int, members: dict[str, Any]) -> dict[str, Any]:
    return {
        "time": iso(time, 7),
        "resourceId": act.credential.scope.upper(),
        "category": "GatewayLlmLogs",
        "operationName": "Microsoft.ApiManagement/GatewayLlmLogs",
        "correlationId": act.request,
        "location": act.region,
        "properties": {
            "requestId": act.event, "modelName": act.model, "deploymentName": act.model.replace(".", ""), **members,
        },
    }  # fmt: skip
