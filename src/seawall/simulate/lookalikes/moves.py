"""Look-alikes by place: travel, a new office, a new host, CI runners, regions, a rush of people over shared egress."""

from __future__ import annotations

from seawall.simulate.act import HOUR, Caller
from seawall.simulate.draft import Draft
from seawall.simulate.owners import Change
from seawall.simulate.quantiles import arrivals
from seawall.simulate.services import CLIENTS, PLAIN_CLIENTS, REGIONS, SEEN, agent
from seawall.simulate.traffic import call


def travel(draft: Draft) -> None:
    """A colleague works from abroad for some days: hotel and mobile networks, the usual client."""
    rng = draft.rng
    owner, line = draft.line(SEEN, ("office",))
    country = draft.pool.country(but=owner.country)
    away = tuple(
        draft.pool.shared(kind, country).host(rng.randrange(254)) for kind in ("residential", "mobile", "business")
    )
    start = draft.moment()
    end = start + draft.days(2, 6)
    draft.change(owner, line.credential, Change(start=start, end=end, addresses=away + line.addresses[:2]))
    draft.resemble("travel", owner, line.credential, (start, end), [])


def office_move(draft: Draft) -> None:
    """From one morning on everybody works in a new building."""
    rng = draft.rng
    owner, line = draft.line(SEEN, ("office",))
    building = draft.pool.own("business", owner.country, wide=owner.service in {"aws", "gcp"} and rng.random() < 0.3)
    desks = tuple(building.host(rng.randrange(1, 60)) for _ in range(4))
    start = draft.moment()
    draft.change(owner, line.credential, Change(start=start, end=draft.end, addresses=desks))
    draft.resemble("office_move", owner, line.credential, (start, draft.end), [])


def notebook_host(draft: Draft) -> None:
    """A rented notebook host joins: a new cloud network and a new client, besides the old ones."""
    rng = draft.rng
    owner, line = draft.line(SEEN)
    host = draft.pool.shared("hosting").host(rng.randrange(254))
    forms = CLIENTS[owner.service] if rng.random() < 0.7 else PLAIN_CLIENTS
    start = draft.moment()
    change = Change(
        start=start, end=draft.end, factor=1.4, addresses=(*line.addresses, host, host),
        agents=(*line.agents, agent(rng, forms)),
    )  # fmt: skip
    draft.change(owner, line.credential, change)
    draft.resemble("notebook_host", owner, line.credential, (start, draft.end), [])


def ci_runners(draft: Draft) -> None:
    """A test pipeline whose runners have another address each time, in several clouds."""
    rng = draft.rng
    owner, line = draft.line(SEEN, ("ci",))
    if not line.fresh:
        line.fresh = tuple(draft.pool.shared("hosting") for _ in range(rng.randrange(12, 40)))
    draft.resemble("ci_runners", owner, line.credential, (draft.start, draft.end), [])


def region_spread(draft: Draft) -> None:
    """A cross-region inference profile spreads the calls of one source over four regions within minutes."""
    owner, line = draft.line(("aws", "aws", "gcp"))
    start = draft.moment()
    regions = tuple(draft.rng.sample(REGIONS[owner.service], 4))
    models = ("global.anthropic.claude-sonnet-4-20250514-v1:0",) if owner.service == "aws" else ()
    change = Change(start=start, end=draft.end, factor=1.5, regions=regions, models=models)
    draft.change(owner, line.credential, change)
    draft.resemble("region_spread", owner, line.credential, (start, draft.end), [])


def vpn_egress(draft: Draft) -> None:
    """People of unrelated owners use the same commercial VPN."""
    _people(draft, "vpn_egress", "vpn")


def nat_egress(draft: Draft) -> None:
    """People of unrelated owners come out of the same carrier's NAT."""
    _people(draft, "nat_egress", "mobile")


def _people(draft: Draft, kind: str, network: str) -> None:
    rng = draft.rng
    place = draft.pool.shared("vpn" if network == "vpn" else "mobile", draft.pool.country())
    address = place.host(rng.randrange(254))
    for owner, line in draft.unrelated(draft.line, SEEN, rng.randrange(3, 6)):
        start = draft.moment(0.1, 0.7)
        end = start + draft.days(2, 8)
        mixed = (*line.addresses, *[address] * max(1, len(line.addresses) // 2))
        draft.change(owner, line.credential, Change(start=start, end=end, addresses=mixed))
        draft.resemble(kind, owner, line.credential, (start, end), [])


def saas_egress(draft: Draft) -> None:
    """A hosted tool calls with the keys of several customers from one network, one client, day and night."""
    rng = draft.rng
    place = draft.pool.shared("hosting")
    client = agent(rng, PLAIN_CLIENTS)
    for owner, line in draft.unrelated(draft.line, SEEN, rng.randrange(3, 7)):
        start = draft.moment(0.1, 0.6)
        end = min(draft.end, start + draft.days(3, 10))
        caller = Caller(line.credential, place.host(rng.randrange(3)), client, line.regions[0])
        acts = [
            call(rng, time, caller, line.models[0], size=line.size)
            for time in arrivals(rng, "chat", (end - start) // HOUR * rng.randrange(1, 4), start, end - start)
        ]  # fmt: skip
        draft.resemble("saas_egress", owner, line.credential, (start, end), acts)
