"""Anthropic: pages of hourly message usage and of the activity feed.

The usage pages name no organization: the folder does (`organization=org_…`).
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from seawall.simulate.act import DAY, HOUR, Act
from seawall.simulate.owners import Owner
from seawall.simulate.times import iso
from seawall.simulate.writers.files import put_page
from seawall.simulate.writers.usage import Totals, daily, hourly, snapshots


def write(root: Path, owner: Owner, acts: list[Act], _rng: Random) -> int:
    """Write one day of an organization; return the number of usage rows and activities."""
    folder, start = root / f"organization={owner.id}", acts[0].time // DAY * DAY
    day = iso(start)[:10]
    written = _costs(folder / "cost_report" / f"{day}.json", start, acts)
    for name, so_far in snapshots(owner, acts):
        written += _usage(folder / "usage_report" / "messages" / f"{name}.json", start, so_far)
    activities = [_activity(owner, act) for act in acts if act.control]
    if activities:
        page = {"data": activities, "has_more": False, "first_id": activities[0]["id"],
                "last_id": activities[-1]["id"]}  # fmt: skip
        put_page(folder / "activities" / f"{day}.json", page)
    return written + len(activities)


def _usage(path: Path, start: int, acts: list[Act]) -> int:
    buckets = hourly(acts, lambda act: (act.credential.scope, act.credential.id, act.model))
    data = [
        {
            "starting_at": iso(hour),
            "ending_at": iso(hour + HOUR),
            "results": [_result(group, totals) for group, totals in sorted(buckets.get(hour, {}).items())],
        }
        for hour in range(start, start + DAY, HOUR)
    ]
    if buckets:
        put_page(path, {"data": data, "has_more": False, "next_page": None})
    return sum(len(groups) for groups in buckets.values())


def _costs(path: Path, start: int, acts: list[Act]) -> int:
    """Write what the day is billed, by workspace and model, when it is over; amounts are cents, as text."""
    billed = daily(acts, lambda act: (act.credential.scope, act.model))
    results = [
        {
            "currency": "USD", "amount": f"{100 * amount:.6f}", "workspace_id": workspace, "model": model,
            "description": f"{model} usage", "cost_type": "tokens", "service_tier": "standard",
        }
        for (workspace, model), amount in sorted(billed.items())
    ]  # fmt: skip
    if results:
        bucket = {"starting_at": iso(start), "ending_at": iso(start + DAY), "results": results}
        put_page(path, {"data": [bucket], "has_more": False, "next_page": None})
    return len(results)


def _result(group: tuple[str, ...], totals: Totals) -> dict[str, Any]:
    workspace, key, model = group
    _, read, cached, wrote, _ = totals
    return {
        "api_key_id": key,
        "workspace_id": workspace,
        "model": model,
        "service_tier": "standard",
        "context_window": "0-200k",
        "uncached_input_tokens": read - cached,
        "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
        "cache_read_input_tokens": cached,
        "output_tokens": wrote,
        "server_tool_use": {"web_search_requests": 0},
    }


def _activity(owner: Owner, act: Act) -> dict[str, Any]:
    record = {
        "id": f"activity_{act.event}",
        "created_at": iso(act.time),
        "organization_id": owner.id,
        "type": act.control,
        "actor": {
            "type": "user_actor",
            "email_address": act.credential.principal,
            "user_id": act.credential.handle,
            "ip_address": act.address,
            "user_agent": act.agent,
        },
    }
    return record | {"api_key_id": act.detail["key"]} if "key" in act.detail else record
