"""What an outlet is: a name, under which its notices wait, and a way to send one."""

from __future__ import annotations

from typing import Protocol

from seawall.store.outbox import Queued


class Undelivered(Exception):  # noqa: N818 - it is what became of a notice
    """A notice was not delivered; it stays and is sent again.

    `alone`: this notice was refused, others may still be taken. `wait`: seconds that the other side asks to wait.
    """

    def __init__(self, reason: str, *, alone: bool = False, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.alone, self.wait = alone, wait


class Outlet(Protocol):
    """Where notices go. Used by one thread."""

    @property
    def name(self) -> str:
        """What tells it from the others, the same after a restart."""

    def send(self, notice: Queued) -> None:
        """Deliver one notice; on return the other side has it.

        Raises:
            Undelivered: it may not have it.
        """

    def close(self) -> None:
        """Let go of what is open."""
