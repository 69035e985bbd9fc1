"""Measure Seawall side by side with its peers, in one run on this machine, and print a Markdown table.

    python bench/run.py [--quick] [--events N] [--cache FOLDER] [NAME...]

NAME: parse, sigma, rules, detect, help; none means all. Logs to measure on are made once and kept in a cache folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import detecting
import manyrules
import matching
import parsing
import starting
from rows import Row, markdown
from world import cache, make

BENCHES: Final = {
    "parse": parsing.bench,
    "sigma": matching.bench,
    "rules": manyrules.bench,
    "detect": detecting.bench,
    "help": starting.bench,
}
FULL: Final = 10_000_000
QUICK: Final = 200_000


def main(arguments: list[str] | None = None) -> int:
    """Run the benches that are named and print what they found; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} events instead of {FULL:,}")
    parser.add_argument("--events", type=int, help="so many events")
    parser.add_argument("--cache", type=Path, help="where the logs to measure on are kept")
    asked = parser.parse_args(arguments)
    unknown = set(asked.names) - set(BENCHES)
    if unknown:
        parser.error(f"no bench is named {', '.join(sorted(unknown))}")
    names = asked.names or list(BENCHES)
    events = asked.events or (QUICK if asked.quick else FULL)
    print(f"making logs of {events:,} events, where they are not there yet", file=sys.stderr, flush=True)
    world = make(events, asked.cache or cache())
    rows: list[Row] = []
    for name in names:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        rows += BENCHES[name](world)
    words = " ".join(["python bench/run.py", *(sys.argv[1:] if arguments is None else arguments)])
    print(f"{datetime.now(UTC):%Y-%m-%d}, `{words}`: {world.total:,} events {world.events}")
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}\n")
    print(markdown(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
