"""The house holds: each budget can be broken and is then named, pins drift visibly, CI does what the README says."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load(name: str) -> ModuleType:
    """Import a script of `tools/`, which is no package."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


budgets = load("budgets")
requirements = load("requirements")

SHORT = '"""A file."""\n\n\ndef one():\n    """Do it."""\n'
MACHINE = "/" + "home/someone/logs"
REGISTRY = "py" + "pi.org"


def function(lines: int, name: str = "long") -> str:
    """Return a function of so many lines."""
    return f"def {name}():\n" + "    x = 1\n" * (lines - 1)


def broken(tmp_path: Path, files: dict[str, str]) -> list[str]:
    """Return the budgets that a tree of these files breaks."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    paths = [tmp_path / name for name in files]
    return list(budgets.problems(tmp_path, paths, budgets.measure(tmp_path, paths)))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"src/a.py": "x = 1\n" * 151}, "the median file has 151 lines"),
        ({"tests/a.py": "x = 1\n" * 601}, "tests/a.py: 601 lines"),
        ({"tools/a.py": function(81) + SHORT * 40}, "tools/a.py:1: long has 81 lines"),
        ({"tools/a.py": function(41) + SHORT * 30}, "1 of 31 functions have more than 40 lines"),
        ({"src/a.py": "try:\n    x = 1\nexcept Exception:\n    x = 2\n"}, "gives its reason"),
        ({"src/a.py": "try:\n    x = 1\nexcept (ValueError, BaseException):\n    x = 2\n"}, "gives its reason"),
        ({"src/a.py": "try:\n    x = 1\nexcept:\n    x = 2\n"}, "gives its reason"),
        ({"src/a.py": "try:\n    x = 1\nexcept Exception:  # why\n    x = 2\n" * 11}, "11 broad excepts"),
        ({"tests/test_a.py": "def test_it():\n    assert 1\n"}, "test_it has no docstring"),
        ({"docs/a.md": f"See {MACHINE}.\n"}, "docs/a.md:1: a path of one machine"),
        ({"Makefile": f"# https://{REGISTRY}/simple\n"}, "Makefile:1: the host of a package registry"),
    ],
)
def test_each_budget_can_be_broken(tmp_path: Path, files: dict[str, str], said: str) -> None:
    """A tree that breaks one budget is told so, with the place, and told of nothing else."""
    found = broken(tmp_path, files)
    assert len(found) == 1
    assert said in found[0]


def test_what_is_within_its_budgets_is_not_named(tmp_path: Path) -> None:
    """At the edge of each budget nothing is said."""
    files = {
        "src/a.py": function(40, "edge") + "x = 1\n" * 110,
        "src/b.py": "try:\n    x = 1\nexcept Exception:  # the caller's plug-in may raise anything\n    x = 2\n",
        "tests/test_a.py": 'def test_it():\n    """It holds."""\n    assert 1\n\n\ndef helper():\n    return 1\n',
        "docs/a.md": "See ~/.local/share/seawall, $HOME/logs and src/home/page.py.\n",
    }
    assert broken(tmp_path, files) == []


def test_tracked_files_are_git_s_own(tmp_path: Path) -> None:
    """New files count before they are added; ignored files and links do not."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    for name in ("new.py", "ignored.py"):
        (tmp_path / name).write_text(SHORT)
    (tmp_path / "link.py").symlink_to("new.py")
    assert [path.name for path in budgets.tracked(tmp_path)] == [".gitignore", "new.py"]


PYPROJECT = """
[project]
requires-python = ">=3.11"
dependencies = ["Alpha_One>=1.2"]
[project.optional-dependencies]
detect = ["beta[speed]>=2,<3"]
all = ["seawall[detect]"]
[dependency-groups]
dev = ["gamma==4"]
"""
HASH = "    --hash=sha256:" + "0" * 64


def pins(*names: str, pyproject: str = PYPROJECT) -> str:
    """Return a requirements file with these pins, made for `pyproject`."""
    lines = [f"{name} \\\n{HASH} \\\n{HASH}\n" for name in names]
    return f"# made\n# dependency tables of pyproject.toml, sha256: {requirements.digest(pyproject)}\n" + "".join(lines)


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("base", ("alpha-one==1.3",)),
        ("detect", ("alpha-one==1.3", "beta==2.5 ; sys_platform == 'linux'")),
        ("dev", ("alpha-one==1.3", "beta==2.5", "gamma==4", "more==1")),
    ],
)
def test_pins_that_fit_are_left_alone(name: str, held: tuple[str, ...]) -> None:
    """A file that satisfies its tables has no fault, and with any one pin taken away it has."""
    assert requirements.problems(name, pins(*held), PYPROJECT) == []
    needed = [pin for pin in held if not pin.startswith("more")]
    for pin in needed:
        rest = [one for one in held if one != pin]
        assert any("no pin satisfies" in fault for fault in requirements.problems(name, pins(*rest), PYPROJECT))


def test_drift_is_seen_without_a_network() -> None:
    """Another table, a pin outside its range, a pin without hash, an address: each is a fault."""
    changed = PYPROJECT.replace("gamma==4", "gamma==5")
    assert "other dependency tables" in requirements.problems("base", pins("alpha-one==1.3"), changed)[0]
    assert "no pin satisfies" in requirements.problems("base", pins("alpha-one==1.1"), PYPROJECT)[0]
    for bad in ("delta==1\n", "--index-url https://index.example/simple\n", "delta @ file:///tmp/delta.whl\n"):
        faults = requirements.problems("base", pins("alpha-one==1.3") + bad, PYPROJECT)
        assert len(faults) == 1
        assert "no pin with hashes" in faults[0]


def test_the_base_stays_small() -> None:
    """The base has at most 20 packages: a process that guards keys has a small supply chain."""
    base = (ROOT / "requirements" / "base.txt").read_text()
    assert 0 < len(re.findall(r"^[a-z].*==", base, re.MULTILINE)) <= 20


def test_ci_runs_what_the_readme_says() -> None:
    """`.ci/run` is executable, stops at the first fault, and calls `make check` and the README's test command."""
    readme = (ROOT / "README.md").read_text()
    found = re.search(r"## Test it\n\n```sh\n(.+)\n```", readme)
    assert found is not None
    script = ROOT / ".ci" / "run"
    lines = script.read_text().splitlines()
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in lines
    calls = [line.removesuffix(" </dev/null") for line in lines if line.startswith("make ")]
    assert calls == ["make check", found[1]]


def test_every_target_of_the_makefile_is_explained() -> None:
    """`make help` names every target that is not a file."""
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    told = subprocess.run(["make", "-s", "-C", str(ROOT), "help"], check=True, capture_output=True, text=True).stdout
    assert sorted(re.findall(r"^  make ([a-z-]+)", told, re.MULTILINE)) == sorted(phony[1].split())
