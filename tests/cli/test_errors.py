"""Whatever goes wrong: three lines that help, the exit code that the table promises, and never a traceback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import pytest

from seawall.cli import COMMANDS

SEAWALL = (sys.executable, "-m", "seawall")
#: Command lines that are wrong, `{}` standing for a fresh folder, and the word that the error must contain.
WRONG = [
    (["detekt"], "detekt"),
    (["detect", "--nope"], "--nope"),
    (["detect", "{}/absent.json"], "absent.json"),
    (["detect", "{}"], "no log in"),
    (["detect"], "lake is empty"),
    (["detect", "{}/log.json", "--known", "{}/absent.toml"], "absent.toml"),
    (["detect", "{}/log.json", "--known", "{}/bad.toml"], "bad.toml"),
    (["detect", "{}/log.json", "--known", "{}/unknown.toml"], "unknown.toml"),
    (["detect", "{}/log.json", "--known", "{}/cidr.toml"], "cidr.toml"),
    (["detect", "{}/log.json", "--owners", "{}/owners.csv"], "owners.csv"),
    (["detect", "{}/log.json", "--owners", "{}/latin.csv"], "latin.csv"),
    (["detect", "{}/log.json", "--geo", "{}/geo.csv"], "geo.csv"),
    (["detect", "{}/log.json", "--prices", "{}/bad.toml"], "bad.toml"),
    (["detect", "{}/log.json", "--rules", "{}/rule.yml"], "rule.yml"),
    (["detect", "{}/log.json", "--key-file", "{}/bad.toml"], "bad.toml"),
    (["detect", "{}/log.json", "--since", "yesterday"], "yesterday"),
    (["detect", "{}/log.json", "--since", "0001-01-01T00:00+14:00"], "0001-01-01"),
    (["detect", "{}/log.json", "--since", "2026-02-01", "--until", "2026-01-01"], "--since"),
    (["detect", "{}/log.json", "--fail-on", "worst"], "worst"),
    (["detect", "{}/log.json", "--format", "xml"], "xml"),
    (["detect", "{}/log.json", "-o", "{}/absent/out"], "absent"),
    (["detect", "{}/log.json", "-o", "{}"], "folder"),
    (["detect", "{}/log.json", "--report", "{}/absent/report.html"], "absent"),
    (["doctor", "{}/absent"], "absent"),
    (["doctor", "{}"], "no log in"),
    (["rules", "show", "LJ-00"], "LJ-00"),
    (["rules", "show"], "RULE"),
    (["rules", "test", "LJ-05", "LJ-00"], "LJ-00"),
    (["simulate"], "OUT"),
    (["simulate", "{}/world", "--days", "0"], "--days"),
    (["simulate", "{}/full"], "not empty"),
    (["demo", "--out", "{}/full"], "no demo"),
]  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder without a log; beside it, in `files`, are files that are wrong, each in its own way."""
    place = tmp_path / "place"
    place.mkdir()
    files = {
        "log.json": b"{}", "bad.toml": b"[[network", "unknown.toml": b"[[netwrok]]\ncidr = '192.0.2.0/24'\n",
        "cidr.toml": b"[[network]]\ncidr = '192.0.2.0/99'\nreason = 'office'\n", "owners.csv": b"account,team\n1,2\n",
        "latin.csv": b"owner,group,name\n1,2,caf\xe9\n", "rule.yml": b"title: half a rule\n",
        "geo.csv": b"network,country\n192.0.2.0/24,DE\nnot-a-network,DE\n",
    }  # fmt: skip
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "full").mkdir()
    (tmp_path / "files" / "full" / "letter.txt").write_text("mine")
    for name, content in files.items():
        (tmp_path / "files" / name).write_bytes(content)
    return place


