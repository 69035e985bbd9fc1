"""OpenAI's usage and cost reports: buckets of an organisation's use → one event per result.

In: one bucket (`start_time`, `end_time`, `results`) of `/v1/organization/usage/…` or `/v1/organization/costs`, or one
result exported with the times of its bucket, as the dashboard's CSV does. Out: `usage` and `cost` events whose
`event_id` is the key of the bucket. What it cannot tell: single calls, addresses, user agents, failures.
"""

from __future__ import annotations

from typing import Any, Final

from seawall.model import Event, Modality
from seawall.sources.base import Context, Ignored
from seawall.sources.buckets import Bucket, bucket_event, dollars, read_bucket
from seawall.sources.values import count, text

_KINDS: Final[tuple[tuple[str, Modality], ...]] = (
    ("completions", "text"), ("images", "image"), ("embeddings", "embedding"), ("moderations", "moderation"),
    ("audio", "audio"), ("video", "video"),
)  # fmt: skip
_OTHER_KINDS: Final = ("vector_stores", "code_interpreter")


class OpenAIUsage:
    """Reads usage and cost buckets."""

    name = "openai.usage"
    title = "OpenAI organization usage and costs"
    columns = frozenset({
        "operation", "modality", "owner_id", "resource_id", "credential_id", "credential_kind", "principal_id",
        "model", "input_tokens", "output_tokens", "cached_tokens", "image_count", "request_count", "bucket_seconds",
        "cost_usd",
    })  # fmt: skip
    cannot_tell = (
        "It counts in buckets: single calls, their order and their failures do not show.",
        "It has no addresses and no user agents: nothing can be said about where a key was used.",
        "Without group_by=api_key_id,user_id,project_id,model the fields of those names are null.",
    )
    switch_on = (
        "Fetch /v1/organization/usage/… with bucket_width=1m or 1h and group_by=project_id,user_id,api_key_id,model, "
        "and /v1/organization/costs with group_by=project_id,line_item, using an admin key."
    )

    def matches(self, record: bytes) -> bool:
        """A bucket has its times and results; an exported row has a result's type or a column of its own."""
        if b'"start_time"' not in record or b'"end_time"' not in record:
            return False
        return (
            b"organization.usage." in record
            or b"organization.costs." in record
            or (b'"bucket"' in record and b'"object"' in record)
            or b'"num_model_requests"' in record
            or (b'"amount_value"' in record and b'"line_item"' in record)
        )

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """Each result is one event; an empty bucket is ignored."""
        when, rows = read_bucket(record, "start_time", "end_time")
        return [self._event(row, when, context) for row in rows] or Ignored("empty usage bucket")

    def _event(self, row: dict[str, Any], when: Bucket, context: Context) -> Event:
        kind = _kind(row)
        return bucket_event(
            self.name, when, row, context, billed=kind == "costs", groups=row,
            operation=kind,
            modality=dict(_KINDS).get(kind or "", "other" if kind in _OTHER_KINDS else None),
            resource_id=text(row.get("project_id")),
            principal_id=text(row.get("user_id")),
            input_tokens=count(row.get("input_tokens")),
            cached_tokens=count(row.get("input_cached_tokens")),
            image_count=count(row.get("images")),
            request_count=count(row.get("num_model_requests")),
            cost_usd=_amount(row),
        )  # fmt: skip


def _kind(row: dict[str, Any]) -> str | None:
    """Return which report a result is of, by its type, else by the columns that only one report has."""
    written = text(row.get("object")) or ""
    for name in (*(name for name, _ in _KINDS), *_OTHER_KINDS, "costs"):
        if name in written:
            return name
    if "amount" in row or "amount_value" in row:
        return "costs"
    return "images" if "images" in row else None


def _amount(row: dict[str, Any]) -> float | None:
    """Return the billed amount in dollars; another currency is None."""
    amount = row.get("amount")
    if isinstance(amount, dict):
        value, currency = amount.get("value"), amount.get("currency")
    else:
        value, currency = row.get("amount_value", amount), row.get("amount_currency", row.get("currency"))
    return dollars(value) if str(currency or "usd").lower() == "usd" else None
