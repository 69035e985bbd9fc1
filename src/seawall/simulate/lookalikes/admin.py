"""Look-alikes in the control plane: onboarding, rotation, an incident responder's key listing, logging by pipeline."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.simulate import credentials
from seawall.simulate.act import DAY, HOUR, MINUTE, SECOND, Act, Caller, Credential
from seawall.simulate.draft import Draft
from seawall.simulate.lookalikes.base import Everyday, at_work
from seawall.simulate.owners import Change, Line, Owner
from seawall.simulate.services import CONTROLS, MODELS, TERRAFORM, Service, agent
from seawall.simulate.traffic import call, control


def _told(owner: Owner, line: Line, acting: Credential) -> Credential:
    """Return the credential that the logs tell of: Azure's name none for a person, so the resource stands in."""
    return line.credential if owner.service in {"azure", "apim"} else acting


def onboarding(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """An administrator looks at the models, asks for access, tries one: the thief's chain, from the office."""
    rng = draft.rng
    start = time = at_work(draft, owner, start)
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
    draft.resemble("onboarding", owner, told, (start, time), acts)


def key_listing(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """After an alert somebody lists every key there is, from home or by VPN, at any hour."""
    rng, time = draft.rng, start
    home = draft.pool.shared(rng.choice(("residential", "vpn")), owner.country).host(rng.randrange(254))
    responder = credentials.session(rng, owner.service, owner.id, "IncidentResponse")
    caller = Caller(responder, home, owner.browser, owner.region)
    acts = []
    for _ in range(rng.randrange(8, 40)):
        time += rng.randrange(1, 40) * SECOND
        name = CONTROLS[owner.service]["list_keys"][0]
        acts.append(control(rng, time, caller, name))
    draft.resemble("key_listing", owner, _told(owner, line, responder), (start, time), acts)


def rotation(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A new key takes over, sometimes on another host; the old one is deleted days later."""
    rng, start = draft.rng, at_work(draft, owner, start)
    moved = {"addresses": (draft.spot(owner, "hosting"),)} if rng.random() < 0.3 and line.kind != "office" else {}
    fresh = _another(draft, owner, line, start, **moved)
    end = start + draft.days(0.2, 3)
    line.changes.append(Change(start=(start + end) // 2, factor=0))
    steps = ((start, "create_key", fresh.credential), (end, "delete_key", line.credential))
    acts = [
        control(rng, time, owner.at_desk, CONTROLS[owner.service][verb][0], key=key.id) for time, verb, key in steps
    ]
    draft.resemble("rotation", owner, fresh.credential, (start, end), acts)


def _another(draft: Draft, owner: Owner, line: Line, start: int, **ways: Any) -> Line:
    """Give the owner another credential of the same kind, in use from `start` on."""
    key = credentials.make(draft.rng, owner.service, owner.id)
    while key.kind != line.credential.kind:
        key = credentials.make(draft.rng, owner.service, owner.id)
    fresh = msgspec.structs.replace(line, credential=key, start=start, changes=[], **ways)
    owner.lines.append(fresh)
    return fresh


def terraform_logging(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A pipeline applies a changed logging configuration: same target, another prefix or retention."""
    rng, start = draft.rng, at_work(draft, owner, start)
    runner = draft.pool.shared("hosting").host(rng.randrange(254))
    names = CONTROLS[owner.service]
    steps = [name for verb in ("read_logging", "set_logging", "read_logging") for name in names.get(verb, ())]
    caller = Caller(owner.pipeline, runner, agent(rng, (TERRAFORM,)), owner.region)
    acts = [
        control(rng, start + number * rng.randrange(1, 9) * SECOND, caller, name)
        for number, name in enumerate(steps)
    ]  # fmt: skip
    draft.resemble("terraform_logging", owner, _told(owner, line, owner.pipeline), (start, start + MINUTE), acts)


def new_key(draft: Draft, owner: Owner, line: Line, start: int) -> None:
    """A new project gets a key with every scope, and starts to use it at once; a spend limit is set anew on the way."""
    rng, start = draft.rng, at_work(draft, owner, start)
    names = CONTROLS[owner.service]
    fresh = _another(draft, owner, line, start + HOUR)
    acts = [
        control(rng, start + number * MINUTE, owner.at_desk, name, key=fresh.credential.id, scope="all")
        for number, name in enumerate((names["login"][0], names["change_access"][-1], names["create_key"][0]))
    ]
    draft.resemble("new_key", owner, fresh.credential, (start, start + DAY), acts)


_CLOUDS: Final[tuple[Service, ...]] = ("aws", "azure", "apim", "gcp")
_KEYED: Final[tuple[Service, ...]] = ("aws", "gcp", "openai", "anthropic", "litellm")
ADMIN: Final[dict[str, Everyday]] = {
    "onboarding": Everyday(onboarding, 0.03, "an account begins with a service, or widens it, every three years",
                           ("aws", "gcp", "azure")),
    "key_listing": Everyday(key_listing, 0.01, "an incident, or a drill, in some years", _CLOUDS),
    "rotation": Everyday(rotation, 0.12, "a third of the owners rotate each quarter", _KEYED),
    "terraform_logging": Everyday(terraform_logging, 0.03, "settings change once in three years", _CLOUDS),
    "new_key": Everyday(new_key, 0.05, "a new project, every other year", ("openai", "anthropic")),
}  # fmt: skip
