"""OpenAI's usage and cost buckets: what the key of a bucket is made of, and where each figure goes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.model import Event, Unreadable
from seawall.sources.base import Context, Ignored
from seawall.sources.openai_usage import OpenAIUsage

SOURCE = OpenAIUsage()
TIMES = {"start_time": 1_760_000_400, "end_time": 1_760_004_000}
COMPLETIONS = {
    "object": "organization.usage.completions.result",
    "input_tokens": 1000, "input_cached_tokens": 800, "output_tokens": 50, "num_model_requests": 5,
    "project_id": "proj_1", "user_id": "user-1", "api_key_id": "key_1", "model": "gpt-4o-2024-08-06", "batch": False,
}  # fmt: skip
GROUPS = ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier", "size", "source", "line_item")
FIGURES = ("input_tokens", "input_cached_tokens", "output_tokens", "num_model_requests", "images", "characters",
           "seconds", "input_audio_tokens", "num_sessions", "usage_bytes")  # fmt: skip


def read(results: list[Any], owner: str | None = "org-1") -> list[Event] | Ignored:
    """Read a bucket with these results."""
    return SOURCE.read(json.dumps({"object": "bucket", **TIMES, "results": results}).encode(), Context(owner=owner))


def event(row: dict[str, Any], owner: str | None = "org-1") -> Event:
    """Return the event of a bucket with this one result."""
    found = read([row], owner)
    assert isinstance(found, list)
    return found[0]


@settings(max_examples=40)
@given(
    groups=st.dictionaries(st.sampled_from(GROUPS), st.sampled_from(["a", "b", None])),
    one=st.dictionaries(st.sampled_from(FIGURES), st.integers(0, 10**9)),
    other=st.dictionaries(st.sampled_from(FIGURES), st.integers(0, 10**9)),
)
def test_the_key_of_a_bucket_does_not_change_while_its_figures_grow(
    groups: dict[str, Any], one: dict[str, int], other: dict[str, int]
) -> None:
    """Equal grouping members give the same event id, whatever the figures."""
    assert event({**groups, **one}).event_id == event({**groups, **other}).event_id


@settings(max_examples=40)
@given(name=st.sampled_from([*GROUPS, "a_group_of_next_year"]), value=st.text("xyz", min_size=1))
def test_every_grouping_member_is_part_of_the_key(name: str, value: str) -> None:
    """A grouping member that differs gives another event id, also one that we do not know."""
    assert event({name: value}).event_id != event({name: value + "!"}).event_id != event({}).event_id


def test_owner_time_and_report_are_part_of_the_key() -> None:
    """Two organisations, two buckets, two reports never share a row."""
    later = {"object": "bucket", "start_time": 1_760_004_000, "end_time": 1_760_007_600, "results": [COMPLETIONS]}
    moved = SOURCE.read(json.dumps(later).encode(), Context(owner="org-1"))
    assert isinstance(moved, list)
    images = {**COMPLETIONS, "object": "organization.usage.images.result"}
    ids = {event(COMPLETIONS).event_id, event(COMPLETIONS, "org-2").event_id, event(images).event_id, moved[0].event_id}
    assert len(ids) == 4


def test_the_api_and_a_row_of_its_export_as_text_are_the_same_bucket() -> None:
    """A result with its bucket's times in it, all as text and with names added, has the key of the API's."""
    flat = {name: str(value).lower() if name == "batch" else str(value) for name, value in COMPLETIONS.items()}
    row = {**flat, "start_time": "1760000400", "end_time": "1760004000", "start_time_iso": "2025-10-09T09:00:00+00:00",
           "project_name": "Shop", "organization_id": "org-1", "size": ""}  # fmt: skip
    record = json.dumps(row).encode()
    assert SOURCE.matches(record)
    found = SOURCE.read(record, Context())
    assert isinstance(found, list)
    api = event(COMPLETIONS)
    assert (found[0].event_id, found[0].input_tokens) == (api.event_id, api.input_tokens)
    assert (found[0].owner_id, found[0].time, found[0].bucket_seconds) == ("org-1", api.time, 3600)


def test_a_completions_result_is_read_whole() -> None:
    """Tokens (cached ones included), requests, key, user, project, model and the bucket's start and width."""
    found = event(COMPLETIONS)
    assert (found.activity, found.operation, found.modality) == ("usage", "completions", "text")
    assert (found.input_tokens, found.cached_tokens, found.output_tokens, found.request_count) == (1000, 800, 50, 5)
    assert (found.credential_id, found.credential_kind, found.principal_id) == ("key_1", "api_key", "user-1")
    assert (found.resource_id, found.model, found.owner_id) == ("proj_1", "gpt-4o-2024-08-06", "org-1")
    assert (found.time, found.bucket_seconds) == (1_760_000_400_000_000, 3600)
    assert json.loads(found.raw or "") == {**TIMES, **COMPLETIONS}
    assert (found.outcome, found.src_ip, found.cost_usd) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "modality"),
    [("images", "image"), ("embeddings", "embedding"), ("moderations", "moderation"), ("audio_speeches", "audio"),
     ("audio_transcriptions", "audio"), ("vector_stores", "other"), ("code_interpreter_sessions", "other")],
)  # fmt: skip
def test_each_report_has_its_modality(kind: str, modality: str) -> None:
    """The type of a result says what was produced."""
    assert event({"object": f"organization.usage.{kind}.result"}).modality == modality


def test_images_are_counted() -> None:
    """An images result says how many were made, in how many requests."""
    found = event(
        {"object": "organization.usage.images.result", "images": 12, "num_model_requests": 3, "size": "1024x1024"}
    )
    assert (found.image_count, found.request_count, found.input_tokens) == (12, 3, None)


@pytest.mark.parametrize(
    ("row", "dollars"),
    [
        ({"amount": {"value": 0.06, "currency": "usd"}}, 0.06),
        ({"amount": {"value": "6.25", "currency": "usd"}}, 6.25),
        ({"amount": {"value": 5, "currency": "eur"}}, None),
        ({"amount": {"value": -5, "currency": "usd"}}, None),
        ({"amount": {"value": "nan", "currency": "usd"}}, None),
        ({"amount_value": "0.5", "amount_currency": "usd"}, 0.5),
    ],
)
def test_a_cost_is_billed_dollars_and_nothing_else(row: dict[str, Any], dollars: float | None) -> None:
    """Costs are dollars; another currency, a negative or senseless amount is null."""
    found = event({"object": "organization.costs.result", "line_item": "GPT-4o", **row})
    assert (found.activity, found.cost_usd, found.input_tokens) == ("cost", dollars, None)


def test_an_empty_bucket_is_ignored() -> None:
    """A bucket in which nothing was used is counted and is no event."""
    assert read([]) == Ignored("empty usage bucket")


@pytest.mark.parametrize(
    "row",
    [
        {"object": "bucket", "results": []},
        {"object": "bucket", "start_time": 1_760_000_400, "end_time": 1_760_000_400, "results": []},
        {"object": "bucket", "start_time": 1, "end_time": 2, "results": []},
        {"object": "bucket", **TIMES, "results": [1]},
        {"object": "bucket", **TIMES, "results": "no"},
    ],
)
def test_a_bucket_without_sense_is_unreadable(row: dict[str, Any]) -> None:
    """Times that are missing, equal or implausible and results that are none make a bucket unreadable."""
    with pytest.raises(Unreadable):
        SOURCE.read(json.dumps(row).encode(), Context())
