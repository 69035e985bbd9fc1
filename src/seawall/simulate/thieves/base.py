"""What thieves have in common: a hide-out, sweeps over models, sessions of calls. All is drawn anew each time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from seawall.model import Outcome, SrcKind
from seawall.simulate import words
from seawall.simulate.act import HOUR, MINUTE, SECOND, Act, Caller, Credential
from seawall.simulate.draft import Draft
from seawall.simulate.owners import Owner
from seawall.simulate.places import Place
from seawall.simulate.quantiles import arrivals
from seawall.simulate.services import CLIENTS, CONTROLS, IMAGE_MODELS, MODELS, PLAIN_CLIENTS, agent
from seawall.simulate.traffic import call, control
from seawall.simulate.truth import Manner, Theft

#: Where thieves sit, unless a kind of thief says otherwise.
ANYWHERE: Final = ("hosting", "vpn", "residential", "tor")
#: A Bedrock bearer key opens Bedrock alone, not IAM or STS.
_BEYOND_BEARER_KEYS: Final = frozenset({"login", "list_keys"})


class Hideout(msgspec.Struct, frozen=True):
    """From where and with what client a thief works; with `hourly`, another of the addresses each hour."""

    addresses: tuple[str, ...]
    agent: str
    hourly: bool = False

    def address(self, time: int, number: int) -> str:
        """Return the address at a time (µs); `number` chooses where several serve at once."""
        at = time // HOUR * 2_654_435_761 % 2**32 if self.hourly else number
        return self.addresses[at % len(self.addresses)]


def hideout(draft: Draft, owner: Owner, kinds: tuple[str, ...] = ANYWHERE) -> Hideout:
    """Draw a hide-out of one or two networks; half of the thieves use the provider's own SDK."""
    places = [draft.away(owner, kinds) for _ in range(draft.rng.choice((1, 1, 2)))]
    return Hideout(tuple(place.host(draft.rng.randrange(254)) for place in places), client(draft, owner))


def client(draft: Draft, owner: Owner) -> str:
    """Draw a thief's client."""
    return agent(draft.rng, CLIENTS[owner.service] if draft.rng.random() < 0.5 else PLAIN_CLIENTS)


def homes(draft: Draft, owner: Owner, count: int, kind: SrcKind = "residential") -> tuple[str, ...]:
    """Draw addresses of a residential proxy in the owner's own country."""
    return tuple(draft.spot(owner, kind, owner.country) for _ in range(count))


class Thief(msgspec.Struct, kw_only=True):
    """A thief at work with one credential of one owner; each method returns the acts it does, first at `start` (µs)."""

    draft: Draft
    owner: Owner
    key: Credential
    den: Hideout

    def _caller(self, time: int, address: str = "") -> Caller:
        where = address or self.den.address(time, 0)
        return Caller(self.key, where, self.den.agent, self.owner.region)

    def sweep(self, start: int, count: int, outcome: Outcome) -> list[Act]:
        """Try `count` models one after another; each try ends with `outcome`."""
        rng, acts, time = self.draft.rng, list[Act](), start
        models = list(MODELS[self.owner.service] + IMAGE_MODELS[self.owner.service])
        rng.shuffle(models)
        for number in range(count):
            time += int(rng.uniform(0.4, 25) * SECOND)
            act = call(rng, time, self._caller(time), models[number % len(models)], size=0.02)
            act.outcome, act.images = outcome, 0
            act.tokens_out = act.tokens_out if outcome == "success" else 0
            act.prompt = words.prompt(rng)
            acts.append(act)
        return acts

    def act(self, start: int, *verbs: str, **detail: str) -> list[Act]:
        """Do every native control-plane act of the verbs that the provider has, seconds to minutes apart."""
        rng, acts, time = self.draft.rng, list[Act](), start
        able = [verb for verb in verbs if self.key.kind != "bearer_key" or verb not in _BEYOND_BEARER_KEYS]
        for name in (name for verb in able for name in CONTROLS[self.owner.service].get(verb, ())):
            for _ in range(rng.randrange(2, 8) if name == "GetFoundationModelAvailability" else 1):
                time += int(rng.uniform(0.5, 50) * SECOND)
                act = control(rng, time, self._caller(time), name, **detail)
                act.model = rng.choice(MODELS[self.owner.service])
                acts.append(act)
        return acts

    def use(self, start: int, count: int, length: int, *, models: Collection[str] = (), size: float = 1.0) -> list[Act]:
        """Make `count` calls within `length` µs, of few models, mostly costly ones, clustered as real use is."""
        rng, acts = self.draft.rng, list[Act]()
        wanted = list(models) or rng.sample(MODELS[self.owner.service][-4:], rng.randrange(1, 3))
        for time in arrivals(rng, "chat", count, start, max(length, MINUTE)):
            caller = self._caller(time, self.den.address(time, rng.randrange(len(self.den.addresses))))
            act = call(rng, time, caller, rng.choice(wanted), size=size)
            act.prompt = words.prompt(rng)
            acts.append(act)
        return acts

    def much(self, low: int, high: int) -> int:
        """Draw how many calls, by the greed of this world's thieves."""
        return max(1, round(self.draft.rng.uniform(low, high) * self.draft.greed))

    def days_of_use(
        self, start: int, days: int, calls: tuple[int, int], *, within: float = 20, size: float = 1.0
    ) -> list[Act]:
        """Use it once to three times a day for some days, each time so many calls within some hours.

        `within`: how many hours after the hour of `start` the last session of a day may begin.
        """
        rng, acts = self.draft.rng, list[Act]()
        for day in range(days):
            for _ in range(rng.randrange(1, 4)):
                begin, length = start + hours(24 * day + rng.uniform(0, within)), hours(rng.uniform(0.3, 5))
                acts += self.use(begin, self.much(*calls), length, size=size)
        return acts

    def retries(self, acts: list[Act], blocks: int) -> list[Act]:
        """Before `blocks` of the calls, put the same prompt in other words, blocked by the filter a few times."""
        rng, blocked = self.draft.rng, list[Act]()
        for act in rng.sample(acts, min(blocks, len(acts))):
            category = rng.choice(("sexual", "sexual", "sexual", "violence"))
            for number in range(rng.randrange(1, 6)):
                time = act.time - int(rng.uniform(8, 40) * (number + 1) * SECOND)
                again = call(rng, time, self._caller(time, act.address), act.model, user=act.user)
                again.outcome, again.category, again.tokens_out, again.images = "filtered", category, 0, 0
                again.prompt = words.reworded(rng, act.prompt)
                blocked.append(again)
        return acts + blocked

    def note(self, kind: str, manner: Manner, campaign: str, acts: list[Act], *, ring: bool = False) -> None:
        """Note the acts in the ground truth."""
        theft = Theft(
            kind=kind, manner=manner, campaign=campaign, ring=ring, owner=self.owner, credential=self.key, acts=acts
        )  # fmt: skip
        self.draft.steal(theft)


def thief(draft: Draft, owner: Owner, key: Credential, den: Hideout | None = None) -> Thief:
    """Put a thief to work, in a hide-out of his own unless one is given."""
    return Thief(draft=draft, owner=owner, key=key, den=den or hideout(draft, owner))


def hours(count: float) -> int:
    """Return hours in µs."""
    return int(count * HOUR)


def hosts(draft: Draft, places: Collection[Place]) -> tuple[str, ...]:
    """Draw one address of each network."""
    return tuple(place.host(draft.rng.randrange(254)) for place in places)
