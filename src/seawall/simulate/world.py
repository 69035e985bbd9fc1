"""The world: a seed in, a folder of native logs with ground truth beside it out.

The same seed and sizes make the same bytes. `volume` multiplies ordinary use, for worlds of millions of events.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from seawall.simulate import owners as people
from seawall.simulate.act import DAY, SECOND, Act
from seawall.simulate.draft import Draft, Uncast
from seawall.simulate.habits import DEFAULT, Habits
from seawall.simulate.lookalikes import LOOKALIKES, everyday
from seawall.simulate.native import alert
from seawall.simulate.owners import Owner
from seawall.simulate.places import Place, Pool
from seawall.simulate.readme import README
from seawall.simulate.services import Service
from seawall.simulate.thieves import RINGS, THIEVES
from seawall.simulate.traffic import day_of
from seawall.simulate.truth import Lookalike, Theft, Use
from seawall.simulate.writers import WRITERS
from seawall.simulate.writers.files import encode, put, put_lines

#: A Monday.
START: Final = datetime(2026, 10, 5, tzinfo=UTC)
_LOGGING_OFF: Final = frozenset(
    ("DeleteModelInvocationLoggingConfiguration", "Microsoft.Insights/diagnosticSettings/delete")
)


class Written(msgspec.Struct, frozen=True):
    """What was written: native records, thefts (one per stolen credential), look-alikes."""

    records: int
    thefts: int
    lookalikes: int


class World(msgspec.Struct, frozen=True):
    """A planned world; `start` is µs UTC. Ordinary traffic is made only while it is written."""

    seed: int
    days: int
    start: int
    owners: list[Owner]
    places: list[Place]
    thefts: list[Theft]
    lookalikes: list[Lookalike]
    alerts: list[tuple[Owner, Act]]

    @classmethod
    def build(
        cls, seed: int, days: int, owners: int, *, start: datetime = START, volume: float = 1.0,
        services: Iterable[Service] = (), plan: Iterable[str] = (), habits: Habits = DEFAULT,
    ) -> World:  # fmt: skip
        """Plan a world of `owners` accounts over `days` days from midnight UTC of `start`'s day.

        Args:
            seed: decides everything.
            days: at least 1; with fewer than about 7 there is little history.
            owners: at least 1.
            start: aware; cut down to its UTC midnight.
            volume: multiplies the ordinary calls, not those of thieves.
            services: the owners' services in turn; drawn by weight when empty.
            plan: kinds of thieves and look-alikes to cast, in this order, and nothing else; when empty, thieves by the
                number of owners, and to every credential what happens in a month.
            habits: how owners and thieves live.
        """
        rng = Random(f"{seed}:world")
        pool = Pool(rng)
        begin = int(start.astimezone(UTC).timestamp()) * SECOND // DAY * DAY
        draft = Draft(
            rng=rng, pool=pool, owners=list(_owners(rng, pool, owners, list(services), volume, habits)), start=begin,
            end=begin + days * DAY, greed=habits.greed,
        )  # fmt: skip
        told = list(plan)
        if not told:
            everyday(draft, habits.novelty)
        for number, kind in enumerate(told or _thieves(rng, owners)):
            with suppress(Uncast):
                if kind in THIEVES:
                    THIEVES[kind](draft, f"{kind}-{number}")
                else:
                    LOOKALIKES[kind].cast(draft)
        alert(draft)
        return cls(seed, days, begin, draft.owners, pool.places, draft.thefts, draft.lookalikes, draft.alerts)

    def write(self, out: Path) -> Written:
        """Write `logs/`, `geo.csv`, `owners.csv`, `truth.jsonl` and `README.md` under `out`, over what is there."""
        extra = self._extra()
        stolen, uses, records = self._stolen(), list[Use](), 0
        for owner in self.owners:
            used = Counter[str]()
            records += self._write_owner(out / "logs", owner, extra.get(owner.id, []), used, stolen)
            keys = {line.credential.id: line.credential for line in owner.lines}
            uses += [Use(owner=owner, credential=key, days=used[name]) for name, key in keys.items() if used[name]]
        put(out / "geo.csv", _csv(Place.__struct_fields__, (msgspec.structs.astuple(place) for place in self.places)))
        rows = ((owner.id, owner.group, owner.name) for owner in self.owners)
        put(out / "owners.csv", _csv(("owner", "group", "name"), rows))
        put_lines(out / "truth.jsonl", [encode(part.line()) for part in (*self._story(), *uses)])
        written = Written(records, len(self.thefts), len(self.lookalikes))
        put(out / "README.md", README.format(world=self, written=written).encode())
        return written

    def _story(self) -> list[Theft | Lookalike]:
        return [*self.thefts, *self.lookalikes]

    def _extra(self) -> dict[str, list[Act]]:
        """Gather the acts of thieves and look-alikes by owner."""
        extra: dict[str, list[Act]] = {}
        for owner, act in self.alerts:
            extra.setdefault(owner.id, []).append(act)
        for part in self._story():
            extra.setdefault(part.owner.id, []).extend(part.acts)
            for act in part.acts:
                if act.control in _LOGGING_OFF:
                    part.owner.dark_from = min(part.owner.dark_from, act.time)
        return extra

    def _stolen(self) -> set[tuple[str, int]]:
        """Return the (credential, day) pairs of thefts, the quiet days between their acts included."""
        return {
            (theft.credential.id, day)
            for theft in self.thefts
            for day in range(min(a.time for a in theft.acts) // DAY, max(a.time for a in theft.acts) // DAY + 1)
        }

    def _write_owner(
        self, root: Path, owner: Owner, extra: list[Act], used: Counter[str], stolen: set[tuple[str, int]]
    ) -> int:
        """Write an owner's logs; count in `used` the days on which each credential is used and not stolen."""
        folder, writer = WRITERS[owner.service]
        rng, days, written = Random(f"{self.seed}:{owner.id}"), dict[int, list[Act]](), 0
        for act in extra:
            days.setdefault(act.time // DAY * DAY, []).append(act)
        for day in range(self.start, self.start + self.days * DAY, DAY):
            acts = sorted(day_of(owner, day, rng) + days.get(day, []), key=lambda act: act.time)
            keys = {act.credential.id for act in acts if not act.control}
            used.update(key for key in keys if (key, day // DAY) not in stolen)
            if acts:
                written += writer(root / folder, owner, acts, rng)
        return written


def _owners(
    rng: Random, pool: Pool, count: int, services: list[Service], volume: float, habits: Habits
) -> Iterator[Owner]:
    """Make owners; one in eight is another account of the company before it."""
    names, weights = list(habits.services), list(habits.services.values())
    last: Owner | None = None
    for number in range(count):
        service = services[number % len(services)] if services else rng.choices(names, weights)[0]
        sibling = last if rng.random() < 0.12 else None
        last = people.make(rng, pool, service, number, habits, sibling=sibling, volume=volume)
        yield last


def _thieves(rng: Random, owners: int) -> list[str]:
    """One thief of each kind for every 100 owners, and a third as many of each kind of ring: a ring takes many keys."""
    plan = []
    for kind in THIEVES:
        wanted = owners / (300 if kind in RINGS else 100)
        plan += [kind] * (int(wanted) + (rng.random() < wanted % 1))
    return plan


def _csv(header: Iterable[str], rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    return text.getvalue().encode()
