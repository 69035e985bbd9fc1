"""The reseller ring: one shared egress over keys of unrelated owners, alternating, for many users, day and night."""

from __future__ import annotations

from collections.abc import Collection

from seawall.simulate.act import Act
from seawall.simulate.draft import Draft
from seawall.simulate.quantiles import arrivals
from seawall.simulate.services import IMAGE_MODELS, MODELS, SEEN, Service
from seawall.simulate.thieves.base import Thief, hideout, hours, thief


def ring(draft: Draft, campaign: str) -> None:
    """Resell three to six keys of one, two or all providers, mostly for text."""
    rng = draft.rng
    services = rng.sample(SEEN, rng.choice((2, 2, len(SEEN))))
    _resell(draft, "ring", campaign, services, rng.uniform(0, 0.4))


def image_ring(draft: Draft, campaign: str) -> None:
    """Resell Azure keys for images: filters block many of the prompts, and the users reword them."""
    _resell(draft, "image_ring", campaign, ("azure", "azure", "apim"), draft.rng.uniform(0.6, 0.95))


def _resell(draft: Draft, kind: str, campaign: str, services: Collection[Service], images: float) -> None:
    """Which key serves a request changes every few calls; `images` is the share of them."""
    rng = draft.rng
    victims = draft.unrelated(draft.victim, services, rng.randrange(3, 7))
    den = hideout(draft, victims[0][0], ("hosting", "hosting", "vpn"))
    hands = [thief(draft, owner, line.credential, den) for owner, line in victims]
    start, length = draft.moment(0.3, 0.7), draft.days(1.5, 6)
    customers = [f"guest-{rng.getrandbits(24):06x}" for _ in range(rng.randrange(8, 60))]
    loot: list[list[Act]] = [hand.sweep(start - hours(rng.uniform(0.2, 5)), 1, "invalid") for hand in hands]
    turn = 0
    for time in arrivals(rng, "chat", rng.randrange(90, 260) * len(hands), start, length):
        turn = turn if rng.random() < 0.4 else rng.randrange(len(hands))
        loot[turn] += _serve(hands[turn], time, rng.choice(customers), images=rng.random() < images)
    for hand, acts in zip(hands, loot, strict=True):
        hand.note(kind, campaign, acts)


def _serve(hand: Thief, time: int, customer: str, *, images: bool) -> list[Act]:
    """Serve one request of a customer: text, or an image that may have been blocked before."""
    rng, service = hand.draft.rng, hand.owner.service
    models = (images and IMAGE_MODELS[service]) or MODELS[service][-3:]
    acts = hand.use(time, 1, hours(0.02), models=[rng.choice(models)])
    acts[0].user = customer
    return hand.retries(acts, 1) if images and rng.random() < 0.3 else acts
