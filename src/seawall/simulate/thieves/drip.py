"""Slow thieves: little enough that no volume tells, from where, and with what, the owner's own people might call."""

from __future__ import annotations

from seawall.simulate.act import DAY, Act
from seawall.simulate.draft import Draft
from seawall.simulate.rhythm import hour_of_week
from seawall.simulate.services import CLIENTS, SEEN, agent
from seawall.simulate.thieves.base import Hideout, Thief, hideout, homes, hours, thief


def drip(draft: Draft, campaign: str) -> None:
    """Use one key a few times an evening from one home connection in the owner's country, with an ordinary client."""
    owner, line = draft.victim(SEEN)
    client = draft.rng.choice(line.agents) if draft.rng.random() < 0.3 else agent(draft.rng, CLIENTS[owner.service])
    hand = thief(draft, owner, line.credential, Hideout(homes(draft, owner, 1), client))
    hand.note("drip", "slow", campaign, _evenings(hand))


def mimic(draft: Draft, campaign: str) -> None:
    """The same through a residential proxy whose address changes, with exactly the owner's client and models."""
    rng = draft.rng
    owner, line = draft.victim(SEEN)
    den = Hideout(homes(draft, owner, rng.randrange(5, 15)), rng.choice(line.agents), hourly=True)
    hand = thief(draft, owner, line.credential, den)
    hand.note("mimic", "slow", campaign, _evenings(hand, line.models))


def hidden(draft: Draft, campaign: str) -> None:
    """Hide in a very busy key: one or two in a hundred of its calls are the thief's."""
    rng = draft.rng
    owner, line = draft.victim(SEEN, ("service",))
    line.rate = max(line.rate, rng.uniform(300, 700))
    hand, start = thief(draft, owner, line.credential, hideout(draft, owner)), draft.moment(0.25, 0.7)
    acts: list[Act] = []
    for day in range(start, min(draft.end, start + draft.days(4, 14)), DAY):
        count = max(2, round(line.rate * rng.uniform(0.008, 0.02)))
        acts += hand.use(day + hours(rng.uniform(0, 12)), count, hours(rng.uniform(2, 10)), models=line.models)
    hand.note("hidden", "slow", campaign, acts)


def _evenings(hand: Thief, models: tuple[str, ...] = ()) -> list[Act]:
    """Make up to a dozen calls on most evenings till the end of the world."""
    draft, rng, acts = hand.draft, hand.draft.rng, list[Act]()
    evening = (rng.randrange(17, 24) - hand.owner.offset) % 24
    for day in range(draft.moment(0.2, 0.6) // DAY * DAY + DAY, draft.end, DAY):
        if rng.random() < (0.6 if hour_of_week(day) < 120 else 0.85):
            begin = day + hours(evening + rng.uniform(-1, 1))
            acts += hand.use(begin, rng.randrange(1, 12), hours(2), models=models, size=0.7)
    return acts
