"""The ground truth: what was theft, and what only looks like it; one JSON line each in `truth.jsonl`."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from seawall.simulate.act import HOUR, SECOND, Act, Credential
from seawall.simulate.owners import Owner
from seawall.simulate.services import PROVIDER
from seawall.simulate.times import iso

#: How a thief is noticed, if at all: by much use, hardly, by hourly counts alone, by a few calls before the real theft,
#: by a look at what the key can do and nothing more.
Manner = Literal["loud", "slow", "usage_only", "trial", "validate"]
#: Services whose per-call logs give a record its own id, and the prefix that the log puts before ours.
EVENT_PREFIX: Final = {"aws": "", "gcp": "", "openai": "audit_log-", "anthropic": "activity_"}
#: Services whose logs join the records of a call by a request id.
_REQUESTS: Final = frozenset({"aws", "azure", "apim", "litellm"})
#: Services that tell of the use of models by hour only.
USAGE_ONLY: Final = frozenset({"openai", "anthropic"})


class Theft(msgspec.Struct, kw_only=True):
    """One stolen credential in use; `campaign` is the same for all the keys of one thief, `ring`: he resells them."""

    kind: str
    manner: Manner
    campaign: str
    ring: bool = False
    owner: Owner
    credential: Credential
    acts: list[Act]

    def line(self) -> dict[str, Any]:
        """Return the truth as told by the ids that stand in the native logs."""
        service, acts = self.owner.service, sorted(self.acts, key=lambda act: act.time)
        named = [act for act in acts if act.control or not (service in USAGE_ONLY or self._dark(act))]
        hours = sorted({act.time // HOUR * HOUR for act in acts if not act.control}) if service in USAGE_ONLY else []
        return {
            "truth": "theft",
            "kind": self.kind,
            "manner": self.manner,
            "campaign": self.campaign,
            "ring": self.ring,
            "log": "buckets" if service in USAGE_ONLY else "calls",
            "provider": PROVIDER[service],
            "owner_id": self.owner.id,
            "credential_id": self.credential.id,
            "first": iso(acts[0].time),
            "last": iso(acts[-1].time),
            "calls": sum(not act.control for act in acts),
            "loot_usd": round(sum(map(worth, acts)), 2),
            "networks": sorted({network(act.address) for act in acts}),
            "event_ids": [EVENT_PREFIX[service] + act.event for act in named] if service in EVENT_PREFIX else [],
            "request_ids": [act.request for act in named] if service in _REQUESTS else [],
            "usage_hours": [hour // SECOND for hour in hours],
        }

    def _dark(self, act: Act) -> bool:
        """Say whether the call is in no log, because the logging of calls had been switched off."""
        return self.owner.service == "azure" and act.time >= self.owner.dark_from


class Lookalike(msgspec.Struct, kw_only=True):
    """Something legitimate that resembles theft; times are µs UTC."""

    kind: str
    owner: Owner
    credential: Credential
    start: int
    end: int
    acts: list[Act] = []

    def line(self) -> dict[str, Any]:
        """Return what it is, of which credential, and when."""
        return {
            "truth": "benign",
            "kind": self.kind,
            "provider": PROVIDER[self.owner.service],
            "owner_id": self.owner.id,
            "credential_id": self.credential.id,
            "first": iso(self.start),
            "last": iso(self.end),
        }


class Use(msgspec.Struct, kw_only=True):
    """On how many days a credential was used by nobody but its owner; the days of its theft do not count."""

    owner: Owner
    credential: Credential
    days: int

    def line(self) -> dict[str, Any]:
        """Return it as one line."""
        return {
            "truth": "use", "owner_id": self.owner.id, "credential_id": self.credential.id, "days": self.days,
        }  # fmt: skip


def worth(act: Act) -> float:
    """Return what a call costs, in dollars, by a rough list price: costly models five times the common ones."""
    dear = 5.0 if "opus" in act.model or act.model.startswith(("o1", "gpt-4-", "gpt-4.1-2")) else 1.0
    return dear * (act.tokens_in * 2e-6 + act.tokens_out * 8e-6) + act.images * 0.04


def network(address: str) -> str:
    """Return the /24 or /48 of an address of this world."""
    if ":" in address:
        return ":".join(address.split(":")[:3]) + "::/48"
    return address.rsplit(".", 1)[0] + ".0/24"
