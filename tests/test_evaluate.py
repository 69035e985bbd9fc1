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

TOOLS = Path(__file__).resolve().parent.parent / "tools"


def _tool(name: str) -> Any:
    """Load one of the project's tools, which are scripts and no package."""
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


scoring = _tool("scoring")
evaluate = _tool("evaluate")

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DEN = "198.51.100.0/24"


def at(days: float) -> datetime:
    """Return the time so many days after noon."""
    return NOON + timedelta(days=days)


def truth(**columns: Any) -> Any:
    """Return a theft of `key-1` of `owner-1` from one network, from noon for two days."""
    theft = {
        "truth": "theft", "kind": "ring", "campaign": "ring-1", "ring": True,
        "owner_id": "owner-1", "credential_id": "key-1",
        "first": NOON, "last": at(2), "networks": frozenset({DEN}),
    }  # fmt: skip
    return scoring.Truth(**(theft | columns))


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
        (finding(("network", DEN, "subject"), **ALONE), truth(ring=False), False),
        (finding(("network", DEN, "subject"), ("credential", "key-1", "context"), **ALONE), truth(ring=False), True),
        (finding(("network", "192.0.2.0/24", "subject"), ("credential", "key-1", "context"), **ALONE), truth(), False),
        (finding(("network", DEN, "source"), days=9), truth(manner="trial"), True),
        (finding(("network", "192.0.2.0/24", "source"), days=9), truth(manner="trial"), False),
        (finding(("network", DEN, "source"), days=-2), truth(manner="trial"), False),
    ],
)
def test_what_a_finding_must_say_to_be_about_a_theft(found: Finding, theft: Any, *, about: bool) -> None:
    """It names the key, or the owner and the thief's network, or a ring's network, within a day of the theft.

    A trial must be named with its network, and may be found much later, from the ring.
    """
    assert scoring.names(found, theft) is about


def test_a_theft_is_found_once_by_the_worst_and_as_soon_as_the_first() -> None:
    """Severity is that of the worst finding about it; the delay is that of the first at medium, and low has none."""
    late, early, low = finding(severity="high"), finding(days=0.25), finding(days=0.1, severity="low")
    (verdict,) = scoring.compare("w", [truth()], [late, early, low], [use("key-1", 5)]).verdicts
    assert (verdict.severity, verdict.delay_minutes, verdict.known) == ("high", 360.0, True)
    (missed,) = scoring.compare("w", [truth()], [low], []).verdicts
    assert (missed.severity, missed.delay_minutes, missed.known) == ("low", None, False)


def test_a_delay_is_never_negative() -> None:
    """A finding from just before the theft has no delay; of an old one, the rise of its severity counts."""
    for found, minutes in (
        (finding(days=-0.5), 0.0),
        (finding(days=-5, severity_at=at(0.5).isoformat()), 720.0),
        (finding(days=-5, severity_at=at(-0.5).isoformat()), 0.0),
    ):
        (verdict,) = scoring.compare("w", [truth()], [found], []).verdicts
        assert verdict.delay_minutes == minutes


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
    alarms = scoring.compare("w", [truth()], found, []).alarms
    assert [(alarm.subject, alarm.severity, alarm.rules) for alarm in alarms] == [
        (("owner-1", "key-2"), "high", ("LJ-08", "stolen-key-in-use")),
        (("owner-1", "key-2"), "medium", ("stolen-key-in-use",)),
        (("owner-1", "key-1"), "medium", ("stolen-key-in-use",)),
    ]


def test_an_alarm_names_the_look_alike_behind_it() -> None:
    """Its own credential's comes before another's of the owner, and that before a theft at another time; of several,
    that which had just begun.
    """  # noqa: D205 - one sentence
    travel = truth(truth="benign", kind="travel", credential_id="key-2", networks=frozenset())
    older = truth(truth="benign", kind="upgrade", credential_id="key-2", networks=frozenset(), first=at(-9))
    strange = finding(("credential", "key-2", "subject"), ("owner", "owner-1", "subject"), credential_id="key-2")
    late = finding(("credential", "key-1", "subject"), days=9)
    for truths, found, kind in (
        ([older, travel], strange, "travel"),
        ([truth(networks=frozenset())], strange, "ring of another credential"),
        ([truth()], late, "ring, but not where or when it was"),
        ([], strange, scoring.ORDINARY),
    ):
        (alarm,) = scoring.compare("w", truths, [found], []).alarms
        assert alarm.lookalike == kind


