"""A world being planned: owners and networks, on which thieves and look-alikes are cast one after another."""

from __future__ import annotations

from collections.abc import Callable, Collection
from random import Random
from typing import Any

import msgspec

from seawall.model import SrcKind
from seawall.simulate.act import DAY, Act, Credential
from seawall.simulate.owners import IPV4_ONLY, Line, Owner
from seawall.simulate.places import Place, Pool
from seawall.simulate.services import Service, agent
from seawall.simulate.truth import Lookalike, Theft


class Uncast(Exception):  # noqa: N818 - no error: a small world has no room for some parts
    """No owner of the world fits a part of the story: the part is left out."""


class Draft(msgspec.Struct, kw_only=True):
    """What is decided so far. `start` and `end` are µs UTC, midnight; `taken` are credentials that have a part."""

    rng: Random
    pool: Pool
    owners: list[Owner]
    start: int
    end: int
    thefts: list[Theft] = []
    lookalikes: list[Lookalike] = []
    alerts: list[tuple[Owner, Act]] = []
    taken: set[str] = set()
    vendors: dict[str, list[tuple[Place, str]]] = {}
    greed: float = 1.0

    def moment(self, early: float = 0.35, late: float = 0.85) -> int:
        """Draw a time between two fractions of the world's length."""
        return self.start + int((self.end - self.start) * self.rng.uniform(early, late))

    def owner(self, services: Collection[Service]) -> Owner:
        """Draw an owner that has one of the services; one without a part in the story, as long as there is one.

        Raises:
            Uncast: no owner has any of them.
        """
        fitting = [owner for owner in self.owners if owner.service in services]
        fresh = [owner for owner in fitting if not self._busy(owner)]
        if not fitting:
            raise Uncast
        return self.rng.choice(fresh or fitting)

    def _busy(self, owner: Owner) -> bool:
        return any(line.credential.id in self.taken for line in owner.lines)

    def line(self, services: Collection[Service], kinds: Collection[str] = ()) -> tuple[Owner, Line]:
        """Draw a credential in ordinary use, preferably of one of the `kinds` of rhythm, and give it a part."""
        owner = self.owner(services)
        for _ in range(12):
            if not kinds or any(line.kind in kinds for line in owner.lines):
                break
            owner = self.owner(services)
        lines = [line for line in owner.lines if line.kind in kinds and line.credential.id not in self.taken]
        line = self.rng.choice(lines or owner.lines)
        self.taken.add(line.credential.id)
        return owner, line

    def victim(self, services: Collection[Service], kinds: Collection[str] = ()) -> tuple[Owner, Line]:
        """Draw a credential that gets stolen: a long-lived key, not a role, where the owner has one."""
        for _ in range(12):
            owner, line = self.line(services, kinds)
            if line.credential.kind != "role":
                break
        return owner, line

    def unrelated(
        self, draw: Callable[[Collection[Service]], tuple[Owner, Line]], services: Collection[Service], count: int
    ) -> list[tuple[Owner, Line]]:
        """Draw three to `count` credentials, with `line` or `victim`, whose owners belong to different groups.

        Raises:
            Uncast: there are not three such owners.
        """
        found: dict[str, tuple[Owner, Line]] = {}
        for _ in range(count * 6):
            if len(found) == count:
                break
            owner, line = draw(services)
            found.setdefault(owner.group, (owner, line))
        if len(found) < 3:
            raise Uncast
        return list(found.values())

    def away(self, owner: Owner, kinds: tuple[str, ...] = ("hosting", "vpn", "residential")) -> Place:
        """Draw a network that the owner has nothing to do with, mostly in another country."""
        rng = self.rng
        country = self.pool.country(but=owner.country if rng.random() < 0.8 else "")
        weights = {"hosting": 60, "vpn": 25, "residential": 15, "tor": 5, "mobile": 10}
        kind = rng.choices(kinds, [weights.get(kind, 10) for kind in kinds])[0]
        return self.pool.shared(kind, country)  # type: ignore[arg-type] # kinds are those of `SrcKind`

    def steal(self, theft: Theft) -> None:
        """Note a theft, cut off at the ends of the world."""
        theft.acts = [act for act in theft.acts if self.start <= act.time < self.end]
        if any(not act.control for act in theft.acts):
            self.thefts.append(theft)

    def resemble(
        self, kind: str, owner: Owner, credential: Credential, period: tuple[int, int], acts: list[Act]
    ) -> None:
        """Note a look-alike of a period (µs), cut off at the ends of the world."""
        start, end = max(self.start, period[0]), min(period[1], self.end)
        within = [act for act in acts if self.start <= act.time < self.end]
        self.lookalikes.append(
            Lookalike(kind=kind, owner=owner, credential=credential, start=start, end=end, acts=within)
        )

    def guest(self, owner: Owner, line: Line, start: int, end: int, **ways: Any) -> Line:
        """Let somebody else use the same credential from `start` to `end` (µs), as `line` does but for `ways`."""
        guest = msgspec.structs.replace(line, start=start, end=end, changes=[], **ways)
        owner.guests.append(guest)
        return guest

    def spot(self, owner: Owner, kind: SrcKind, country: str = "") -> str:
        """Draw an address of a network that is new to the owner, and mostly nobody else's in this world."""
        if owner.service in IPV4_ONLY or self.rng.random() < 0.4:
            return self.pool.shared(kind, country).host(self.rng.randrange(254))
        return self.pool.own(kind, country or self.pool.country(), wide=True).host(self.rng.randrange(1, 254))

    def vendor(self, name: str, kind: SrcKind, forms: tuple[str, ...], count: int) -> tuple[Place, str]:
        """Draw one of the `count` vendors of a sort that this world has: its network and its client."""
        if name not in self.vendors:
            self.vendors[name] = [(self.pool.shared(kind), agent(self.rng, forms)) for _ in range(count)]
        return self.rng.choice(self.vendors[name])

    def days(self, low: float, high: float) -> int:
        """Draw a length of time, given in days, in µs."""
        return int(self.rng.uniform(low, high) * DAY)
