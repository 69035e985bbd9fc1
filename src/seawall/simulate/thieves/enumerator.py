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
    first = acts[-1].time + hours(rng.uniform(0.01, 0.4))
    acts += hand.use(first, rng.randrange(3, 60), hours(0.4))
    acts += hand.days_of_use(first + hours(2), rng.randrange(5), (20, 200))
    hand.note("enumerator", "loud", campaign, acts)


def saboteur(draft: Draft, campaign: str) -> None:
    """Read the logging's settings, switch it off, and only then use the key."""
    rng = draft.rng
    owner, line = draft.victim(("aws", "aws", "azure", "gcp"))
    hand = thief(draft, owner, line.credential)
    acts = hand.act(draft.moment(), "read_logging", "change_logging")
    first = acts[-1].time + hours(rng.uniform(0.01, 3))
    acts += hand.use(first, rng.randrange(3, 60), hours(0.4))
    acts += hand.days_of_use(first + hours(2), rng.randrange(1, 6), (30, 300))
    hand.note("saboteur", "loud", campaign, acts)
