"""What the tests of the command line share: the command itself, a log of a theft, and one run of the demo."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from seawall.cli import main

#: When the theft begins.
START = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


class Done(NamedTuple):
    """What a run of the command left: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def seawall(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Done]:
    """Return the command: words in, what it left out. Its data directory is a fresh one."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: object) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        return Done(int(left.value.code or 0), *capsys.readouterr())

    return run


def record(minutes: float, name: str, model: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a CloudTrail record of Bedrock, so many minutes after the theft begins."""
    rng = Random(f"{minutes}{name}{changes}")
    key = "AKIA" + "".join(Random(7).choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
    moment = START + timedelta(minutes=minutes)
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": f"AIDA{key[4:]}", "arn": "arn:aws:iam::111122223333:user/batch",
            "accountId": "111122223333", "accessKeyId": key, "userName": "batch",
        },
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "bedrock.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "python-requests/2.32.3",
        "requestParameters": {"modelId": model} if model else None,
        "responseElements": None,
        "requestID": f"{rng.getrandbits(128):032x}",
        "eventID": f"{rng.getrandbits(128):032x}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        **changes,
    }  # fmt: skip


def theft() -> list[dict[str, Any]]:
    """Return a key that lists models, unlocks one and invokes it: an incident at medium, since it has no history."""
    return [
        record(0, "ListFoundationModels"),
        record(1, "GetFoundationModelAvailability", "example.model-v1"),
        record(2, "PutFoundationModelEntitlement", "example.model-v1", readOnly=False),
        record(3, "InvokeModel", "example.model-v1"),
    ]


def write(path: Path, records: list[dict[str, Any]], *more: str) -> Path:
    """Write records as lines, and `more` lines that are no records."""
    path.write_text("".join(f"{line}\n" for line in [*map(json.dumps, records), *more]), encoding="utf-8")
    return path


@pytest.fixture
def stolen(tmp_path: Path) -> Path:
    """Return a log of the theft."""
    return write(tmp_path / "stolen.jsonl", theft())


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a log of the theft with a line that is no record."""
    return write(tmp_path / "broken.jsonl", theft(), "no record")


class Demo(NamedTuple):
    """One run of `seawall demo`, and the folder it ran in."""

    folder: Path
    done: Done


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Play the demo once: the small week with its logs, and what was printed."""
    folder = tmp_path_factory.mktemp("demo")
    words = [sys.executable, "-m", "seawall", "demo"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return Demo(folder, Done(done.returncode, done.stdout, done.stderr))
