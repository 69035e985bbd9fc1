"""The prober: does the key work, and for what? Bad parameters, models it may not use, then silence or sale."""

from __future__ import annotations

from seawall.simulate.draft import Draft
from seawall.simulate.services import SEEN
from seawall.simulate.thieves.base import hours, thief


def prober(draft: Draft, campaign: str) -> None:
    """Probe one key; in half of the cases its buyer begins to use it hours later, from elsewhere."""
    rng = draft.rng
    owner, line = draft.victim(SEEN)
    hand, start = thief(draft, owner, line.credential), draft.moment()
    acts = hand.act(start, "login") if rng.random() < 0.6 else []
    acts += hand.sweep(start + hours(0.02), rng.randrange(2, 9), "invalid")
    if rng.random() < 0.7:
        acts += hand.sweep(start + hours(rng.uniform(0.05, 0.3)), rng.randrange(3, 11), "denied")
    if rng.random() < 0.5:
        acts += hand.act(start + hours(0.4), "read_logging")
    if rng.random() < 0.5:
        buyer, later = thief(draft, owner, line.credential), start + hours(rng.uniform(2, 30))
        acts += buyer.use(later, rng.randrange(20, 200), hours(rng.uniform(2, 20)))
    hand.note("prober", campaign, acts)
