"""Look-alikes by people: they travel, work elsewhere, switch VPNs on and off, join, move house and office."""

from __future__ import annotations

from random import Random
from typing import Final

from seawall.model import SrcKind
from seawall.simulate import rhythm
from seawall.simulate.act import DAY, HOUR
from seawall.simulate.draft import Draft
from seawall.simulate.lookalikes.base import Everyday, at_work, lasting
from seawall.simulate.owners import Change, Line, Owner
from seawall.simulate.places import COUNTRIES
from seawall.simulate.services import CLIENTS, MODELS, PLAIN_CLIENTS, agent


def _elsewhere(
    draft: Draft, kind: str, owner: Owner, line: Line, period: tuple[int, int], addresses: tuple[str, ...]
) -> None:
    """One person of the team makes a part of the calls from other places, with the usual client."""
    share = draft.rng.uniform(0.1, 0.5)
    line.changes.append(Change(start=period[0], end=period[1], share=share, addresses=addresses))
    draft.resemble(kind, owner, line.credential, period, [])


def travel(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A colleague is away for some days: hotel, mobile network, a partner's office."""
    country = draft.pool.country(but=owner.country) if draft.rng.random() < 0.6 else owner.country
    kinds: tuple[SrcKind, ...] = ("residential", "mobile", "business")
    away = tuple(draft.spot(owner, kind, country) for kind in kinds)
    _elsewhere(draft, "travel", owner, line, (start, lasting(draft, start, 1, 7)), away)


def home(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """Somebody works from a home that was not seen before, from now on or for some days."""
    end = draft.end if draft.rng.random() < 0.4 else lasting(draft, start, 0.3, 10)
    _elsewhere(draft, "home", owner, line, (start, end), (draft.spot(owner, "residential", owner.country),))


def tether(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """The office line is down, or somebody sits in a train: some hours by telephone."""
    places = tuple(draft.spot(owner, "mobile", owner.country) for _ in range(draft.rng.randrange(1, 4)))
    _elsewhere(draft, "tether", owner, line, (start, lasting(draft, start, 0.03, 0.5)), places)


def vpn_switch(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """Somebody's own VPN is on for an evening or a week, with an exit in any country."""
    country = draft.pool.country() if draft.rng.random() < 0.6 else owner.country
    exits = tuple(draft.pool.shared("vpn", country).host(draft.rng.randrange(254)) for _ in range(2))
    _elsewhere(draft, "vpn_switch", owner, line, (start, lasting(draft, start, 0.05, 6)), exits)


def coworking(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A university, a coworking space, a conference: one egress for people of unrelated owners."""
    place, _ = draft.vendor("coworking", "business", PLAIN_CLIENTS, 4)
    _elsewhere(draft, "coworking", owner, line, (start, lasting(draft, start, 0.3, 12)), (place.host(7),))


def carrier_nat(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A carrier's NAT: people of unrelated owners come out of the same few networks."""
    place, _ = draft.vendor("carrier", "mobile", PLAIN_CLIENTS, 4)
    address = place.host(draft.rng.randrange(40))
    _elsewhere(draft, "carrier_nat", owner, line, (start, lasting(draft, start, 0.2, 8)), (address,))


def office_move(draft: Draft, owner: Owner, _line: Line, start: int) -> None:
    """From one morning on everybody works in a new building."""
    spot = draft.spot(owner, "business", owner.country)
    for each in owner.lines:
        if each.kind == "office":
            each.changes.append(Change(start=start, addresses=(spot,)))
            draft.resemble("office_move", owner, each.credential, (start, draft.end), [])


def new_employee(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """Somebody joins in another time zone, and works there with the team's key and an own machine."""
    _joins(draft, "new_employee", owner, line, (at_work(draft, owner, start), draft.end), line.agents)


def contractor(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A contractor in another country gets the key for some weeks, and uses own tools."""
    start = at_work(draft, owner, start)
    period = (start, lasting(draft, start, 4, 30))
    _joins(draft, "contractor", owner, line, period, (agent(draft.rng, _any_client(draft.rng, owner)),))


def night_owl(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """Somebody plays with the team's key at home in the evenings: other hours, other client, other models."""
    rng = draft.rng
    period = (start, lasting(draft, start, 0.5, 8))
    hours = tuple(1 / 6 if (hour + owner.offset) % 24 in _EVENING else 0.0 for hour in range(168))
    draft.guest(
        owner, line, *period, kind="office", rate=rng.uniform(4, 40), shape=hours, fresh=(),
        addresses=(draft.spot(owner, "residential", owner.country),), agents=(agent(rng, _any_client(rng, owner)),),
        models=tuple(rng.sample(MODELS[owner.service], 2)),
    )  # fmt: skip
    draft.resemble("night_owl", owner, line.credential, period, [])


def coding_agent(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A developer gives the key to a coding agent: a new client, a costly model, hundreds of calls on a working day."""
    rng, start = draft.rng, at_work(draft, owner, start)
    period = (start, lasting(draft, start, 1, 15))
    places = (line.addresses[0], draft.spot(owner, "residential", owner.country))
    draft.guest(
        owner, line, *period, kind="office", rate=rng.uniform(60, 400), addresses=places[: rng.randrange(1, 3)],
        shape=rhythm.shape(rng, "office", owner.offset), agents=(agent(rng, CLIENTS[owner.service]),), fresh=(),
        models=MODELS[owner.service][-2:-1], profile="code",
    )  # fmt: skip
    draft.resemble("coding_agent", owner, line.credential, period, [])


def hackathon(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A weekend at a shared place: many people, many clients and models, through the night."""
    rng = draft.rng
    place, _ = draft.vendor("coworking", "business", PLAIN_CLIENTS, 4)
    saturday = start // (7 * DAY) * 7 * DAY + 2 * DAY + 9 * HOUR  # 1970-01-01 was a Thursday
    begin = saturday if draft.start <= saturday < draft.end - DAY else start
    period = (begin, min(draft.end, begin + 36 * HOUR))
    draft.guest(
        owner, line, *period, rate=rng.uniform(80, 400), addresses=tuple(place.host(n) for n in range(5)),
        shape=(1 / 24,) * 168, agents=tuple(agent(rng, _any_client(rng, owner)) for _ in range(4)), fresh=(),
        models=tuple(rng.sample(MODELS[owner.service], 3)),
    )  # fmt: skip
    draft.resemble("hackathon", owner, line.credential, period, [])


def _any_client(rng: Random, owner: Owner) -> tuple[str, ...]:
    return CLIENTS[owner.service] if rng.random() < 0.6 else PLAIN_CLIENTS


def _joins(draft: Draft, kind: str, owner: Owner, line: Line, period: tuple[int, int], agents: tuple[str, ...]) -> None:
    rng = draft.rng
    country = draft.pool.country(but=owner.country)
    addresses = (draft.spot(owner, "residential", country), draft.spot(owner, rng.choice(_DESKS), country))
    hours = rhythm.shape(rng, "office", COUNTRIES[country][2])
    rate = max(2.0, min(line.rate, 60) * rng.uniform(0.1, 0.6))
    draft.guest(
        owner, line, *period, kind="office", rate=rate, shape=hours, addresses=addresses, agents=agents, fresh=()
    )
    draft.resemble(kind, owner, line.credential, period, [])


_EVENING: Final = frozenset((20, 21, 22, 23, 0, 1))
_DESKS: Final[tuple[SrcKind, ...]] = ("residential", "business", "mobile")
PEOPLE: Final[dict[str, Everyday]] = {
    "travel": Everyday(travel, 0.35, "a team of five, each away twice a year or more", kinds=("office",)),
    "home": Everyday(home, 0.5, "a team of five, each at another place than usual once in ten months",
                     kinds=("office",)),
    "tether": Everyday(tether, 0.3, "lines fail and people sit in trains a few times a year", kinds=("office",)),
    "vpn_switch": Everyday(vpn_switch, 0.3, "one in four has a VPN of its own, forgotten on some evenings",
                           kinds=("office",)),
    "coworking": Everyday(coworking, 0.1, "one in ten teams has somebody without an office",
                          kinds=("office",), together=True),
    "carrier_nat": Everyday(carrier_nat, 0.1, "few carriers, each with few egress networks",
                            kinds=("office",), together=True),
    "office_move": Everyday(office_move, 0.015, "an office moves, or changes its line, every five years",
                            kinds=("office",)),
    "new_employee": Everyday(new_employee, 0.05, "a team hires twice a year, one in three elsewhere",
                             kinds=("office",)),
    "contractor": Everyday(contractor, 0.04, "one key in two is given to a contractor every two years",
                           kinds=("office", "service")),
    "night_owl": Everyday(night_owl, 0.08, "one team in twelve has somebody who does that", kinds=("office",)),
    "coding_agent": Everyday(coding_agent, 0.08, "a team takes one, or another one, every year", kinds=("office",)),
    "hackathon": Everyday(hackathon, 0.02, "one team in four, once a year", kinds=("office",), together=True),
}  # fmt: skip
