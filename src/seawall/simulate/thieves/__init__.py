"""Thieves: each plans its acts on a draft of the world and notes the truth. To add one: a file, a line in the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seawall.simulate.draft import Draft
from seawall.simulate.thieves.abuser import abuser
from seawall.simulate.thieves.drip import drip
from seawall.simulate.thieves.enumerator import enumerator
from seawall.simulate.thieves.prober import prober
from seawall.simulate.thieves.ring import image_ring, ring
from seawall.simulate.thieves.usage_only import usage_only

THIEVES: Final[dict[str, Callable[[Draft, str], None]]] = {
    "prober": prober,
    "enumerator": enumerator,
    "abuser": abuser,
    "ring": ring,
    "image_ring": image_ring,
    "drip": drip,
    "usage_only": usage_only,
}

__all__ = ["THIEVES"]