def test_rings_and_benign_days() -> None:
    """A ring is named by its network or by its keys, not among many others; days of a theft are no benign days."""
    thefts = [truth(), truth(credential_id="key-2", owner_id="owner-2")]
    keys = [("credential", f"key-{number}", "context") for number in range(1, 9)]
    by_key = scoring.compare("w", thefts, [finding()], [use("key-1", 4), use("key-9", 4)])
    assert by_key.benign_days == (8 - 3) + 8
    assert scoring.compare("w", thefts, [finding()], [], days=7).benign_days == 7
    for found, of_keys, named in (
        (finding(), 1, False),
        (finding(("network", DEN, "subject"), **ALONE), 2, True),
        (finding(*keys[:2]), 1, True),
        (finding(*keys), 1, False),
    ):
        (ring,) = scoring.compare("w", thefts, [found], []).rings
        assert (ring.keys, ring.keys_found, ring.named) == (2, of_keys, named)


def test_the_truth_counts_benign_days() -> None:
    """Lines of use are summed up, and are no thefts; without any the days are unknown."""
    use_line = b'{"truth":"use","owner_id":"o","credential_id":"k","days":4}'
    theft = msgspec.json.encode(truth())
    assert scoring.read_truth(b"\n".join((theft, use_line, use_line))) == ([truth()], 8)
    assert scoring.read_truth(theft) == ([truth()], None)


def test_the_tables_say_the_figures() -> None:
    """Manners are counted apart, shares are of the stolen, a rate is per thousand benign days, both worlds add up."""
    thefts = [truth(), truth(credential_id="key-2"), truth(credential_id="key-3", manner="slow", networks=frozenset())]
    found = [finding(), finding(credential_id="key-9", severity="high", confidence=0.95)]
    one = scoring.compare("w", thefts, found, [use("key-9", 16)])
    text = " ".join(evaluate.tables({"a": one, "b": one}).split())
    assert "| a | 50 % / 0 % of 2 | 0 % / 0 % of 1 | – |" in text
    assert "| all | 50 % / 0 % of 4 | 0 % / 0 % of 2 | – |" in text
    assert "| a | 1 | 50.00 | 1 | 0.50 | 12.0 h | – | 0 of 1 | 20 |" in text
    assert "| all | 2 | 50.00 | 2 | 0.50 | 12.0 h | – | 0 of 2 | 40 |" in text
    assert "| ring of another credential | – | 2 | 2 | stolen-key-in-use ×2 |" in text
    assert "| ring | None | calls | 4 | 6 | not in the logs ×4 |" in text
    assert "| medium | – | – | 100 % (2) | – | – | – |" in text
    assert "| high | – | – | – | – | – | 0 % (2) |" in text


def test_it_runs_on_a_world(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each theft of a simulated world gets a verdict, each stolen credential stands in the logs, JSON comes out."""
    world = World.build(5, 6, 8, plan=("enumerator", "prober", "onboarding"), services=("aws", "gcp"), volume=0.2)
    world.write(tmp_path / "world")
    told = tmp_path / "told" / "all.json"
    monkeypatch.setattr(sys, "argv", ["evaluate.py", str(tmp_path / "world"), "--json", str(told)])
    evaluate.main()
    (done,) = msgspec.json.decode(told.read_bytes(), type=dict[str, scoring.Evaluation]).values()
    assert len(done.verdicts) == len(world.thefts) > 1
    assert all(verdict.known for verdict in done.verdicts)
    assert done.benign_days > 20
    assert "| enumerator | loud | calls |" in capsys.readouterr().out


def test_worlds_are_made_and_thrown_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of a family and a seed a world is made, judged, and nothing of it stays."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    arguments = ["--families", "quiet", "--seeds", "1", "--owners", "3", "--days", "2", "--jobs", "1"]
    monkeypatch.setattr(sys, "argv", ["evaluate.py", *arguments])
    evaluate.main()
    assert "| quiet |" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
