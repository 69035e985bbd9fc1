"""Anthropic's usage and cost reports: buckets of an organisation's use → one event per result.

In: one bucket (`starting_at`, `ending_at`, `results`) of `/v1/organizations/usage_report/messages` or
`/v1/organizations/cost_report`, or one result exported with the times of its bucket. Out: `usage` and `cost` events
whose `event_id` is the key of the bucket. What it cannot tell: single calls and their number, addresses, user agents.
"""

from __future__ import annotations

from typing import Any, Final

from seawall.model import Event
from seawall.sources.base import Context, Ignored
from seawall.sources.buckets import Bucket, bucket_event, dollars, read_bucket
from seawall.sources.values import count, text

_CENTS: Final = 100


class AnthropicUsage:
    """Reads usage and cost buckets."""

    name = "anthropic.usage"
    title = "Anthropic usage report and cost report"
    columns = frozenset({
        "operation", "modality", "owner_id", "resource_id", "region", "credential_id", "credential_kind",
        "principal_id", "model", "input_tokens", "output_tokens", "cached_tokens", "bucket_seconds", "cost_usd",
    })  # fmt: skip
    cannot_tell = (
        "It counts tokens in buckets: calls, their number, their order and their failures do not show.",
        "It has no addresses and no user agents: nothing can be said about where a key was used.",
        "It names the organisation nowhere (give --owner), and the key of console use is null.",
    )
    switch_on = (
        "Fetch /v1/organizations/usage_report/messages with bucket_width=1m or 1h and "
        "group_by[]=api_key_id,workspace_id,model,service_tier, and /v1/organizations/cost_report, using an admin key."
    )

    def matches(self, record: bytes) -> bool:
        """A bucket has `starting_at` and `ending_at`, and results or a column of a result."""
        if b'"starting_at"' not in record or b'"ending_at"' not in record:
            return False
        return b'"results"' in record or b'"uncached_input_tokens"' in record or b'"amount"' in record

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """Each result is one event; an empty bucket is ignored."""
        when, rows = read_bucket(record, "starting_at", "ending_at")
        return [self._event(row, when, context) for row in rows] or Ignored("empty usage bucket")

    def _event(self, row: dict[str, Any], when: Bucket, context: Context) -> Event:
        billed = "amount" in row
        region = text(row.get("inference_geo"))
        groups = {**row, "report": "cost" if billed else "usage"}
        return bucket_event(
            self.name, when, row, context, billed=billed, groups=groups,
            operation=(text(row.get("cost_type")) or "cost_report") if billed else "messages",
            modality=None if billed else "text",
            resource_id=text(row.get("workspace_id")),
            region=None if region == "not_available" else region,
            principal_id=text(row.get("account_id")) or text(row.get("service_account_id")),
            input_tokens=_input_tokens(row),
            cached_tokens=count(row.get("cache_read_input_tokens")),
            cost_usd=_amount(row) if billed else None,
        )  # fmt: skip


def _input_tokens(row: dict[str, Any]) -> int | None:
    """Return all tokens in: uncached, written to a cache, read from a cache; None where the row has none of them."""
    written = row.get("cache_creation")
    members = written if isinstance(written, dict) else {}
    flat = {name: value for name, value in row.items() if name.startswith("cache_creation")}
    parts = [row.get("uncached_input_tokens"), row.get("cache_read_input_tokens"), *members.values(), *flat.values()]
    known = [number for number in map(count, parts) if number is not None]
    return sum(known) if known else None


def _amount(row: dict[str, Any]) -> float | None:
    """Return dollars: the report writes cents as a decimal text; another currency is None."""
    cents = dollars(row.get("amount")) if (text(row.get("currency")) or "USD").upper() == "USD" else None
    return None if cents is None else cents / _CENTS
