"""The measure is right: what counts as found, as false, as late; and it runs on a world as `simulate` writes it."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.detect.usage import CredentialUse
from seawall.model import Entity, Finding
from seawall.simulate.world import World

_SPEC = importlib.util.spec_from_file_location(
    "tools_evaluate", Path(__file__).resolve().parent.parent / "tools" / "evaluate.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
evaluate: Any = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = evaluate
_SPEC.loader.exec_module(evaluate)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DEN = "198.51.100.0/24"


def at(days: float) -> datetime:
    """Return the time so many days after noon."""
    return NOON + timedelta(days=days)


def truth(**columns: Any) -> Any:
    """Return a theft of `key-1` of `owner-1` from one network, from noon for two days."""
    theft = {
        "truth": "theft", "kind": "ring", "campaign": "ring-1", "owner_id": "owner-1", "credential_id": "key-1",
        "first": NOON, "last": at(2), "networks": frozenset({DEN}),
    }  # fmt: skip
    return evaluate.Truth(**(theft | columns))


def finding(*entities: tuple[str, str, str], days: float = 0.5, **columns: Any) -> Finding:
    """Return a finding of medium about `key-1` of `owner-1`, opened so many days after noon."""
    time = at(days).isoformat()
    row = {
        "id": f"{entities}{days}{sorted(columns.items())}", "rule": "stolen-key-in-use", "title": "", "why": "",
        "severity": "medium", "confidence": 0.5, "opened_at": time, "severity_at": time, "first_event_time": time,
        "last_event_time": time, "owner_id": "owner-1", "credential_id": "key-1",
        "entities": tuple(Entity(*entity) for entity in entities),  # type: ignore[arg-type] # the tests' own
    }  # fmt: skip
    return msgspec.convert(row | columns, Finding)


def use(credential: str, days: float) -> CredentialUse:
    """Return a credential that is in use for so many days before noon and three after."""
    first, last = at(-days).isoformat(), at(3).isoformat()
    return CredentialUse("owner-1", credential, None, "openai", 9, None, 0, 1, 1, 1, 1, first, last)


ALONE: dict[str, Any] = {"owner_id": None, "credential_id": None}


@pytest.mark.parametrize(
    ("found", "theft", "about"),
    [
        (finding(), truth(), True),
        (finding(days=-0.9), truth(), True),
        (finding(days=-1.1), truth(), False),
        (finding(days=3.1), truth(), False),
        (finding(days=-5, severity_at=at(1).isoformat()), truth(), True),
        (finding(credential_id="key-2"), truth(), False),
        (finding(("network", DEN, "source"), credential_id="key-2"), truth(), True),
        (finding(("network", DEN, "source"), credential_id="key-2", owner_id="owner-2"), truth(), False),
        (finding(owner_id="owner-2"), truth(), False),
        (finding(owner_id=None), truth(), True),
        (finding(("network", DEN, "subject"), **ALONE), truth(), True),
        (finding(("network", DEN, "subject"), **ALONE), truth(kind="drip"), False),
        (finding(("network", DEN, "subject"), ("credential", "key-1", "context"), **ALONE), truth(kind="drip"), True),
        (finding(("network", "192.0.2.0/24", "subject"), ("credential", "key-1", "context"), **ALONE), truth(), False),
    ],
)
def test_what_a_finding_must_say_to_be_about_a_theft(found: Finding, theft: Any, *, about: bool) -> None:
    """It names the key, or the owner and the thief's network, or a ring's network, within a day of the theft."""
    assert evaluate.names(found, theft) is about


def test_a_theft_is_found_once_by_the_worst_and_as_soon_as_the_first() -> None:
    """Severity is that of the worst finding about it; the delay is that of the first at medium, and low has none."""
    late, early, low = finding(severity="high"), finding(days=0.25), finding(days=0.1, severity="low")
    (verdict,) = evaluate.compare("w", [truth()], [late, early, low], [use("key-1", 5)]).verdicts
    assert (verdict.severity, verdict.delay_hours, verdict.known) == ("high", 6.0, True)
    (missed,) = evaluate.compare("w", [truth()], [low], []).verdicts
    assert (missed.severity, missed.delay_hours, missed.known) == ("low", None, False)


def test_false_alarms_are_counted_by_subject_and_episode() -> None:
    """Findings on one subject within a week are one alarm, later ones another; what is low, or true, is none."""
    strange = {"credential_id": "key-2"}
    found = [
        finding(**strange, days=1),
        finding(**strange, days=2, rule="LJ-08", severity="high"),
        finding(**strange, days=20),
        finding(credential_id="key-3", severity="low"),
        finding(),
        finding(days=12),
    ]
    alarms = evaluate.compare("w", [truth()], found, []).alarms
    assert [(alarm.subject, alarm.severity, alarm.rules) for alarm in alarms] == [
        (("owner-1", "key-2"), "high", ("LJ-08", "stolen-key-in-use")),
        (("owner-1", "key-2"), "medium", ("stolen-key-in-use",)),
        (("owner-1", "key-1"), "medium", ("stolen-key-in-use",)),
    ]


def test_an_alarm_names_the_look_alike_behind_it() -> None:
    """Its own credential's comes before another's of the owner, and that before a theft at another time."""
    travel = truth(truth="benign", kind="travel", credential_id="key-2", networks=frozenset())
    strange = finding(("credential", "key-2", "subject"), ("owner", "owner-1", "subject"), credential_id="key-2")
    late = finding(("credential", "key-1", "subject"), days=9)
    (alarm,) = evaluate.compare("w", [travel], [strange], []).alarms
    assert alarm.lookalikes == ("travel",)
    (alarm,) = evaluate.compare("w", [truth(networks=frozenset())], [strange], []).alarms
    assert alarm.lookalikes == ("ring of another credential",)
    (alarm,) = evaluate.compare("w", [truth()], [late], []).alarms
    assert alarm.lookalikes == ("ring, but not where or when it was",)
    (alarm,) = evaluate.compare("w", [], [strange], []).alarms
    assert alarm.lookalikes == ("ordinary use",)


def test_rings_and_benign_days() -> None:
    """A ring is named by a finding about its network; days of a theft are no benign days."""
    thefts = [truth(), truth(credential_id="key-2", owner_id="owner-2")]
    by_key = evaluate.compare("w", thefts, [finding()], [use("key-1", 4), use("key-9", 4)])
    (ring,) = by_key.rings
    assert (ring.keys, ring.keys_found, ring.named) == (2, 1, False)
    assert by_key.benign_days == (8 - 3) + 8
    (ring,) = evaluate.compare("w", thefts, [finding(("network", DEN, "subject"), **ALONE)], []).rings
    assert (ring.keys, ring.keys_found, ring.named) == (2, 2, True)


def test_the_table_says_the_figures() -> None:
    """Hard thefts are counted apart, shares are of the stolen, a rate is per thousand benign days."""
    thefts = [truth(), truth(credential_id="key-2"), truth(credential_id="key-3", kind="drip", networks=frozenset())]
    found = [finding(), finding(credential_id="key-9", severity="high")]
    whole = evaluate.compare("w", thefts, found, [use("key-9", 16)])
    text = " ".join(evaluate.table("w", whole + evaluate.Evaluation()).split())
    assert "loud 2 50 % 0 % 12.0 h" in text
    assert "slow 1 0 % 0 % –" in text
    assert "rings named: 0 of 1; of their keys, 1 of 2 found" in text
    assert "false alarms at high+: 1 in 20 benign days, 50.00 per 1,000" in text
    assert "1 × ordinary use: stolen-key-in-use" in text
    assert "3 stolen credentials stand in no log" in text


def test_it_runs_on_a_world(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each theft of a simulated world gets a verdict, each stolen credential stands in the logs, JSON comes out."""
    world = World.build(5, 6, 8, plan=("enumerator", "prober", "onboarding"), services=("aws", "gcp"), volume=0.2)
    world.write(tmp_path / "world")
    monkeypatch.setattr(sys, "argv", ["evaluate.py", str(tmp_path / "world"), "--format", "json"])
    evaluate.main()
    (told,) = msgspec.json.decode(capsys.readouterr().out, type=dict[str, evaluate.Evaluation]).values()
    assert len(told.verdicts) == len(world.thefts) > 1
    assert all(verdict.known for verdict in told.verdicts)
    assert told.benign_days > 20
