"""Make the pinned requirements files, or check that they still fit `pyproject.toml`.

In: the dependency tables of `pyproject.toml`. Out: `requirements/{base,detect,dev}.txt`, every release pinned and
hashed, for every platform and Python; no address of any package index stands in them.

    python tools/requirements.py              pin again, keeping the pins that still fit (needs uv and a network)
    python tools/requirements.py --upgrade    the same, taking newer releases
    python tools/requirements.py --check      compare, without a network; exit 1 when they have drifted
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT: Final = Path(__file__).resolve().parent.parent
#: What each file holds beyond the base, as flags for uv. The largest comes first: its pins bind the others.
FILES: Final[dict[str, tuple[str, ...]]] = {
    "dev": ("--extra", "all", "--group", "dev"),
    "detect": ("--extra", "detect"),
    "spark": ("--extra", "spark"),
    "base": (),
}
#: The extras that every developer has; Spark is for `make test-all`.
_DEV: Final = ("detect", "all")
_FLAGS: Final = (
    "--no-config", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url",
    "--no-header", "--no-annotate",
)  # fmt: skip
_PIN: Final = re.compile(
    r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)(?: ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)
_DIGEST: Final = "# dependency tables of pyproject.toml, sha256: "


def tables(pyproject: str) -> dict[str, Any]:
    """Return the parts of a `pyproject.toml` that decide what is installed."""
    data = tomllib.loads(pyproject)
    project = data["project"]
    return {
        "python": project["requires-python"],
        "base": project.get("dependencies", []),
        "extras": project.get("optional-dependencies", {}),
        "dev": data.get("dependency-groups", {}).get("dev", []),
    }


def digest(pyproject: str) -> str:
    """Return the SHA-256 of the dependency tables, in hex."""
    return hashlib.sha256(json.dumps(tables(pyproject), sort_keys=True).encode()).hexdigest()


def wanted(name: str, pyproject: str) -> list[Requirement]:
    """Return what the file `name` must satisfy: the base, and the extras and groups that it adds."""
    parts = tables(pyproject)
    lines = list(parts["base"])
    extras = _DEV if name == "dev" else (name,)
    lines += [line for extra in extras for line in parts["extras"].get(extra, ())]
    lines += parts["dev"] if name == "dev" else []
    return [need for need in map(Requirement, lines) if need.name != "seawall"]


def problems(name: str, text: str, pyproject: str) -> list[str]:
    """Return what is wrong with the requirements file `name`, one sentence each; an empty list when nothing is."""
    pins: dict[str, list[Version]] = {}
    for found in _PIN.finditer(text):
        pins.setdefault(canonicalize_name(found[1]), []).append(Version(found[2]))
    rest = [line for line in _PIN.sub("", text).splitlines() if line and not line.startswith("#")]
    faults = [f"a line that is no pin with hashes: {line[:60]}" for line in rest]
    if f"{_DIGEST}{digest(pyproject)}\n" not in text:
        faults.append("it was made from other dependency tables than those of pyproject.toml")
    faults += [
        f"no pin satisfies {need}"
        for need in wanted(name, pyproject)
        if not any(need.specifier.contains(pin) for pin in pins.get(canonicalize_name(need.name), []))
    ]
    return faults


def compile_all(*, upgrade: bool) -> None:
    """Pin every file again with uv; the smaller files take their pins from the largest."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        raise SystemExit("error: uv is not installed\nhint: python -m pip install uv")
    for name, extras in FILES.items():
        path = ROOT / "requirements" / f"{name}.txt"
        bound = () if name == "dev" else ("--constraint", "requirements/dev.txt")
        newer = ("--upgrade",) if upgrade else ()
        target = ("--output-file", str(path.relative_to(ROOT)))
        subprocess.run(
            [uv, "pip", "compile", *_FLAGS, *extras, *bound, *newer, *target, "pyproject.toml"], cwd=ROOT, check=True
        )
        head = (
            f"# Made by `make requirements`; do not edit.\n{_DIGEST}{digest((ROOT / 'pyproject.toml').read_text())}\n"
        )
        path.write_text(head + path.read_text())


def main(arguments: list[str]) -> int:
    """Check or make the files; return the exit code."""
    if "--check" not in arguments:
        compile_all(upgrade="--upgrade" in arguments)
    pyproject = (ROOT / "pyproject.toml").read_text()
    faults = [
        f"requirements/{name}.txt: {fault}"
        for name in FILES
        for fault in problems(name, (ROOT / "requirements" / f"{name}.txt").read_text(), pyproject)
    ]
    for fault in faults:
        print(fault)
    if faults:
        print("hint: make requirements")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
