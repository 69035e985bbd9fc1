"""The endpoint's answers: 200 only for what is durable, and for all else what a shipper must do."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.intake import listening
from seawall.intake.ingest import Ingester, Parcel
from seawall.intake.listening import Intake, Listener
from seawall.intake.read import Reading
from seawall.model import IncompleteError
from seawall.store.home import Home

TOKEN = b"a-token-made-for-this-test"
LINES = b'{"n":1}\n{"n":2}\n'


def ask(
    listener: Listener,
    body: bytes = LINES,
    path: str = "/ingest",
    method: str = "POST",
    token: bytes = TOKEN,
    **headers: str,
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Ask once, as uvicorn would; return status, answer and headers."""
    return asyncio.run(_ask(listener, body, path, method, token, headers))


async def _ask(
    listener: Listener, body: bytes, path: str, method: str, token: bytes, headers: dict[str, str]
) -> tuple[int, dict[str, Any], dict[str, str]]:
    parts = [body[at : at + 1000] for at in range(0, len(body), 1000)] or [b""]
    sent: list[Any] = []
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    lines += [(b"authorization", b"Bearer " + token)] if token else []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    await listener({"type": "http", "method": method, "path": path, "headers": lines}, receive, send)
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], json.loads(sent[1]["body"]), named


@pytest.fixture
def kept() -> list[Parcel]:
    """Return what was made durable."""
    return []


@pytest.fixture
def listener(kept: list[Parcel]) -> Listener:
    """Return an endpoint whose disk is a list."""
    intake = Intake()
    intake.attach(kept.extend, lambda: 0)
    return Listener(intake, Reading(), TOKEN, body_bytes=10_000)


@pytest.mark.parametrize(
    ("body", "headers", "records"),
    [
        (LINES, {}, 2),
        (b'[{"n":1},{"n":2},{"n":3}]', {"content_type": "application/json; charset=utf-8"}, 3),
        (b'{"Records":[{"n":1}]}', {"content_type": "application/json"}, 1),
        (gzip.compress(LINES), {"content_encoding": "gzip", "content_type": "application/x-ndjson"}, 2),
        (zstandard.compress(LINES), {"content_encoding": "zstd"}, 2),
        (b"", {}, 0),
        (LINES + b'{"n":', {"content_type": "text/plain"}, 3),
    ],
)
def test_what_shippers_send_is_taken(
    listener: Listener, kept: list[Parcel], body: bytes, headers: dict[str, str], records: int
) -> None:
    """A JSON array, an export, lines, plain, gzip or zstd: each record is kept, a broken one with its reason."""
    status, told, _ = ask(listener, body, **headers)
    assert status == 200
    assert told["records"] == records == sum(len(parcel.items) for parcel in kept)
    assert told["unread"] == sum(item.reason is not None for parcel in kept for item in parcel.items)


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (401, {"token": b""}),
        (401, {"token": TOKEN + b"x"}),
        (401, {"token": "höher".encode()}),
        (404, {"path": "/"}),
        (404, {"path": "/ingested"}),
        (405, {"method": "GET"}),
        (415, {"content_type": "application/x-protobuf"}),
        (415, {"content_encoding": "br"}),
        (413, {"content_length": "10001"}),
        (413, {"body": b"x" * 10_001}),
        (413, {"content_length": "9" * 18}),
        (400, {"body": gzip.compress(LINES)[:-6]}),
        (400, {"body": b"PK\x03\x04 an archive"}),
    ],
)
def test_what_is_refused(listener: Listener, kept: list[Parcel], status: int, asked: dict[str, Any]) -> None:
    """Each refusal has its status and says why, and nothing of it is kept."""
    answered, told, _ = ask(listener, **asked)
    assert answered == status
    assert told["error"]
    assert not kept


def test_a_bomb_is_refused(listener: Listener, kept: list[Parcel], monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than a request may hold is refused before it is held."""
    monkeypatch.setattr(listening, "UNPACKED_BYTES", 100_000)
    assert ask(listener, gzip.compress(b"\n" * 1_000_000))[0] == 413
    assert not kept


def test_the_owner_is_in_the_path(listener: Listener, kept: list[Parcel]) -> None:
    """`/ingest/owner=ACCOUNT` says whose an export is that names nobody; OTLP's paths answer as OTLP."""
    assert ask(listener, path="/ingest/owner=org-7")[0] == 200
    assert kept[0].owner == "org-7"
    assert ask(listener, path="/v1/logs")[1] == {}


def test_behind_is_429_and_a_full_disk_503(kept: list[Parcel]) -> None:
    """Too much on its way: wait. No room: 503, until somebody attaches a disk again. Both say how long to wait."""
    intake, waiting = Intake(), [0]
    listener = Listener(intake, Reading(), None, backlog_bytes=1000)

    def full(_: Sequence[Parcel]) -> None:
        raise IncompleteError("no room", hint="make some")

    statuses = [ask(listener)[0]]
    intake.attach(kept.extend, lambda: waiting[0])
    statuses.append(ask(listener)[0])
    waiting[0] = 1001
    status, _, headers = ask(listener)
    statuses.append(status)
    assert headers["retry-after"]
    intake.attach(full, int)
    statuses += [ask(listener)[0], ask(listener)[0]]
    assert not intake.ready
    intake.attach(kept.extend, int)
    statuses.append(ask(listener)[0])
    assert statuses == [503, 200, 429, 503, 503, 200]
    assert len(kept) == 2


def test_requests_share_the_wait_for_the_disk() -> None:
    """Requests that come together are made durable together, and each hears of its own."""
    calls: list[int] = []
    intake = Intake()
    intake.attach(lambda parcels: calls.append(len(parcels)), int)
    listener = Listener(intake, Reading(), None)

    async def all_at_once() -> list[int]:
        asks = (_ask(listener, b'{"n":1}' * each, "/ingest", "POST", b"", {}) for each in range(1, 21))
        answers = await asyncio.gather(*asks)
        return [told["records"] for _, told, _ in answers]

    assert asyncio.run(all_at_once()) == list(range(1, 21))
    assert sum(calls) == 20
    assert len(calls) < 20


@given(body=st.binary(max_size=300), coding=st.sampled_from(("", "gzip", "zstd", "deflate")))
@settings(max_examples=50, deadline=None)
def test_no_body_breaks_it(body: bytes, coding: str) -> None:
    """Whatever bytes come, there is an answer, and it is never a server's error."""
    intake = Intake()
    intake.attach(lambda _: None, int)
    assert ask(Listener(intake, Reading(), TOKEN), body, content_encoding=coding)[0] in {200, 400, 413, 415}


def test_200_means_durable(tmp_path: Path) -> None:
    """What was answered with 200 is in the spool of the next process, though this one never drained it."""
    home, intake = Home.open(tmp_path / "home"), Intake()
    with Ingester.opened(home, Reading()) as ingester:
        intake.attach(ingester.acknowledge, lambda: ingester.backlog)
        assert ask(Listener(intake, Reading(), TOKEN))[0] == 200
        assert ingester.backlog > 0
    with Ingester.opened(home, Reading()) as ingester:
        ingester.drain()
        assert ingester.account.tally.records == 2
        assert ingester.backlog == 0
