"""Measure what `seawall detect` finds in simulated worlds: which thefts, how fast, and what else it calls theft.

In: folders as `seawall simulate` writes them, or families of habits × seeds, whose worlds are made, judged and thrown
away. Out: Markdown tables, and on request JSON with every theft and every false alarm.

    python tools/evaluate.py --families default,quiet,busy --seeds 1,2 --json build/eval.json
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
from scoring import Alarm, Evaluation, Verdict, compare, read_truth

from seawall.detect.run import Request, detect
from seawall.detect.settings import Settings
from seawall.intake.read import Reading
from seawall.model import SEVERITIES, Severity, at_least
from seawall.simulate import World
from seawall.simulate.habits import HABITS

MANNERS: Final = ("loud", "slow", "usage_only", "trial", "validate")
FLOORS: Final[tuple[Severity, ...]] = ("medium", "high")
#: Lower ends of the bins of stated confidence.
BINS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)
#: How many rows a table of causes has.
CAUSES: Final = 12


class Job(msgspec.Struct, frozen=True):
    """A world to judge: written already in `folder`, or to be made there from habits and a seed."""

    name: str
    family: str
    folder: str
    seed: int = 0
    owners: int = 0
    days: int = 0
    workers: int = 2


def run(job: Job) -> tuple[Job, Evaluation]:
    """Judge a world, made for that purpose unless it is there; raises UsageError or OSError where a file is missing."""
    began = time.monotonic()
    if not job.owners:
        return job, judge(Path(job.folder), job.name, job.workers)
    with tempfile.TemporaryDirectory(prefix="world-", dir=job.folder) as folder:
        World.build(job.seed, job.days, job.owners, habits=HABITS[job.family]).write(Path(folder))
        done = judge(Path(folder), job.name, job.workers)
    print(f"judged {job.name} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return job, done


def judge(world: Path, name: str, workers: int = 2) -> Evaluation:
    """Judge the logs of a world as a user would, and compare with its truth."""
    truths, days = read_truth((world / "truth.jsonl").read_bytes())
    request = Request(
        paths=(str(world / "logs"),),
        reading=Reading(geo=(str(world / "geo.csv"),)),
        settings=Settings.load(None, world / "owners.csv"),
        workers=workers,
    )
    result = detect(request)
    return compare(name, truths, result.findings, result.credentials, days)


def tables(parts: dict[str, Evaluation]) -> str:
    """Return the figures of each part and of all together as Markdown."""
    whole = sum(parts.values(), Evaluation())
    shown = parts | ({"all": whole} if len(parts) > 1 else {})
    return "\n\n".join(
        (
            "Stolen credentials found at medium or above / at high; of how many.\n\n" + _recall(shown),
            "What else counts.\n\n" + _precision(shown),
            "By kind of theft.\n\n" + _kinds(whole.verdicts),
            "False alarms at medium or above, by what was really going on.\n\n" + _causes(whole),
            "Missed (below medium), by kind and service.\n\n" + _misses(whole.verdicts),
            "Stated confidence and how much of it came true; findings in brackets.\n\n" + _reliability(whole),
        )
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _share(some: Sequence[Verdict]) -> str:
    if not some:
        return "–"
    found = [round(100 * sum(each.reached(floor) for each in some) / len(some)) for floor in FLOORS]
    return f"{found[0]} % / {found[1]} % of {len(some)}"


def _recall(parts: dict[str, Evaluation]) -> str:
    rows = [
        [name, *(_share([each for each in part.verdicts if each.manner == manner]) for manner in MANNERS)]
        for name, part in parts.items()
    ]
    return _table(["worlds", *MANNERS], rows)


def _precision(parts: dict[str, Evaluation]) -> str:
    header = ["worlds", "false medium+", "per 1,000 days", "false high", "precision", "delay, calls", "delay, buckets",
              "rings named", "benign days"]  # fmt: skip
    return _table(header, [[name, *_figures(part)] for name, part in parts.items()])


def _figures(part: Evaluation) -> Iterator[object]:
    false = len(part.alarms)
    yield false
    yield f"{1000 * false / part.benign_days:.2f}" if part.benign_days else "–"
    yield sum(at_least(alarm.severity, "high") for alarm in part.alarms)
    episodes = part.true_episodes + false
    yield f"{part.true_episodes / episodes:.2f}" if episodes else "–"
    for log in ("calls", "buckets"):
        yield _delay([each for each in part.verdicts if each.log == log and each.manner != "trial"])
    yield f"{sum(ring.named for ring in part.rings)} of {len(part.rings)}"
    yield f"{part.benign_days:,}"


def _delay(some: Sequence[Verdict]) -> str:
    """Return the median delay of those that were found."""
    delays = [each.delay_minutes for each in some if each.delay_minutes is not None]
    if not delays:
        return "–"
    middle = median(delays)
    return f"{middle:.0f} min" if middle < 120 else f"{middle / 60:.1f} h"


def _kinds(verdicts: Sequence[Verdict]) -> str:
    kinds = sorted({(MANNERS.index(each.manner), each.kind, each.log) for each in verdicts})
    rows = []
    for manner, kind, log in kinds:
        some = [each for each in verdicts if (each.kind, each.log) == (kind, log)]
        loot = f"{median(each.loot_usd for each in some):,.2f}"
        rows.append([kind, MANNERS[manner], log, _share(some), _delay(some), loot])
    return _table(["kind", "manner", "log", "medium+ / high", "median delay", "median loot, $"], rows)


def _causes(whole: Evaluation) -> str:
    groups: dict[str, list[Alarm]] = {}
    for alarm in whole.alarms:
        groups.setdefault(alarm.lookalike, []).append(alarm)
    rows = []
    for kind, some in sorted(groups.items(), key=lambda item: -len(item[1])):
        rules = Counter(rule for alarm in some for rule in alarm.rules).most_common(4)
        high = sum(at_least(alarm.severity, "high") for alarm in some)
        told = ", ".join(f"{rule} ×{count}" for rule, count in rules)
        rows.append([kind, whole.lookalikes.get(kind, "–"), len(some), high, told])
    return _table(["look-alike", "occurred", "alarms", "at high", "rules"], rows[:CAUSES])


def _misses(verdicts: Sequence[Verdict]) -> str:
    groups: dict[tuple[str, str, str], list[Verdict]] = {}
    for each in verdicts:
        groups.setdefault((each.kind, str(each.provider), each.log), []).append(each)
    rows = []
    for key, some in groups.items():
        missed = [each for each in some if not each.reached("medium")]
        seen = Counter(each.severity or ("nothing" if each.known else "not in the logs") for each in missed)
        worst = ", ".join(f"{name} ×{count}" for name, count in seen.most_common())
        rows.append((*key, len(missed), len(some), worst))
    ranked = sorted((row for row in rows if row[3]), key=lambda row: (-row[3], row[4]))
    return _table(["kind", "provider", "log", "missed", "of", "worst finding"], ranked[:CAUSES])


def _reliability(whole: Evaluation) -> str:
    bounds = (*BINS, 1.01)
    bins = list(pairwise(bounds))
    rows = []
    for severity in SEVERITIES:
        some = [each for each in whole.stated if each.severity == severity]
        if some:
            parts = ([each.true for each in some if low <= each.confidence < high] for low, high in bins)
            cells = [f"{100 * sum(part) / len(part):.0f} % ({len(part)})" if part else "–" for part in parts]
            rows.append([severity, *cells])
    return _table(["severity", *(f"{low:.1f}–{min(high, 1):.1f}" for low, high in bins)], rows)


def evaluate(jobs: Sequence[Job], processes: int, told: Callable[[dict[str, Evaluation]], None]) -> None:
    """Judge all worlds; after each, `told` what is known by family, in the order given."""
    parts: dict[str, Evaluation] = {job.family: Evaluation() for job in jobs}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for job, done in pool.map(run, jobs) if processes > 1 else map(run, jobs):
            parts[job.family] += done
            told(parts)


def _report(parts: dict[str, Evaluation], out: Path | None, of: int) -> None:
    """Write what is known after a world; print the tables after the last."""
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(msgspec.json.format(msgspec.json.encode(parts), indent=2))
        out.with_suffix(".md").write_text(tables(parts) + "\n")
    if sum(part.worlds for part in parts.values()) == of:
        print(tables(parts))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure what is found in simulated worlds.")
    parser.add_argument("worlds", nargs="*", metavar="WORLD", help="a folder that `seawall simulate` wrote")
    parser.add_argument("--families", default="", help=f"of {', '.join(HABITS)}; with commas between")
    parser.add_argument("--seeds", default="1,2", help="with commas between; from 1000 on for closing notes alone")
    parser.add_argument("--owners", type=int, default=200)
    parser.add_argument("--days", type=int, default=21)
    parser.add_argument("--jobs", type=int, default=2, help="worlds judged at the same time")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write every theft and every false alarm here, after each world; the tables beside it",
    )
    options = parser.parse_args()
    if not options.worlds and not options.families:
        parser.error("name worlds, or --families")
    return options


def main() -> None:
    """Run the command."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="seawall-eval-") as folder:
        jobs = [Job(world, world, world) for world in options.worlds]
        workers = 1 if options.jobs > 1 else 2
        jobs += [
            Job(f"{family}-{seed}", family, folder, int(seed), options.owners, options.days, workers)
            for family in filter(None, options.families.split(","))
            for seed in options.seeds.split(",")
        ]
        evaluate(jobs, min(options.jobs, len(jobs)), lambda parts: _report(parts, options.json, len(jobs)))


if __name__ == "__main__":
    main()
