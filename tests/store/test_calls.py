"""Calls: what several records say together. Each case is folded in one batch, and record by record both ways round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.examples.example import AWAY, NOON, at, events
from seawall.model.precedence import CLIENT_CHOSEN
from support.folding import Row, call, folded

NOBODY: Row = {"credential_id": None, "src_net": None, "src_ip": None, "client": None, "request_count": None}
TRAIL: Row = {"source": "aws.cloudtrail", "user_agent": "boto3/1"}
INVOCATION: Row = {**NOBODY, "source": "aws.bedrock_invocation", "principal_id": "arn:of:p", "model": "m",
                   "input_tokens": 7, "output_tokens": 2, "cost_usd": 0.5, "request_count": 1}  # fmt: skip
GATEWAY: Row = {"source": "azure.apim", "provider": "azure.ai.openai", "deployment": "d"}
LLM: Row = {**NOBODY, "source": "azure.apim", "provider": "azure.ai.openai", "outcome": None, "deployment": "d"}
ACT: Row = {**NOBODY, "source": "azure.activity", "activity": "list_keys", "principal_id": "p", "src_ip": "192.0.2.1",
            "src_net": "192.0.2.0/24", "request_count": 1}  # fmt: skip
BUCKET: Row = {**NOBODY, "source": "openai.usage", "provider": "openai", "activity": "usage", "outcome": None,
               "bucket_seconds": 3600, "credential_id": "k", "event_id": "bucket", "request_id": None}  # fmt: skip

CASES: dict[str, tuple[list[Row], Row]] = {
    "CloudTrail says who and whence, the invocation log what it cost": (
        [TRAIL, INVOCATION],
        {"credential_id": "key-1", "principal_id": None, "src_net": "192.0.2.0/24", "client": "boto3", "model": "m",
         "input_tokens": 7, "output_tokens": 2, "cost_usd": 0.5, "outcome": "success", "events": 2},
    ),
    "a guardrail's block in the poorer half is the outcome": (
        [TRAIL, {**INVOCATION, "outcome": "filtered", "guardrail_id": "g", "filter_categories": "hate"}],
        {"outcome": "filtered", "guardrail_id": "g", "filter_categories": "hate", "credential_id": "key-1"},
    ),
    "a refusal comes with its own status and error": (
        [{**TRAIL, "outcome": "denied", "status_code": 403, "error_code": "AccessDenied"},
         {**INVOCATION, "status_code": 200}],
        {"outcome": "denied", "status_code": 403, "error_code": "AccessDenied"},
    ),
    "of the gateway's records that with tokens is the meter, and that with the key says who": (
        [GATEWAY, {**LLM, "model": "m", "input_tokens": 9, "output_tokens": 4, "request_count": 1},
         LLM, {**LLM, "region": "r"}],
        {"credential_id": "key-1", "src_net": "192.0.2.0/24", "model": "m", "input_tokens": 9, "output_tokens": 4,
         "request_count": 1, "events": 4, "outcome": "success"},
    ),
    "a start and its success are one act": (
        [{**ACT, "outcome": None}, {**ACT, "outcome": "success", "status_code": 200, "time": at(1)}],
        {"outcome": "success", "status_code": 200, "activity": "list_keys", "events": 2, "principal_id": "p",
         "time": datetime(2026, 1, 5, 12, 1), "request_count": 1},  # noqa: DTZ001 - views are naive UTC
    ),
    "whence comes from the source nearest the client": (
        [{**TRAIL, **AWAY},
         {"source": "seawall.gateway", "src_net": "203.0.113.0/24", "src_ip": "203.0.113.9", "client": "curl"}],
        {"src_net": "203.0.113.0/24", "client": "curl"},
    ),
    "whence comes whole: the nearest that has an address, its unknowns included": (
        [{"source": "seawall.gateway", "src_ip": None, "src_net": None, "user_agent": "x", "client": "x"},
         {**TRAIL, "src_country": "DE", "client": None}],
        {"src_country": "DE", "client": None, "src_net": "192.0.2.0/24", "user_agent": "boto3/1"},
    ),
    "a key is known before who stands behind it": (
        [{"source": "litellm", "credential_id": None, "principal_id": "p"},
         {"source": "otel.genai", "credential_id": "k"}],
        {"credential_id": "k", "principal_id": None, "subject": "k"},
    ),
    "what was done is known before that something was": (
        [{"source": "litellm", "activity": "other"}, {"source": "otel.genai", "activity": "infer"}],
        {"activity": "infer"},
    ),
    "what no record knows for sure is that of the first source": (
        [{**NOBODY, "source": "otel.genai", "end_user_id": "u2"}, {**NOBODY, "source": "litellm", "end_user_id": "u1"}],
        {"end_user_id": "u1", "subject": None},
    ),
    "a growing bucket has the greatest of each figure": (
        [{**BUCKET, "request_count": 2, "input_tokens": 10, "cost_usd": 0.1},
         {**BUCKET, "request_count": 5, "input_tokens": 30, "cost_usd": None},
         {**BUCKET, "request_count": 4, "input_tokens": 40, "cost_usd": 0.3}],
        {"request_count": 5, "input_tokens": 40, "cost_usd": 0.3, "events": 3,
         "known_at": datetime(2026, 1, 5, 13)},  # noqa: DTZ001 - views are naive UTC
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), CASES.values(), ids=CASES.keys())
def test_two_logs_tell_of_one_call(rows: list[Row], expected: Row) -> None:
    """Records of one call, at once or one by one in either order, come to the same call: the one expected."""
    once = call(*rows)
    assert {column: once[column] for column in expected} == expected
    for order in (rows, rows[::-1]):
        assert repr(call(*order, apart=True)) == repr(once)


def test_ties_are_the_same_whoever_comes_first() -> None:
    """Of two records of one source that know the same, one wins, and the same one in either order."""
    one, other = {**TRAIL, "credential_id": "a", "model": "a"}, {**TRAIL, "credential_id": "b", "model": "b"}
    once = call(one, other)
    assert once["credential_id"] == once["model"]
    assert repr(call(other, one, apart=True)) == repr(call(one, other, apart=True)) == repr(once)


@pytest.mark.parametrize(
    ("rows", "known", "bucket"),
    [
        ([{**INVOCATION, "time": at(0)}], "12:15", "12:15"),
        ([{**INVOCATION, "time": at(0)}, {**INVOCATION, "time": at(1)}], "12:16", "12:15"),
        ([{**INVOCATION, "time": at(0)}, {**TRAIL, "time": at(1)}], "12:01", "12:00"),
        ([{**INVOCATION, "time": at(0), "credential_id": "k"}], "12:00", "12:00"),
        ([{**INVOCATION, "time": at(0), "activity": "change_logging"}], "12:00", "12:00"),
        ([{**TRAIL, "credential_id": None, "time": at(0)}], "12:00", "12:00"),
        ([{**BUCKET, "time": at(2)}], "13:02", "12:02"),
    ],
    ids=["lone half", "two halves of one log", "both halves", "a half with its key", "no use", "no half", "bucket"],
)
def test_when_a_call_is_known(rows: list[Row], known: str, bucket: str) -> None:
    """A half without its key is known 15 minutes later, unless its partner comes; a usage bucket at its end."""
    for apart in (False, True):
        found = call(*rows, apart=apart)
        assert (f"{found['known_at']:%H:%M}", f"{found['bucket']:%H:%M}") == (known, bucket)


@pytest.mark.parametrize(
    "other",
    [{"request_id": "s"}, {"owner_id": "p"}, {"provider": "openai"}, {"request_id": None}, {"bucket_seconds": 60},
     {"request_id": None, "event_id": "r"}, {"owner_id": None}],
    ids=" ".join,
)  # fmt: skip
def test_what_differs_is_another_call(other: dict[str, Any]) -> None:
    """Records of different owners, providers, requests or kinds are never one call, even where ids look alike."""
    rows = events([{"request_id": "r", "owner_id": "o"}, {"request_id": "r", "owner_id": "o", **other}]).to_pylist()
    with folded(rows) as views:
        assert views.rows("SELECT count(*) FROM calls") == [(2,)]


def test_a_request_id_that_never_ends_is_one_call() -> None:
    """Four thousand records with one request id are one call, at a price that grows with their number alone."""
    moment = datetime(2026, 1, 5, 12, tzinfo=UTC)
    rows = events({"request_id": "r", "time": moment, "duration_ms": n} for n in range(4_000)).to_pylist()
    with folded(rows[:2_000], rows[2_000:]) as views:
        assert views.rows("SELECT count(*), sum(events)::BIGINT FROM calls") == [(1, 4_000)]


@settings(max_examples=12, deadline=None)
@given(
    source=st.sampled_from(sorted(name for name, seconds in CLIENT_CHOSEN.items() if not seconds)),
    moments=st.sets(st.integers(0, 10 * 86_400_000_000), min_size=2, max_size=12),
    data=st.data(),
)
def test_an_id_that_a_client_chose_hides_no_use(source: str, moments: set[int], data: st.DataObject) -> None:
    """N uses with one chosen id are n calls, each at its own time, in one batch, in several, and told twice over."""
    rows = events(
        {"source": source, "request_id": "r", "time": NOON + timedelta(microseconds=each)} for each in moments
    ).to_pylist()
    again = [row | {"digest": row["digest"] ^ 1, "model": "m"} for row in data.draw(st.permutations(rows))[:3]]
    with folded(rows, again) as views, folded([*rows, *again]) as once:
        for each in (views, once):
            assert each.rows("SELECT count(*), count(DISTINCT time) FROM calls") == [(len(moments), len(moments))]
            assert each.rows("SELECT sum(calls)::BIGINT FROM rollup") == [(len(moments),)]


@pytest.mark.parametrize(("minutes", "calls"), [(1, 1), (60, 2), (3 * 24 * 60, 2)])
def test_an_act_that_comes_again_later_is_another(minutes: int, calls: int) -> None:
    """Start and end of an act at Azure are one call; the same correlation id an hour or days later is another."""
    rows = events({**ACT, "request_id": "r", "time": at(each)} for each in (0, minutes)).to_pylist()
    with folded(rows[:1], rows[1:]) as views:
        assert views.rows("SELECT count(*) FROM calls") == [(calls,)]


def test_a_chosen_id_cannot_be_that_of_the_provider() -> None:
    """Whoever sends the id of another's call to a gateway changes nothing about that call."""
    rows = events({"request_id": "r", "owner_id": "o", "source": each} for each in ("aws.cloudtrail", "litellm"))
    with folded(rows.to_pylist()) as views:
        assert views.rows("SELECT count(*) FROM calls") == [(2,)]
