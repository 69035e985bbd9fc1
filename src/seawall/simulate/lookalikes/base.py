"""What look-alikes have in common: each is a function that lets something legitimate happen to one credential.

Beside the function stand how often it happens, why so often, and to which credentials.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import msgspec

from seawall.simulate.act import DAY, HOUR
from seawall.simulate.draft import Draft
from seawall.simulate.owners import Line, Owner
from seawall.simulate.rhythm import Kind
from seawall.simulate.services import SEEN, Service

#: All services that tell of use, by call or by hour.
METERED: Final[tuple[Service, ...]] = (*SEEN, "openai", "anthropic")


class Everyday(msgspec.Struct, frozen=True):
    """One kind of look-alike. `happen(draft, owner, line, start)` plans it; `start` is µs UTC.

    `per_month`: how often a fitting credential meets it in 30 days; `why`: what that rate is taken from. It fits
    credentials of the `services` with one of the `kinds` of rhythm (of any, when empty). `together`: cast by name, it
    happens to several unrelated owners at once.
    """

    happen: Callable[[Draft, Owner, Line, int], None]
    per_month: float
    why: str
    services: tuple[Service, ...] = SEEN
    kinds: tuple[Kind, ...] = ()
    together: bool = False

    def fits(self, owner: Owner, line: Line) -> bool:
        """Say whether it may happen to a credential."""
        return owner.service in self.services and (not self.kinds or line.kind in self.kinds)

    def cast(self, draft: Draft) -> None:
        """Let it happen once, to credentials without another part as far as possible.

        Raises:
            Uncast: no owner has a fitting service.
        """

        def draw(services: Collection[Service]) -> tuple[Owner, Line]:
            return draft.line(services, self.kinds)

        start = draft.moment(0.3, 0.7)
        cast = (
            draft.unrelated(draw, self.services, draft.rng.randrange(3, 6)) if self.together else [draw(self.services)]
        )
        for owner, line in cast:
            self.happen(draft, owner, line, start)


def at_work(draft: Draft, owner: Owner, time: int) -> int:
    """Return a time in the owner's working hours of that day."""
    morning = time // DAY * DAY + (9 - owner.offset) % 24 * HOUR
    return min(morning + draft.rng.randrange(8 * HOUR), draft.end - 2 * HOUR)


def lasting(draft: Draft, start: int, low: float, high: float) -> int:
    """Return when something that takes `low` to `high` days ends."""
    return min(draft.end, start + draft.days(low, high))
