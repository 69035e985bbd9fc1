"""An ASGI application on a socket, in a thread of its own: an address in, a server that can be stopped out."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn

from seawall.model import UsageError

#: Requests at a time; the rest is told to wait (503).
AT_ONCE = 256


def address(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT` or `[V6]:PORT`.

    Raises:
        UsageError: it is none.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise UsageError(f"{text!r} is no address", hint="write HOST:PORT, such as 127.0.0.1:8088")
    return host, int(port)


def on_loopback(host: str) -> bool:
    """Say whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def serving(app: Any, host: str, port: int) -> Iterator[int]:
    """Serve `app` until the end, and yield the port (the one that was free where `port` is 0).

    Raises:
        UsageError: the address cannot be listened on.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        hint = "choose a free port of an address of this machine"
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror or error}", hint=hint) from error
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what goes wrong is answered, and counted by us
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=AT_ONCE,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="http", daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
