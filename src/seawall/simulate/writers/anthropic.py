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
from seawall.simulate.writers.usage import Totals, hourly


def write(root: Path, owner: Owner, acts: list[Act], _rng: Random) -> int:
    """Write one day of an organization; return the number of usage rows and activities."""
    folder, start = root / f"organization={owner.id}", acts[0].time // DAY * DAY
    day = iso(start)[:10]
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
        put_page(folder / "usage_report" / "messages" / f"{day}.json",
                 {"data": data, "has_more": False, "next_page": None})  # fmt: skip
    activities = [_activity(owner, act) for act in acts if act.control]
    if activities:
        page = {"data": activities, "has_more": False, "first_id": activities[0]["id"],
                "last_id": activities[-1]["id"]}  # fmt: skip
        put_page(folder / "activities" / f"{day}.json", page)
    return sum(len(groups) for groups in buckets.values()) + len(activities)


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
