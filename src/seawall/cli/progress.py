"""How far a run is, for whoever waits: a bar on a terminal, elsewhere a line every ten seconds; on standard error.

In: bytes done and bytes to do, as the reading goes on. Out: nothing at all for what takes less than a second.
"""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import IO, Final, Self

import click

_QUIET: Final = 1.0
_EVERY: Final = 10.0
_FRAME: Final = 0.1


class Progress:
    """Tells from its own thread how far the work is; use it as a context manager, and call it with (done, total)."""

    def __init__(self, file: IO[str] | None = None, *, quiet: float = _QUIET, every: float = _EVERY) -> None:
        """Write to `file`, else to standard error; seconds: nothing before `quiet`, a line `every` so many."""
        self._file = file or sys.stderr
        self._quiet, self._every = quiet, every
        self._state = (0, 0)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._begun = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Take in how many bytes are read, of how many; when all are, the judging begins."""
        self._state = (done, total)

    def __enter__(self) -> Self:
        if self._file is not None:  # closed by the caller, as with `2>&-`
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def text(self) -> str:
        """Return what is being done, in words."""
        done, total = self._state
        if done >= total > 0:
            return "judging"
        return f"reading: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB" if total else "reading"

    def _tell(self) -> None:
        if self._file.isatty():
            if not self._over.wait(self._quiet):
                self._bar()
            return
        while not self._over.wait(self._every):
            click.echo(f"{self.text()}, {time.monotonic() - self._begun:,.0f} s", file=self._file)

    def _bar(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - rich takes time to load, and only a terminal needs it
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - the same
        from rich.progress import Progress as Bar  # noqa: PLC0415 - the same

        columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
        with Bar(*columns, console=Console(file=self._file), transient=True) as bar:
            task = bar.add_task(self.text(), total=None)
            while not self._over.wait(_FRAME):
                done, total = self._state
                part = done if done < total else None  # how long judging takes is not known
                bar.update(task, description=self.text(), completed=part, total=total if part is not None else None)
