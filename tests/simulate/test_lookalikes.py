"""Look-alikes: each happens to whom it fits, as often as is said, and leaves the truth in the story."""

from __future__ import annotations

from random import Random
from statistics import mean

import pytest

from seawall.simulate import World
from seawall.simulate.act import DAY, HOUR
from seawall.simulate.draft import Draft, Uncast
from seawall.simulate.habits import DEFAULT, HABITS
from seawall.simulate.lookalikes import LOOKALIKES, everyday
from seawall.simulate.owners import Change, Line, Owner, make
from seawall.simulate.places import Pool
from seawall.simulate.services import SEEN, Service, upgraded
from seawall.simulate.traffic import day_of, usual

DAYS = 21
SERVICES: tuple[Service, ...] = (*SEEN, "openai", "anthropic")


def draft(seed: int, owners: int = 40) -> Draft:
    """Return a plan of owners of all services to whom nothing has happened yet."""
    rng = Random(seed)
    pool = Pool(rng)
    people = [make(rng, pool, SERVICES[number % 7], number, DEFAULT) for number in range(owners)]
    return Draft(rng=rng, pool=pool, owners=people, start=2900 * 7 * DAY, end=(2900 * 7 + DAYS) * DAY)


@pytest.mark.parametrize("name", sorted(LOOKALIKES))
def test_each_kind_happens_within_the_world(name: str) -> None:
    """Cast at any moment, it is told for a fitting credential, begins before it ends, and its owner goes on working."""
    kind = LOOKALIKES[name]
    for seed in range(3):
        plan = draft(seed)
        kind.cast(plan)
        assert {part.kind for part in plan.lookalikes} == {name}
        for part in plan.lookalikes:
            assert plan.start <= part.start <= part.end <= plan.end
            assert part.owner.service in kind.services
            for day in (plan.start, part.start // DAY * DAY, plan.end - DAY):
                assert all(day <= act.time < day + DAY for act in day_of(part.owner, day, Random(seed)))


def test_shared_vendors_are_shared() -> None:
    """Cast by name, what people and vendors share is used by unrelated owners at the same time."""
    for name in ("saas_tool", "monitoring", "platform", "security_scan", "coworking", "carrier_nat"):
        plan = draft(3)
        LOOKALIKES[name].cast(plan)
        assert len({part.owner.group for part in plan.lookalikes}) >= 3


def test_every_credential_meets_a_few_in_a_month() -> None:
    """In 30 days at the usual rates a benign credential meets one to four, and the rates have their reasons."""
    plan = draft(1, 100)
    plan.end = plan.start + 30 * DAY
    everyday(plan, 1.0)
    credentials = sum(len(owner.lines) for owner in plan.owners)
    assert 1 < len(plan.lookalikes) / credentials < 4
    assert all(kind.why for kind in LOOKALIKES.values())


def test_a_kind_that_fits_nobody_is_left_out() -> None:
    """Where no owner has a fitting service, casting says so."""
    plan = draft(1)
    plan.owners = [owner for owner in plan.owners if owner.service == "anthropic"]
    with pytest.raises(Uncast):
        LOOKALIKES["travel"].cast(plan)


def _line(plan: Draft) -> tuple[Owner, Line]:
    owner = next(owner for owner in plan.owners if owner.service == "aws")
    line = owner.lines[0]
    line.rate, line.fresh, line.kind = 300.0, (), "service"
    line.shape = (1 / 24,) * 168
    return owner, line


def test_a_change_concerns_its_share_and_its_time() -> None:
    """Of the calls within a change, its share is made its way; before and after it all are made the usual way."""
    plan = draft(2)
    owner, line = _line(plan)
    noon = plan.start + 12 * HOUR
    line.changes.append(Change(start=noon, share=0.3, addresses=("192.0.2.9",)))
    acts = [act for act in day_of(owner, plan.start, Random(1)) if act.credential == line.credential]
    assert "192.0.2.9" not in {act.address for act in acts if act.time < noon}
    assert mean(act.address == "192.0.2.9" for act in acts if act.time >= noon) == pytest.approx(0.3, abs=0.12)


def test_a_guest_comes_and_goes_and_keeps_to_its_own() -> None:
    """A guest uses the same credential between its times, always from its own place with its own client."""
    plan = draft(2)
    owner, line = _line(plan)
    start, end = plan.start + 3 * HOUR, plan.start + 9 * HOUR
    plan.guest(owner, line, start, end, addresses=("192.0.2.9",), agents=("guest/1",), rate=200.0)
    acts = [act for act in day_of(owner, plan.start, Random(1)) if act.credential == line.credential]
    guests = [act for act in acts if act.address == "192.0.2.9"]
    assert len(guests) > 20
    assert all(start <= act.time < end and act.agent == "guest/1" for act in guests)
    assert "guest/1" not in {act.agent for act in acts if act.address != "192.0.2.9"}


def test_an_upgrade_stays_with_its_client() -> None:
    """The next version is one of the same client; a client that nobody knows stays what it is."""
    assert upgraded(Random(1), "OpenAI/Python 1.60.0", ("OpenAI/JS 4.{n}.{m}", "OpenAI/Python 1.{n}.{m}")).startswith(
        "OpenAI/Python 1."
    )
    assert upgraded(Random(1), "unheard-of/1", ()) == "unheard-of/1"


def test_families_differ() -> None:
    """Busy owners are larger than usual ones, quiet ones smaller, and more or less happens to them."""
    sizes = {}
    assert HABITS["restless"].novelty > HABITS["busy"].novelty
    for name, habits in HABITS.items():
        world = World.build(4, 14, 60, habits=habits)
        rates = sorted(line.rate for owner in world.owners for line in owner.lines)
        credentials = sum(len(owner.lines) for owner in world.owners)
        sizes[name] = (rates[len(rates) // 2], credentials, len(world.lookalikes) / credentials)
    for quiet, middle, busy in zip(sizes["quiet"], sizes["default"], sizes["busy"], strict=True):
        assert quiet < middle < busy


def test_the_usual_caller_is_where_the_work_is() -> None:
    """After a move the usual caller calls from the new place, and functions have another address each time."""
    plan = draft(2)
    _, line = _line(plan)
    noon = plan.start + 12 * HOUR
    LOOKALIKES["to_functions"].happen(plan, plan.owners[0], line, noon)
    assert usual(line, noon - 1, Random(1)).address == line.addresses[0]
    assert len({usual(line, noon + seed, Random(seed)).address for seed in range(40)}) > 20
