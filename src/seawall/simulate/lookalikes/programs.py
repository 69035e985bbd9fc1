"""Look-alikes by programs: upgrades, notebooks, CI, failover, redeployment, wrong settings."""

from __future__ import annotations

from typing import Final

from seawall.model import Outcome
from seawall.simulate import rhythm
from seawall.simulate.act import DAY, HOUR, SECOND, Act
from seawall.simulate.draft import Draft
from seawall.simulate.lookalikes.base import METERED, Everyday, at_work, lasting
from seawall.simulate.owners import Change, Line, Owner, cloud_pool
from seawall.simulate.services import CLIENTS, CONTROLS, MODELS, PLAIN_CLIENTS, REGIONS, agent, upgraded
from seawall.simulate.traffic import call, control, usual


def notebook_host(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A rented notebook host joins, with a client of its own, for hours or for good."""
    rng = draft.rng
    forms = CLIENTS[owner.service][:1] if rng.random() < 0.6 else PLAIN_CLIENTS
    start, host = at_work(draft, owner, start), draft.pool.shared("hosting").host(rng.randrange(254))
    end = draft.end if rng.random() < 0.3 else lasting(draft, start, 0.1, 10)
    models = line.models if rng.random() < 0.6 else (rng.choice(MODELS[owner.service]),)
    draft.guest(
        owner, line, start, end, rate=min(80.0, 4 * rng.lognormvariate(1, 0.8)), addresses=(host,),
        shape=rhythm.shape(rng, "office", owner.offset), agents=(agent(rng, forms),), models=models, fresh=(),
    )  # fmt: skip
    draft.resemble("notebook_host", owner, line.credential, (start, end), [])


def sdk_upgrade(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """The client's next version is rolled out, within a day or at once."""
    agents = tuple(upgraded(draft.rng, each, CLIENTS[owner.service]) for each in line.agents)
    if draft.rng.random() < 0.4:
        line.changes.append(Change(start=start, share=0.3, agents=agents))
        start = min(start + draft.days(0.1, 1), draft.end)
    line.changes.append(Change(start=start, agents=agents))
    draft.resemble("sdk_upgrade", owner, line.credential, (start, draft.end), [])


def rewrite(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """The program is written anew in another language, and first runs beside the old one."""
    agents, middle = (agent(draft.rng, CLIENTS[owner.service]),), lasting(draft, start, 0.2, 4)
    line.changes += [Change(start=start, end=middle, share=0.2, agents=agents), Change(start=middle, agents=agents)]
    draft.resemble("rewrite", owner, line.credential, (start, draft.end), [])


def model_upgrade(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """From one hour on a newer model does the work, often a dearer one."""
    models = (draft.rng.choice(MODELS[owner.service]),)
    line.changes.append(Change(start=start, models=models))
    draft.resemble("model_upgrade", owner, line.credential, (start, draft.end), [])


def model_trial(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """Somebody tries one or two other models for an afternoon."""
    rng = draft.rng
    start = at_work(draft, owner, start)
    end, models = lasting(draft, start, 0.05, 0.3), tuple(rng.sample(MODELS[owner.service], 2))
    place = (usual(line, start, rng).address,)
    draft.guest(owner, line, start, end, rate=rng.uniform(20, 120), models=models, addresses=place, fresh=())
    draft.resemble("model_trial", owner, line.credential, (start, end), [])


def failover(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """The region has a bad day: for some hours the calls leave from, and go to, another."""
    place = draft.pool.shared("hosting")
    change = Change(
        start=start, end=lasting(draft, start, 0.04, 0.6), share=draft.rng.choice((0.5, 1.0)),
        addresses=(place.host(3), place.host(90)), regions=(draft.rng.choice(REGIONS[owner.service]),),
    )  # fmt: skip
    line.changes.append(change)
    draft.resemble("failover", owner, line.credential, (start, change.end), [])


def region_spread(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A cross-region inference profile spreads the calls of one source over four regions within minutes."""
    regions = tuple(draft.rng.sample(REGIONS[owner.service], 4))
    models = ("global.anthropic.claude-sonnet-4-20250514-v1:0",) if owner.service == "aws" else ()
    line.changes.append(Change(start=start, factor=1.3, regions=regions, models=models))
    draft.resemble("region_spread", owner, line.credential, (start, draft.end), [])


def redeploy(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """The workload goes to another cluster: some hours on both, then on the new one for good."""
    addresses, middle = (draft.spot(owner, "hosting"),), lasting(draft, start, 0.02, 1)
    line.changes += [
        Change(start=start, end=middle, share=0.3, addresses=addresses),
        Change(start=middle, addresses=addresses),
    ]
    draft.resemble("redeploy", owner, line.credential, (start, draft.end), [])


def to_functions(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """The program becomes functions: from now on every run has a fresh address of the cloud's pool."""
    line.changes.append(Change(start=start, fresh=cloud_pool(draft.rng, draft.pool)))
    draft.resemble("to_functions", owner, line.credential, (start, draft.end), [])


def ci_adopts(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """The key is put into a test pipeline, whose runners have a new address each hour."""
    rng = draft.rng
    forms = CLIENTS[owner.service] if rng.random() < 0.7 else PLAIN_CLIENTS
    draft.guest(
        owner, line, start, draft.end, kind="ci", rate=rng.uniform(5, 60), agents=(agent(rng, forms),),
        shape=rhythm.shape(rng, "ci", owner.offset), fresh=cloud_pool(rng, draft.pool),
    )  # fmt: skip
    draft.resemble("ci_adopts", owner, line.credential, (start, draft.end), [])


def startup_listing(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A program lists the models when it starts, and uses one: at each deployment, from its usual place."""
    acts, names = list[Act](), CONTROLS[owner.service]["list_models"]
    for _ in range(draft.rng.randrange(1, 5)):
        caller = usual(line, start, draft.rng)
        acts.append(control(draft.rng, start, caller, names[0]))
        acts.append(call(draft.rng, start + 3 * SECOND, caller, line.models[0], size=0.2))
        start += draft.days(0.01, 2)
    draft.resemble("startup_listing", owner, line.credential, (acts[0].time, start), acts)


def backfill(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A job made for one night: a rented host, an own client, more calls than the key makes in a week."""
    rng = draft.rng
    period = (start, lasting(draft, start, 0.1, 1.2))
    draft.guest(
        owner, line, *period, kind="batch", rate=rng.uniform(200, 1500), addresses=(draft.spot(owner, "hosting"),),
        shape=(1 / 24,) * 168, agents=(agent(rng, CLIENTS[owner.service]),), fresh=(),
    )  # fmt: skip
    draft.resemble("backfill", owner, line.credential, period, [])


def wrong_setting(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A release asks for a model that the account may not use, or with bad parameters, until it is rolled back."""
    rng = draft.rng
    outcome: Outcome = rng.choice(("denied", "invalid"))
    models = rng.sample(MODELS[owner.service], rng.choice((1, 1, 1, 2, 3)))
    acts, time, caller = list[Act](), start, usual(line, start, rng)
    for _ in range(rng.randrange(4, 80)):
        time += int(rng.expovariate(1 / 40) * SECOND)
        act = call(rng, time, caller, rng.choice(models), size=line.size)
        act.outcome, act.tokens_out = outcome, 0
        acts.append(act)
    draft.resemble("wrong_setting", owner, line.credential, (start, time), acts)


def comeback(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A job of the quarter's end sleeps for weeks, and runs again."""
    line.changes.append(Change(start=draft.start + 2 * DAY, end=start, factor=0))
    draft.resemble("comeback", owner, line.credential, (start, start + DAY), [])


def ci_runners(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A test pipeline whose runners have another address each time, in several clouds, all the time."""
    line.fresh = line.fresh or cloud_pool(draft.rng, draft.pool)
    draft.resemble("ci_runners", owner, line.credential, (min(start, draft.start + HOUR), draft.end), [])


PROGRAMS: Final[dict[str, Everyday]] = {
    "notebook_host": Everyday(notebook_host, 0.15, "somebody of the team rents one, twice a year"),
    "sdk_upgrade": Everyday(sdk_upgrade, 0.4, "SDKs appear weekly; programs take one every two or three months"),
    "rewrite": Everyday(rewrite, 0.03, "a program lives three years"),
    "model_upgrade": Everyday(model_upgrade, 0.2, "vendors replace a model twice a year", METERED),
    "model_trial": Everyday(model_trial, 0.25, "a new model worth a look appears every month", METERED),
    "failover": Everyday(failover, 0.08, "a region has a bad day once a year", kinds=("service", "batch")),
    "region_spread": Everyday(region_spread, 0.02, "quota runs out once in some years", ("aws", "gcp")),
    "redeploy": Everyday(redeploy, 0.12, "a cluster is replaced every eight months", kinds=("service", "batch")),
    "to_functions": Everyday(to_functions, 0.02, "once in the life of a program", kinds=("service", "batch")),
    "ci_adopts": Everyday(ci_adopts, 0.04, "once in the life of a key", kinds=("office", "service")),
    "startup_listing": Everyday(startup_listing, 0.08, "one program in ten lists, and starts monthly", ("aws", "gcp")),
    "wrong_setting": Everyday(wrong_setting, 0.12, "one release in a hundred is rolled back",
                              kinds=("service", "batch", "ci")),
    "backfill": Everyday(backfill, 0.05, "old data is done again every other year"),
    "comeback": Everyday(comeback, 0.02, "one job in fifteen is of the quarter", METERED, ("batch", "office")),
    "ci_runners": Everyday(ci_runners, 0.0, "a trait of every CI credential, cast by name alone", kinds=("ci",)),
}  # fmt: skip
