"""Theft that only hourly usage shows: keys of OpenAI and Anthropic, now and then after safeguards were weakened."""

from __future__ import annotations

from seawall.simulate import credentials
from seawall.simulate.act import DAY, Act
from seawall.simulate.draft import Draft
from seawall.simulate.services import CONTROLS
from seawall.simulate.thieves.base import Thief, hours, thief


def usage_only(draft: Draft, campaign: str) -> None:
    """Use a stolen key, or a new one made with a stolen session; one log shows counts by the hour, no source."""
    rng = draft.rng
    owner, line = draft.victim(("openai", "anthropic"))
    start, acts, verb = draft.moment(0.4, 0.8), list[Act](), "change_key"
    hand = thief(draft, owner, line.credential)
    if rng.random() < 0.6:
        if rng.random() < 0.6:
            verb, hand.key = "create_key", credentials.make(rng, owner.service, owner.id)
        acts = _weaken(hand, start, verb)
    first = start + hours(rng.uniform(0.5, 4))
    for day in range(first, min(draft.end, first + draft.days(1, 6)), DAY):
        for _ in range(rng.randrange(1, 5)):
            begin, length = day + hours(rng.uniform(0, 20)), hours(rng.uniform(1, 6))
            acts += hand.use(begin, rng.randrange(30, 400), length, size=rng.uniform(0.8, 3))
    hand.note("usage_only", campaign, acts)


def _weaken(hand: Thief, start: int, last: str) -> list[Act]:
    """With a stolen session, log in, take one or two safeguards away, make or widen the key."""
    rng, owner = hand.draft.rng, hand.owner
    session = credentials.session(rng, owner.service, owner.id, "member")
    intruder = thief(hand.draft, owner, session, hand.den)
    acts = intruder.act(start, "login", key=hand.key.id)
    weakened = intruder.act(acts[-1].time + hours(0.1), "change_access", last, key=hand.key.id, scope="all")
    kept = [
        act for act in weakened if act.control not in CONTROLS[owner.service]["change_access"] or rng.random() < 0.7
    ]
    if rng.random() < 0.4:
        kept += intruder.act(start + hours(0.3), "change_logging")
    return acts + kept
