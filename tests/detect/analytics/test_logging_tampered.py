"""LJ-08: how grave it is to touch the logging, by what was done and by whom."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.logging_tampered import RULE
from seawall.detect.examples.example import AWAY, at, steady
from seawall.detect.settings import KnownNetwork, Settings

DELETE = {"activity": "change_logging", "operation": "DeleteModelInvocationLoggingConfiguration"}
STRANGER = {**AWAY, "credential_id": "key-2"}


@pytest.mark.parametrize(
    ("history", "act", "severity"),
    [
        (9, {**DELETE, **STRANGER}, "high"),
        (5, {**DELETE, **STRANGER}, "medium"),  # four days more, and an administrator would have been seen
        (0, {**DELETE, **STRANGER}, "medium"),
        (9, {**DELETE, "credential_id": "key-2"}, "medium"),  # a newcomer, but from where the others are
        (9, {**DELETE, "credential_id": "key-2", "src_net": None, "via": "a service"}, "medium"),
        (9, {**DELETE, **AWAY}, "medium"),  # an old hand from elsewhere
        (9, {**DELETE, **STRANGER, "outcome": "denied"}, "low"),
        (9, {**DELETE, **STRANGER, "operation": "StopLogging"}, "high"),
        (9, {**DELETE, **STRANGER, "operation": "PutModelInvocationLoggingConfiguration"}, "low"),
    ],
)
def test_severity(found: Any, history: float, act: dict[str, Any], severity: str) -> None:
    """High needs all of: switched off, done, by a stranger, at an owner with a week of history."""
    (finding,) = found(RULE, [*(steady(history) if history else ()), act])
    assert finding.severity == severity
    assert act["operation"] in finding.why


def test_a_second_act_raises_it(found: Any) -> None:
    """A change that is followed by a deletion is one finding, as grave as the graver, since that one."""
    put = {**DELETE, **STRANGER, "operation": "PutModelInvocationLoggingConfiguration", "time": at(-5)}
    (finding,) = found(RULE, [*steady(9), put, {**DELETE, **STRANGER}])
    assert (finding.severity, finding.opened_at, finding.severity_at) == (
        "high",
        "2026-01-05T11:55:00Z",
        "2026-01-05T12:00:00Z",
    )


def test_another_than_who_set_it_up(found: Any) -> None:
    """Whoever never touched the logging that another set up long ago is told of; a failed call changed nothing."""
    put = {**DELETE, "operation": "PutModelInvocationLoggingConfiguration"}
    rows = [*steady(5), *steady(5, credential_id="key-2"), {**put, "time": at(-5000)}]
    (finding,) = found(RULE, [*rows, {**put, "credential_id": "key-2"}])
    assert "never done before while others had" in finding.why
    assert found(RULE, [*rows, {**put, "credential_id": "key-2", "outcome": "error"}]) == []


def test_known_networks_are_no_news(found: Any) -> None:
    """What comes from a network that the operator listed is administration."""
    settings = Settings(networks=(KnownNetwork("198.51.100.0/24", "the operations centre"),))
    assert found(RULE, [*steady(9), {**DELETE, **STRANGER}], settings=settings) == []
