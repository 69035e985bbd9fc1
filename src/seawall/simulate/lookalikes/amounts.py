"""Look-alikes by amount: an evaluation by night, a launch, a campaign with images, holidays, provoked filters."""

from __future__ import annotations

from typing import Final

from seawall.simulate import rhythm, words
from seawall.simulate.act import DAY, HOUR, SECOND, Act, Caller
from seawall.simulate.draft import Draft
from seawall.simulate.lookalikes.base import METERED, Everyday, at_work, lasting
from seawall.simulate.owners import Change, Line, Owner
from seawall.simulate.quantiles import arrivals
from seawall.simulate.services import IMAGE_MODELS, MODELS, Service
from seawall.simulate.traffic import call, mishap, usual

_FILTERED: Final[tuple[Service, ...]] = ("aws", "apim", "gcp", "azure")
_IMAGES: Final[tuple[Service, ...]] = ("aws", "azure", "apim", "gcp", "openai", "litellm")


def batch_evaluation(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """Somebody runs a test set over several models: hundreds of calls from the usual place, often over night."""
    rng = draft.rng
    if rng.random() < 0.5:
        start = min(start // DAY * DAY + (20 - owner.offset) % 24 * HOUR, draft.end - 4 * HOUR)
    length = int(rng.uniform(0.7, 7) * HOUR)
    models = rng.sample(MODELS[owner.service], min(rng.randrange(2, 6), len(MODELS[owner.service])))
    acts, caller = list[Act](), usual(line, start, rng)
    for time in arrivals(rng, "code", rng.randrange(200, 1200), start, length):
        act = call(rng, time, caller, rng.choice(models), profile=line.profile, size=line.size)
        act.prompt = words.prompt(rng)
        mishap(act, rng)
        acts.append(act)
    draft.resemble("batch_evaluation", owner, line.credential, (start, start + length), acts)


def launch(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A product finds its users: use doubles within days and stays there."""
    end = lasting(draft, start, 2, 6)
    level = draft.rng.uniform(1.8, 6)
    growth = level ** (1 / max(1e-6, (end - start) / DAY))
    line.changes += [Change(start=start, end=end, growth=growth), Change(start=end, factor=level)]
    draft.resemble("launch", owner, line.credential, (start, draft.end), [])


def holiday(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """Almost nobody works for some days; then everybody is back."""
    end = lasting(draft, start, 2, 5)
    line.changes += [Change(start=start, end=end, factor=0.03), Change(start=end, end=end + 2 * DAY, factor=1.7)]
    draft.resemble("holiday", owner, line.credential, (start, end + 2 * DAY), [])


def image_feature(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A product that wrote text makes images too, from now on."""
    _pictures(draft, "image_feature", owner, line, (at_work(draft, owner, start), draft.end), line.rate * 0.3 + 5)


def campaign(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """Marketing needs many images within days; filters block some of the prompts."""
    start = at_work(draft, owner, start)
    _pictures(
        draft, "campaign", owner, line, (start, lasting(draft, start, 1, 5)), draft.rng.uniform(30, 150)
    )  # fmt: skip


def _pictures(draft: Draft, kind: str, owner: Owner, line: Line, period: tuple[int, int], rate: float) -> None:
    hours = rhythm.shape(draft.rng, "office" if kind == "campaign" else line.kind, owner.offset)
    draft.guest(owner, line, *period, rate=rate, shape=hours, models=IMAGE_MODELS[owner.service][:1])
    blocks, time = list[Act](), period[0]
    for _ in range(draft.rng.randrange(8)):
        time += draft.days(0.01, 0.3)
        blocks.append(call(draft.rng, time, usual(line, time, draft.rng), IMAGE_MODELS[owner.service][0]))
        blocks[-1].outcome, blocks[-1].category, blocks[-1].images = "filtered", "violence", 0
    draft.resemble(kind, owner, line.credential, period, blocks)


def red_team(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """Testers of the owner's own provoke its filters, block after block, from the office."""
    start = at_work(draft, owner, start)
    caller = Caller(line.credential, owner.desk, line.agents[0], line.regions[0])
    _provoke(draft, "red_team", owner, line, caller, start, draft.rng.randrange(40, 160))


def rude_users(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A product's own users provoke its filters on one evening, through the product."""
    _provoke(draft, "rude_users", owner, line, usual(line, start, draft.rng), start, draft.rng.randrange(5, 40))


def _provoke(draft: Draft, kind: str, owner: Owner, line: Line, caller: Caller, start: int, count: int) -> None:
    rng, length = draft.rng, int(draft.rng.uniform(1, 5) * HOUR)
    acts, text = list[Act](), words.prompt(rng)
    for time in arrivals(rng, "chat", count, start, length):
        act = call(rng, time, caller, line.models[0], size=0.3)
        text = act.prompt = words.reworded(rng, text)
        if rng.random() < 0.6:
            act.outcome, act.tokens_out, act.images = "filtered", 0, 0
            act.category = rng.choice(("violence", "hate", "sexual", "self_harm"))
        acts.append(act)
    draft.resemble(kind, owner, line.credential, (start, start + length + SECOND), acts)


AMOUNTS: Final[dict[str, Everyday]] = {
    "batch_evaluation": Everyday(batch_evaluation, 0.12, "before each new model: every eight months", METERED),
    "launch": Everyday(launch, 0.05, "a product grows in steps, one in two years", METERED, ("service",)),
    "holiday": Everyday(holiday, 0.05, "long weekends", METERED, ("office",)),
    "image_feature": Everyday(image_feature, 0.02, "once in the life of some products", _IMAGES, ("service", "office")),
    "campaign": Everyday(campaign, 0.03, "one team in six, twice a year", _IMAGES, ("office", "service")),
    "red_team": Everyday(red_team, 0.015, "one product in six, once a year", _FILTERED),
    "rude_users": Everyday(rude_users, 0.06, "products open to the public, now and then", _FILTERED, ("service",)),
}
