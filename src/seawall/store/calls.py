"""From events to calls: the SQL that joins what several records say of one use of a service.

In: a relation of events (`schema.EVENTS`). Out: rows of the `calls` view. A call's column groups each come whole from
the first source that knows them, so that joining is a minimum over keys (rank of the source, then digest): it does not
matter in which order or how often the records come, and a folded call joins with a late record like any other row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seawall.model import OUTCOME_ORDER
from seawall.model.precedence import CLIENT_CHOSEN, COST, PARTNER, WHENCE, WHO
from seawall.store.schema import GROUPS

#: A record that cannot name its credential waits this long, in event time, for the log that can.
PARTNER_WAIT: Final = "INTERVAL 15 MINUTE"
#: Width of the cells that the rollup counts single calls in.
BUCKET: Final = "INTERVAL 5 MINUTE"
_TIE_BITS: Final = 56
_POORER: Final = 50
_UNRANKED: Final = 49
_SUMS: Final = ("input_tokens", "output_tokens", "cached_tokens", "image_count", "request_count", "cost_usd")


def _rank(column: str, order: Sequence[str]) -> str:
    cases = " ".join(f"WHEN '{name}' THEN {rank}" for rank, name in enumerate(order))
    return f"(CASE {column} {cases} ELSE {_UNRANKED} END)"


def _key(rank: str, known: str) -> str:
    """One number that orders the candidates for a group: rank first, the event's digest as the tie-break."""
    return f"CASE WHEN {known} THEN (({rank})::BIGINT << {_TIE_BITS}) + (digest >> {63 - _TIE_BITS}) END"


_KEYS: Final = {
    "what": _key(f"{_rank('source', WHENCE)} + {_POORER} * (activity = 'other')::INT", "TRUE"),
    "who": _key(
        f"{_rank('source', WHO)} + {_POORER} * (credential_id IS NULL)::INT",
        "credential_id IS NOT NULL OR principal_id IS NOT NULL",
    ),
    "whence": _key(
        f"{_rank('source', WHENCE)} + {_POORER} * (src_ip IS NULL)::INT", "src_ip IS NOT NULL OR user_agent IS NOT NULL"
    ),
    "meter": _key(
        f"{_rank('source', COST)}"
        f" + {_POORER} * (input_tokens IS NULL AND image_count IS NULL AND cost_usd IS NULL)::INT",
        "coalesce(model, deployment) IS NOT NULL OR input_tokens IS NOT NULL OR image_count IS NOT NULL"
        " OR cost_usd IS NOT NULL OR request_count IS NOT NULL",
    ),
    "ending": _key(_rank("outcome", OUTCOME_ORDER), "outcome IS NOT NULL"),
    "content": _key(
        f"{_POORER} * (filter_categories IS NULL)::INT + (prompt_hash IS NULL)::INT",
        "filter_categories IS NOT NULL OR prompt_hash IS NOT NULL OR guardrail_id IS NOT NULL",
    ),
}
_GROUP_COLUMNS: Final = [column for group in GROUPS.values() for column in group]


def _moment() -> str:
    """Return SQL for the time that a call's identity includes: null where the provider gives the ids."""
    micros = {name: max(seconds * 1_000_000, 1) for name, seconds in CLIENT_CHOSEN.items()}
    cases = " ".join(f"WHEN '{name}' THEN epoch_us(time) // {width}" for name, width in micros.items())
    return f"CASE source {cases} END"


#: What identifies a call. Usage buckets and records without a request id stand for themselves; an instant and a bucket
#: are never one call, whatever ids they carry; an id that a client can choose is an id at its time alone.
CALL: Final = (
    f"hash(provider, owner_id, coalesce(request_id, event_id), request_id IS NULL, bucket_seconds, {_moment()})"
)

