"""`seawall watch`: `ingest` and `detect` for ever: folders and an HTTP endpoint in, notices of findings out."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from seawall.cli.options import OutFile, severity
from seawall.cli.text import clean
from seawall.detect.live import Live, Plan
from seawall.detect.meters import Meters
from seawall.detect.outlets import File, Outlet, Syslog, Webhook
from seawall.detect.settings import Settings
from seawall.detect.sigma import load
from seawall.detect.telling import Telling
from seawall.intake.listening import Listener
from seawall.intake.read import Reading
from seawall.intake.serving import address, on_loopback, serving
from seawall.model import Severity, UsageError
from seawall.sources import Context
from seawall.store.home import Home

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
#: The shortest token and the shortest key, in bytes; the longest of each.
_SECRET_BYTES: Final = (16, 4096)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True), metavar="[DIR...]")
@click.option("--listen", metavar="HOST:PORT", help="Take logs over HTTP here: POST to /ingest.")
@click.option("--token-file", type=_FILE, help="The bearer token that senders show (16 bytes or more).")
@click.option("--no-token", is_flag=True, help="Take logs from whoever can connect: on 127.0.0.1 only.")
@click.option("--webhook", metavar="URL", help="Post findings here, signed.")
@click.option("--webhook-key-file", type=_FILE, help="The key that signs them (16 bytes or more).")
@click.option("--out", type=OutFile(), help="Append findings to this file, one JSON object a line.")
@click.option("--syslog", metavar="[udp://]HOST:PORT", help="Send findings to this server (RFC 5424, TCP by default).")
@click.option("--metrics", metavar="HOST:PORT", help="Serve /metrics for Prometheus, and /healthz, here.")
@click.option(
    "--geo", type=_FILE, multiple=True, help="Where networks are: MMDB, or CSV network,country,… (repeatable)."
)
@click.option("--known", type=_FILE, help="TOML: your own networks, and findings you accept.")
@click.option("--owners", type=_FILE, help="CSV owner,group,name: which owners belong together.")
@click.option("--prices", type=_FILE, help="Prices that override the list prices.")
@click.option("--owner", help="The account that an export belongs to where its records name none.")
@click.option(
    "--rules",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Sigma rules of others, medium at most.",
)
@severity("--min-severity", "low", "Tell findings from this severity on.")
def watch(
    paths: tuple[str, ...],
    listen: str | None,
    token_file: Path | None,
    no_token: bool,
    webhook: str | None,
    webhook_key_file: Path | None,
    out: Path | None,
    syslog: str | None,
    metrics: str | None,
    geo: tuple[Path, ...],
    known: Path | None,
    owners: Path | None,
    prices: Path | None,
    owner: str | None,
    rules: tuple[Path, ...],
    min_severity: Severity,
) -> int:
    """Watch your logs, and tell of findings as they come.

    DIR is a folder that log shippers fill, or in which files grow and rotate. What arrives, there or at --listen, goes
    into the lake of the data directory and is judged; a finding that is new, that changes its severity, ends or no
    longer holds is told to --webhook, --out and --syslog (none: to standard output). SIGTERM ends it after the batch,
    and the next start goes on from there.
    """
    if not paths and not listen:
        raise UsageError("nothing to watch", hint="name a folder, or --listen 127.0.0.1:8088")
    reading = Reading(context=Context(owner=owner), geo=tuple(map(str, geo)), prices=str(prices) if prices else None)
    plan = Plan(
        paths=paths,
        reading=reading,
        settings=Settings.load(known, owners),
        imported=tuple(load(rules).check().rules),
        floor=min_severity,
    )
    token = _token(listen, token_file, no_token=no_token)
    outlets = _outlets(webhook, webhook_key_file, out, syslog)
    live = Live(Home.open(), plan, outlets, Meters(), _say)
    with contextlib.ExitStack() as closing:
        if listen:
            host, port = address(listen)
            listener = Listener(live.intake, reading, token, answered=live.meters.answered)
            port = closing.enter_context(serving(Telling(live, listener), host, port))
            _say(f"listening on http://{host}:{port}/ingest")
        if metrics:
            host, port = address(metrics)
            port = closing.enter_context(serving(Telling(live), host, port))
            _say(f"figures on http://{host}:{port}/metrics")
        return _run(live)


def _run(live: Live) -> int:
    """Watch until a signal says stop; return the exit code."""
    told: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        told.append(number)
        live.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        live.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 130 if signal.SIGINT in told else 0


def _token(listen: str | None, file: Path | None, *, no_token: bool) -> bytes | None:
    """Return the token; None where anyone may send, which must be said."""
    if file is not None:
        if no_token or not listen:
            raise UsageError("--token-file goes with --listen, and without --no-token", hint="choose one")
        return _secret(file)
    if listen and not no_token:
        hint = "head -c 24 /dev/urandom | base64 > token; then --token-file token (or --no-token on 127.0.0.1)"
        raise UsageError("--listen needs a token", hint=hint)
    if listen and not on_loopback(address(listen)[0]):
        raise UsageError("--no-token is for 127.0.0.1 only", hint="write a token to a file: --token-file FILE")
    return None


def _outlets(webhook: str | None, key_file: Path | None, out: Path | None, syslog: str | None) -> list[Outlet]:
    if bool(webhook) != bool(key_file):
        raise UsageError(
            "--webhook and --webhook-key-file go together",
            hint="a receiver must be able to tell who sent it: head -c 32 /dev/urandom | base64 > FILE",
        )
    outlets: list[Outlet] = []
    if webhook and key_file:
        outlets.append(Webhook(webhook, _secret(key_file)))
    if syslog:
        outlets.append(Syslog(syslog))
    if out or not outlets:
        outlets.append(File(out))
    return outlets


def _secret(file: Path) -> bytes:
    """Return what a file holds, without the line's end."""
    with file.open("rb") as opened:
        secret = opened.read(_SECRET_BYTES[1] + 1).strip()
    if not _SECRET_BYTES[0] <= len(secret) <= _SECRET_BYTES[1]:
        raise UsageError(f"{file} holds no secret of {_SECRET_BYTES[0]} bytes or more", hint="base64 of random bytes")
    return secret


def _say(*told: Any) -> None:
    click.echo(clean(" ".join(map(str, told))), err=True)
    sys.stderr.flush()
