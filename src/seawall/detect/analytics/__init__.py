"""Rules in Python, one file each. `ANALYTICS` is the list."""

from __future__ import annotations

from typing import Final

from seawall.detect.analytic import Analytic
from seawall.detect.analytics import (
    cost_velocity,
    denied_model_sweep,
    enumerate_then_invoke,
    filter_retry,
    geo_fan_out,
    guardrail_weakened,
    image_shift,
    impossible_travel,
    key_alternation,
    key_listing,
    logging_reconnaissance,
    logging_tampered,
    model_access_unlocked,
    novel_source,
    organisation_weakened,
    parameter_probe,
    shared_source,
    volume_anomaly,
)

ANALYTICS: Final[tuple[Analytic, ...]] = (
    denied_model_sweep.RULE,
    enumerate_then_invoke.RULE,
    model_access_unlocked.RULE,
    novel_source.RULE,
    geo_fan_out.RULE,
    volume_anomaly.RULE,
    parameter_probe.RULE,
    organisation_weakened.RULE,
    logging_tampered.RULE,
    logging_reconnaissance.RULE,
    key_listing.RULE,
    guardrail_weakened.RULE,
    impossible_travel.RULE,
    shared_source.RULE,
    key_alternation.RULE,
    cost_velocity.RULE,
    image_shift.RULE,
    filter_retry.RULE,
)

__all__ = ["ANALYTICS"]
