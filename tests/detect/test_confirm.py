"""The second step of a rule: what the calls behind a candidate say."""

from __future__ import annotations

import pytest

from seawall.detect.analytics.filter_retry import RULE
from seawall.detect.engine import Engine
from seawall.detect.examples.example import at, events, steady
from seawall.model import Finding
from seawall.sources.prompts import fingerprint
from seawall.store import Views

KEY = b"a key of the test's own"
REQUEST = "a portrait of a lighthouse at night in the rain with a red door and a boat tied to the stairs before it"
REWORDED = REQUEST.replace("red door", "green door")
OTHER = "translate the following list of seventeen parts of a bicycle into Portuguese and sort it by length of word"


def judged(passed: str | None, refused: str | None, history: str | None = "batch") -> list[Finding]:
    """Return LJ-27's findings where `refused` was tried seven times and then `passed` got through."""

    def sketch(text: str | None) -> dict[str, object]:
        return {"prompt_sketch": fingerprint(text, KEY).sketch} if text else {}

    rows = [
        *steady(3),
        *({"time": at(number), "outcome": "filtered", **sketch(refused)} for number in range(7)),
        {"time": at(12), **sketch(passed)},
    ]
    with Views(history=history) as views:
        views.con.register("batch", events(rows))
        engine = Engine(views, rules=(RULE,), incident_rules=())
        engine.add("batch")
        return engine.findings()


def test_reworded_request_confirms() -> None:
    """A request that got through nearly as it was refused makes the loop likelier."""
    (finding,) = judged(REWORDED, REQUEST)
    assert finding.confidence == pytest.approx(0.6)


def test_another_request_refutes() -> None:
    """Refusals followed by a quite different request are no retry loop."""
    assert judged(OTHER, REQUEST) == []


@pytest.mark.parametrize(("passed", "refused"), [(None, REQUEST), (REWORDED, None), (None, None)])
def test_without_sketches_the_candidate_stands(passed: str | None, refused: str | None) -> None:
    """Where a log keeps no sketch on one side, nothing is confirmed and nothing is lost."""
    (finding,) = judged(passed, refused)
    assert finding.confidence == RULE.confidence


def test_without_history_the_candidate_stands() -> None:
    """Views that know no history cannot look at calls: the candidate is reported as it is."""
    (finding,) = judged(OTHER, REQUEST, history=None)
    assert finding.confidence == RULE.confidence
