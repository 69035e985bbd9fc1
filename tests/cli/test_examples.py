"""What README and tutorial show is what the program prints, and the files that the reference shows can be read."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seawall.detect.settings import Settings
from seawall.enrich import Geo, Prices

ROOT = Path(__file__).resolve().parents[2]


def load() -> ModuleType:
    """Import `tools/make_examples.py`, which is no package."""
    spec = importlib.util.spec_from_file_location("tools_make_examples", ROOT / "tools" / "make_examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


examples = load()


def shell(demo: Any) -> Any:
    """Return the shell of the examples, in the folder where the demo has been played."""
    return examples.Shell(demo.folder, {"make demo": (demo.done.out.splitlines(), demo.done.code)})


@pytest.mark.docs
def test_the_readme_shows_what_is_printed(demo: Any) -> None:
    """The first screen is true. When it is not: `python tools/make_examples.py`."""
    path = ROOT / "README.md"
    assert examples.page(path, shell(demo)) == path.read_text()


@pytest.mark.docs
@pytest.mark.slow
def test_the_tutorial_shows_what_is_printed(demo: Any) -> None:
    """Each command of the tutorial runs, and prints what the page shows. Else: `python tools/make_examples.py`."""
    for path in examples.PAGES[1:]:
        assert examples.page(path, shell(demo)) == path.read_text()


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        (["1 x", "…"], ["2 x", "b", "c"], ["2 x", "…"]),
        (["…", "n 1", "b"], ["a", "n 2", "c", "d"], ["…", "n 2", "c", "d"]),
        (["a", "…", "n 1", "…"], ["a", "b", "n 7", "c"], ["a", "…", "n 7", "…"]),
        (["a"], ["a", "b"], ["a", "b"]),
    ],
)
def test_what_is_left_out_stays_left_out(shown: list[str], printed: list[str], expected: list[str]) -> None:
    """A part is found by its first line, whatever its figures; the last part reaches to the end."""
    assert examples.shaped(shown, printed) == expected


def test_a_line_that_is_printed_no_more_is_named() -> None:
    """A page cannot go on showing what is gone."""
    with pytest.raises(LookupError, match="no longer printed: gone"):
        examples.shaped(["…", "gone"], ["a"])


@pytest.mark.docs
def test_the_files_shown_can_be_read(tmp_path: Path) -> None:
    """Each example of a settings file, in the reference and on the how-to pages, is one that Seawall takes."""
    readers = {
        "[[": lambda path: Settings.load(known=path), "owner,": lambda path: Settings.load(owners=path),
        "network,": Geo.open, "provider,": lambda path: Prices.load(override=path),
    }  # fmt: skip
    read = []
    for page in (ROOT / "docs" / "reference" / "files.md", ROOT / "docs" / "how-to" / "tuning.md"):
        for text in re.findall(r"^```(?:toml|text)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
            path = tmp_path / "file"
            path.write_text(text)
            (head,) = [head for head in readers if text.startswith(head)]
            readers[head](path)
            read.append(head)
    assert set(read) == set(readers)
