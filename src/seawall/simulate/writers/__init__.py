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
from seawall.simulate.writers import anthropic, apim, azure, bedrock, cloudtrail, litellm, openai, vertex

Writer = Callable[[Path, Owner, list[Act], Random], int]


def _aws(root: Path, owner: Owner, acts: list[Act], rng: Random) -> int:
    """CloudTrail always; the invocation log where it is on, until a thief switches it off."""
    calls = [act for act in acts if owner.logs_calls and act.time < owner.dark_from]
    return cloudtrail.write(root, owner, acts, rng) + bedrock.write(root, owner, calls, rng)


#: service → folder under `logs`, writer.
WRITERS: Final[dict[Service, tuple[str, Writer]]] = {
    "aws": ("aws", _aws),
    "azure": ("azure", azure.write),
    "apim": ("azure", apim.write),
    "gcp": ("gcp", vertex.write),
    "openai": ("openai", openai.write),
    "anthropic": ("anthropic", anthropic.write),
    "litellm": ("litellm", litellm.write),
}

__all__ = ["WRITERS", "Writer"]
