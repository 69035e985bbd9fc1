"""The abuser: bursts of volume on costly models, or images with a loop of blocked and reworded prompts."""

from __future__ import annotations

from seawall.simulate.draft import Draft
from seawall.simulate.services import IMAGE_MODELS, SEEN
from seawall.simulate.thieves.base import hours, thief


def abuser(draft: Draft, campaign: str) -> None:
    """Use one key hard for one to five days."""
    rng = draft.rng
    owner, line = draft.victim(SEEN)
    hand, start = thief(draft, owner, line.credential), draft.moment(0.35, 0.8)
    pictures = IMAGE_MODELS[owner.service] if rng.random() < 0.5 else ()
    acts = hand.sweep(start - hours(1), rng.randrange(3), "invalid")
    for day in range(rng.randrange(1, 6)):
        for _ in range(rng.randrange(1, 4)):
            begin, length = start + hours(24 * day + rng.uniform(0, 20)), hours(rng.uniform(0.3, 4))
            count = rng.randrange(25, 150) if pictures else rng.randrange(60, 500)
            burst = hand.use(begin, count, length, models=pictures, size=rng.uniform(0.8, 2.5))
            acts += hand.retries(burst, rng.randrange(5, 30) if pictures else rng.randrange(6))
    hand.note("abuser", campaign, acts)
