"""Outlets deliver each notice at least once, in order per finding, to the named place and no other."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.detect.outlets import Courier, File, Outlet, Syslog, Undelivered, Webhook
from seawall.detect.outlets.syslog import message
from seawall.model import Finding, UsageError
from seawall.store.outbox import Notice, Outbox, Queued

KEY = b"k" * 32


def finding(name: str, severity: str = "high", why: str = "") -> Finding:
    """Return a finding."""
    day = "2026-01-01T00:00:00Z"
    return Finding(
        id=name, rule="LJ-02", title="t", severity=severity, confidence=0.5, opened_at=day, severity_at=day,
        first_event_time=day, last_event_time=day, why=why, owner_id=name, event_ids=("e" * 90,) * 100,
    )  # type: ignore[arg-type]  # fmt: skip


def queued(name: str = "a", why: str = "") -> Queued:
    """Return a notice that waits."""
    return Queued(1, name, f"{name}.1", msgspec.json.encode(Notice(f"{name}.1", "opened", finding(name, why=why))))


class Hook(ThreadingHTTPServer):
    """A receiver: remembers what was posted, and answers as it is told."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[bytes], tuple[int, dict[str, str]]] = lambda _: (200, {})
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/hook?x=1"

    def keys(self) -> list[str]:
        """Return the keys of what came, in order."""
        return [headers["Idempotency-Key"] for headers, _ in self.posts]


class _Handler(BaseHTTPRequestHandler):
    server: Hook
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers = self.server.answer(body)
        if 200 <= status < 300:
            self.server.posts.append((dict(self.headers), body))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Return a receiver."""
    with Hook() as server:
        yield server
        server.shutdown()


def serve(place: Path, outlet: Outlet, done: Callable[[], bool]) -> list[str]:
    """Run a courier until something is true; return what it said of failures."""
    said: list[str] = []
    courier = Courier(place, outlet, lambda _, what: said.append(what), wait_s=(0.02, 0.1))
    courier.start()
    end = time.monotonic() + 20
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    courier.stop()
    assert done(), said
    return said


def test_a_webhook_is_signed_and_named(hook: Hook) -> None:
    """A receiver with the key can tell that a body is ours, when it was sent, and whether it came before."""
    Webhook(hook.url, KEY).send(queued())
    headers, body = hook.posts[0]
    moment, told = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["Seawall-Signature"]).groups()  # type: ignore[union-attr]
    assert told == hmac.new(KEY, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert abs(int(moment) - time.time()) < 60
    assert headers["Idempotency-Key"] == json.loads(body)["key"] == "a.1"


def test_a_webhook_that_is_down_loses_nothing(hook: Hook, tmp_path: Path) -> None:
    """While it fails, all waits; when it answers, each notice comes once, in order, by whichever process."""
    names = [f"f{number}" for number in range(5)]
    hook.answer = lambda _: (503, {})
    with Outbox(tmp_path / "state") as outbox:
        webhook = Webhook(hook.url, KEY)
        outbox.tell([finding(name, "low") for name in names], [webhook.name])
        outbox.tell([finding(name, "high") for name in names], [webhook.name])
        said = []
        courier = Courier(tmp_path / "state", webhook, lambda _, what: said.append(what), wait_s=(0.02, 0.05))
        courier.start()
        time.sleep(0.2)
        courier.stop()
        assert said
        assert outbox.lengths() == {webhook.name: 10}
        hook.answer = lambda _: (204, {})
        serve(tmp_path / "state", Webhook(hook.url, KEY), lambda: not outbox.lengths())
    assert hook.keys() == [f"{name}.{version}" for version in (1, 2) for name in names]


def test_a_refused_notice_holds_only_its_own_finding(hook: Hook, tmp_path: Path) -> None:
    """A receiver that cannot take one notice gets all others; the later ones of its finding wait behind it."""
    refusing = [True]
    hook.answer = lambda body: (422 if refusing[0] and b'"key":"f1' in body else 200, {})
    with Outbox(tmp_path / "state") as outbox:
        webhook = Webhook(hook.url, KEY)
        outbox.tell([finding(name, "low") for name in ("f0", "f1", "f2")], [webhook.name])
        outbox.tell([finding(name) for name in ("f0", "f1", "f2")], [webhook.name])
        serve(tmp_path / "state", webhook, lambda: outbox.lengths() == {webhook.name: 2})
        assert hook.keys() == ["f0.1", "f2.1", "f0.2", "f2.2"]
        refusing[0] = False
        serve(tmp_path / "state", webhook, lambda: not outbox.lengths())
    assert hook.keys()[4:] == ["f1.1", "f1.2"]


@pytest.mark.parametrize(
    ("answer", "alone", "wait"),
    [
        ((302, {"Location": "http://127.0.0.1:1/elsewhere"}), False, 0.0),
        ((429, {"Retry-After": "7"}), False, 7.0),
        ((503, {"Retry-After": "9" * 30}), False, 0.0),
        ((400, {}), True, 0.0),
        ((401, {}), False, 0.0),
    ],
)
def test_what_is_not_2xx_is_not_delivered(
    hook: Hook, answer: tuple[int, dict[str, str]], alone: bool, wait: float
) -> None:
    """A redirect is not followed, a wait is heeded, a refusal is of that notice alone."""
    hook.answer = lambda _: answer
    with pytest.raises(Undelivered) as raised:
        Webhook(hook.url, KEY).send(queued())
    assert (raised.value.alone, raised.value.wait) == (alone, wait)


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1/", "ftp://example.test/", "https://user:x@example.test/", "https://", "https://a:b/"]
)
def test_findings_travel_by_https(url: str) -> None:
    """No plain http beyond this machine, no other scheme, no password in a URL."""
    with pytest.raises(UsageError):
        Webhook(url, KEY)


def test_a_file_has_whole_lines(tmp_path: Path) -> None:
    """Each notice is a line of its own, also behind one that a power failure tore; others cannot read the file."""
    path = tmp_path / "out.jsonl"
    File(path).send(queued("a"))
    with path.open("ab") as file:
        file.write(b'{"torn')
    File(path).send(queued("b"))
    first, torn, second = path.read_bytes().splitlines()
    assert json.loads(first)["key"] == "a.1"
    assert torn == b'{"torn'
    assert json.loads(second)["key"] == "b.1"
    assert path.stat().st_mode & 0o777 == 0o600


class SyslogServer(socketserver.ThreadingTCPServer):
    """A server that takes messages framed by their length."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Framed)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class _Framed(socketserver.StreamRequestHandler):
    server: SyslogServer

    def handle(self) -> None:
        while size := self._size():
            self.server.got.append(self.rfile.read(size))

    def _size(self) -> int:
        digits = b""
        while (char := self.rfile.read(1)).isdigit():
            digits += char
        return int(digits or 0)


