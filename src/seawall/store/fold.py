"""The fold: SQL that keeps `rollup`, `seen` and `hourly` true after calls have changed.

Each statement recomputes whole rows for the keys that changed, from the view below it, so that the order and the
batching of what came before leave no trace.
"""

from __future__ import annotations

from typing import Final

_CELL: Final = (
    "cell", "bucket", "bucket_seconds", "owner_key", "owner_id", "subject", "provider", "credential_id",
    "credential_kind", "principal_id", "end_user_id", "src_net", "src_asn", "src_as_org", "src_country", "src_lat",
    "src_lon", "src_kind", "client", "model", "region", "modality", "activity", "outcome", "guardrail_id", "size",
)  # fmt: skip
_FACT: Final = (
    "owner_key", "owner_id", "subject", "src_net", "src_asn", "src_country", "src_kind", "client", "model",
    "modality", "activity",
)  # fmt: skip
_HOUR: Final = ("owner_key", "owner_id", "subject")
#: Seconds after which a sum over a cell no longer grows: its own width, and no less than the bucket's five minutes.
CLOSES: Final = "bucket + to_seconds(greatest(300, bucket_seconds))"


def _first_of(columns: tuple[str, ...], key: str) -> str:
    """Columns that the key determines: any value is the value, `min` merely says so without an order."""
    return ", ".join(column if column == key else f"min({column}) AS {column}" for column in columns)


def rollup(cells: str | None) -> str:
    """Return SQL for the rollup rows of the relation `cells`, or of all calls."""
    only = f"SEMI JOIN {cells} USING (cell)" if cells else ""
    return f"""
        INSERT INTO rollup BY NAME
        SELECT {_first_of(_CELL, "cell")}, hash({", ".join(f"min({column})" for column in _FACT)}) AS fact,
               sum(coalesce(request_count, 1))::BIGINT AS calls, min(known_at) AS first, max(known_at) AS last,
               sum(input_tokens)::BIGINT AS input_tokens, sum(output_tokens)::BIGINT AS output_tokens,
               sum(cost_usd::DECIMAL(27, 9))::DOUBLE AS cost_usd,
               sum(CASE WHEN cost_usd IS NULL AND activity IN ('infer', 'usage') AND coalesce(outcome, 'success')
                   IN ('success', 'filtered') THEN coalesce(request_count, 1) ELSE 0 END)::BIGINT AS unpriced,
               sum(image_count)::BIGINT AS images, max(input_tokens) AS max_input
        FROM calls {only} GROUP BY cell"""


def seen(facts: str | None) -> str:
    """Return SQL for the rows of `seen` of the relation `facts`, or of the whole rollup."""
    only = f"SEMI JOIN {facts} USING (fact)" if facts else ""
    return f"""
        INSERT INTO seen BY NAME
        SELECT {_first_of(("fact", *_FACT), "fact")}, min(first) AS first, max(last) AS last,
               sum(calls)::BIGINT AS calls
        FROM rollup {only} GROUP BY fact"""


def hourly(hours: str | None) -> str:
    """Return SQL for the hourly totals of use: of the relation `hours`, or of the whole rollup.

    An hour of single calls closes with its last bucket; a usage bucket wider than an hour stands for itself.
    """
    only = f"SEMI JOIN {hours} USING (owner_key, subject, hour, width)" if hours else ""
    return f"""
        INSERT INTO hourly BY NAME
        SELECT {", ".join(_HOUR)}, hour, width, hour + to_seconds(greatest(3600, width)) AS closes,
               sum(calls)::BIGINT AS calls,
               (sum(coalesce(input_tokens, 0)) + sum(coalesce(output_tokens, 0)))::BIGINT AS tokens,
               sum(cost_usd::DECIMAL(27, 9))::DOUBLE AS cost_usd,
               sum(coalesce(images, 0))::BIGINT AS images, min(first) AS first
        FROM (SELECT *, date_trunc('hour', bucket) AS hour, bucket_seconds AS width FROM rollup
              WHERE activity IN ('infer', 'usage') AND subject IS NOT NULL) {only}
        GROUP BY {", ".join(_HOUR)}, hour, width"""
