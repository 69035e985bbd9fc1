"""The views that stay: those of a data directory, held by one process at a time, in memory for all others.

In: the data directory. Out: `Views`, either the file's, as an earlier process left them, or empty ones that are gone
afterwards; what is folded into them comes to the same.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import duckdb

from seawall.store.durable import completing
from seawall.store.home import Home
from seawall.store.views import Views

#: What DuckDB says of a file that another program holds; the other reasons of that error are broken files.
_HELD = "set lock"


@contextlib.contextmanager
def kept(home: Home, *, history: str, memory: str, threads: int) -> Iterator[Views]:
    """Open the views of `home`, or, while another process holds them, views in memory; the rest as for `Views`.

    A file that cannot be read is made anew: all that it held is derived.

    Raises:
        IncompleteError: the disk refuses.
    """
    with contextlib.ExitStack() as closing:
        views = None
        if closing.enter_context(_holding(home.views.with_suffix(".lock"))):
            views = _opened(home.views, history=history, memory=memory, threads=threads)
        yield closing.enter_context(views or Views(history=history, memory=memory, threads=threads))


@contextlib.contextmanager
def _holding(lock: Path) -> Iterator[bool]:
    """Try to be the one process that has the file; the kernel lets go of it when the process dies."""
    with completing(f"cannot lock {lock}"):
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "rb", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _opened(path: Path, *, history: str, memory: str, threads: int) -> Views | None:
    """Open the file, anew if it is broken; None where a program that does not know our lock holds it."""
    try:
        return Views(path, history=history, memory=memory, threads=threads)
    except duckdb.Error as error:
        if _HELD in str(error):
            return None
    with completing(f"cannot remove {path}"):
        for broken in (path, path.with_name(f"{path.name}.wal")):
            broken.unlink(missing_ok=True)
    with completing(f"cannot make {path}", duckdb.Error):
        return Views(path, history=history, memory=memory, threads=threads)
