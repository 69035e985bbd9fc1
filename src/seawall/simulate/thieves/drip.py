"""The slow drip: a few calls a day from a home connection in the owner's own country, with an ordinary client."""

from __future__ import annotations

from seawall.simulate.act import DAY, Act
from seawall.simulate.draft import Draft
from seawall.simulate.rhythm import hour_of_week
from seawall.simulate.services import CLIENTS, SEEN, agent
from seawall.simulate.thieves.base import Hideout, hours, thief


def drip(draft: Draft, campaign: str) -> None:
    """Use one key so little that no volume tells."""
    rng = draft.rng
    owner, line = draft.victim(SEEN)
    place = draft.pool.shared("residential", owner.country)
    client = rng.choice(line.agents) if rng.random() < 0.3 else agent(rng, CLIENTS[owner.service])
    hand = thief(draft, owner, line.credential, Hideout((place.host(rng.randrange(254)),), client))
    start, acts = draft.moment(0.2, 0.6), list[Act]()
    evening = (rng.randrange(17, 24) - owner.offset) % 24
    for day in range(start // DAY * DAY + DAY, draft.end, DAY):
        if rng.random() < (0.6 if hour_of_week(day) < 120 else 0.85):
            begin = day + hours(evening + rng.uniform(-1, 1))
            acts += hand.use(begin, rng.randrange(1, 12), hours(2), size=0.7)
    hand.note("drip", campaign, acts)
