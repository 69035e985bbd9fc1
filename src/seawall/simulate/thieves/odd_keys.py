"""Thieves on keys without much history: one that slept for weeks, one that is a day old."""

from __future__ import annotations

import msgspec

from seawall.simulate import credentials
from seawall.simulate.draft import Draft
from seawall.simulate.services import SEEN
from seawall.simulate.thieves.base import thief


def dormant(draft: Draft, campaign: str) -> None:
    """Wake a key that its owner stopped using in the world's first days."""
    owner, line = draft.victim(SEEN)
    asleep = draft.start + draft.days(1, 4)
    for each in (line, *owner.guests):
        if each.credential == line.credential:
            each.end = min(each.end, asleep)
    hand, start = thief(draft, owner, line.credential), draft.moment(0.6, 0.85)
    acts = hand.days_of_use(start, draft.rng.randrange(1, 5), (15, 200), size=draft.rng.uniform(0.8, 2))
    hand.note("dormant", "loud", campaign, acts)


def newborn(draft: Draft, campaign: str) -> None:
    """Use a key within a day or two of its making: it was published with the program it was made for."""
    owner, line = draft.victim(SEEN)
    key, born = credentials.make(draft.rng, owner.service, owner.id), draft.moment(0.3, 0.65)
    owner.lines.append(msgspec.structs.replace(line, credential=key, start=born, changes=[]))
    draft.taken.add(key.id)
    hand = thief(draft, owner, key)
    acts = hand.days_of_use(born + draft.days(0.2, 1.5), draft.rng.randrange(1, 5), (20, 250))
    hand.note("newborn", "loud", campaign, acts)
