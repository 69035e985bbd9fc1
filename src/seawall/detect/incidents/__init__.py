"""Incidents: findings made of findings, one per theft. `INCIDENTS` is the list."""

from __future__ import annotations

from typing import Final

from seawall.detect.incidents import stolen_key
from seawall.detect.incidents.incident import Incident, Strike

INCIDENTS: Final[tuple[Incident, ...]] = (stolen_key.RULE,)

__all__ = ["INCIDENTS", "Incident", "Strike"]
