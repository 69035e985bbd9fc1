"""`rules`: thousands of rules over a million events, beside fifty on the same; peers ask one query for each rule.

The rules are the published Sigma rules of the samples, where they are there, and seeded variations over event columns.
A peer gets a share of the variations, as it would take too long otherwise, and its time is taken times the rest.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from random import Random
from typing import Final

import msgspec
import pyarrow.parquet as pq
from fiftyrules import Rule, Test, fifty
from matching import connection, filled
from measure import in_process
from rows import Row
from world import World

from seawall.detect.sigma import Index, SigmaRule, load, load_text, scan
from seawall.store.lake import relation

RULES: Final = 3_500
EVENTS: Final = 1_000_000
#: What a peer is asked: of how many rules, over how many events.
_DUCKDB_RULES: Final = 50
_SQLITE_RULES: Final = 10
_SQLITE_EVENTS: Final = 100_000
_CORPUS: Final = "logs/sigma/rules"
_TOOLS: Final = ("boto3/1.", "aws-cli/2.", "curl/8.", "python-requests/2.", "okhttp/4.", "node-fetch/", "axios/1.")
_MODELS: Final = ("anthropic.claude-", "amazon.nova-", "meta.llama", "mistral.", "cohere.", "stability.", "deepseek.")


def bench(world: World) -> list[Row]:
    """Return the rows of many and of fifty rules, and of the peers."""
    files = _some(filled(world))
    events = sum(_length(file) for file in files)
    few, own, many = (in_process(work, files) for work in (with_fifty, with_variations, with_many))
    rules, counts = many.result
    rows = [Row("rules", "Seawall, 50 rules", events, few)]
    for told, cost in (
        (f"Seawall, {len(variations()):,} rules on columns", own),
        (f"Seawall, {rules:,} rules, {rules - len(variations()):,} of them published, on records", many),
    ):
        times = f"≤ 4 × the CPU of 50 rules; here {cost.cpu_s / few.cpu_s:.1f} ×"
        rows.append(Row("rules", told, events, cost, aim=times))
    theirs = in_process(with_duckdb, files)
    if any(counts.get(name, 0) != count for name, count in theirs.result.items()):
        raise SystemExit("error: the counts of the peer differ")
    for name, cost, share in (
        (f"DuckDB, a query a rule: {_DUCKDB_RULES} rules, times", theirs, rules / _DUCKDB_RULES),
        (
            f"pySigma's SQLite: {_SQLITE_RULES} rules, {_SQLITE_EVENTS:,} events, times",
            in_process(with_sqlite, files),
            rules / _SQLITE_RULES * events / _SQLITE_EVENTS,
        ),
    ):
        whole = msgspec.structs.replace(cost, cpu_s=cost.cpu_s * share, wall_s=cost.wall_s * share)
        rows.append(Row("rules", f"{name} {share:,.0f}", events, whole, peer_of=rows[2]))
    return rows


def variations() -> list[Rule]:
    """Return the seeded rules: two or three columns each, of which one may be excepted."""
    rng, rules = Random(11), []
    for number in range(RULES - 254):
        makers = rng.sample(_MAKERS, rng.choice((2, 3, 3)))
        tests = [make(rng) for make in makers]
        but = tests.pop() if len(tests) > 2 and rng.random() < 0.5 else None
        rules.append(Rule(f"rule-{number:04}", tuple(tests), but))
    return rules


_MAKERS: Final = (
    lambda rng: Test("user_agent", "contains", tuple(f"{rng.choice(_TOOLS)}{rng.randrange(60)}" for _ in range(3))),
    lambda rng: Test("model", "startswith", (f"{rng.choice(_MODELS)}{rng.randrange(9)}", rng.choice(_MODELS))),
    lambda rng: Test("src_ip", "startswith", tuple(f"198.18.{rng.randrange(256)}." for _ in range(4))),
    lambda rng: Test("credential_id", "endswith", tuple(f"{rng.randrange(1000):03}" for _ in range(3))),
    lambda rng: Test("principal_id", "endswith", (f"/svc-{rng.randrange(200)}-{rng.randrange(4)}",)),
    lambda rng: Test("region", "", (rng.choice(("us-east-1", "us-west-2", "eu-central-1", "eu-west-1")),)),
    lambda rng: Test("src_country", "", (rng.choice(("US", "DE", "GB", "FR", "IN", "JP", "BR", "CA", "NL", "SG")),)),
    lambda rng: Test("outcome", "", (rng.choice(("denied", "invalid", "throttled", "error")),)),
    lambda rng: Test("operation", "contains", (rng.choice(("invoke", "converse", "stream", "list")),)),
    lambda rng: Test("input_tokens", "gte", (rng.randrange(500, 9000),)),
    lambda rng: Test("error_code", "contains", (rng.choice(("denied", "validation", "throttling", "timeout")),)),
)


def with_fifty(files: list[str]) -> dict[str, int]:
    """Match the fifty rules of `sigma`; return how many rows each matched."""
    return _counts(_loaded(fifty()), files)


def with_variations(files: list[str]) -> dict[str, int]:
    """Match the seeded rules alone; return how many rows each matched."""
    return _counts(_loaded(variations()), files)


def with_many(files: list[str]) -> tuple[int, dict[str, int]]:
    """Match all rules; return how many they are, and how many rows each matched."""
    corpus = Path(os.environ.get("SEAWALL_TEST_DATA", "../shared/data")) / _CORPUS
    rules = [*_loaded(variations()), *(load([corpus]).rules if corpus.is_dir() else [])]
    return len(rules), _counts(rules, files)


def with_duckdb(files: list[str]) -> dict[str, int]:
    """Ask one query for each rule of the share."""
    con = connection()
    queries = {rule.id: f"SELECT count(*) FROM {relation(files)} WHERE {rule.sql}" for rule in _share(_DUCKDB_RULES)}
    return {name: con.sql(query).fetchall()[0][0] for name, query in queries.items()}


def with_sqlite(files: list[str]) -> dict[str, int]:
    """Ask the queries that pySigma makes, of a table in memory; filling it is not counted against it in most tools."""
    from sigma.backends.sqlite import sqliteBackend  # noqa: PLC0415 - a peer, which need not be there otherwise
    from sigma.collection import SigmaCollection  # noqa: PLC0415 - the same

    columns = Index(_loaded(_share(_SQLITE_RULES))).cost.columns
    query = f"SELECT {', '.join(columns)} FROM {relation(files)} LIMIT {_SQLITE_EVENTS}"
    con = sqlite3.connect(":memory:")
    con.execute(f"CREATE TABLE logs ({', '.join(columns)})")
    con.executemany(f"INSERT INTO logs VALUES ({', '.join('?' * len(columns))})", connection().sql(query).fetchall())
    found = {}
    for rule in _share(_SQLITE_RULES):
        (made,) = sqliteBackend().convert(SigmaCollection.from_yaml(rule.sigma.decode()))
        found[rule.id] = len(con.execute(made).fetchall())
    return found


def _counts(rules: list[SigmaRule], files: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, matched in scan(Index(rules), files):
        for rule, rows in matched.rows.items():
            counts[rule] = counts.get(rule, 0) + len(rows)
    return counts


def _share(number: int) -> list[Rule]:
    every = variations()
    return every[:: len(every) // number][:number]


def _loaded(rules: list[Rule]) -> list[SigmaRule]:
    return load_text(b"\n---\n".join(rule.sigma for rule in rules)).check().rules


def _some(files: list[str]) -> list[str]:
    """Return the first files that hold a million events."""
    found, events = [], 0
    for file in files:
        if events < EVENTS:
            found.append(file)
            events += _length(file)
    return found


def _length(file: str) -> int:
    rows: int = pq.read_metadata(file).num_rows
    return rows
