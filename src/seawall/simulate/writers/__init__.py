"""Writers: acts in, the providers' native log files out.

Each is `write(folder, owner, acts of one day, rng)` and returns the number of records.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from seawall.simulate.act import Act
from seawall.simulate.owners import Owner
from seawall.simulate.services import Service
from seawall.simulate.writers import alerts, anthropic, apim, azure, bedrock, cloudtrail, litellm, openai, vertex

Writer = Callable[[Path, Owner, list[Act], Random], int]


def _aws(root: Path, owner: Owner, acts: list[Act], rng: Random) -> int:
    """CloudTrail and GuardDuty always; the invocation log where it is on, until a thief switches it off."""
    told, rest = alerts.split(acts)
    calls = [act for act in rest if owner.logs_calls and not owner.mantle and act.time < owner.dark_from]
    written = cloudtrail.write(root, owner, rest, rng) if rest else 0
    return written + bedrock.write(root, owner, calls, rng) + alerts.guardduty(root, owner, told)


def _azure(root: Path, owner: Owner, acts: list[Act], rng: Random) -> int:
    """The diagnostic logs, and Defender's alerts."""
    told, rest = alerts.split(acts)
    return azure.write(root, owner, rest, rng) + alerts.defender(root, owner, told)


#: service → folder under `logs`, writer.
WRITERS: Final[dict[Service, tuple[str, Writer]]] = {
    "aws": ("aws", _aws),
    "azure": ("azure", _azure),
    "apim": ("azure", apim.write),
    "gcp": ("gcp", vertex.write),
    "openai": ("openai", openai.write),
    "anthropic": ("anthropic", anthropic.write),
    "litellm": ("litellm", litellm.write),
}

__all__ = ["WRITERS", "Writer"]
