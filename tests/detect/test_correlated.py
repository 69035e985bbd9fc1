"""Correlations in the engine: the same windows as their definition, however the events came."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.detect.correlated import Correlated, find
from seawall.detect.engine import Engine
from seawall.detect.examples.example import events
from seawall.detect.importing import ready
from seawall.detect.sigma import Hit, correlate, load_text
from seawall.model import Finding
from seawall.store import Views

START = datetime(2026, 1, 5, 12)  # noqa: DTZ001 - naive UTC, as the views' times
KINDS = (
    "event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_median",
    "value_percentile", "r0 and not r1",
)  # fmt: skip


def ruled(kind: str, bound: tuple[str, int] = ("gte", 2), **more: Any) -> str:
    """Return three rules, each of one operation, and a correlation of them over ten minutes."""
    documents = [
        {
            "title": f"r{number}", "name": f"r{number}", "logsource": {"product": "seawall"}, "level": "low",
            "detection": {"s": {"operation": f"op{number}"}, "condition": "s"},
        }
        for number in range(3)
    ]  # fmt: skip
    condition: Any = dict([bound])
    if kind.startswith("value"):
        condition |= {"field": "resource_id"}
    if kind == "value_percentile":
        condition |= {"percentile": 25}
    rules = ["r0", "r1", "r2"]
    if " " in kind:
        rules, condition, kind = ["r0", "r1"], kind, "temporal"
    block = {"type": kind, "rules": rules, "group-by": ["region"], "timespan": "10m", "condition": condition}
    documents.append({"title": "c", "name": "c", "level": "high", "correlation": block | more})
    return "\n---\n".join(map(json.dumps, documents))


acts = st.lists(
    st.tuples(
        st.integers(0, 40),  # minutes
        st.sampled_from(["op0", "op1", "op2", "other"]),
        st.sampled_from(["eu", "us", None]),
        st.sampled_from(["1", "2", "7", "x", None]),
        st.sampled_from(["111111111111", "222222222222"]),
    ),
    min_size=1,
    max_size=12,
)


def rows(made: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return the acts as columns of events."""
    return [
        {
            "source": "aws.cloudtrail", "provider": "aws.bedrock", "activity": "change_access", "operation": operation,
            "region": region, "resource_id": value, "owner_id": owner, "credential_id": f"key-{owner}",
            "time": (START + timedelta(minutes=minutes)).isoformat(), "request_id": f"r{number}",
        }
        for number, (minutes, operation, region, value, owner) in enumerate(made)
    ]  # fmt: skip


def engine(views: Views, text: str) -> Engine:
    """Return an engine with the rules of a text as imported ones."""
    imported, blind = ready(load_text(text).check())
    assert not blind
    return Engine(views, rules=(), incident_rules=(), imported=imported)


def add(judge: Engine, batch: list[dict[str, Any]]) -> None:
    """Fold and judge a batch."""
    judge.views.con.register("batch", events(batch))
    judge.add("batch")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(KINDS), st.sampled_from(["gte", "lt", "eq", "neq"]), st.integers(1, 3), acts)
def test_the_engine_finds_the_windows_of_the_definition(kind: str, op: str, bound: int, made: list[Any]) -> None:
    """For each kind, the hits at which the query holds are those in the windows of `correlate`, owner by owner."""
    text = ruled(kind, (op, bound))
    (what,) = load_text(text).check().correlations
    with Views(threads=1) as views:
        judge = engine(views, text)
        add(judge, rows(made))
        (one,) = [rule for rule in ready(load_text(text))[0] if isinstance(rule, Correlated)]
        query = ibis.to_sql(find(one), dialect="duckdb")
        held = set(views.rows(f"SELECT owner_id, opened_at FROM ({query})"))
    hits = [
        Hit(f"r{operation[2:]}", minutes, (owner, region), value)
        for minutes, operation, region, value, owner in made
        if operation != "other"
    ]
    timed = correlate(_in_minutes(what), hits)
    expected = {
        (hit.group[0], START + timedelta(minutes=hit.time_us))
        for hit in hits
        for window in timed
        if window.group == hit.group and window.opened_us <= hit.time_us <= window.last_us and hit.rule in what.rules
    }
    assert held == expected


