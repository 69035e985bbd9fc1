"""Writing that survives a crash: bytes in, files out that are whole and on the disk, or were never there.

`completing` turns what a disk can refuse into the error that a person reads.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from seawall.model import IncompleteError

#: What to do when a write fails.
HINT: Final = "free some space or mend the disk, then run the same again: nothing that was acknowledged is lost"


@contextlib.contextmanager
def completing(what: str, *also: type[Exception]) -> Iterator[None]:
    """Raise IncompleteError, which says that `what` failed, for OSError and the library errors in `also`."""
    kinds: tuple[type[Exception], ...] = (OSError, *also)
    try:
        yield
    except kinds as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise IncompleteError(f"{what}: {reason}", hint=HINT) from error


def make_folder(path: Path) -> None:
    """Create a folder that only its owner enters, with those above it, where it is missing."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync(path.parent)


def sync(path: Path) -> None:
    """Bring a file's content, or a folder's names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file (mode 0600) so that it appears whole, on the disk, or not at all.

    Raises:
        OSError: the disk is full or fails; a file that stood there before is untouched.
    """
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync(path.parent)
