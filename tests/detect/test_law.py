"""The law of the engine: findings are a function of events, rules and settings, however the events came.

Each law starts from a rule's own matching events plus noise, so that every example has findings to lose.
"""

from __future__ import annotations

import os
import random
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from seawall.detect import RULES, Analytic
from seawall.detect.examples.check import engine_of, examples
from seawall.detect.examples.example import events
from seawall.detect.findings import timestamp
from seawall.detect.marking import own_rules
from seawall.model import Finding
from seawall.model.precedence import PARTNER
from seawall.store import Views
from support.noise import noise

EXAMPLES = int(os.environ.get("SEAWALL_EXAMPLES", "1"))
_SIGMA = {rule.id for rule in own_rules()}
EACH_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
#: Rules in Sigma share their query: the two laws of many batches are tried on all of them in the long run only.
EACH_QUERY = pytest.mark.parametrize(
    "rule", [rule for rule in RULES if EXAMPLES > 1 or rule.id not in _SIGMA], ids=lambda rule: rule.id
)
SEEDS = st.integers(min_value=0, max_value=10_000)
FEW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
Rows = list[dict[str, Any]]
WAIT = timedelta(minutes=15)


def judged(rule: Analytic | Any, *batches: Rows) -> dict[str, Finding]:
    """Return the findings after the batches came one after the other."""
    with Views(threads=1) as views:
        engine = engine_of(rule, views)
        for batch in batches:
            views.con.register("batch", pa.Table.from_pylist(batch, schema=SCHEMA))
            engine.add("batch")
        return {finding.id: finding for finding in engine.findings()}


SCHEMA = events(()).schema


def mixed(rule: Analytic | Any, law: str, seed: int) -> int:
    """Return a seed that differs from rule to rule and law to law: hypothesis begins every test with the same one."""
    return zlib.crc32(f"{rule.id} {law} {seed}".encode())


def world(rule: Analytic | Any, seed: int) -> Rows:
    """Return the rows of one of the rule's own examples, with noise around them."""
    fires, _ = examples(rule)
    chosen = fires[seed % len(fires)]
    rows: Rows = events([*chosen.rows, *noise(seed)]).to_pylist()
    return rows


def cut(rows: Rows, pieces: int, rng: random.Random) -> list[Rows]:
    """Cut rows into batches at random places."""
    places = sorted(rng.sample(range(1, len(rows)), min(pieces, len(rows)) - 1))
    return [rows[a:b] for a, b in zip([0, *places], [*places, len(rows)], strict=True)]


def known_at(row: dict[str, Any]) -> datetime:
    """Return when a row counts: a usage bucket at its end."""
    moment: datetime = row["time"] + timedelta(seconds=row["bucket_seconds"])
    return moment


@EACH_RULE
@given(seed=SEEDS)
@FEW
def test_order_and_batches_leave_no_trace(rule: Analytic, seed: int) -> None:
    """Any permutation in any batches ends in the findings of one batch."""
    seed = mixed(rule, "order", seed)
    rows, rng = world(rule, seed), random.Random(seed)
    once = judged(rule, rows)
    assume(any(finding.rule == rule.id for finding in once.values()))  # the noise may teach the key what was new
    shuffled = rng.sample(rows, len(rows))
    assert judged(rule, *cut(shuffled, 5, rng)) == once


@EACH_RULE
@given(seed=SEEDS)
@FEW
def test_single_late_events_find_their_place(rule: Analytic, seed: int) -> None:
    """Single events that come late into a converged world end as if they had come in time."""
    seed = mixed(rule, "late", seed)
    rows, rng = world(rule, seed), random.Random(seed)
    once = judged(rule, rows)
    own = [row for row in rows if not row["event_id"].startswith(("noise", "bucket"))]
    one = rng.choice(own)
    late = [one, rng.choice([row for row in rows if row is not one])]
    early = sorted((row for row in rows if row not in late), key=lambda row: row["time"])
    assert judged(rule, early, *([row] for row in late)) == once


