"""OpenAI: pages of hourly usage (completions, images) and of the organization's audit log.

No log tells of single calls. The usage pages name no organization: the folder does (`organization=org-…`).
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from seawall.simulate.act import DAY, HOUR, SECOND, Act
from seawall.simulate.owners import Owner
from seawall.simulate.services import is_image
from seawall.simulate.times import iso
from seawall.simulate.writers.files import put_page
from seawall.simulate.writers.usage import Buckets, Totals, daily, hourly, snapshots


def write(root: Path, owner: Owner, acts: list[Act], _rng: Random) -> int:
    """Write one day of an organization; return the number of usage rows and audit events."""
    folder, day = root / f"organization={owner.id}", iso(acts[0].time)[:10]
    written = 0
    for name, so_far in snapshots(owner, acts):
        for kind in ("completions", "images"):
            part = [act for act in so_far if is_image(act.model) == (kind == "images")]
            buckets = hourly(
                part, lambda act: (act.credential.scope, act.credential.principal, act.credential.id, act.model)
            )
            if buckets:
                written += _usage(folder / "usage" / kind / f"{name}.json", kind, acts[0].time // DAY * DAY, buckets)
    written += _costs(folder / "costs" / f"{day}.json", acts)
    audits = [_audit(owner, act) for act in acts if act.control]
    if audits:
        page = {"object": "list", "data": audits, "first_id": audits[0]["id"], "last_id": audits[-1]["id"],
                "has_more": False}  # fmt: skip
        put_page(folder / "audit_logs" / f"{day}.json", page)
    return written + len(audits)


def _costs(path: Path, acts: list[Act]) -> int:
    """Write what the day is billed, by project and model, when it is over."""
    billed = daily(acts, lambda act: (act.credential.scope, act.model))
    start = acts[0].time // DAY * DAY // SECOND
    results = [
        {
            "object": "organization.costs.result",
            "amount": {"value": round(amount, 6), "currency": "usd"},
            "line_item": model,
            "project_id": project,
            "organization_id": path.parts[-3].partition("=")[2],
        }
        for (project, model), amount in sorted(billed.items())
    ]
    if results:
        bucket = {"object": "bucket", "start_time": start, "end_time": start + DAY // SECOND, "results": results}
        put_page(path, {"object": "page", "data": [bucket], "has_more": False, "next_page": None})
    return len(results)


def _usage(path: Path, kind: str, day: int, buckets: Buckets) -> int:
    data = [
        {
            "object": "bucket",
            "start_time": hour // SECOND,
            "end_time": (hour + HOUR) // SECOND,
            "results": [_result(kind, group, totals) for group, totals in sorted(buckets.get(hour, {}).items())],
        }
        for hour in range(day, day + DAY, HOUR)
    ]
    put_page(path, {"object": "page", "data": data, "has_more": False, "next_page": None})
    return sum(len(groups) for groups in buckets.values())


def _result(kind: str, group: tuple[str, ...], totals: Totals) -> dict[str, Any]:
    project, user, key, model = group
    calls, read, cached, wrote, images = totals
    result: dict[str, Any] = {
        "object": f"organization.usage.{kind}.result",
        "num_model_requests": calls,
        "project_id": project,
        "user_id": user,
        "api_key_id": key,
        "model": model,
    }
    if kind == "images":
        return result | {"images": images, "size": "1024x1024", "source": "image.generation"}
    return result | {"input_tokens": read, "output_tokens": wrote, "input_cached_tokens": cached, "batch": False}


def _audit(owner: Owner, act: Act) -> dict[str, Any]:
    user = {"id": act.credential.handle, "email": act.credential.principal}
    payload: dict[str, Any] = {"id": act.detail.get("key", owner.id)}
    if act.control.startswith("api_key."):
        changed = "changes_requested" if act.control.endswith("updated") else "data"
        payload[changed] = {"scopes": [act.detail.get("scope", "api.model.request")]}
    elif act.control == "organization.updated":
        payload["changes_requested"] = {"settings": {"api_call_logging": "disabled"}}
    elif act.control.startswith("login"):
        payload = {}
    return {
        "object": "organization.audit_log",
        "id": f"audit_log-{act.event}",
        "type": act.control,
        "effective_at": act.time // SECOND,
        "actor": {
            "type": "session",
            "session": {"user": user, "ip_address": act.address, "user_agent": act.agent},
        },
        act.control: payload,
    }
