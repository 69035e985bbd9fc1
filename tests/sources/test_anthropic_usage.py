"""Anthropic's usage and cost buckets: how tokens and cents are counted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.model import Event
from seawall.sources.anthropic_usage import AnthropicUsage
from seawall.sources.base import Context, Ignored

SOURCE = AnthropicUsage()
TIMES = {"starting_at": "2025-10-09T10:00:00Z", "ending_at": "2025-10-09T10:01:00Z"}
MESSAGES = {
    "uncached_input_tokens": 100,
    "cache_creation": {"ephemeral_1h_input_tokens": 10, "ephemeral_5m_input_tokens": 20},
    "cache_read_input_tokens": 70, "output_tokens": 5, "server_tool_use": {"web_search_requests": 1},
    "api_key_id": "apikey_1", "workspace_id": "wrkspc_1", "model": "claude-sonnet-4-5", "service_tier": "standard",
    "context_window": "0-200k", "inference_geo": "not_available",
}  # fmt: skip


def event(row: dict[str, Any]) -> Event:
    """Return the event of a bucket with this one result."""
    record = json.dumps({**TIMES, "results": [row]}).encode()
    assert SOURCE.matches(record)
    found = SOURCE.read(record, Context(owner="org_1"))
    assert isinstance(found, list)
    return found[0]


def test_a_messages_result_is_read_whole() -> None:
    """All tokens in are counted together, those read from a cache apart; the number of requests is not known."""
    found = event(MESSAGES)
    assert (found.activity, found.input_tokens, found.cached_tokens, found.output_tokens) == ("usage", 200, 70, 5)
    assert (found.credential_id, found.credential_kind, found.resource_id) == ("apikey_1", "api_key", "wrkspc_1")
    assert (found.model, found.request_count, found.bucket_seconds) == ("claude-sonnet-4-5", None, 60)
    assert (found.owner_id, found.region, found.cost_usd) == ("org_1", None, None)


def test_console_use_has_no_key() -> None:
    """A null key is null, not a credential."""
    found = event({**MESSAGES, "api_key_id": None})
    assert (found.credential_id, found.credential_kind) == (None, None)


@pytest.mark.parametrize("name", ["api_key_id", "workspace_id", "model", "service_tier", "context_window", "speed"])
def test_every_grouping_member_is_part_of_the_key(name: str) -> None:
    """A grouping member that differs gives another event id; growing figures do not."""
    assert event({**MESSAGES, name: "another"}).event_id != event(MESSAGES).event_id
    grown = {**MESSAGES, "output_tokens": 500, "cache_creation": {"ephemeral_1h_input_tokens": 11}}
    assert event(grown).event_id == event(MESSAGES).event_id


@pytest.mark.parametrize(
    ("row", "dollars"),
    [
        ({"amount": "123.45", "currency": "USD"}, 1.2345),
        ({"amount": "0", "currency": "USD"}, 0.0),
        ({"amount": "100", "currency": "EUR"}, None),
        ({"amount": "-100", "currency": "USD"}, None),
        ({"amount": None, "currency": "USD"}, None),
    ],
)
def test_a_cost_is_a_text_of_cents(row: dict[str, Any], dollars: float | None) -> None:
    """Cents become dollars; another currency or a negative amount is null."""
    found = event({"cost_type": "tokens", "description": "Claude Sonnet 4.5 Usage - Input Tokens", **row})
    assert (found.activity, found.operation, found.cost_usd) == ("cost", "tokens", dollars)
    assert found.input_tokens is None


def test_a_row_with_the_times_of_its_bucket_is_the_same_bucket() -> None:
    """A flattened row, cache columns and all, has the key and the sum of the API's result."""
    flat = {name: value for name, value in MESSAGES.items() if name not in {"cache_creation", "server_tool_use"}}
    row = {**TIMES, **flat, "cache_creation.ephemeral_1h_input_tokens": "10",
           "cache_creation.ephemeral_5m_input_tokens": "20"}  # fmt: skip
    found = SOURCE.read(json.dumps(row).encode(), Context(owner="org_1"))
    assert isinstance(found, list)
    assert (found[0].event_id, found[0].input_tokens) == (event(MESSAGES).event_id, 200)


def test_an_empty_bucket_is_ignored() -> None:
    """A bucket in which nothing was used is counted and is no event."""
    assert SOURCE.read(json.dumps({**TIMES, "results": []}).encode(), Context()) == Ignored("empty usage bucket")
