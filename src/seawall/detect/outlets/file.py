"""Notices to a file: one JSON object a line, on the disk before the next. The file may be rotated at any time.

Without a file they go to standard output.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from seawall.detect.outlets.outlet import Undelivered
from seawall.store.outbox import Queued


class File:
    """Appends to a file (mode 0600 where it is new), or writes to standard output."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path.absolute() if path else None
        self.name = f"file:{self.path or '-'}"

    def send(self, notice: Queued) -> None:
        """Append one line; a torn one before it, left by a power failure, keeps its own."""
        if self.path is None:
            _print(notice.body)
            return
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "r+b", buffering=0) as file:
                size = os.fstat(handle).st_size
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                line = b"\n" * torn + notice.body + b"\n"
                if file.write(line) != len(line):
                    raise Undelivered(f"cannot write to {self.path}: no room")
                os.fdatasync(handle)
        except OSError as error:
            raise Undelivered(f"cannot write to {self.path}: {error.strerror or error}") from error

    def close(self) -> None:
        """Nothing stays open."""


def _print(body: bytes) -> None:
    try:
        sys.stdout.buffer.write(body + b"\n")
        sys.stdout.buffer.flush()
    except (OSError, ValueError) as error:
        raise Undelivered(f"cannot write to standard output: {error}") from error
