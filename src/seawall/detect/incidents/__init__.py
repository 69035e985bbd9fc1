"""Incidents: findings made of findings, one per theft. `INCIDENTS` is the list."""

from __future__ import annotations

from typing import Final

from seawall.detect.incidents import resale_proxy, stolen_key, usage_theft
from seawall.detect.incidents.incident import Incident, Strike

INCIDENTS: Final[tuple[Incident, ...]] = (stolen_key.RULE, resale_proxy.RULE, usage_theft.RULE)

__all__ = ["INCIDENTS", "Incident", "Strike"]
