"""Rules in Python, one file each. `ANALYTICS` is the list."""

from __future__ import annotations

from typing import Final

from seawall.detect.analytic import Analytic
from seawall.detect.analytics import (
    denied_model_sweep,
    enumerate_then_invoke,
    geo_fan_out,
    model_access_unlocked,
    novel_source,
    volume_anomaly,
)

ANALYTICS: Final[tuple[Analytic, ...]] = (
    denied_model_sweep.RULE,
    enumerate_then_invoke.RULE,
    model_access_unlocked.RULE,
    novel_source.RULE,
    geo_fan_out.RULE,
    volume_anomaly.RULE,
)

__all__ = ["ANALYTICS"]
