"""Notices to a syslog server: RFC 5424, over TCP (octet counting, RFC 6587) or UDP.

A message carries the notice as JSON, and its key, change and severity as structured data. Syslog has no answer: what
the network loses after we sent it is lost; where that matters, take the webhook.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from typing import Final

import msgspec

from seawall.detect.outlets.outlet import Undelivered
from seawall.intake.serving import address
from seawall.model import UsageError
from seawall.store.outbox import Notice, Queued

_TIMEOUT_S: Final = 10.0
_FACILITY: Final = 13  # log audit
_LEVELS: Final = {"critical": 2, "high": 3, "medium": 4, "low": 5, "info": 6}
#: What one datagram holds; a notice that is longer goes without its evidence.
_DATAGRAM: Final = 8_000
#: The enterprise number that is reserved for examples: we have none.
_ID: Final = "seawall@32473"
_DECODER: Final = msgspec.json.Decoder(Notice)


class Syslog:
    """A server at `HOST:PORT` (TCP), `tcp://HOST:PORT` or `udp://HOST:PORT`."""

    def __init__(self, place: str) -> None:
        """Prepare for a place; raises UsageError where it is none."""
        scheme, _, rest = place.rpartition("://")
        if scheme not in {"", "tcp", "udp"}:
            raise UsageError(
                f"{place!r} is no syslog server", hint="write HOST:PORT, tcp://HOST:PORT or udp://HOST:PORT"
            )
        self._address = address(rest)
        self._udp = scheme == "udp"
        self.name = f"syslog:{scheme or 'tcp'}://{rest}"
        self._socket: socket.socket | None = None

    def send(self, notice: Queued) -> None:
        """Send one message."""
        text = message(notice, longest=_DATAGRAM if self._udp else None)
        try:
            if self._socket is None:
                self._socket = self._connected()
            elif not self._udp:
                self._closed_by_peer(self._socket)
            self._socket.sendall(text if self._udp else b"%d %b" % (len(text), text))
        except OSError as error:
            self.close()
            raise Undelivered(f"the syslog server cannot be reached: {error.strerror or error}") from error

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if not self._udp:
            return socket.create_connection(self._address, _TIMEOUT_S)
        family, kind, protocol, _, place = socket.getaddrinfo(*self._address, type=socket.SOCK_DGRAM)[0]
        made = socket.socket(family, kind, protocol)
        made.connect(place)
        return made

    @staticmethod
    def _closed_by_peer(connection: socket.socket) -> None:
        """Raise OSError where the server has closed: a first write into such a connection would vanish."""
        connection.setblocking(False)
        try:
            if connection.recv(4096) == b"":
                raise ConnectionResetError("closed by the server")
        except BlockingIOError:
            return
        finally:
            connection.settimeout(_TIMEOUT_S)


def message(queued: Queued, longest: int | None = None) -> bytes:
    """Return a notice as an RFC 5424 message; `longest` is a bound on its bytes, if there is one."""
    notice = _DECODER.decode(queued.body)
    finding = notice.finding
    priority = _FACILITY * 8 + _LEVELS[finding.severity]
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    host = "".join(char for char in socket.gethostname() if "!" <= char <= "~")[:255] or "-"
    told = {"key": queued.key, "change": notice.change, "severity": finding.severity, "rule": finding.rule}
    data = " ".join(f'{name}="{_escaped(value)}"' for name, value in told.items())
    head = f"<{priority}>1 {moment} {host} seawall {os.getpid()} finding [{_ID} {data}] ".encode()
    body = queued.body
    if longest is not None and len(head) + len(body) > longest:
        short = msgspec.structs.replace(finding, event_ids=(), entities=finding.entities[:20], parts=())
        body = msgspec.json.encode(msgspec.structs.replace(notice, finding=short))[: longest - len(head)]
    return head + body


def _escaped(value: str) -> str:
    """Return a parameter's value: RFC 5424 escapes three characters; control characters have no place in a line."""
    plain = "".join(char if char.isprintable() else "?" for char in value)
    return plain.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
