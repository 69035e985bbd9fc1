"""The HTTP endpoint for log shippers: requests in, parcels made durable, an answer out that a shipper acts on.

A raw ASGI callable. POST to `/ingest` (or `/ingest/owner=ACCOUNT`, or OTLP's `/v1/logs` and `/v1/traces`): a JSON
array, JSON lines or any native export, plain, gzip or zstd, with a bearer token. 200 comes after the records are on
the disk, never before; a record that cannot be read goes to quarantine and is no error of the request.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from seawall.intake.ingest import Parcel, items
from seawall.intake.read import Reading, context_of
from seawall.intake.unpacking import Meter, unpacked
from seawall.model import IncompleteError, Unreadable

#: Bytes of one request as sent, and unpacked: beyond them it is refused (413), and the shipper sends smaller batches.
BODY_BYTES: Final = 16 << 20
UNPACKED_BYTES: Final = 64 << 20
#: Bytes that may wait on their way to the lake; beyond them shippers are told to wait (429).
BACKLOG_BYTES: Final = 256 << 20
#: Seconds that a request's body may take, and that a shipper is told to wait.
BODY_S: Final = 30
RETRY_S: Final = 5
_TYPES: Final = frozenset(
    {
        *("", "application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"),
        *("application/x-jsonlines", "application/json-lines", "text/plain", "text/csv", "application/octet-stream"),
        *("application/gzip", "application/zstd"),
    }
)
_ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "zstd"})
_OTLP: Final = frozenset({"/v1/logs", "/v1/traces"})

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """A request is refused with a status, in words for whoever runs the shipper."""

    def __init__(self, status: HTTPStatus, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, headers


class Intake:
    """What the endpoint hands parcels to: durable or not, and how much waits. Replaced when the disk has room again."""

    def __init__(self) -> None:
        self.acknowledge: Callable[[Sequence[Parcel]], object] = _nowhere
        self.backlog: Callable[[], int] = int
        self.ready = False

    def attach(self, acknowledge: Callable[[Sequence[Parcel]], object], backlog: Callable[[], int]) -> None:
        """Take parcels from now on."""
        self.acknowledge, self.backlog, self.ready = acknowledge, backlog, True

    def detach(self) -> None:
        """Take none: 503."""
        self.ready, self.acknowledge = False, _nowhere


class _Group:
    """Requests whose parcels wait for the disk together."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.sent = False
        self.error: IncompleteError | None = None


class Listener:
    """The ASGI application. `token` None: anyone who can reach it may send. `answered` hears each status."""

    def __init__(
        self,
        intake: Intake,
        reading: Reading,
        token: bytes | None,
        *,
        backlog_bytes: int = BACKLOG_BYTES,
        body_bytes: int = BODY_BYTES,
        answered: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._intake, self._reading, self._token = intake, reading, token
        self._backlog_bytes, self._body_bytes = backlog_bytes, body_bytes
        self._here = 0
        self._group = _Group()
        self._disk = asyncio.Lock()
        self._answered = answered

    async def __call__(self, scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            told = await self._take(scope, receive)
            await self._answer(send, HTTPStatus.OK, told)
        except Refused as error:
            headers = {name.replace("_", "-"): value for name, value in error.headers.items()}
            await self._answer(send, error.status, {"error": error.reason}, headers)

    async def _take(self, scope: Mapping[str, Any], receive: _Receive) -> dict[str, int]:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path: str = scope["path"].rstrip("/")
        self._check(scope["method"], path, headers)
        size = _length(headers)
        if size > self._body_bytes:
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {self._body_bytes} bytes: send smaller batches"
            )
        if not self._intake.ready:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "nothing can be stored now", Retry_After=str(RETRY_S))
        if self._intake.backlog() + self._here + size > self._backlog_bytes:
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "too much waits already", Retry_After=str(RETRY_S))
        body = await self._body(receive)
        self._here += len(body)
        try:
            parcels = await asyncio.to_thread(_parcels, path, body, self._reading)
            await self._durable(parcels)
        finally:
            self._here -= len(body)
        if path in _OTLP:
            return {}
        bad = sum(item.reason is not None for parcel in parcels for item in parcel.items)
        return {"records": sum(len(parcel.items) for parcel in parcels), "unread": bad}

    def _check(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        if self._token is not None:
            scheme, _, told = headers.get("authorization", "").partition(" ")
            known = hmac.compare_digest(told.strip().encode("latin-1"), self._token)
            if scheme.lower() != "bearer" or not known:
                raise Refused(HTTPStatus.UNAUTHORIZED, "the bearer token is not ours", WWW_Authenticate="Bearer")
        if path not in _OTLP and path != "/ingest" and not path.startswith("/ingest/"):
            raise Refused(HTTPStatus.NOT_FOUND, "POST to /ingest")
        if method not in {"POST", "PUT"}:
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "POST to /ingest", Allow="POST")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        coding = headers.get("content-encoding", "").strip().lower()
        if kind not in _TYPES or coding not in _ENCODINGS:
            what = f"{kind} {coding}".strip()[:100]
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{what}: send JSON or JSON lines, plain, gzip or zstd")

    async def _body(self, receive: _Receive) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refused(HTTPStatus.BAD_REQUEST, "the sender went away")
                    body += message.get("body", b"")
                    if len(body) > self._body_bytes:
                        raise Refused(
                            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                            f"more than {self._body_bytes} bytes: send smaller batches",
                        )
                    if not message.get("more_body"):
                        return bytes(body)
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, f"the body took more than {BODY_S} s") from None

    async def _durable(self, parcels: Sequence[Parcel]) -> None:
        """Wait until the parcels are on the disk, together with those of all others who wait."""
        group = self._group
        group.parcels += parcels
        async with self._disk:
            if not group.sent:
                self._group, group.sent = _Group(), True
                try:
                    await asyncio.to_thread(self._intake.acknowledge, group.parcels)
                except IncompleteError as error:
                    group.error = error
                    self._intake.detach()
        if group.error is not None:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "nothing can be stored now", Retry_After=str(RETRY_S))

    async def _answer(
        self, send: _Send, status: HTTPStatus, told: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        self._answered(int(status))
        body = msgspec.json.encode(told) + b"\n"
        named = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
        lines = [(name.lower().encode(), value.encode("latin-1")) for name, value in named.items()]
        await send({"type": "http.response.start", "status": int(status), "headers": lines})
        await send({"type": "http.response.body", "body": body})


def _nowhere(_: Sequence[Parcel]) -> None:
    raise IncompleteError("nothing can be stored now", hint="wait until there is room on the disk")


def _length(headers: Mapping[str, str]) -> int:
    told = headers.get("content-length", "0")
    return int(told) if told.isdecimal() and len(told) < 20 else 0


def _parcels(path: str, body: bytes, reading: Reading) -> list[Parcel]:
    """Return a request's records.

    Raises:
        Refused: it cannot be unpacked, or to too much.
    """
    limits = reading.limits
    meter = Meter(limits)
    try:
        chunks = list(_bounded(unpacked(meter.watch([body]), limits, meter)))
    except Unreadable as error:
        raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from None
    name = f"http:{path}"
    owner = context_of(name, reading.context).owner
    arrived = time.time_ns() // 1000
    return [Parcel(name, arrived, owner, found) for found in items(iter(chunks), limits)]


def _bounded(chunks: Iterable[bytes]) -> Iterable[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > UNPACKED_BYTES:
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {UNPACKED_BYTES} bytes unpacked: send less at once"
            )
        yield chunk
