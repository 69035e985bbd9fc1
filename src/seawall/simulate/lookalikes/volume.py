"""Look-alikes by amount: an evaluation, a launch, holidays, a red-team exercise."""

from __future__ import annotations

from seawall.simulate import words
from seawall.simulate.act import DAY, HOUR, SECOND, Act, Caller
from seawall.simulate.draft import Draft
from seawall.simulate.owners import Change
from seawall.simulate.quantiles import arrivals
from seawall.simulate.services import MODELS, SEEN, Service
from seawall.simulate.traffic import call, mishap

_METERED: tuple[Service, ...] = (*SEEN, "openai", "anthropic")


def batch_evaluation(draft: Draft) -> None:
    """Somebody runs a test set over several models: thousands of calls in an hour or three, from the usual place."""
    rng = draft.rng
    owner, line = draft.line(_METERED)
    start, length = draft.moment(), int(rng.uniform(0.7, 3) * HOUR)
    models = rng.sample(MODELS[owner.service], min(rng.randrange(2, 6), len(MODELS[owner.service])))
    caller = Caller(line.credential, line.addresses[0], line.agents[0], line.regions[0])
    acts = []
    for time in arrivals(rng, "code", rng.randrange(300, 1500), start, length):
        act = call(rng, time, caller, rng.choice(models), profile=line.profile, size=line.size)
        act.prompt = words.prompt(rng)
        mishap(act, rng)
        acts.append(act)
    draft.resemble("batch_evaluation", owner, line.credential, (start, start + length), acts)


def launch(draft: Draft) -> None:
    """A product finds its users: traffic doubles every day or two."""
    owner, line = draft.line(_METERED, ("service",))
    start = draft.moment(0.3, 0.6)
    end = min(draft.end, start + draft.days(3, 5))
    growth = draft.rng.uniform(1.3, 1.9)
    draft.change(owner, line.credential, Change(start=start, end=end, growth=growth))
    level = growth ** ((end - start) / DAY)
    draft.change(owner, line.credential, Change(start=end, end=draft.end, factor=level))
    draft.resemble("launch", owner, line.credential, (start, draft.end), [])


def holiday(draft: Draft) -> None:
    """Almost nobody works for some days; then everybody is back."""
    owner, line = draft.line(_METERED, ("office",))
    start = draft.moment(0.2, 0.6)
    end = start + draft.days(2, 5)
    draft.change(owner, line.credential, Change(start=start, end=end, factor=0.03))
    back = Change(start=end, end=end + 2 * DAY, factor=1.7)
    draft.change(owner, line.credential, back)
    draft.resemble("holiday", owner, line.credential, (start, end + 2 * DAY), [])


def red_team(draft: Draft) -> None:
    """Testers of the owner's own provoke its filters, block after block, from the office."""
    rng = draft.rng
    owner, line = draft.line(("aws", "apim", "gcp", "azure"))
    start, length = draft.moment(), int(rng.uniform(1, 5) * HOUR)
    acts: list[Act] = []
    caller = Caller(line.credential, owner.desk, line.agents[0], line.regions[0])
    text = words.prompt(rng)
    for time in arrivals(rng, "chat", rng.randrange(40, 160), start, length):
        act = call(rng, time, caller, line.models[0], size=0.3)
        text = act.prompt = words.reworded(rng, text)
        if rng.random() < 0.6:
            act.outcome, act.tokens_out, act.images = "filtered", 0, 0
            act.category = rng.choice(("violence", "hate", "sexual", "self_harm"))
        acts.append(act)
    draft.resemble("red_team", owner, line.credential, (start, start + length + SECOND), acts)
