"""Rules and the engine that judges by them. `RULES` is every rule there is: analytics, Sigma rules, incidents."""

from __future__ import annotations

from typing import Final

from seawall.detect.analytic import Analytic
from seawall.detect.analytics import ANALYTICS
from seawall.detect.incidents import INCIDENTS, Incident
from seawall.detect.marking import analytic, own_rules

RULES: Final[tuple[Analytic | Incident, ...]] = (*ANALYTICS, *map(analytic, own_rules()), *INCIDENTS)

__all__ = ["ANALYTICS", "INCIDENTS", "RULES", "Analytic", "Incident"]
