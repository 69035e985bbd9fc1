"""The reseller ring: one shared egress over keys of unrelated owners, alternating, for many users, day and night."""

from __future__ import annotations

from collections.abc import Collection

from seawall.simulate.act import Act
from seawall.simulate.draft import Draft
from seawall.simulate.owners import Owner
from seawall.simulate.quantiles import arrivals
from seawall.simulate.services import IMAGE_MODELS, MODELS, PLAIN_CLIENTS, SEEN, Service, agent
from seawall.simulate.thieves.base import Hideout, Thief, client, hideout, hours, thief
from seawall.simulate.truth import USAGE_ONLY


def ring(draft: Draft, campaign: str) -> None:
    """Resell three to six keys of one, two or all providers, mostly for text, through a rented host or a VPN."""
    rng = draft.rng
    services = rng.sample(SEEN, rng.choice((1, 2, len(SEEN))))
    owner = draft.owner(services)
    _resell(
        draft, "ring", campaign, services, rng.uniform(0, 0.4), hideout(draft, owner, ("hosting", "hosting", "vpn"))
    )


def wide_ring(draft: Draft, campaign: str) -> None:
    """Resell seven to twelve keys, those of services that show usage alone among them."""
    services: tuple[Service, ...] = (*SEEN, "openai", "anthropic")
    den = hideout(draft, draft.owner(SEEN), ("hosting", "vpn"))
    _resell(draft, "wide_ring", campaign, services, draft.rng.uniform(0, 0.2), den, size=(7, 13))


def home_ring(draft: Draft, campaign: str) -> None:
    """Resell through a home connection, or two."""
    country = draft.pool.country()
    addresses = tuple(draft.pool.shared("residential", country).host(7) for _ in range(draft.rng.choice((1, 2))))
    _resell(draft, "home_ring", campaign, SEEN, draft.rng.uniform(0, 0.3), Hideout(addresses, _proxy(draft)))


def cloud_ring(draft: Draft, campaign: str) -> None:
    """Resell from the very networks of a cloud in which other owners' programs run."""
    rng = draft.rng
    used = [line.addresses[0] for owner in draft.owners for line in owner.lines if line.kind == "service"]
    address = next((each for each in rng.sample(used, len(used)) if ":" not in each), None)
    place = address.rsplit(".", 1)[0] + f".{rng.randrange(1, 255)}" if address else draft.pool.shared("hosting").host(9)
    _resell(draft, "cloud_ring", campaign, SEEN, rng.uniform(0, 0.3), Hideout((place,), _proxy(draft)))


def image_ring(draft: Draft, campaign: str) -> None:
    """Resell Azure keys for images: filters block many of the prompts, and the users reword them."""
    owner = draft.owner(("azure", "apim"))
    den = hideout(draft, owner, ("hosting", "hosting", "vpn"))
    _resell(draft, "image_ring", campaign, ("azure", "azure", "apim"), draft.rng.uniform(0.6, 0.95), den, size=(4, 8))


def _proxy(draft: Draft) -> str:
    return agent(draft.rng, PLAIN_CLIENTS)


def _resell(
    draft: Draft, kind: str, campaign: str, services: Collection[Service], images: float, den: Hideout,
    *, size: tuple[int, int] = (3, 7),
) -> None:  # fmt: skip
    """Which key serves a request changes every few calls; `images` is the share of them."""
    rng = draft.rng
    victims = draft.unrelated(draft.victim, services, rng.randrange(*size))
    hands = [thief(draft, owner, line.credential, den) for owner, line in victims]
    start, length = draft.moment(0.35, 0.7), draft.days(1.5, 6)
    customers = [f"guest-{rng.getrandbits(24):06x}" for _ in range(rng.randrange(8, 60))]
    loot: list[list[Act]] = [hand.sweep(start - hours(rng.uniform(0.2, 5)), 1, "invalid") for hand in hands]
    turn = 0
    for time in arrivals(rng, "chat", hands[0].much(90, 260) * len(hands), start, length):
        turn = turn if rng.random() < 0.4 else rng.randrange(len(hands))
        loot[turn] += _serve(hands[turn], time, rng.choice(customers), images=rng.random() < images)
    for hand, acts in zip(hands, loot, strict=True):
        hand.note(kind, "usage_only" if hand.owner.service in USAGE_ONLY else "loud", campaign, acts, ring=True)
    if rng.random() < 0.6:
        _trials(draft, campaign, hands, start)


def _serve(hand: Thief, time: int, customer: str, *, images: bool) -> list[Act]:
    """Serve one request of a customer: text, or an image that may have been blocked before."""
    rng, service = hand.draft.rng, hand.owner.service
    models = (images and IMAGE_MODELS[service]) or MODELS[service][-3:]
    acts = hand.use(time, 1, hours(0.02), models=[rng.choice(models)])
    acts[0].user = customer
    return hand.retries(acts, 1) if images and rng.random() < 0.3 else acts


def _trials(draft: Draft, campaign: str, hands: list[Thief], start: int) -> None:
    """Days before, the proxy's creator tries each key a few times, within an hour or two, from one address at home."""
    rng, owner = draft.rng, hands[0].owner
    den = Hideout((_home(draft, owner),), client(draft, owner))
    begin = max(draft.start + hours(1), start - draft.days(2, 6))
    for hand in (hand for hand in hands if hand.owner.service not in USAGE_ONLY):
        creator = thief(draft, hand.owner, hand.key, den)
        acts = creator.use(begin + hours(rng.uniform(0, 2)), rng.randrange(1, 5), hours(0.3))
        creator.note("trial", "trial", campaign, acts, ring=True)


def _home(draft: Draft, owner: Owner) -> str:
    return draft.pool.shared(draft.rng.choice(("residential", "vpn")), draft.pool.country(but=owner.country)).host(3)
