"""Owners: customer accounts, each with its own country, networks, credentials and rhythm."""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from seawall.simulate import credentials, rhythm, words
from seawall.simulate.act import Caller, Credential
from seawall.simulate.habits import Habits
from seawall.simulate.places import COUNTRIES, Place, Pool
from seawall.simulate.services import BROWSERS, CLIENTS, IMAGE_MODELS, MODELS, PLAIN_CLIENTS, REGIONS, Service, agent

#: After every world.
FOREVER: Final = 2**62
#: Providers whose logs show masked IPv4 addresses only: their owners get no IPv6 networks.
IPV4_ONLY: Final = frozenset({"azure", "apim"})


class Change(msgspec.Struct, kw_only=True, frozen=True):
    """From `start` to `end` (µs) `share` of a credential's calls go differently; empty fields change nothing.

    `factor` and `growth` (a day) multiply how many there are, whatever the share; with `fresh` networks each call has a
    new address.
    """

    start: int
    end: int = FOREVER
    share: float = 1.0
    factor: float = 1.0
    growth: float = 1.0
    addresses: tuple[str, ...] = ()
    fresh: tuple[Place, ...] = ()
    agents: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class Line(msgspec.Struct, kw_only=True):
    """How one credential is ordinarily used between `start` and `end` (µs): `rate` in calls a day.

    With `fresh` networks each run has a new address.
    """

    credential: Credential
    kind: rhythm.Kind
    rate: float
    shape: tuple[float, ...]
    profile: str
    size: float
    models: tuple[str, ...]
    agents: tuple[str, ...]
    addresses: tuple[str, ...]
    fresh: tuple[Place, ...] = ()
    regions: tuple[str, ...] = ("",)
    users: tuple[str, ...] = ()
    start: int = 0
    end: int = FOREVER
    changes: list[Change] = []


class Owner(msgspec.Struct, kw_only=True):
    """One customer account. `group` ties accounts of one company; `admin` and `pipeline` act in its control plane.

    `lines`: one for each of its credentials; `guests`: further people and programs that use the same credentials.
    `mantle`: it calls Bedrock at the endpoint whose calls are data events; `exports`: how often a day usage is fetched;
    `alerts`: its cloud's own detection is on.
    """

    id: str
    group: str
    name: str
    service: Service
    country: str
    office: Place
    desk: str
    browser: str
    admin: Credential
    pipeline: Credential
    lines: list[Line]
    guests: list[Line] = []
    logs_calls: bool = True
    logs_text: bool = True
    mantle: bool = False
    exports: int = 1
    alerts: bool = False
    dark_from: int = FOREVER

    @property
    def offset(self) -> int:
        """Hours ahead of UTC."""
        return COUNTRIES[self.country][2]

    @property
    def region(self) -> str:
        """Where its control plane is used."""
        return self.lines[0].regions[0]

    @property
    def at_desk(self) -> Caller:
        """Its administrator in the office, in a browser."""
        return Caller(self.admin, self.desk, self.browser, self.region)


def make(
    rng: Random, pool: Pool, service: Service, number: int, habits: Habits, *, sibling: Owner | None = None,
    volume: float = 1.0,
) -> Owner:  # fmt: skip
    """Make an owner; a `sibling` is another account of the same company, in the same office."""
    name, short = words.company(rng, number)
    country = sibling.country if sibling else pool.country()
    ident = credentials.owner_id(rng, service, short)
    office = sibling.office if sibling else None
    owner = Owner(
        id=ident,
        group=sibling.group if sibling else f"group-{number:05d}",
        name=sibling.name + f" ({service})" if sibling else name,
        service=service,
        country=country,
        office=(office := _office(rng, pool, service, country, office)),
        desk=office.host(rng.randrange(1, 30)),
        browser=agent(rng, BROWSERS),
        admin=credentials.session(rng, service, ident, "PlatformAdmin"),
        pipeline=credentials.session(rng, service, ident, "deploy"),
        lines=[],
        logs_calls=rng.random() < 0.8,
        logs_text=rng.random() < 0.5,
        mantle=service == "aws" and rng.random() < 0.1,
        exports=rng.choice((1, 1, 4)),
        alerts=service in {"aws", "azure"} and rng.random() < 0.4,
    )
    for _ in range(rng.choices(range(len(habits.lines)), habits.lines)[0] + 1):
        owner.lines.append(_line(rng, pool, owner, habits, volume))
    return owner


def _office(rng: Random, pool: Pool, service: Service, country: str, office: Place | None) -> Place:
    """Take an office network unless there is one; when the IPv4 ones are gone, tenants of a business park share one."""
    office = office or pool.own("business", country, wide=service not in IPV4_ONLY and rng.random() < 0.4)
    return pool.shared("business", country) if ":" in office.network and service in IPV4_ONLY else office


def _line(rng: Random, pool: Pool, owner: Owner, habits: Habits, volume: float) -> Line:
    kind = rng.choices(rhythm.KINDS, habits.kinds)[0]
    service = owner.service
    functions = kind in {"service", "batch"} and rng.random() < habits.functions
    line = Line(
        credential=credentials.make(rng, service, owner.id),
        kind=kind,
        rate=min(habits.rate * rng.lognormvariate(0, habits.spread), habits.most) * volume,
        shape=rhythm.shape(rng, kind, owner.offset),
        profile=rng.choices(("chat", "code"), (70, 30))[0],
        size=rng.lognormvariate(0, 0.5),
        models=_models(rng, service),
        agents=(agent(rng, CLIENTS[service] if rng.random() < 0.85 else PLAIN_CLIENTS),),
        addresses=_addresses(rng, pool, owner, kind, habits),
        fresh=cloud_pool(rng, pool) if kind == "ci" or functions else (),
        regions=tuple(rng.sample(REGIONS[service], 1 if rng.random() < 0.8 else min(2, len(REGIONS[service])))),
    )
    if kind == "office" and rng.random() < 0.5:
        line.agents += (agent(rng, CLIENTS[service]),)
    if service in {"litellm", "openai"}:
        line.users = tuple(f"u{rng.randrange(10**6):06d}" for _ in range(rng.randrange(1, 30)))
    return line


def cloud_pool(rng: Random, pool: Pool) -> tuple[Place, ...]:
    """Draw the networks of a cloud out of which runners and functions get an address each time."""
    return tuple(pool.shared("hosting") for _ in range(rng.randrange(12, 40)))


def _models(rng: Random, service: Service) -> tuple[str, ...]:
    """One to three models, mostly common ones; some use images all along."""
    offered = MODELS[service]
    chosen = [offered[min(int(rng.expovariate(0.6)), len(offered) - 1)] for _ in range(rng.randrange(1, 4))]
    if rng.random() < 0.08:
        chosen.extend(IMAGE_MODELS[service][:1])
    return tuple(dict.fromkeys(chosen))


def _addresses(rng: Random, pool: Pool, owner: Owner, kind: rhythm.Kind, habits: Habits) -> tuple[str, ...]:
    """People: the office, and some at home. Services: one or two cloud egress addresses of their own."""
    if kind == "office":
        desks = [owner.office.host(rng.randrange(1, 60)) for _ in range(rng.randrange(2, 6))]
        homes = [pool.shared("residential", owner.country).host(rng.randrange(254)) for _ in range(rng.randrange(3))]
        return tuple(desks * 2 + homes)
    place = pool.shared("hosting")
    if owner.service not in IPV4_ONLY and rng.random() > habits.crowding:
        place = pool.own("hosting", place.country, wide=True)
    return tuple(place.host(rng.randrange(254)) for _ in range(rng.randrange(1, 3)))
