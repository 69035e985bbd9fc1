"""Theft that only hourly usage shows: keys of OpenAI and Anthropic, now and then after safeguards were weakened."""

from __future__ import annotations

from seawall.simulate import credentials
from seawall.simulate.act import DAY, Act
from seawall.simulate.draft import Draft
from seawall.simulate.services import CONTROLS, Service
from seawall.simulate.thieves.base import Thief, hours, thief

_SERVICES: tuple[Service, ...] = ("openai", "anthropic")


def usage_night(draft: Draft, campaign: str) -> None:
    """Use a stolen key much, at hours at which its owner sleeps too."""
    owner, line = draft.victim(_SERVICES)
    hand, day = thief(draft, owner, line.credential), draft.moment(0.4, 0.8) // DAY * DAY
    evening = day + (20 - owner.offset) % 24 * hours(1)
    acts = hand.days_of_use(evening, draft.rng.randrange(1, 7), (30, 400), within=6, size=draft.rng.uniform(0.8, 3))
    hand.note("usage_night", "usage_only", campaign, acts)


def usage_day(draft: Draft, campaign: str) -> None:
    """Use a stolen key in the owner's working hours, with its models, for no more than the owner does."""
    rng = draft.rng
    owner, line = draft.victim(_SERVICES)
    hand, start, acts = thief(draft, owner, line.credential), draft.moment(0.35, 0.75) // DAY * DAY, list[Act]()
    models = line.models if rng.random() < 0.5 else ()
    for day in range(start, min(draft.end, start + draft.days(3, 10)), DAY):
        count = max(10, round(line.rate * rng.uniform(0.3, 1.2)))
        begin = day + (9 - owner.offset) % 24 * hours(1)
        acts += hand.use(begin, count, hours(9), models=models, size=rng.uniform(0.8, 2))
    hand.note("usage_day", "usage_only", campaign, acts)


def usage_weakened(draft: Draft, campaign: str) -> None:
    """With a stolen session take safeguards away, make a key or widen one, and use it."""
    rng = draft.rng
    owner, line = draft.victim(_SERVICES)
    hand, start, verb = thief(draft, owner, line.credential), draft.moment(0.4, 0.8), "change_key"
    if rng.random() < 0.6:
        verb, hand.key = "create_key", credentials.make(rng, owner.service, owner.id)
    first = start + hours(rng.uniform(0.5, 4))
    acts = _weaken(hand, start, verb)
    acts += hand.days_of_use(first, rng.randrange(1, 7), (30, 400), size=rng.uniform(0.8, 3))
    hand.note("usage_weakened", "usage_only", campaign, acts)


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
