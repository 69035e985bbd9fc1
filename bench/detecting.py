"""`detect`: the command `seawall detect` from native logs to findings, with what each stage took. It has no peer."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from measure import Stages, in_process
from rows import Row
from world import World


def bench(world: World) -> list[Row]:
    """Return a row for the whole command and one for each stage."""
    cost = in_process(detect, str(world.logs), str(world.geo))
    events, cpu, wall = cost.result
    aim = "≤ 150 s wall for 10 M, < 4,096 MiB"
    whole = Row("detect", "Seawall", events, cost, aim=aim)
    return [whole, *(Row("detect", f"stage: {name}", events, cpu_s=cpu[name], wall_s=wall[name]) for name in cpu)]


def detect(logs: str, geo: str) -> tuple[int, dict[str, float], dict[str, float]]:
    """Run the command as a user does, watching its stages.

    Returns:
        How many events it read, the CPU seconds and the clock seconds of each stage.
    """
    from seawall.cli import cli  # noqa: PLC0415 - the command's own imports are part of what it costs
    from seawall.detect import engine, run  # noqa: PLC0415 - the same
    from seawall.detect.marking import Marker  # noqa: PLC0415 - the same
    from seawall.store import Views  # noqa: PLC0415 - the same

    stages = Stages()
    stages.watch(run, "from_paths", "read")
    stages.watch(Marker, "mark", "Sigma rules")
    stages.watch(Views, "fold", "fold")
    stages.watch(engine, "judge", "judge")
    stages.watch(engine.Engine, "findings", "findings")
    for name in ("credentials", "coverage", "total_cost", "_stories"):
        stages.watch(run, name, "tables")
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        os.environ["SEAWALL_HOME"] = folder
        out = Path(folder) / "findings.jsonl"
        arguments = ["detect", logs, "--geo", geo, "--format", "jsonl", "-o", str(out), "--fail-on", "critical"]
        cli.main(arguments, prog_name="seawall", standalone_mode=False)
    return stages.last["read"].tally.events, stages.cpu, stages.wall
