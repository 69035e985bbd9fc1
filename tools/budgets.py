"""Hold the code to its budgets: length of files and functions, broad excepts, docstrings of tests, places named.

In: the files that git tracks (new ones that it does not ignore included). Out: one line for each budget that is broken,
and one with the figures. Exit 1 when any is broken. `docs/explanation/design.md` says why there are budgets.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import msgspec

FILE_MEDIAN: Final = 150
FILE_MAX: Final = 600
FUNCTION_LONG: Final = 40
FUNCTION_LONG_SHARE: Final = 0.03
FUNCTION_MAX: Final = 80
BROAD_MAX: Final = 10

#: Where packages come from stands in no file, so that each reader's own mirror serves; the names are put together here.
_HOSTS: Final = tuple(
    ".".join(parts)
    for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("debian", "org"))
)
#: A path of somebody's machine helps nobody else.
_MACHINE: Final = re.compile(r"(?<![\w.$}~/-])/" + r"(?:home/\w|Users/\w|root/|work/\w|workspace/\w)")


class Function(NamedTuple):
    """A function of the code: where it stands, how many lines it has, whether it is documented."""

    path: str
    line: int
    name: str
    length: int
    documented: bool


class Code(msgspec.Struct):
    """What the budgets are counted on: lines per Python file, functions, broad excepts as `path:line: text`."""

    files: dict[str, int]
    functions: list[Function]
    broad: list[str]


def tracked(root: Path) -> list[Path]:
    """Return the files of a git checkout, the new ones too, without those that git ignores."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
    return sorted(path for name in names if name and (path := root / name).is_file() and not path.is_symlink())


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Say whether a handler catches everything."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"}) for kind in kinds
    )


def measure(root: Path, paths: Iterable[Path]) -> Code:
    """Count what the budgets are about in the Python files among `paths`."""
    code = Code({}, [], [])
    for path in paths:
        if path.suffix != ".py":
            continue
        name, text = path.relative_to(root).as_posix(), path.read_text()
        lines = text.splitlines()
        code.files[name] = len(lines)
        for node in ast.walk(ast.parse(text, name)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                code.functions.append(
                    Function(name, node.lineno, node.name, length, ast.get_docstring(node) is not None)
                )
            elif isinstance(node, ast.ExceptHandler) and _is_broad(node):
                code.broad.append(f"{name}:{node.lineno}: {lines[node.lineno - 1].strip()}")
    return code


def _lengths(code: Code) -> Iterator[str]:
    """Name the files and functions that are too long."""
    shipped = [length for name, length in code.files.items() if name.startswith("src/")]
    if shipped and median(shipped) > FILE_MEDIAN:
        yield f"src: the median file has {median(shipped):g} lines (budget {FILE_MEDIAN})"
    yield from (f"{name}: {n} lines (budget {FILE_MAX})" for name, n in code.files.items() if n > FILE_MAX)
    long = sorted((one for one in code.functions if one.length > FUNCTION_LONG), key=lambda one: -one.length)
    for one in long:
        if one.length > FUNCTION_MAX:
            yield f"{one.path}:{one.line}: {one.name} has {one.length} lines (budget {FUNCTION_MAX})"
    if len(long) >= FUNCTION_LONG_SHARE * len(code.functions) and long:
        share = f"{len(long)} of {len(code.functions)} functions have more than {FUNCTION_LONG} lines"
        names = ", ".join(f"{one.path}:{one.line} {one.name} ({one.length})" for one in long[:10])
        yield f"{share} (budget: fewer than {FUNCTION_LONG_SHARE:.0%}): {names}"


def _habits(code: Code) -> Iterator[str]:
    """Name broad excepts beyond the budget or without a reason, and tests that do not say what they promise."""
    if len(code.broad) > BROAD_MAX:
        yield f"{len(code.broad)} broad excepts (budget {BROAD_MAX}): {'; '.join(code.broad)}"
    yield from (f"{where} (a broad except gives its reason on its line)" for where in code.broad if "#" not in where)
    for one in code.functions:
        if one.path.startswith("tests/") and one.name.startswith("test_") and not one.documented:
            yield f"{one.path}:{one.line}: {one.name} has no docstring that says what is promised"


def _places(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """Name the lines that speak of a package registry's host or of a path on somebody's machine."""
    for path in paths:
        for number, line in enumerate(path.read_bytes().decode(errors="replace").splitlines(), 1):
            where = f"{path.relative_to(root).as_posix()}:{number}"
            yield from (f"{where}: the host of a package registry" for host in _HOSTS if host in line)
            if _MACHINE.search(line):
                yield f"{where}: a path of one machine"


def problems(root: Path, paths: list[Path], code: Code) -> list[str]:
    """Return every broken budget of a tree, one line each."""
    return [*_lengths(code), *_habits(code), *_places(root, paths)]


def main() -> int:
    """Print what is broken and the figures; return the exit code."""
    root = Path(__file__).resolve().parent.parent
    paths = tracked(root)
    code = measure(root, paths)
    found = problems(root, paths, code)
    for line in found:
        print(line)
    figures = f"{len(code.files)} files, {len(code.functions)} functions, {len(code.broad)} broad excepts"
    print(f"{figures}: {len(found)} over budget")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
