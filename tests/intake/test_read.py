"""Reading to disk: progress that moves within a file, whoever reads it, and ends where it said it would."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from seawall.intake import read
from seawall.intake.read import Reading, to_parquet


def write(path: Path, seed: int) -> None:
    """Write a CloudTrail file of some megabytes."""
    noise = random.Random(seed)
    rows = [
        {
            "eventVersion": "1.11", "eventTime": "2026-01-31T09:30:59Z", "eventSource": "bedrock.amazonaws.com",
            "eventName": "Converse", "eventID": f"{seed}-{number}", "userAgent": noise.randbytes(200).hex(),
        }
        for number in range(3000)
    ]  # fmt: skip
    path.write_bytes(gzip.compress(json.dumps({"Records": rows}).encode(), 1))


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_moves_within_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    """It begins at nothing, never goes back, is told of parts of files, and ends with all of them."""
    monkeypatch.setattr(read, "WORTH_SHARING", 0)
    monkeypatch.setattr(read, "TELLING_S", 0.001)
    logs, out = tmp_path / "logs", tmp_path / "out"
    logs.mkdir()
    out.mkdir()
    for number in range(2):
        write(logs / f"{number}.json.gz", number)
    told: list[tuple[int, int]] = []
    _, tally = to_parquet([logs], out, Reading(), workers, lambda done, whole: told.append((done, whole)))
    sizes = [path.stat().st_size for path in logs.iterdir()]
    done = [each for each, _ in told]
    assert {whole for _, whole in told} == {sum(sizes)}
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, sum(sizes))
    assert set(done) - {0, *sizes, sum(sizes)}
    assert tally.events == 6_000
