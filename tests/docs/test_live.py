"""The how-to of `seawall watch` keeps up: its receiver's code accepts what we send, and it names what we measure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from seawall.detect.meters import METRICS, Meters
from seawall.detect.outlets.webhook import signature

pytestmark = pytest.mark.docs
KEY, BODY, NOW = b"k" * 32, b'{"key":"a.1"}', 1_790_000_000


@pytest.fixture(scope="module")
def how_to(root: Path) -> Path:
    """Return the folder of the how-to pages."""
    return root / "docs" / "how-to"


def test_the_receiver_of_the_docs_tells_ours_from_others(how_to: Path) -> None:
    """The code that receivers copy takes our signature, and refuses another key, another body and an old one."""
    code = re.findall(r"```python\n(.*?)```", (how_to / "live.md").read_text(), re.DOTALL)[0]
    names: dict[str, Any] = {}
    exec(compile(code, "live.md", "exec"), names)  # noqa: S102 - it is our own page
    header = signature(KEY, NOW, BODY)
    assert names["is_ours"](KEY, header, BODY, NOW)
    assert not names["is_ours"](b"x" * 32, header, BODY, NOW)
    assert not names["is_ours"](KEY, header, BODY + b" ", NOW)
    assert not names["is_ours"](KEY, header, BODY, NOW + 301)


def test_every_metric_is_documented(how_to: Path) -> None:
    """The page has every name that `/metrics` shows, and no other."""
    named = set(re.findall(r"seawall_\w+", (how_to / "live.md").read_text()))
    assert named == METRICS.keys() == set(re.findall(r"^# TYPE (\S+) ", Meters().text(), re.MULTILINE))


@pytest.mark.parametrize("page", ["vector", "fluent-bit", "otel-collector", "event-hub"])
def test_what_is_to_be_copied_is_yaml(how_to: Path, page: str) -> None:
    """Each configuration parses."""
    blocks = re.findall(r"```yaml\n(.*?)```", (how_to / f"{page}.md").read_text(), re.DOTALL)
    assert blocks
    assert all(isinstance(yaml.safe_load(block), dict) for block in blocks)