def _in_minutes(what: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(what, timespan_us=10)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(KINDS), acts, st.randoms())
def test_batches_and_order_change_nothing(kind: str, made: list[Any], random: Any) -> None:
    """The acts one by one in any order end in the findings of one batch."""
    text = ruled(kind)

    def findings(*batches: list[dict[str, Any]]) -> list[Finding]:
        with Views(threads=1) as views:
            judge = engine(views, text)
            for batch in batches:
                add(judge, batch)
            return judge.findings()

    every = rows(made)
    assert findings(*([row] for row in random.sample(every, len(every)))) == findings(every)


def test_a_correlation_is_told_in_place_of_its_rules_and_capped() -> None:
    """Its rules are `info` unless it says `generate`; itself is `medium` at most, and says its figure."""
    made = [(minute, f"op{minute}", "eu", None, "111111111111") for minute in range(3)]
    for more, expected in (({}, "info"), ({"generate": True}, "low")):
        with Views(threads=1) as views:
            judge = engine(views, ruled("temporal", ("gte", 3), **more))
            add(judge, rows(made))
            severity = {finding.rule: finding.severity for finding in judge.findings()}
            (told,) = [finding for finding in judge.findings() if finding.rule == "c"]
        assert severity == {"r0": expected, "r1": expected, "r2": expected, "c": "medium"}
        assert "together, 3" in told.why
        assert told.opened_at == (START + timedelta(minutes=2)).replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")


def test_a_correlation_may_rest_on_another() -> None:
    """A hit with which the inner one holds is a hit of it: two of one kind, then one of another, in this order."""
    outer = {
        "title": "o", "name": "o",
        "correlation": {"type": "temporal_ordered", "rules": ["c", "r2"], "group-by": ["region"], "timespan": "10m"},
    }  # fmt: skip
    text = ruled("event_count", ("gte", 2), rules=["r0"]) + "\n---\n" + json.dumps(outer)
    for times, expected in (((1, 3, 4), True), ((1, 4, 3), False), ((1, 30, 31), False)):
        with Views(threads=1) as views:
            judge = engine(views, text)
            operations = zip(times, ("op0", "op0", "op2"), strict=True)
            add(judge, rows([(minute, operation, "eu", None, "1") for minute, operation in operations]))
            assert ("o" in {finding.rule for finding in judge.findings()}) is expected


def test_correlations_that_rest_on_each_other_are_blind() -> None:
    """A circle is no rule: each in it is named."""
    one, other = ruled("temporal", rules=["d", "r1"]), ruled("temporal", rules=["c", "r1"]).split("\n---\n")[-1]
    loaded = load_text(
        one
        + "\n---\n"
        + other.replace('"c", "correlation"', '"d", "correlation"').replace('"name": "c"', '"name": "d"')
    )
    rules, blind = ready(loaded)
    assert ["rests on itself" in problem.what for problem in blind] == [True, True]
    assert not any(isinstance(rule, Correlated) for rule in rules)


BLIND = [
    ({"group-by": ["event_id"]}, "event_id"),
    ({"rules": ["r0", "r9"]}, "r9"),
    ({"timespan": "3d"}, "48 hours"),
    ({"condition": {"gte": 1, "field": ["region", "resource_id"]}}, "one field"),
]


@pytest.mark.parametrize(("more", "what"), BLIND, ids=range(len(BLIND)))
def test_a_correlation_that_cannot_see_is_blind_and_says_so(more: dict[str, Any], what: str) -> None:
    """What the views do not hold, what is not loaded, what is too long ago: a problem, and no rule."""
    rules, blind = ready(load_text(ruled("value_count", **more)).check())
    assert [what in one.what for one in blind] == [True]
    assert not any(isinstance(rule, Correlated) for rule in rules)
