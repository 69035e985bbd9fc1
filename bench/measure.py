"""What work costs: a function or a command in, a `Cost` out. Each runs in a process of its own, one after the other.

CPU time is user and system, of the process and of all its children; memory is the greatest sum of the resident sets of
the process and its children, looked at twenty times a second (what children share is counted in each).
"""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, Self

import msgspec

_EVERY_S: Final = 0.05
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_MEBIBYTE: Final = 1 << 20


class Cost(msgspec.Struct, frozen=True):
    """Seconds of CPU and of the clock, peak memory in bytes, and what the work returned."""

    cpu_s: float
    wall_s: float
    peak_bytes: int = 0
    result: Any = None

    @property
    def peak_mib(self) -> int:
        """The peak in MiB."""
        return round(self.peak_bytes / _MEBIBYTE)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


class Stages:
    """CPU and clock seconds by the name of a stage, which may be entered many times, and what it returned last."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.wall: dict[str, float] = {}
        self.last: dict[str, Any] = {}

    def run(self, name: str, work: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Do the work and count it for the stage."""
        cpu, wall = cpu_seconds(), time.perf_counter()
        try:
            self.last[name] = work(*args, **options)
        finally:
            self.cpu[name] = self.cpu.get(name, 0.0) + cpu_seconds() - cpu
            self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
        return self.last[name]

    def watch(self, holder: Any, attribute: str, name: str) -> None:
        """Count every later call of a function or method for the stage."""
        work = getattr(holder, attribute)
        setattr(holder, attribute, lambda *args, **options: self.run(name, work, *args, **options))


def in_process(work: Callable[..., Any], *args: Any) -> Cost:
    """Return what `work` (of a module, not a closure) costs in a new process; its imports are not counted.

    Raises:
        SystemExit: the process died.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_run, args=(theirs, work, args))
    child.start()
    theirs.close()
    with _Peak(child.pid or 0) as peak:
        try:
            cpu, wall, result = ours.recv()
        except EOFError:
            raise SystemExit(f"error: {work.__name__} did not end") from None
    child.join()
    return Cost(cpu, wall, peak.bytes, result)


def _run(pipe: Any, work: Callable[..., Any], args: Sequence[Any]) -> None:
    os.dup2(2, 1)  # what it prints is no part of the table
    cpu, wall = cpu_seconds(), time.perf_counter()
    result = work(*args)
    pipe.send((cpu_seconds() - cpu, time.perf_counter() - wall, result))
    pipe.close()


def command(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Return what a command costs, its start included; its output is dropped, its exit code is the result."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    child = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with _Peak(child.pid) as peak:
        code = child.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.perf_counter() - wall, peak.bytes, code)


class _Peak:
    """Looks at a process and its children until told to stop; `bytes` is the most that they held together."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.bytes = max(self.bytes, _resident(self._pid))
            if self._over.wait(_EVERY_S):
                return


def _resident(pid: int) -> int:
    """Return the resident bytes of a process and of all below it; 0 for one that is gone."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        below = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except (OSError, IndexError):
        return 0
    return own + sum(_resident(int(child)) for children in below for child in children)
