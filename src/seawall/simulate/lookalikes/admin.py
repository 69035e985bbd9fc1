"""Look-alikes in the control plane: onboarding, rotation, an incident responder's key listing, logging by pipeline."""

from __future__ import annotations

from seawall.simulate import credentials
from seawall.simulate.act import DAY, HOUR, MINUTE, SECOND, Act, Caller, Credential
from seawall.simulate.draft import Draft
from seawall.simulate.owners import Change, Line, Owner
from seawall.simulate.services import CONTROLS, MODELS, TERRAFORM, agent
from seawall.simulate.traffic import call, control


def _at_work(draft: Draft, owner: Owner, early: float = 0.35) -> int:
    """Draw a time in the owner's working day."""
    day = draft.moment(early) // DAY * DAY
    return min(day + (9 - owner.offset) % 24 * HOUR + draft.rng.randrange(8 * HOUR), draft.end - 2 * HOUR)


def _told(owner: Owner, line: Line, acting: Credential) -> Credential:
    """Return the credential that the logs tell of: Azure's name none for a person, so the resource stands in."""
    return line.credential if owner.service in {"azure", "apim"} else acting


def onboarding(draft: Draft) -> None:
    """An administrator looks at the models, asks for access, tries one: the thief's chain, from the office."""
    rng = draft.rng
    owner, line = draft.line(("aws", "aws", "gcp", "azure"))
    start = time = _at_work(draft, owner)
    names, acts = CONTROLS[owner.service], list[Act]()
    for verb in ("login", "list_models", "read_logging", "unlock_model", "list_keys"):
        for name in names.get(verb, ()):
            for _ in range(rng.randrange(2, 9) if name == "GetFoundationModelAvailability" else 1):
                time += rng.randrange(2, 80) * SECOND
                act = control(rng, time, owner.at_desk, name)
                act.model = rng.choice(MODELS[owner.service])
                acts.append(act)
    told = _told(owner, line, owner.admin)
    caller = Caller(told, owner.desk, owner.browser, owner.region)
    for _ in range(rng.randrange(1, 8)):
        time += rng.randrange(10, 300) * SECOND
        acts.append(call(rng, time, caller, acts[-1].model, size=0.1))
    if rng.random() < 0.5:
        # The service was new to them: its keys begin to work only now.
        draft.change(owner, line.credential, Change(start=draft.start, end=time, factor=0))
    draft.resemble("onboarding", owner, told, (start, time), acts)


def key_listing(draft: Draft) -> None:
    """After an alert somebody lists every key there is, from home or by VPN, at any hour."""
    rng = draft.rng
    owner, line = draft.line(("aws", "azure", "apim", "gcp"))
    home = draft.pool.shared(rng.choice(("residential", "vpn")), owner.country).host(rng.randrange(254))
    start = time = draft.moment()
    responder = credentials.session(rng, owner.service, owner.id, "IncidentResponse")
    caller = Caller(responder, home, owner.browser, owner.region)
    acts = []
    for _ in range(rng.randrange(8, 40)):
        time += rng.randrange(1, 40) * SECOND
        name = CONTROLS[owner.service]["list_keys"][0]
        acts.append(control(rng, time, caller, name))
    draft.taken.add(line.credential.id)
    draft.resemble("key_listing", owner, _told(owner, line, responder), (start, time), acts)


def rotation(draft: Draft) -> None:
    """A new key takes over from the old one, which is deleted days later."""
    rng = draft.rng
    owner, line = draft.victim(("aws", "gcp", "openai", "anthropic", "litellm"))
    start = _at_work(draft, owner)
    fresh = credentials.make(rng, owner.service, owner.id)
    while fresh.kind != line.credential.kind:
        fresh = credentials.make(rng, owner.service, owner.id)
    owner.lines.append(
        type(line)(**{name: getattr(line, name) for name in line.__struct_fields__} | {"credential": fresh})
    )
    end = start + draft.days(1, 3)
    draft.change(owner, line.credential, Change(start=start, end=draft.end, factor=0))
    draft.change(owner, fresh, Change(start=draft.start, end=start, factor=0))
    acts = [
        control(rng, time, owner.at_desk, CONTROLS[owner.service][verb][0], key=key.id)
        for time, verb, key in ((start, "create_key", fresh), (end, "delete_key", line.credential))
    ]  # fmt: skip
    draft.resemble("rotation", owner, fresh, (start, end), acts)


def terraform_logging(draft: Draft) -> None:
    """A pipeline applies a changed logging configuration: same target, another prefix or retention."""
    rng = draft.rng
    owner, line = draft.line(("aws", "azure", "apim", "gcp"))
    runner = draft.pool.shared("hosting").host(rng.randrange(254))
    start = _at_work(draft, owner)
    names = CONTROLS[owner.service]
    steps = [name for verb in ("read_logging", "set_logging", "read_logging") for name in names.get(verb, ())]
    caller = Caller(owner.pipeline, runner, agent(rng, (TERRAFORM,)), owner.region)
    acts = [
        control(rng, start + number * rng.randrange(1, 9) * SECOND, caller, name)
        for number, name in enumerate(steps)
    ]  # fmt: skip
    draft.taken.add(line.credential.id)
    draft.resemble("terraform_logging", owner, _told(owner, line, owner.pipeline), (start, start + MINUTE), acts)


def new_key(draft: Draft) -> None:
    """A new project gets a key with every scope, and starts to use it at once; a spend limit is set anew on the way."""
    rng = draft.rng
    owner, line = draft.line(("openai", "anthropic"))
    names, start = CONTROLS[owner.service], _at_work(draft, owner)
    fresh = credentials.make(rng, owner.service, owner.id)
    owner.lines.append(
        type(line)(**{name: getattr(line, name) for name in line.__struct_fields__} | {"credential": fresh})
    )
    draft.change(owner, fresh, Change(start=draft.start, end=start + HOUR, factor=0))
    acts = [
        control(rng, start + number * MINUTE, owner.at_desk, name, key=fresh.id, scope="all")
        for number, name in enumerate((names["login"][0], names["change_access"][-1], names["create_key"][0]))
    ]
    draft.resemble("new_key", owner, fresh, (start, start + DAY), acts)
