"""The enumerator: lists what there is, unlocks models, may switch logging off, and invokes within the hour."""

from __future__ import annotations

from seawall.simulate.draft import Draft
from seawall.simulate.thieves.base import hours, thief


def enumerator(draft: Draft, campaign: str) -> None:
    """Run the chain on one key, and use it for some hours or days after."""
    rng = draft.rng
    owner, line = draft.victim(("aws", "azure", "gcp"))
    hand = thief(draft, owner, line.credential)
    acts = hand.act(draft.moment(), "login", "list_models", "list_keys")
    if rng.random() < 0.7:
        acts += hand.act(acts[-1].time, "read_logging")
    acts += hand.act(acts[-1].time, "unlock_model")
    if rng.random() < 0.4:
        acts += hand.act(acts[-1].time, "change_logging")
    first = acts[-1].time + hours(rng.uniform(0.01, 0.4))
    acts += hand.use(first, rng.randrange(3, 60), hours(0.4))
    for day in range(rng.randrange(5)):
        later = first + hours(24 * day + rng.uniform(2, 20))
        acts += hand.use(later, rng.randrange(20, 250), hours(rng.uniform(1, 6)))
    hand.note("enumerator", campaign, acts)
