"""The prober: does the key work, and for what? Bad parameters, models it may not use, then silence or sale."""

from __future__ import annotations

from seawall.simulate.act import Act
from seawall.simulate.draft import Draft
from seawall.simulate.services import SEEN
from seawall.simulate.thieves.base import Thief, hours, thief


def prober(draft: Draft, campaign: str) -> None:
    """Probe one key; its buyer begins to use it hours later, from elsewhere."""
    owner, line = draft.victim(SEEN)
    hand, start = thief(draft, owner, line.credential), draft.moment()
    buyer, later = thief(draft, owner, line.credential), start + hours(draft.rng.uniform(2, 30))
    acts = _probes(hand, start) + buyer.days_of_use(later, draft.rng.randrange(1, 4), (20, 200))
    hand.note("prober", "loud", campaign, acts)


def validator(draft: Draft, campaign: str) -> None:
    """Only find out what a key is worth; whoever buys it does not use it in this world's time."""
    owner, line = draft.victim(SEEN)
    hand = thief(draft, owner, line.credential)
    hand.note("validator", "validate", campaign, _probes(hand, draft.moment()))


def _probes(hand: Thief, start: int) -> list[Act]:
    rng = hand.draft.rng
    acts = hand.act(start, "login") if rng.random() < 0.6 else []
    acts += hand.sweep(start + hours(0.02), rng.randrange(2, 9), "invalid")
    if rng.random() < 0.7:
        acts += hand.sweep(start + hours(rng.uniform(0.05, 0.3)), rng.randrange(3, 11), "denied")
    if rng.random() < 0.5:
        acts += hand.act(start + hours(0.4), "read_logging")
    return acts + hand.sweep(start + hours(0.45), rng.randrange(1, 4), "success")
