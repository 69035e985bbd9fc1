"""Who used what: one row per credential, and its use over time and by source."""

from __future__ import annotations

from datetime import datetime

import msgspec

from seawall.detect.findings import timestamp
from seawall.store import Views
from seawall.store.totals import COST


class CredentialUse(msgspec.Struct, frozen=True):
    """One credential (or principal, where no log names the credential). `cost_usd` is at least that, at list price."""

    owner_id: str | None
    credential_id: str
    kind: str | None
    provider: str
    calls: int
    cost_usd: float | None
    unpriced_calls: int
    networks: int
    countries: int
    clients: int
    models: int
    first: str
    last: str


class Slice(msgspec.Struct, frozen=True):
    """Use of one credential in one hour (or usage bucket)."""

    start: str
    calls: int
    tokens: int
    cost_usd: float | None
    images: int


class SourceUse(msgspec.Struct, frozen=True):
    """Use of one credential from one network."""

    network: str | None
    country: str | None
    as_org: str | None
    kind: str | None
    clients: tuple[str, ...]
    calls: int
    cost_usd: float | None
    first: str
    last: str


def credentials(views: Views) -> list[CredentialUse]:
    """Return every credential seen, the costliest first."""
    rows = views.rows(
        f"""SELECT any_value(owner_id ORDER BY owner_id), subject, max(credential_kind), min(provider),
               coalesce(sum(calls) FILTER (activity IN ('infer', 'usage')), 0)::BIGINT,
               ({COST} FILTER (activity IN ('infer', 'usage')))::DOUBLE, sum(unpriced)::BIGINT,
               count(DISTINCT src_net), count(DISTINCT src_country), count(DISTINCT client), count(DISTINCT model),
               min(first), max(last)
        FROM rollup WHERE subject IS NOT NULL GROUP BY owner_key, subject
        ORDER BY 6 DESC NULLS LAST, 5 DESC, owner_key, subject"""
    )
    return [
        CredentialUse(*(*row[:5], None if row[5] is None else round(row[5], 4), *row[6:11], *map(timestamp, row[11:])))
        for row in rows
    ]


def over_time(views: Views, owner_key: str, subject: str) -> list[Slice]:
    """Return the hours of one credential's use, in order."""
    rows = views.rows(
        f"SELECT hour, sum(calls)::BIGINT, sum(tokens)::BIGINT, {COST}::DOUBLE, sum(images)::BIGINT FROM hourly"
        " WHERE owner_key = ? AND subject = ? GROUP BY hour ORDER BY hour",
        [owner_key, subject],
    )
    return [Slice(timestamp(row[0]), *row[1:]) for row in rows]


def by_source(views: Views, owner_key: str, subject: str) -> list[SourceUse]:
    """Return the networks of one credential's use, the newest arrival first."""
    rows = views.rows(
        f"""SELECT src_net, min(src_country), min(src_as_org), min(src_kind),
               list(DISTINCT client ORDER BY client) FILTER (client IS NOT NULL),
               sum(calls)::BIGINT, {COST}::DOUBLE, min(first), max(last)
        FROM rollup WHERE owner_key = ? AND subject = ? GROUP BY src_net ORDER BY min(first) DESC, src_net""",
        [owner_key, subject],
    )
    return [SourceUse(*(*row[:4], tuple(row[4] or ()), *row[5:7], *map(timestamp, row[7:]))) for row in rows]


def total_cost(views: Views, since: datetime, until: datetime) -> float | None:
    """Return all owners' cost between two times: billed where a bill is known for the owner's day, else estimated."""
    ((total,),) = views.rows(
        f"""WITH days AS (
            SELECT provider, owner_id, date_trunc('day', bucket) AS day,
                   {COST} FILTER (activity = 'cost') AS billed,
                   {COST} FILTER (activity IN ('infer', 'usage')) AS estimated
            FROM rollup WHERE bucket >= ? AND bucket <= ? GROUP BY ALL)
        SELECT sum(coalesce(billed, estimated)) FROM days""",
        [since, until],
    )
    return None if total is None else round(float(total), 4)
