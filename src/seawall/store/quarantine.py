"""The quarantine: what could not be read, as lines of JSON with file, line, reason and an outline of its beginning.

The entries of a batch lie in one file named by the spool's offset at which the batch begins, so that a batch that is
read again after a crash replaces its own entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from seawall.store.durable import completing, make_folder, sync, write_whole

_SUFFIX: Final = ".jsonl"


class Entry(msgspec.Struct, frozen=True):
    """One unreadable stretch: the file (`!member` in an archive), its line (0: the file as a whole), and why.

    `sample` outlines how it begins without quoting what may be a secret or a prompt.
    """

    name: str
    line: int
    reason: str
    source: str | None = None
    sample: str = ""


_DECODER: Final = msgspec.json.Decoder(Entry)


class Quarantine:
    """The quarantine in `folder`; only the process that holds `Home.ingesting` writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, offset: int, entries: Sequence[Entry]) -> None:
        """Keep the entries of the batch that begins at `offset`, in place of any from there on.

        Raises:
            IncompleteError: the disk refuses; the entries from `offset` on are then kept by the next attempt.
        """
        with completing(f"cannot write to the quarantine {self.folder}"):
            make_folder(self.folder)
            self._drop(offset)
            if entries:
                lines = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
                write_whole(self.folder / f"{offset:020}{_SUFFIX}", lines)

    def entries(self) -> Iterator[Entry]:
        """Yield each entry once, however often the same file was ingested; oldest first."""
        seen: set[int] = set()
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            with completing(f"cannot read the quarantine {self.folder}", msgspec.DecodeError), path.open("rb") as file:
                for line in file:
                    entry = _DECODER.decode(line)
                    if hash(entry) not in seen:
                        seen.add(hash(entry))
                        yield entry

    def _drop(self, offset: int) -> None:
        stale = [path for path in self.folder.glob(f"*{_SUFFIX}") if path.stem.isdigit() and int(path.stem) >= offset]
        for path in stale:
            path.unlink()
        if stale:
            sync(self.folder)