@EACH_QUERY
@given(seed=SEEDS)
@FEW
def test_batches_of_a_second_are_enough(rule: Analytic, seed: int) -> None:
    """The last minutes in batches of single events, in order of arrival, end as one batch does."""
    seed = mixed(rule, "second", seed)
    rows = sorted(world(rule, seed), key=lambda row: (row["time"], row["event_id"]))
    once = judged(rule, rows)
    assert judged(rule, rows[:-12], *([row] for row in rows[-12:])) == once


@EACH_RULE
@given(seed=SEEDS)
@FEW
def test_halves_may_come_in_any_order_and_much_later(rule: Analytic, seed: int) -> None:
    """The invocation log, delivered in pieces after all else, ends as if each half had come beside its partner."""
    seed = mixed(rule, "halves", seed)
    rows, rng = world(rule, seed), random.Random(seed)
    halves = [row for row in rows if row["request_id"] and row["source"] == "aws.bedrock_invocation"]
    first = [row for row in rows if row not in halves]
    assert judged(rule, first, *cut(rng.sample(halves, len(halves)), 3, rng)) == judged(rule, rows)


@EACH_RULE
@given(seed=SEEDS)
@FEW
def test_what_was_known_by_a_time_was_found_by_it(rule: Analytic, seed: int) -> None:
    """The findings of the events up to t are those of all events that opened by t.

    So it is for a half that waits for its partner at t. It cannot be for a call of which, by t, a record had said who,
    or the half had waited in vain, and another record came later: a call is one fact, known when the last of its
    records is, with the outcome and the cost of all; what was found on less by t is found on all of it after.
    """
    seed = mixed(rule, "prefix", seed)
    rows, rng = world(rule, seed), random.Random(seed)
    whole = judged(rule, rows)
    opened = [datetime.fromisoformat(finding.opened_at).astimezone(UTC) for finding in whole.values()]
    waiting = [row["time"] for row in rows if _waits(row, rows, row["time"])]
    until = rng.choice([*opened, known_at(rng.choice(rows)), *waiting[:2]])
    part = [row for row in rows if known_at(row) <= until and (_waits(row, rows, until) or _whole(row, rows, until))]
    now = timestamp(max(known_at(row) for row in part).replace(tzinfo=None))
    by_then = judged(rule, part)
    assert {key: finding.opened_at for key, finding in by_then.items()} == {
        key: finding.opened_at for key, finding in whole.items() if finding.opened_at <= now
    }


def _others(row: dict[str, Any], rows: Rows) -> Rows:
    """Return the records of the row's call."""
    return [other for other in rows if row["request_id"] is not None and other["request_id"] == row["request_id"]]


def _whole(row: dict[str, Any], rows: Rows, until: datetime) -> bool:
    """Say whether no record of the row's call comes after `until`."""
    return all(other["time"] <= until for other in _others(row, rows))


def _waits(row: dict[str, Any], rows: Rows, until: datetime) -> bool:
    """Say whether, at `until`, nobody knows yet whose the row's call is, while its other record is still to come."""
    told = [other for other in _others(row, rows) if other["time"] <= until]
    return not _whole(row, rows, until) and all(
        other["source"] in PARTNER and other["credential_id"] is None and until - other["time"] < WAIT for other in told
    )


@EACH_QUERY
@given(seed=SEEDS)
@FEW
def test_time_passes_for_owners_that_fall_silent(rule: Analytic, seed: int) -> None:
    """A later event of somebody else closes the hours and days of those who say nothing more, as one batch would."""
    seed = mixed(rule, "silence", seed)
    rows, rng = world(rule, seed), random.Random(seed)
    last = max(known_at(row) for row in rows)
    clock: Rows = events([
        {"owner_id": "clock", "credential_id": "key-clock", "src_net": None, "src_ip": None, "client": None,
         "time": (last + timedelta(hours=hours)).replace(tzinfo=None).isoformat()}
        for hours in (0.2, 1 + rng.random(), 30, 200)
    ]).to_pylist()  # fmt: skip
    once = judged(rule, [*rows, *clock])
    assert judged(rule, rows, *([tick] for tick in clock)) == once
