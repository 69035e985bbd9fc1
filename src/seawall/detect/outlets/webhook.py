"""Notices to a webhook: POST, signed, with a key by which one that comes twice is known.

`Seawall-Signature: t=SECONDS,v1=HEX` where HEX is HMAC-SHA256 of `SECONDS.BODY` under the key of `--webhook-key-file`;
`Idempotency-Key` is the notice's own key. Only the named URL is asked: no redirect is followed, no proxy is used, and
the certificate must be good.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import ssl
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from seawall import __version__
from seawall.detect.outlets.outlet import Undelivered
from seawall.intake.serving import on_loopback
from seawall.model import UsageError
from seawall.store.outbox import Queued

#: Seconds to connect, to send, and to wait for an answer.
TIMEOUT_S: Final = 10.0
#: Answers that say "later" rather than "not this one".
_LATER: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND,
                           HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})  # fmt: skip
_LONGEST_S: Final = 3600.0


def signature(key: bytes, moment: int, body: bytes) -> str:
    """Return the header that shows a receiver that a body is ours, and when it was sent (seconds since 1970)."""
    return f"t={moment},v1={hmac.new(key, b'%d.%b' % (moment, body), hashlib.sha256).hexdigest()}"


class Webhook:
    """One URL and the key that signs what goes there."""

    def __init__(self, url: str, key: bytes, context: ssl.SSLContext | None = None) -> None:
        """Prepare for a URL.

        Raises:
            UsageError: it is no https URL (plain http goes to this machine only).
        """
        parts = urlsplit(url)
        try:
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or parts.username or parts.scheme not in {"https", "http"}:
            raise UsageError("--webhook is no https URL", hint="write https://HOST/PATH; no name or password in it")
        if parts.scheme == "http" and not on_loopback(host):
            raise UsageError("--webhook is plain http to another machine", hint="findings travel by https only")
        self.name = f"webhook:{hashlib.sha256(url.encode()).hexdigest()[:16]}"  # a URL may hold a secret
        self._path = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
        self._key = key
        self._connect: Callable[[], http.client.HTTPConnection]
        if parts.scheme == "https":
            context = context or ssl.create_default_context()
            self._connect = partial(http.client.HTTPSConnection, host, port, timeout=TIMEOUT_S, context=context)
        else:
            self._connect = partial(http.client.HTTPConnection, host, port, timeout=TIMEOUT_S)

    def send(self, notice: Queued) -> None:
        """Post one notice; 2xx is delivered, all else is not."""
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": notice.key,
            "Seawall-Signature": signature(self._key, int(time.time()), notice.body),
            "User-Agent": f"seawall/{__version__}",
        }
        try:
            with contextlib.closing(self._connect()) as connection:
                connection.request("POST", self._path, notice.body, headers)
                answer = connection.getresponse()
                answer.read(65_536)  # the rest of a long answer is nobody's concern
        except (OSError, http.client.HTTPException) as error:
            raise Undelivered(f"the webhook does not answer: {type(error).__name__}: {error}") from error
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            alone = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
            later = answer.status in _LATER
            wait = _seconds(answer.headers.get("Retry-After", ""))
            raise Undelivered(f"the webhook answered {answer.status}", alone=alone and not later, wait=wait)

    def close(self) -> None:
        """Nothing stays open."""


def _seconds(text: str) -> float:
    return min(_LONGEST_S, float(text)) if text.isdecimal() and len(text) < 10 else 0.0
