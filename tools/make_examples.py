"""Write what the commands shown in README.md and the tutorial really print, or check that it still is what they print.

In: the ```console blocks: `$ ` and a command, then what it prints; a line `…` leaves lines out, up to the next line
shown. Out: the same files, with what the commands print now. All run in one fresh folder, in order, each once.

    python tools/make_examples.py            write the blocks
    python tools/make_examples.py --check    compare; exit 1 where a page shows what is no longer printed
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs" / "tutorial").glob("*.md")))
_BLOCK: Final = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
_LEFT_OUT: Final = "…"


class Shell:
    """Runs commands in a folder, each once; `make demo` is what the Makefile runs, without the set-up."""

    def __init__(self, folder: Path, done: dict[str, tuple[list[str], int]] | None = None) -> None:
        """Make the command in `folder`; `done`: commands that ran there already, with their lines and exit codes."""
        self._folder = folder
        self._done = dict(done or {})
        self._code = 0
        program = folder / ".venv" / "bin" / "seawall"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seawall "$@"\n')
        program.chmod(0o755)

    def run(self, command: str) -> list[str]:
        """Return the lines that a command prints; `echo $?` prints the exit code of the one before it."""
        if command == "echo $?":
            return [str(self._code)]
        if command not in self._done:
            environment = {"HOME": str(self._folder), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src")}
            real = command.replace("make demo", ".venv/bin/seawall demo")
            done = subprocess.run(
                ["bash", "-c", real], cwd=self._folder, env=environment, capture_output=True, text=True, check=False,
                timeout=300,
            )  # fmt: skip
            self._done[command] = ((done.stdout or done.stderr).splitlines(), done.returncode)
        lines, self._code = self._done[command]
        return lines


def shaped(shown: list[str], printed: list[str]) -> list[str]:
    """Return what was printed with as much left out as in what is shown; each part is found by its first line.

    Raises:
        LookupError: the first line of a part is printed no more.
    """
    result: list[str] = []
    at = 0
    for left_out, lines in groupby(shown, _LEFT_OUT.__eq__):
        part = list(lines)
        if left_out:
            result.append(_LEFT_OUT)
        else:
            at = _place(part[0], printed, at) if result else 0
            result += printed[at : at + len(part)]
            at += len(part)
    return result if shown[-1] == _LEFT_OUT else [*result, *printed[at:]]


def _place(line: str, printed: list[str], at: int) -> int:
    """Return where a line is printed, from `at` on; its figures may have changed, its words not."""
    head = re.split(r"\d", line)[0] or line
    for place in range(at, len(printed)):
        if printed[place].startswith(head):
            return place
    raise LookupError(f"no longer printed: {line}")


def block(text: str, shell: Shell) -> str:
    """Return a block with what its commands print now; one that shows nothing keeps showing nothing."""
    result: list[str] = []
    for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *shown = step.splitlines()
        printed = shell.run(command)
        result += [f"$ {command}", *(shaped(shown, printed) if shown else [])]
    return "".join(f"{line}\n" for line in result)


def page(path: Path, shell: Shell) -> str:
    """Return a page with what its commands print now."""
    return _BLOCK.sub(lambda found: block(found[0], shell), path.read_text())


def main(arguments: list[str]) -> int:
    """Write or check the pages; return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        shell = Shell(Path(name))
        stale = {path: text for path in PAGES if (text := page(path, shell)) != path.read_text()}
    for path, text in stale.items():
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} shows what is no longer printed\nhint: python tools/make_examples.py")
        else:
            path.write_text(text)
            print(path.relative_to(ROOT))
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
