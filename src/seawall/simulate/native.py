"""Alerts of the clouds' own detections: some loud thefts raise one, and so does now and then what is benign."""

from __future__ import annotations

from random import Random
from typing import Final

from seawall.simulate.act import DAY, HOUR, MINUTE, Act, Caller
from seawall.simulate.draft import Draft
from seawall.simulate.services import ALERT, ALERTS
from seawall.simulate.traffic import control

#: The share of loud thefts, where the detection is on, that it notices within hours.
_NOTICED: Final = 0.3
#: A false alert for each owner and day.
_FALSE: Final = 0.01


def alert(draft: Draft) -> None:
    """Plan the alerts of all owners whose cloud's detection is on."""
    rng = draft.rng
    for theft in draft.thefts:
        if theft.owner.alerts and theft.manner == "loud" and rng.random() < _NOTICED:
            act = min((act for act in theft.acts if not act.control), key=lambda act: act.time)
            after = rng.randrange(10 * MINUTE, 4 * HOUR)
            draft.alerts.append((theft.owner, _alert(rng, theft.owner.service, act, act.time + after)))
    for owner in draft.owners:
        for day in range(draft.start, draft.end, DAY) if owner.alerts else ():
            if rng.random() < _FALSE:
                line = rng.choice(owner.lines)
                caller = Caller(line.credential, line.addresses[0], line.agents[0], line.regions[0])
                usual = control(rng, day + rng.randrange(DAY), caller, "")
                usual.model = line.models[0]
                draft.alerts.append((owner, _alert(rng, owner.service, usual, usual.time)))
    draft.alerts = [(owner, act) for owner, act in draft.alerts if act.time < draft.end]


def _alert(rng: Random, service: str, about: Act, time: int) -> Act:
    """Return an alert about an act, told at another time."""
    caller = Caller(about.credential, about.address, about.agent, about.region)
    told = control(rng, time, caller, ALERT + rng.choice(ALERTS[service]))
    told.model = about.model
    return told
