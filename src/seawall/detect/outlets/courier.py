"""The courier: takes the notices that wait for one outlet to it, in order, until each is delivered.

In order per finding: where one notice is refused, those of other findings go on and its own finding's wait. Where the
outlet itself fails, all wait, longer each time.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from seawall.detect.outlets.outlet import Outlet, Undelivered
from seawall.model import IncompleteError
from seawall.store.outbox import Outbox, Queued

#: The first wait after a failure, and the longest.
WAIT_S: Final = (1.0, 300.0)
#: How often the outbox is looked at when nobody says that there is something.
LOOK_S: Final = 5.0


class Courier:
    """A thread that serves one outlet from the outbox at `place`; `failed` hears of what went wrong."""

    def __init__(
        self,
        place: Path | str,
        outlet: Outlet,
        failed: Callable[[str, str], object] = lambda _where, _what: None,
        wait_s: tuple[float, float] = WAIT_S,
    ) -> None:
        self.name = outlet.name
        self._place, self._outlet, self._failed, self._wait_s = place, outlet, failed, wait_s
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"outlet {outlet.name}", daemon=True)
        self._failures = 0
        self._refused: dict[str, tuple[int, float]] = {}

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something in the outbox."""
        self._wake.set()

    def stop(self, within_s: float = 10.0) -> None:
        """End after the notice that is on its way; what was not delivered waits for the next start."""
        self._stop.set()
        self._wake.set()
        self._thread.join(within_s)

    def _run(self) -> None:
        wait = 0.0
        try:
            while not self._stop.is_set():
                self._wake.clear()
                wait = self._round()
                (self._stop if self._failures else self._wake).wait(wait)
        finally:
            self._outlet.close()

    def _round(self) -> float:
        """Deliver what can be delivered; return the seconds to wait."""
        try:
            with Outbox(self._place) as outbox:
                self._deliver(outbox)
            self._failures = 0
        except Undelivered as error:
            self._failures += 1
            self._failed(self.name, str(error))
            return max(error.wait, self._pause(self._failures))
        except IncompleteError as error:
            self._failures += 1
            self._failed(self.name, error.message)
            return self._pause(self._failures)
        return min([LOOK_S, *(max(0.1, when - time.monotonic()) for _, when in self._refused.values())])

    def _deliver(self, outbox: Outbox) -> None:
        after, held = 0, set[str]()
        while not self._stop.is_set() and (waiting := outbox.waiting(self.name, after)):
            for notice in waiting:
                after = notice.number
                if notice.finding in held or self._must_wait(notice) or self._stop.is_set():
                    held.add(notice.finding)
                elif self._sent(notice):
                    outbox.delivered([notice.number])
                else:
                    held.add(notice.finding)

    def _sent(self, notice: Queued) -> bool:
        try:
            self._outlet.send(notice)
        except Undelivered as error:
            if not error.alone:
                raise
            tries = self._refused.get(notice.finding, (0, 0.0))[0] + 1
            self._refused[notice.finding] = tries, time.monotonic() + self._pause(tries)
            self._failed(self.name, str(error))
            return False
        self._refused.pop(notice.finding, None)
        self._failures = 0
        return True

    def _must_wait(self, notice: Queued) -> bool:
        return self._refused.get(notice.finding, (0, 0.0))[1] > time.monotonic()

    def _pause(self, failures: int) -> float:
        """Return a wait that doubles with each failure, up to half of it left to chance."""
        first, longest = self._wait_s
        whole = min(longest, first * 2.0 ** min(failures - 1, 30))
        return whole * (0.5 + secrets.randbelow(1000) / 2000)
