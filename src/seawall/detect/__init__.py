"""Rules and the engine that judges by them. `RULES` is every rule there is: analytics and incidents."""

from __future__ import annotations

from typing import Final

from seawall.detect.analytic import Analytic
from seawall.detect.analytics import ANALYTICS
from seawall.detect.incidents import INCIDENTS, Incident

RULES: Final[tuple[Analytic | Incident, ...]] = (*ANALYTICS, *INCIDENTS)

__all__ = ["ANALYTICS", "INCIDENTS", "RULES", "Analytic", "Incident"]
