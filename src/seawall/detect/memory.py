"""What earlier runs told: the lake has one memory, and each set of paths has its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec

from seawall.model import Finding
from seawall.store.home import Home
from seawall.store.state import State


def closed(finding: Finding) -> Finding:
    """Return a finding that an analyst accepted, as what was told of it ends."""
    return msgspec.structs.replace(finding, status="closed")


class Memory:
    """Tells what is new since the last run on the same logs. Close it, or use it as a context manager."""

    def __init__(self, home: Home, paths: Sequence[str]) -> None:
        """Open the memory of the lake (no paths) or of these paths, wherever they are called from."""
        if paths:
            named = "\0".join(sorted(path if path == "-" else str(Path(path).resolve()) for path in paths))
            place = home.path / "runs" / f"{hashlib.blake2b(named.encode(), digest_size=10).hexdigest()}.sqlite"
            place.parent.mkdir(mode=0o700, exist_ok=True)
        else:
            place = home.state
        self._state = State(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._state.close()

    def new(
        self,
        findings: Sequence[Finding],
        accepted: Sequence[Finding] = (),
        earlier: Sequence[Finding] = (),
        *,
        whole: bool = True,
    ) -> list[Finding]:
        """Take in what stands now; return which of `findings` were never told, or were told as less severe.

        Args:
            findings: what stands and may be told.
            accepted: what an analyst put to rest: it is closed, and neither withdrawn nor told.
            earlier: what stands as well and is not to be told now.
            whole: whether all events were judged. If not, what the memory knows stays as it is: it may rest on what
                was not looked at.
        """
        stands = [*findings, *earlier, *map(closed, accepted)]
        if not whole:
            known = {finding.id: finding for finding in self._state.findings("open", "closed")}
            stands = [*known.values(), *(finding for finding in stands if finding.id not in known)]
        self._state.reconcile(stands)
        fresh = {finding.id for finding in self._state.new_since_last_run()}
        return [finding for finding in findings if finding.id in fresh]

    def known(self) -> list[Finding]:
        """Return all that was ever found, in order of opening."""
        return self._state.findings()

    def current(self, finding_id: str) -> str:
        """Return the id of the finding that stands in the place of this one."""
        return self._state.current(finding_id)

    def told(self, findings: Sequence[Finding]) -> None:
        """Say that these were written out: not before they were."""
        self._state.reported(findings, datetime.now(UTC))
