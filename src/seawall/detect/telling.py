"""`/metrics` and `/healthz` as an ASGI application, in front of another that takes the rest (none: 404)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from seawall.detect.live import Live


class Telling:
    """Answers GET of the two paths; both say nothing about anybody's logs beyond counts."""

    def __init__(self, live: Live, behind: Any = None) -> None:
        self._live, self._behind = live, behind

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path == "/healthz":
            ready = self._live.ready
            await _answer(
                send, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, "ok\n" if ready else "not ready\n"
            )
        elif self._behind is not None:
            await self._behind(scope, receive, send)
        elif path == "/metrics":
            await _answer(send, HTTPStatus.OK, self._live.meters.text())
        else:
            await _answer(send, HTTPStatus.NOT_FOUND, "/metrics or /healthz\n")


async def _answer(send: Any, status: HTTPStatus, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
