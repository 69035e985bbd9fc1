"""Look-alikes by vendors: hosted tools and platforms that call with the keys of many unrelated customers."""

from __future__ import annotations

from typing import Final

from seawall.simulate import rhythm
from seawall.simulate.act import HOUR, MINUTE, Caller
from seawall.simulate.draft import Draft
from seawall.simulate.lookalikes.base import Everyday, at_work, lasting
from seawall.simulate.owners import Change, Line, Owner
from seawall.simulate.services import CLIENTS, PLAIN_CLIENTS
from seawall.simulate.traffic import call


def saas_tool(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A hosted tool gets the key: one client, one network for all its customers, most hours of the day."""
    rng = draft.rng
    place, client = draft.vendor("saas", "hosting", PLAIN_CLIENTS, 4)
    start = at_work(draft, owner, start)
    end = draft.end if rng.random() < 0.7 else lasting(draft, start, 0.2, 8)
    draft.guest(
        owner, line, start, end, kind="service", rate=rng.uniform(4, 80), addresses=(place.host(rng.randrange(3)),),
        shape=rhythm.shape(rng, "service", owner.offset), agents=(client,), fresh=(),
    )  # fmt: skip
    draft.resemble("saas_tool", owner, line.credential, (start, end), [])


def monitoring(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A monitoring service calls with each customer's key every so many minutes, with a few tokens."""
    rng = draft.rng
    place, client = draft.vendor("monitoring", "hosting", PLAIN_CLIENTS, 2)
    caller = Caller(line.credential, place.host(9), client, line.regions[0])
    end, step = lasting(draft, start, 2, 30), rng.choice((15, 30, 60)) * MINUTE
    acts = [
        call(rng, time + rng.randrange(MINUTE), caller, line.models[0], size=0.01)
        for time in range(start, end - MINUTE, step)
    ]  # fmt: skip
    draft.resemble("monitoring", owner, line.credential, (start, end), acts)


def platform(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """The program moves to a serverless platform, out of whose few networks many customers' programs call."""
    rng = draft.rng
    places = [draft.vendor("platform", "hosting", CLIENTS[owner.service], 5)[0] for _ in range(3)]
    addresses = tuple(place.host(rng.randrange(254)) for place in places)
    line.changes.append(Change(start=start, addresses=addresses))
    draft.resemble("platform", owner, line.credential, (start, draft.end), [])


def security_scan(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A secret scanner, bought or one's own, checks once or twice whether a found key still works."""
    rng = draft.rng
    place, client = draft.vendor("scanner", "hosting", PLAIN_CLIENTS, 1)
    caller = Caller(line.credential, place.host(5), client, line.regions[0])
    acts = [call(rng, start + n * HOUR, caller, line.models[0], size=0.01) for n in range(rng.randrange(1, 3))]
    draft.resemble("security_scan", owner, line.credential, (start, start + 3 * HOUR), acts)


VENDORS: Final[dict[str, Everyday]] = {
    "saas_tool": Everyday(saas_tool, 0.06, "a key is given to a hosted tool every sixteen months", together=True),
    "monitoring": Everyday(monitoring, 0.03, "one key in ten is watched from outside, changed yearly", together=True),
    "platform": Everyday(platform, 0.04, "one program in eight, once in its life", kinds=("service",), together=True),
    "security_scan": Everyday(security_scan, 0.02, "one owner in six has one that checks", together=True),
}  # fmt: skip
