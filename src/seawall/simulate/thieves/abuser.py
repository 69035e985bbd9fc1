"""The abuser: one key, used hard: a burst of costly models, or images with a loop of blocked and reworded prompts."""

from __future__ import annotations

from seawall.simulate.act import Act
from seawall.simulate.draft import Draft
from seawall.simulate.services import IMAGE_MODELS, SEEN
from seawall.simulate.thieves.base import ANYWHERE, Hideout, client, hosts, hours, thief


def abuser(draft: Draft, campaign: str) -> None:
    """Use one key hard for one to five days."""
    owner, line = draft.victim(SEEN)
    hand, start = thief(draft, owner, line.credential), draft.moment(0.35, 0.8)
    acts = hand.sweep(start - hours(1), draft.rng.randrange(3), "invalid")
    acts += hand.days_of_use(start, draft.rng.randrange(1, 6), (60, 500), size=draft.rng.uniform(0.8, 2.5))
    hand.note("abuser", "loud", campaign, acts)


def image_abuser(draft: Draft, campaign: str) -> None:
    """Make images that the filters block, reword, try again, on one key."""
    rng = draft.rng
    owner, line = draft.victim(("azure", "azure", "apim", "aws", "gcp"))
    hand, start = thief(draft, owner, line.credential), draft.moment(0.35, 0.8)
    acts: list[Act] = []
    for day in range(rng.randrange(1, 6)):
        begin = start + hours(24 * day + rng.uniform(0, 20))
        burst = hand.use(begin, hand.much(20, 120), hours(rng.uniform(0.5, 4)), models=IMAGE_MODELS[owner.service])
        acts += hand.retries(burst, rng.randrange(8, 30))
    hand.note("image_abuser", "loud", campaign, acts)


def rotator(draft: Draft, campaign: str) -> None:
    """Leave by another address each hour: rented proxies, of one country or of many."""
    rng = draft.rng
    owner, line = draft.victim(SEEN)
    if rng.random() < 0.5:
        addresses = hosts(draft, [draft.away(owner, ANYWHERE) for _ in range(rng.randrange(8, 24))])
    else:
        country = draft.pool.country(but=owner.country)
        addresses = tuple(draft.spot(owner, "residential", country) for _ in range(rng.randrange(8, 24)))
    hand = thief(draft, owner, line.credential, Hideout(addresses, client(draft, owner), hourly=True))
    acts = hand.days_of_use(draft.moment(0.35, 0.8), rng.randrange(1, 6), (40, 300), size=rng.uniform(0.8, 2))
    hand.note("rotator", "loud", campaign, acts)