def test_syslog_over_tcp_is_counted(tmp_path: Path) -> None:
    """Messages are framed by their length, and both of two come over one connection."""
    with SyslogServer() as server:
        with Outbox(tmp_path / "state") as outbox:
            syslog = Syslog(f"127.0.0.1:{server.server_address[1]}")
            outbox.tell([finding("a"), finding("b")], [syslog.name])
            serve(tmp_path / "state", syslog, lambda: not outbox.lengths() and len(server.got) == 2)
        server.shutdown()
    data = rb'\[seawall@32473 key="a\.1" change="opened" severity="high" rule="LJ-02"\] \{'
    assert re.match(rb"<107>1 \S+Z \S+ seawall \d+ finding " + data, server.got[0])


def test_syslog_over_udp_fits_a_datagram() -> None:
    """A notice that is too long for a datagram goes without its evidence, and is still JSON."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        syslog = Syslog(f"udp://127.0.0.1:{server.getsockname()[1]}")
        syslog.send(queued())
        syslog.close()
        text = server.recv(65_536)
    assert len(text) <= 8_000
    assert json.loads(text[text.index(b"] {") + 2 :])["finding"]["id"] == "a"


def test_nothing_in_a_notice_can_forge_a_line() -> None:
    """Line ends, quotes and brackets of hostile text stay inside their field."""
    notice = queued("a", why='x\n<0>1 - - forged "]\x00\x1b')
    text = message(msgspec.structs.replace(notice, key='k"]\n'))
    assert b"\n" not in text
    assert b'key="k\\"\\]?"' in text
