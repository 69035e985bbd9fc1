"""Look-alikes: legitimate things that resemble theft. To add one: a function, a line in its file's list.

Most are everyday novelty: `everyday` lets them happen to every credential at rates taken from life.
"""

from __future__ import annotations

from typing import Final

from seawall.simulate.act import DAY
from seawall.simulate.draft import Draft
from seawall.simulate.lookalikes.admin import ADMIN
from seawall.simulate.lookalikes.amounts import AMOUNTS
from seawall.simulate.lookalikes.base import Everyday
from seawall.simulate.lookalikes.people import PEOPLE
from seawall.simulate.lookalikes.programs import PROGRAMS
from seawall.simulate.lookalikes.vendors import VENDORS
from seawall.simulate.quantiles import poisson

#: Those that move a credential come first: what happens to it later happens where it then is.
LOOKALIKES: Final[dict[str, Everyday]] = VENDORS | PEOPLE | PROGRAMS | AMOUNTS | ADMIN


def everyday(draft: Draft, novelty: float) -> None:
    """Let a month's share of every kind happen to every credential; `novelty` multiplies the rates."""
    months = novelty * (draft.end - draft.start) / (30 * DAY)
    for owner in draft.owners:
        for line in list(owner.lines):
            for kind in LOOKALIKES.values():
                if kind.fits(owner, line):
                    for _ in range(poisson(draft.rng, kind.per_month * months)):
                        kind.happen(draft, owner, line, draft.moment(0.02, 0.98))


__all__ = ["LOOKALIKES", "everyday"]
