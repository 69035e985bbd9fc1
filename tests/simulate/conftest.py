"""One small world for all tests of the simulator, written once, and its logs read back as plain JSON."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from seawall.simulate import World
from seawall.simulate.lookalikes import LOOKALIKES
from seawall.simulate.thieves import THIEVES

#: A part of a path that tells which log a file belongs to.
LOGS = (
    "CloudTrail", "BedrockModelInvocationLogs", "insights-logs-requestresponse", "insights-logs-audit",
    "insights-logs-gatewaylogs", "insights-logs-gatewayllmlogs", "insights-activity-logs",
    "cloudaudit.googleapis.com", "completions", "images", "audit_logs", "messages", "activities", "spend_logs",
    "audit_log", "costs", "cost_report", "GuardDuty", "SecurityAlert",
)  # fmt: skip


def text_of(path: Path) -> str:
    """Return a file's text, decompressed."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def records_of(text: str) -> list[dict[str, Any]]:
    """Return the records of one file, out of their envelope."""
    if text.startswith('{"Records":['):
        return list(json.loads(text)["Records"])
    if text.startswith(('{"object":', '{"data":')):
        return list(json.loads(text)["data"])
    return [json.loads(line) for line in text.splitlines()]


class Logs:
    """A written world, read back: `records` are (file, log, record) in the order of the files."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.files = sorted(path for path in (out / "logs").rglob("*") if path.is_file())
        self.records = [
            (path, next((name for name in LOGS if name in path.parts), "?"), record)
            for path in self.files
            for record in records_of(text_of(path))
        ]

    def of(self, log: str) -> list[dict[str, Any]]:
        """Return the records of one log."""
        return [record for _, name, record in self.records if name == log]

    def truth(self, word: str) -> list[dict[str, Any]]:
        """Return the truth's lines: `theft` or `benign`."""
        lines = [json.loads(line) for line in (self.out / "truth.jsonl").read_text().splitlines()]
        return [line for line in lines if line["truth"] == word]


@pytest.fixture(scope="session")
def world() -> World:
    """A world of every service and every kind of part."""
    return World.build(11, 7, 70, plan=(*LOOKALIKES, *THIEVES))


@pytest.fixture(scope="session")
def logs(world: World, tmp_path_factory: pytest.TempPathFactory) -> Logs:
    """The small world, written and read back."""
    out = tmp_path_factory.mktemp("world")
    world.write(out)
    return Logs(out)
