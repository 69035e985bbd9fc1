"""A simulated world with ground truth: owners, thieves and look-alikes, written in the providers' native log formats.

In: a seed and sizes. Out: a folder with `logs/`, `geo.csv`, `owners.csv`, `truth.jsonl` and `README.md`.
"""

from __future__ import annotations

from seawall.simulate.storm import storm_week
from seawall.simulate.world import START, World, Written

__all__ = ["START", "World", "Written", "storm_week"]
