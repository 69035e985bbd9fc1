"""Measure `seawall watch`: a sender in a second process posts events at a rate; how late does a finding come out?

    python bench/live.py [--seconds S] [--rate N] [--keys N]

Events are CloudTrail records of now, of so many keys in ordinary use. Each second one account that nobody knows
switches Bedrock's log off, which is a finding at once: its delay is from the answer 200 to the line in `--out`.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from measure import _resident

_STEP_S: Final = 0.1
_MODELS: Final = ("vendor.small-v1:0", "vendor.large-v1:0", "vendor.image-v1:0")
_AGENTS: Final = ("Boto3/1.40.1 md/Botocore#1.40.1", "aws-sdk-js/3.900.0", "python-requests/2.32")


def record(number: int, owner: int, name: str, rng: random.Random) -> str:
    """Return one CloudTrail record of now; an owner has two keys and a few networks."""
    key = 2 * owner + rng.randrange(2)
    account = f"{100_000_000_000 + owner}"
    return json.dumps(
        {
            "eventVersion": "1.11", "eventSource": "bedrock.amazonaws.com", "eventName": name,
            "eventID": f"bench-{number}", "requestID": f"r-{number}", "awsRegion": "us-east-1",
            "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "userIdentity": {"type": "IAMUser", "userName": f"user-{key}", "accountId": account,
                             "arn": f"arn:aws:iam::{account}:user/user-{key}", "accessKeyId": f"BENCH{key:011}"},
            "sourceIPAddress": f"198.{18 + owner % 2}.{owner % 250}.{7 + rng.randrange(3)}",
            "userAgent": _AGENTS[owner % 3], "recipientAccountId": account,
            "requestParameters": {"modelId": _MODELS[rng.randrange(3)]}, "responseElements": None,
        }
    )  # fmt: skip


def send(port: int, seconds: float, rate: int, owners: int, results: Any) -> None:
    """Post for so long, and put (events acknowledged, seconds of CPU, account → when its act was acknowledged)."""
    rng, connection = random.Random(1), http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    probes: dict[str, float] = {}
    number, sent, waits, began = 0, 0, 0, time.monotonic()
    while (now := time.monotonic() - began) < seconds:
        due = min(int(now * rate) - number, 2 * int(rate * _STEP_S))
        lines = [record(number + each, rng.randrange(owners), "InvokeModel", rng) for each in range(max(due, 0))]
        probe = None
        if len(probes) < now:
            probe = owners + 1 + len(probes)
            lines.append(record(-len(probes) - 1, probe, "DeleteModelInvocationLoggingConfiguration", rng))
        number += max(due, 0)
        body = "\n".join(lines).encode()
        while True:
            connection.request("POST", "/ingest", body, {"Content-Type": "application/x-ndjson"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == http.client.OK:
                break
            waits += 1
            time.sleep(1)
        sent += len(lines)
        if probe is not None:
            probes[f"{100_000_000_000 + probe}"] = time.time()
        time.sleep(max(0.0, _STEP_S - (time.monotonic() - began - now)))
    used = resource.getrusage(resource.RUSAGE_SELF)
    results.put((sent, waits, used.ru_utime + used.ru_stime, time.monotonic() - began, probes))


class Reader(threading.Thread):
    """Reads the file of findings as it grows: account → when its first line was there; and the memory now and then."""

    def __init__(self, out: Path, pid: int) -> None:
        super().__init__(daemon=True)
        self.seen: dict[str, float] = {}
        self.memory: list[int] = []
        self._out, self._pid = out, pid
        self.over = threading.Event()

    def run(self) -> None:
        """Read until it is over."""
        at = 0
        while not self.over.wait(0.05):
            self.memory.append(_resident(self._pid) >> 20)
            if not self._out.exists():
                continue
            with self._out.open("rb") as file:
                file.seek(at)
                data = file.read()
            whole = data.rfind(b"\n") + 1
            at += whole
            for account in re.findall(rb'"owner_id":"(\d{12})"', data[:whole]):
                self.seen.setdefault(account.decode(), time.time())


@contextlib.contextmanager
def watching(folder: Path) -> Any:
    """Run `seawall watch` and yield its process and its port."""
    out = folder / "out.jsonl"
    command = [
        str(Path(sys.executable).parent / "seawall"),
        "watch",
        "--listen",
        "127.0.0.1:0",
        "--no-token",
        "--metrics",
        "127.0.0.1:0",
    ]
    environment = os.environ | {"SEAWALL_HOME": str(folder / "home")}
    with subprocess.Popen([*command, "--out", str(out)], stderr=subprocess.PIPE, text=True, env=environment) as child:
        found = re.search(r":(\d+)/ingest", child.stderr.readline() if child.stderr else "")
        metrics = re.search(r":(\d+)/metrics", child.stderr.readline() if child.stderr else "")
        if found is None or metrics is None:
            raise SystemExit("error: seawall watch does not listen")
        threading.Thread(target=lambda: sys.stderr.writelines(child.stderr or ()), daemon=True).start()
        try:
            yield child, int(found[1]), int(metrics[1]), out
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait()


def figures(port: int) -> tuple[dict[str, float], float]:
    """Return the seconds that each stage took, and how many batches there were."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    stages = {name: float(value) for name, value in re.findall(r'seconds_total\{stage="(\w+)"\} (\S+)', text)}
    return stages, float(re.findall(r"^seawall_batches_total (\S+)", text, re.MULTILINE)[0])


def main(arguments: list[str] | None = None) -> int:
    """Run it, and print what it came to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=int, default=5_000, help="events a second")
    parser.add_argument("--owners", type=int, default=500)
    asked = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="seawall-bench-") as name,
        watching(Path(name)) as (child, port, metrics, out),
    ):
        reader = Reader(out, child.pid)
        reader.start()
        context = get_context("spawn")
        results = context.Queue()
        args = (port, asked.seconds, asked.rate, asked.owners, results)
        sender = context.Process(target=send, args=args)
        sender.start()
        sent, waits, sender_cpu, took, probes = results.get()
        sender.join()
        until = time.monotonic() + 60
        while len(reader.seen.keys() & probes.keys()) < len(probes) and time.monotonic() < until:
            time.sleep(0.1)
        reader.over.set()
        stages, rounds = figures(metrics)
        ticks = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        cpu = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    late = sorted(reader.seen[account] - moment for account, moment in probes.items() if account in reader.seen)
    cuts = [*(quantiles(late, n=20) if len(late) > 1 else [0.0] * 19), max(late, default=0.0)]
    half, memory = len(reader.memory) // 2, reader.memory
    rate, share = sent / took, 100 * cpu / took
    print(f"{sent:,} events in {took:.0f} s: {rate:,.0f} a second; told to wait {waits} times")
    told = f"median {cuts[9]:.1f} s, p95 {cuts[18]:.1f} s, at most {cuts[19]:.1f} s"
    print(f"delay of {len(late)} of {len(probes)} findings: {told}")
    print(f"CPU: watch {cpu:.0f} s ({share:.0f} %), sender {sender_cpu:.0f} s; {sent / cpu:,.0f} events per CPU-second")
    print(
        f"{rounds:.0f} batches; seconds by stage: " + ", ".join(f"{each} {spent:.0f}" for each, spent in stages.items())
    )
    print(f"memory: {max(memory[: half or 1])} MiB at most in the first half, {max(memory[half:])} MiB in the second")
    return 0 if len(late) == len(probes) else 1


if __name__ == "__main__":
    sys.exit(main())
