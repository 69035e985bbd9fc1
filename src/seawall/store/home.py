"""The data directory: where everything is kept, who may enter it, and that one process at a time fills it.

In: `SEAWALL_HOME`, or a path. Out: the places of spool, lake, quarantine, views and state, the key of the prompt
hashes, and the lock of the ingester.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from seawall.model import IncompleteError, UsageError
from seawall.store.durable import completing, make_folder, sync

_KEY_BYTES: Final = 32
_DOCS: Final = "reference/settings"


class Home:
    """A data directory; `Home.open()` creates it where it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spool = path / "spool"
        self.lake = path / "lake"
        self.quarantine = path / "quarantine"
        self.views = path / "views.duckdb"
        self.state = path / "state.sqlite"

    @classmethod
    def open(cls, path: Path | None = None) -> Self:
        """Open the directory at `path`, else at `SEAWALL_HOME`, else `~/.local/share/seawall`; mode 0700.

        Raises:
            UsageError: it is no directory, or others than its owner can enter it.
            IncompleteError: it cannot be created.
        """
        chosen = path or Path(os.environ.get("SEAWALL_HOME") or "~/.local/share/seawall").expanduser()
        home = cls(chosen.absolute())
        if home.path.exists() and not home.path.is_dir():
            raise UsageError(f"{home.path} is no folder", hint="set SEAWALL_HOME to a folder", docs=_DOCS)
        with completing(f"cannot create {home.path}"):
            make_folder(home.path)
            mode = home.path.stat().st_mode & 0o777
        if mode & 0o077:
            hint = f"chmod 700 {shlex.quote(str(home.path))}"
            raise UsageError(f"others can enter the data directory {home.path} (mode {mode:o})", hint=hint, docs=_DOCS)
        return home

    def key(self) -> bytes:
        """Return the 32 random bytes that key the hashes of prompts, made once per data directory.

        Raises:
            UsageError: the file holds something else; a new key would make all earlier hashes worthless.
            IncompleteError: it cannot be written.
        """
        file = self.path / "key"
        with completing(f"cannot write or read {file}"):
            if not file.exists():
                _make_key(file)
            key = file.read_bytes()
        if len(key) != _KEY_BYTES:
            hint = "restore it from a backup; without one, remove it: earlier prompt hashes then match no new ones"
            raise UsageError(f"{file} does not hold a key of {_KEY_BYTES} bytes", hint=hint, docs=_DOCS)
        return key

    @contextlib.contextmanager
    def ingesting(self) -> Iterator[None]:
        """Be the one process that fills this data directory. The kernel lets go of the lock when the process dies.

        Raises:
            IncompleteError: another process is; it is named by its pid.
        """
        with completing(f"cannot lock {self.path}"):
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = os.pread(file.fileno(), 20, 0).decode("ascii", "replace").strip() or "that just began"
                hint = "wait for it to end, or give this one another SEAWALL_HOME"
                raise IncompleteError(f"process {holder} is filling {self.path} already", hint=hint) from error
            with completing(f"cannot lock {self.path}"):
                file.truncate(0)
                os.pwrite(file.fileno(), f"{os.getpid()}\n".encode(), 0)
            try:
                yield
            finally:
                file.truncate(0)


def _make_key(file: Path) -> None:
    """Make the key; of two processes that do so at once, the first one's stands and the other's is dropped."""
    unfinished = file.with_name(f"key.{os.getpid()}.part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb", buffering=0) as opened:
            opened.write(secrets.token_bytes(_KEY_BYTES))
            os.fsync(opened.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
    sync(file.parent)