#: All that tells one rollup row from another. What follows from these (subject, owner key) needs no place here.
#: 64 bits: among ten million cells, two meet by chance once in 370,000 worlds. Who would make two meet on purpose needs
#: a model, client or user of his own choice within one bucket, credential and network, and wins one column of one row.
_CELL: Final = (
    "bucket", "bucket_seconds", "provider", "owner_id", "credential_id", "credential_kind", "principal_id",
    "end_user_id", "src_net", "src_asn", "src_as_org", "src_country", "src_lat", "src_lon", "src_kind", "client",
    "model", "region", "modality", "activity", "outcome", "guardrail_id", "size",
)  # fmt: skip


def rows_of_events(events: str) -> str:
    """Return SQL that turns the relation `events` into one unjoined row per event."""
    keys = ", ".join(f"{key} AS {group}_key" for group, key in _KEYS.items())
    blind = ", ".join(f"'{name}'" for name in PARTNER)
    return f"""
        SELECT {CALL} AS call, CAST(time AS TIMESTAMP) AS time, bucket_seconds, 1::BIGINT AS events,
               (source IN ({blind}) AND credential_id IS NULL AND activity = 'infer') AS half,
               {", ".join(_GROUP_COLUMNS)}, {keys}
        FROM {events}"""


def rows_of_calls(calls: str) -> str:
    """Return SQL that turns folded calls back into rows that can be joined with new ones."""
    keys = ", ".join(f"{group}_key" for group in GROUPS)
    return f"""
        SELECT call, time, bucket_seconds, events,
               (known_at > time AND bucket_seconds = 0) AS half, {", ".join(_GROUP_COLUMNS)}, {keys}
        FROM {calls}"""


def joined(many: str) -> str:
    """Return SQL that joins the stored table `many` into one row per call, before `finished`.

    Each group is fetched once, by the number of the row that wins it; a group that no row knows is the first source's.
    """
    least = ", ".join(f"min({group}_key) AS {group}_key" for group in GROUPS)
    rows = ", ".join(
        f"coalesce(arg_min(rowid, {group}_key), arg_min(rowid, what_key)) AS {group}_row" for group in GROUPS
    )
    most = ", ".join(f"max({column}) AS most_{column}" for column in _SUMS)
    picked = ", ".join(
        f"CASE WHEN g.bucket_seconds > 0 THEN g.most_{column} ELSE meter.{column} END AS {column}"
        if column in _SUMS
        else f"{group}.{column}"
        for group, columns in GROUPS.items()
        for column in columns
    )
    joins = " ".join(f"JOIN {many} AS {group} ON {group}.rowid = g.{group}_row" for group in GROUPS)
    return f"""
        SELECT g.call, g.time, g.bucket_seconds, g.events, g.half, {picked},
               {", ".join(f"g.{group}_key" for group in GROUPS)}
        FROM (
            SELECT call, max(time) AS time, max(bucket_seconds) AS bucket_seconds, sum(events)::BIGINT AS events,
                   bool_and(half) AS half, {least}, {rows}, {most}
            FROM {many} GROUP BY call
        ) g {joins}"""


def finished(rows: str) -> str:
    """Return SQL that gives joined rows their subject, owner key, time of being known, and rollup cell."""
    return f"""
        SELECT *, hash({", ".join(_CELL)}) AS cell
        FROM (
            SELECT * EXCLUDE (half),
                   coalesce(credential_id, principal_id) AS subject,
                   coalesce(owner_id, credential_id, principal_id) AS owner_key,
                   CASE WHEN bucket_seconds > 0 THEN time + to_seconds(bucket_seconds)
                        WHEN half THEN time + {PARTNER_WAIT} ELSE time END AS known_at,
                   -- A usage bucket begins when it says: rounded down, it would close before it ends.
                   CASE WHEN bucket_seconds > 0 THEN time
                        ELSE {bucket_of(f"CASE WHEN half THEN time + {PARTNER_WAIT} ELSE time END")} END AS bucket,
                   floor(log2(greatest(input_tokens, 1)))::BIGINT AS size
            FROM {rows})"""


def bucket_of(time: str) -> str:
    """Return SQL for the five-minute bucket of a time."""
    return f"time_bucket({BUCKET}, {time})"
