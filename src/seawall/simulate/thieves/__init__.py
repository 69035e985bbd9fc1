"""Thieves: each plans its acts on a draft of the world and notes the truth.

To add one: a function, a line in the list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seawall.simulate.draft import Draft
from seawall.simulate.thieves.abuser import abuser, image_abuser, rotator
from seawall.simulate.thieves.drip import drip, hidden, mimic
from seawall.simulate.thieves.enumerator import enumerator, saboteur
from seawall.simulate.thieves.odd_keys import dormant, newborn
from seawall.simulate.thieves.prober import prober, validator
from seawall.simulate.thieves.ring import cloud_ring, home_ring, image_ring, ring, wide_ring
from seawall.simulate.thieves.usage_only import usage_day, usage_night, usage_weakened

THIEVES: Final[dict[str, Callable[[Draft, str], None]]] = {
    "prober": prober,
    "validator": validator,
    "enumerator": enumerator,
    "saboteur": saboteur,
    "abuser": abuser,
    "image_abuser": image_abuser,
    "rotator": rotator,
    "dormant": dormant,
    "newborn": newborn,
    "ring": ring,
    "wide_ring": wide_ring,
    "home_ring": home_ring,
    "cloud_ring": cloud_ring,
    "image_ring": image_ring,
    "drip": drip,
    "mimic": mimic,
    "hidden": hidden,
    "usage_night": usage_night,
    "usage_day": usage_day,
    "usage_weakened": usage_weakened,
}
#: Kinds that come once for every kind of ring: each takes many keys.
RINGS: Final = ("ring", "wide_ring", "home_ring", "cloud_ring", "image_ring")

__all__ = ["RINGS", "THIEVES"]
