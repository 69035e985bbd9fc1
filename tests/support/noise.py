"""Everyday noise for the laws: seeded events of a few owners, keys and networks, with halves, buckets and versions."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from seawall.detect.examples.example import NOON

_NETS = {"192.0.2": "US", "198.51.100": "DE", "203.0.113": "FR", "198.18.7": "IN"}
_ACTS = ("infer", "infer", "infer", "infer", "list_models", "unlock_model", "change_logging", "list_keys", "create_key")
_ENDS = ("success", "success", "success", "denied", "invalid", "filtered")


def noise(seed: int, count: int = 60) -> list[dict[str, Any]]:
    """Return rows for `examples.example.events`: about `count` calls in the days around noon."""
    rng = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for number in range(count):
        row = _call(rng, seed, number)
        rows.append(row)
        if row.get("activity", "infer") == "infer" and rng.random() < 0.4:
            rows.append(_half(rng, row))
    for hour in range(0, 48, 3):
        rows += _bucket(rng, hour)
    return rows


def _call(rng: random.Random, seed: int, number: int) -> dict[str, Any]:
    if rng.random() < 0.25:
        return _at_home(rng, seed, number)
    net, country = rng.choice(list(_NETS.items()))
    owner = rng.choice(("noise-1", "noise-2", "noise-3"))
    near = rng.random() < 0.5
    moment = NOON + timedelta(seconds=rng.randrange(-3600, 3600) if near else rng.randrange(-400_000, 90_000))
    return {
        "time": moment.replace(tzinfo=None).isoformat(), "request_id": f"n-{seed}-{number}", "owner_id": owner,
        "credential_id": f"key-{owner[-1]}{rng.choice(('', 'b'))}", "activity": rng.choice(_ACTS),
        "outcome": rng.choice(_ENDS), "model": rng.choice("abcd"), "src_net": f"{net}.0/24", "src_ip": f"{net}.9",
        "src_country": country, "src_asn": 64500 + len(net), "client": rng.choice(("boto3", "curl", None)),
        "event_id": f"noise-{seed}-{number}",
    }  # fmt: skip


def _at_home(rng: random.Random, seed: int, number: int) -> dict[str, Any]:
    """An everyday call of the key that the examples are about, as `examples.example` writes it."""
    moment = NOON + timedelta(seconds=rng.randrange(-80_000, 80_000))
    return {
        "time": moment.replace(tzinfo=None).isoformat(), "request_id": f"h-{seed}-{number}",
        "event_id": f"noise-{seed}-{number}",
    }  # fmt: skip


def _half(rng: random.Random, row: dict[str, Any]) -> dict[str, Any]:
    """The same call as the invocation log tells it, sooner or later: tokens and cost, no key, no address."""
    moment = NOON.fromisoformat(row["time"]) + timedelta(seconds=rng.randrange(-90, 90))
    return {
        "time": moment.isoformat(), "request_id": row["request_id"], "owner_id": row.get("owner_id", "owner-1"),
        "source": "aws.bedrock_invocation", "credential_id": None,
        "principal_id": "arn:of:" + row.get("credential_id", "key-1"),
        "src_net": None, "src_ip": None, "client": None, "model": row.get("model"),
        "outcome": rng.choice((row.get("outcome", "success"), "filtered")), "input_tokens": rng.randrange(1, 9000),
        "cost_usd": round(rng.random(), 6), "event_id": row["event_id"] + "-half",
    }  # fmt: skip


def _bucket(rng: random.Random, hour: int) -> list[dict[str, Any]]:
    """An hourly usage bucket, in one or two growing versions."""
    base = {
        "time": (NOON + timedelta(hours=hour - 60)).replace(tzinfo=None).isoformat(), "source": "openai.usage",
        "provider": "openai", "activity": "usage", "owner_id": "org-1", "credential_id": "key-org", "outcome": None,
        "src_net": None, "src_ip": None, "client": None, "bucket_seconds": 3600, "event_id": f"bucket-{hour}",
    }  # fmt: skip
    count = rng.choice((5, 40, 900))
    return [base | {"request_count": count * step, "input_tokens": 100 * step} for step in range(1, rng.choice((2, 3)))]
