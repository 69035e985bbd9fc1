"""LiteLLM: spend log rows and audit log rows, as JSON lines."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Final

from seawall.simulate.act import Act
from seawall.simulate.owners import Owner
from seawall.simulate.times import iso
from seawall.simulate.writers.files import encode, put_lines

_ERRORS: Final = {
    "denied": (401, "AuthenticationError"), "invalid": (400, "BadRequestError"), "throttled": (429, "RateLimitError"),
    "error": (500, "InternalServerError"), "filtered": (400, "ContentPolicyViolationError"),
}  # fmt: skip


def write(root: Path, owner: Owner, acts: list[Act], _rng: Random) -> int:
    """Write one day of a team behind a LiteLLM proxy."""
    day = iso(acts[0].time)[:10]
    spend = [encode(_spend(owner, act)) for act in acts if not act.control]
    audit = [encode(_audit(act)) for act in acts if act.control]
    for name, rows in (("spend_logs", spend), ("audit_log", audit)):
        if rows:
            put_lines(root / owner.id / name / f"{day}.jsonl", rows)
    return len(acts)


def _spend(owner: Owner, act: Act) -> dict[str, Any]:
    upstream, model = act.model.split("/", 1)
    # A rough list price: 2 and 8 dollars per million tokens, 4 cents an image.
    cost = round(act.tokens_in * 2e-6 + act.tokens_out * 8e-6 + act.images * 0.04, 6)
    end = act.time + (200 + 14 * act.tokens_out + 9000 * act.images) * 1000
    metadata: dict[str, Any] = {
        "user_api_key_alias": act.credential.scope,
        "user_api_key_team_id": owner.id,
        "user_agent": act.agent,
    }
    if act.outcome in _ERRORS:
        code, name = _ERRORS[act.outcome]
        metadata["error_information"] = {"error_code": str(code), "error_class": name, "error_message": name}
    return {
        "request_id": act.request,
        "call_type": "aimage_generation" if act.images else "acompletion",
        "api_key": act.credential.id,
        "spend": cost,
        "total_tokens": act.tokens_in + act.tokens_out,
        "prompt_tokens": act.tokens_in,
        "completion_tokens": act.tokens_out,
        "startTime": iso(act.time, 3),
        "endTime": iso(end, 3),
        "model": model,
        "model_group": model,
        "custom_llm_provider": upstream,
        "user": act.credential.principal,
        "metadata": metadata,
        "cache_hit": "False",
        "team_id": owner.id,
        "end_user": act.user,
        "requester_ip_address": act.address,
        "messages": {},
        "response": {},
        "status": "success" if act.outcome == "success" else "failure",
    }


def _audit(act: Act) -> dict[str, Any]:
    return {
        "id": act.event,
        "updated_at": iso(act.time, 3),
        "changed_by": act.credential.principal,
        "changed_by_api_key": "",
        "action": act.control,
        "table_name": "LiteLLM_VerificationToken",
        "object_id": act.detail.get("key", act.event),
        "before_value": None,
        "updated_values": None,
    }
