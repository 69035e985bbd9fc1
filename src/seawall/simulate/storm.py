"""A small week like the one this project began with: keys from public places, one reverse proxy, images, resale."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from seawall.simulate.services import Service
from seawall.simulate.world import World, Written

_SERVICES: Final[tuple[Service, ...]] = ("azure", "azure", "aws", "apim", "azure", "openai")
_PLAN: Final = (
    "vpn_switch", "batch_evaluation", "onboarding", "travel", "red_team",
    "image_ring", "enumerator", "prober", "image_abuser", "usage_weakened",
)  # fmt: skip


def storm_week(out: Path, seed: int = 2139) -> Written:
    """Write nine days of twelve owners, the thieves coming in the second half; fewer than 30,000 records."""
    return World.build(seed, 9, 12, services=_SERVICES, plan=_PLAN, volume=0.6).write(out)
