"""`seawall watch` as a process of its own, and what a shipper sends it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from seawall.store.home import Home
from seawall.store.lake import Lake, relation

NOW = datetime.now(UTC).replace(microsecond=0)


def record(number: int, *, name: str = "InvokeModel", account: str = "111122223333", ahead: float = 0) -> str:
    """Return a CloudTrail record; `ahead`: minutes before (negative) or after now."""
    moment = NOW + timedelta(minutes=ahead)
    return json.dumps(
        {
            "eventVersion": "1.11", "eventSource": "bedrock.amazonaws.com", "eventName": name,
            "eventID": f"{number}", "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "awsRegion": "us-east-1",
            "requestID": f"r-{number}", "sourceIPAddress": "198.51.100.7", "userAgent": "Boto3/1.40",
            "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{account}:user/alice", "userName": "alice"},
            "recipientAccountId": account, "requestParameters": {"modelId": "vendor.model-v1:0"},
        }
    )  # fmt: skip


def logging_off(number: int, account: str) -> str:
    """Return a record that is a finding at once."""
    return record(number, name="DeleteModelInvocationLoggingConfiguration", account=account)


class Watch:
    """A watch that runs: what it says, the port it listens on, and the file it tells findings to."""

    def __init__(self, child: subprocess.Popen[str], out: Path) -> None:
        self.child, self.out, self.home = child, out, out.with_name("home")
        self.said: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def heard(self, pattern: str, within: float = 60) -> re.Match[str]:
        """Wait for a line on standard error."""
        until = time.monotonic() + within
        while True:
            for line in self.said:
                if found := re.search(pattern, line):
                    return found
            with contextlib.suppress(queue.Empty):
                self.said.append(self._lines.get(timeout=0.2))
                continue
            assert time.monotonic() < until, f"{pattern!r} was not said: {self.said}"

    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.heard(r":(\d+)/ingest")[1])

    def post(self, body: bytes | str, *, path: str = "/ingest", **headers: str) -> int:
        """Send a request and return the status of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", path, body, {"Content-Type": "application/x-ndjson", **named})
        with contextlib.closing(connection):
            return connection.getresponse().status

    def send(self, body: bytes | str, within: float = 60) -> None:
        """Send as a shipper does, again and again until it is taken."""
        until = time.monotonic() + within
        while (status := self.post(body)) != http.client.OK:
            assert time.monotonic() < until, status
            time.sleep(0.1)

    def notices(self, account: str | None = None) -> list[dict[str, Any]]:
        """Return what was told so far, of one account or of all."""
        if not self.out.exists():
            return []
        lines = self.out.read_text().splitlines(keepends=True)
        told = [json.loads(line) for line in lines if line.endswith("\n")]
        return [each for each in told if account in {None, each["finding"]["owner_id"]}]

    def told(self, account: str) -> None:
        """Wait until something was told of an account."""
        self.until(lambda: self.notices(account))

    def until(self, true: Callable[[], object], within: float = 60) -> None:
        """Wait until something is true."""
        end = time.monotonic() + within
        while not true():
            assert self.child.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it with a signal and return its exit code."""
        self.child.send_signal(number)
        return self.child.wait(60)

    def _listen(self) -> None:
        for line in self.child.stderr or ():
            self._lines.put(line.rstrip("\n"))


@contextlib.contextmanager
def watching(folder: Path, *options: str, prelude: str = "") -> Iterator[Watch]:
    """Run a watch of the data directory `folder`/home that tells to `folder`/out.jsonl; it is killed at the end.

    `prelude` is what its process does first.
    """
    out = folder / "out.jsonl"
    arguments = ["watch", "--listen", "127.0.0.1:0", "--no-token", "--out", str(out), *options]
    command = [sys.executable, "-c", f"{prelude}\nfrom seawall.cli import main; main()", *arguments]
    environment = os.environ | {"SEAWALL_HOME": str(folder / "home")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as child:
        try:
            yield Watch(child, out)
        finally:
            child.kill()


def in_lake(home: Path) -> Counter[str]:
    """Return how often each event id is in the lake."""
    lake = Lake(Home(home).lake, threads=1)
    files = lake.files() or []
    lake.close()
    with duckdb.connect() as con:
        return Counter(id_ for (id_,) in con.execute(f"SELECT event_id FROM {relation(files)}").fetchall())