@pytest.mark.parametrize(("words", "named"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_what_is_wrong_is_said_in_three_lines(
    words: list[str], named: str, place: Path, tmp_path: Path, seawall: Callable[..., Any]
) -> None:
    """A wrong command line or settings file: exit code 2, nothing on stdout, and error, hint, docs on stderr."""
    done = seawall(*(str(place) if word == "{}" else word.replace("{}", str(tmp_path / "files")) for word in words))
    assert (done.code, done.out) == (2, ""), done
    lines = done.err.splitlines()
    begins = [line.partition(" ")[0] for line in lines]
    assert begins[0] == "error:", done.err
    assert begins[-2:] == ["hint:", "docs:"], done.err
    assert named in done.err
    assert len(lines) == 3 or "rule.yml" in named, done.err  # rule files: each problem has its line


@pytest.mark.usefixtures("place")
def test_every_error_points_at_a_page(root: Path, tmp_path: Path, seawall: Callable[..., Any]) -> None:
    """The third line names a page that is there."""
    for words, _ in (WRONG[0], WRONG[2], WRONG[4], WRONG[6], WRONG[-7]):
        done = seawall(*(word.replace("{}", str(tmp_path / "files")) for word in words))
        page = done.err.splitlines()[-1].removeprefix("docs: ").partition("#")[0]
        assert (root / "docs" / f"{page}.md").is_file(), (words, page)


def test_the_command_alone_explains_itself(seawall: Callable[..., Any]) -> None:
    """`seawall` without a command prints what there is, and says by its code that nothing was done."""
    done = seawall()
    assert done.code == 2
    assert all(name in done.err for name in COMMANDS)


def test_an_error_cannot_obey_the_terminal(seawall: Callable[..., Any]) -> None:
    """A path that holds escape sequences is named without them."""
    done = seawall("detect", "x\x1b[31m\u202egnp.\x07")
    assert done.code == 2
    assert all(each.isprintable() for line in done.err.splitlines() for each in line)


def test_a_full_disk_is_exit_code_3(stolen: Path, seawall: Callable[..., Any]) -> None:
    """`-o` on a device without space: three lines and 3, though there are findings; the device stays one."""
    done = seawall("detect", stolen, "--fail-on", "low", "-o", "/dev/full")
    assert done.code == 3
    assert "No space left" in told(done.err)[0]
    assert Path("/dev/full").is_char_device()


def told(errors: str) -> list[str]:
    """Return what was said on standard error, without how far it was, which a slow machine says every ten seconds."""
    return [line for line in errors.splitlines() if not re.search(r", \d+ s$", line)]


def run(words: Sequence[object], **how: Any) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [*SEAWALL, *map(str, words)], stderr=subprocess.PIPE, text=True, check=False, timeout=60, **how
    )


def test_a_full_disk_behind_stdout_is_exit_code_3() -> None:
    """What the interpreter would print at exit does not follow the three lines, and does not change the code."""
    with Path("/dev/full").open("w") as full:
        done = run(["--help"], stdout=full)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 3, done.stderr


def test_a_closed_stdout_is_said() -> None:
    """`>&-`: there is nowhere to write to, and that is an error, not a clean answer."""
    words = ["sh", "-c", '"$0" -m seawall rules list >&-', sys.executable]
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert (done.returncode, told(done.stderr)[0]) == (2, "error: standard output is closed")


def test_a_reader_that_goes_away_changes_no_exit_code(stolen: Path) -> None:
    """`seawall detect … | head -0`: silent, and still 1 where there are findings."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        done = run(["detect", stolen, "--fail-on", "low", "--format", "jsonl"], stdout=gone)
    assert (done.returncode, told(done.stderr)) == (1, [])


def test_interrupted_is_exit_code_130(tmp_path: Path) -> None:
    """Ctrl-C while input is awaited: one word, 130, and no temporary folder is left."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    words = [*SEAWALL, "detect", "-"]
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        await_(lambda: any(tmp_path.glob("seawall-*/events")))
        child.send_signal(signal.SIGINT)
        said = read(child.stderr)
    assert (child.returncode, said.strip()) == (130, "interrupted")
    assert list(tmp_path.glob("seawall-*")) == []


def await_(reached: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def read(stream: IO[str] | None) -> str:
    """Read a stream to its end."""
    assert stream is not None
    return stream.read()


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    """`seawall --help` imports no engine, and takes less than 200 ms of processor time beyond Python's own start."""
    code = (
        "import sys, time\nbegun = time.process_time()\nfrom seawall.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(time.process_time() - begun, *sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    best, loaded = min(timed(code) for _ in range(3))
    assert loaded & {"duckdb", "ibis", "pyarrow", "jinja2", "rich", "sigma", "sqlalchemy", "deltalake"} == set()
    assert best < 0.2


def timed(code: str) -> tuple[float, set[str]]:
    """Return the processor seconds that a script tells, and the packages it says it loaded."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    seconds, *names = done.stderr.split()
    return float(seconds), set(names)


@pytest.mark.parametrize(
    "words", [[], *([name] for name in COMMANDS), ["rules", "list"], ["rules", "show"], ["rules", "test"]], ids=" ".join
)
def test_every_command_has_help(words: list[str], seawall: Callable[..., Any]) -> None:
    """`--help` and `-h` print the same, on stdout, in 80 columns, with code 0."""
    done = seawall(*words, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: {' '.join(['seawall', *words])} ")
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert seawall(*words, "-h").out == done.out
