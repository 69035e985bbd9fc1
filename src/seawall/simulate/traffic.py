"""Ordinary use: an owner's lines and changes in, its acts of one day out."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from seawall.simulate import words
from seawall.simulate.act import DAY, HOUR, SECOND, Act, Caller, new_id
from seawall.simulate.owners import Change, Line, Owner
from seawall.simulate.quantiles import arrivals, draw, poisson
from seawall.simulate.rhythm import hour_of_week
from seawall.simulate.services import CONTROLS, TERRAFORM, agent, is_image


def call(
    rng: Random, time: int, caller: Caller, model: str, *, profile: str = "chat", size: float = 1.0, user: str = ""
) -> Act:
    """Return a successful use of a model, with token counts of the profile scaled by `size`."""
    act = _act(rng, time, caller)
    act.model, act.user = model, user
    if is_image(model):
        act.images = 1
    else:
        act.tokens_in = 1 + int(draw(rng, profile + ".input") * size)
        act.tokens_out = 1 + int(draw(rng, profile + ".output") * size)
        act.cached = act.tokens_in // 2 if rng.random() < 0.2 else 0
    return act


def control(rng: Random, time: int, caller: Caller, name: str, **detail: str) -> Act:
    """Return a control-plane act by its native name, with what its record says of it."""
    act = _act(rng, time, caller)
    act.control, act.detail = name, dict(detail)
    return act


def _act(rng: Random, time: int, caller: Caller) -> Act:
    return Act(
        time=time,
        credential=caller.credential,
        address=caller.address,
        agent=caller.agent,
        region=caller.region,
        request=new_id(rng),
        event=new_id(rng),
    )


def day_of(owner: Owner, start: int, rng: Random) -> list[Act]:
    """Return the owner's ordinary acts of the day that begins at `start` (µs), in time order."""
    acts: list[Act] = []
    for line in (*owner.lines, *owner.guests):
        busy = rng.lognormvariate(0, 0.25)
        for hour in range(max(start, line.start // HOUR * HOUR), min(start + DAY, line.end), HOUR):
            acts.extend(_hour(line, hour, busy, rng))
    acts.extend(_administration(owner, start, rng))
    acts.sort(key=lambda act: act.time)
    return acts


def _hour(line: Line, hour: int, busy: float, rng: Random) -> Iterator[Act]:
    changes = [change for change in line.changes if change.start < hour + HOUR and hour < change.end]
    rate = line.rate * busy * line.shape[hour_of_week(hour)]
    for change in changes:
        rate *= change.factor * change.growth ** max(0.0, (hour - change.start) / DAY)
    count = poisson(rng, rate)
    if not count:
        return
    ordinary = _ordinary(line, hour, rng)
    text = words.prompt(rng)
    for time in arrivals(rng, line.profile, count, hour, HOUR):
        if not line.start <= time < line.end:
            continue
        way = _way(ordinary, changes, time, rng)
        caller = Caller(line.credential, rng.choice(way.addresses), rng.choice(way.agents), rng.choice(way.regions))
        user = rng.choice(line.users) if line.users else ""
        act = call(rng, time, caller, rng.choice(way.models), profile=line.profile, size=line.size, user=user)
        act.prompt = text
        mishap(act, rng)
        yield act


def usual(line: Line, time: int, rng: Random) -> Caller:
    """Return a caller as the credential's log shows them at a time (µs), as far as it is planned yet."""
    lasting = [change for change in line.changes if change.share >= 1]
    way = _way(_ordinary(line, time, rng), lasting, time, rng)
    return Caller(line.credential, way.addresses[0], way.agents[0], way.regions[0])


def _ordinary(line: Line, time: int, rng: Random) -> Change:
    """Return the way of calls that nothing has changed."""
    return Change(
        start=time,
        addresses=(rng.choice(line.fresh).host(rng.randrange(254)),) if line.fresh else line.addresses,
        agents=line.agents,
        regions=line.regions,
        models=line.models,
    )


def _way(ordinary: Change, changes: list[Change], time: int, rng: Random) -> Change:
    """Say from where, with which client, in which regions and with which models a call is made."""
    way = ordinary
    for change in changes:
        if change.start <= time < change.end and (change.share >= 1 or rng.random() < change.share):
            fresh = (rng.choice(change.fresh).host(rng.randrange(254)),) if change.fresh else change.addresses
            way = Change(
                start=time,
                addresses=fresh or way.addresses,
                agents=change.agents or way.agents,
                regions=change.regions or way.regions,
                models=change.models or way.models,
            )
    return way


def mishap(act: Act, rng: Random) -> None:
    """Let a small part of ordinary calls fail as they do everywhere."""
    chance = rng.random()
    if chance < 0.004:
        act.outcome, act.tokens_out, act.images = "throttled", 0, 0
    elif chance < 0.008:
        act.outcome, act.tokens_out, act.images = "invalid", 0, 0
    elif chance < 0.010:
        act.outcome, act.tokens_out, act.images = "error", 0, 0
    elif chance < 0.011:
        act.outcome, act.category, act.images = "filtered", rng.choice(("violence", "hate", "self_harm")), 0


def _administration(owner: Owner, start: int, rng: Random) -> Iterator[Act]:
    """A look into the console now and then on working days, and a pipeline that reads the settings."""
    names = CONTROLS[owner.service]
    if hour_of_week(start) < 120 and rng.random() < 0.3:
        time = start + (10 - owner.offset) % 24 * HOUR + rng.randrange(6 * HOUR)
        for verb in ("login", "list_models", "list_keys"):
            if verb in names and rng.random() < 0.5:
                time += rng.randrange(5, 90) * SECOND
                yield control(rng, time, owner.at_desk, names[verb][0])
    if "read_logging" in names and rng.random() < 0.2:
        time = start + rng.randrange(DAY)
        caller = Caller(owner.pipeline, owner.desk, agent(Random(owner.id), (TERRAFORM,)), owner.region)
        yield control(rng, time, caller, names["read_logging"][0])
