"""The documentation keeps up: what the code has, the reference names; what the docs call, exists."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import get_args

import click
import pytest

from seawall.cli import cli as seawall
from seawall.model import COLUMNS, Activity, CredentialKind, Modality, Outcome, SeawallError, SrcKind
from seawall.sources import SOURCES
from seawall.sources.example import Example

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

pytestmark = pytest.mark.docs


def load_make_docs() -> ModuleType:
    """Import `tools/make_docs.py`, which is no package."""
    spec = importlib.util.spec_from_file_location("tools_make_docs", ROOT / "tools" / "make_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_docs = load_make_docs()


def reference(name: str) -> str:
    """Return a page of the reference as it lies in the repository."""
    return (DOCS / "reference" / name).read_text()


def every_command() -> dict[str, click.Command]:
    """Return the commands by their full names."""
    found = make_docs.commands(seawall, click.Context(seawall, info_name="seawall", **seawall.context_settings))
    return {context.command_path: command for command, context in found}


def test_the_reference_is_what_the_code_says() -> None:
    """Every generated page equals what the generator makes now: `make reference` was run."""
    stale = [name for name, text in make_docs.pages().items() if reference(name) != text]
    assert stale == []


def test_every_column_is_documented() -> None:
    """Each column says what it holds and what it is called elsewhere; each word of each column is listed."""
    columns, words, names = re.split(r"^## .+$", reference("event.md"), flags=re.MULTILINE)
    assert tuple(re.findall(r"^\| `(\w+)` \| \w+ \| [^|]*\w[^|]* \|$", columns, re.MULTILINE)) == COLUMNS
    assert tuple(re.findall(r"^\| `(\w+)` \|", names, re.MULTILINE)) == COLUMNS
    for kind in (Activity, Outcome, CredentialKind, Modality, SrcKind):
        assert all(f"`{word}`" in words for word in get_args(kind))


def test_every_source_is_documented() -> None:
    """Each source has its section, says what to switch on, and says at least one thing that it cannot tell."""
    text = reference("sources.md")
    assert sorted(re.findall(r"^## `(.+)`$", text, re.MULTILINE)) == sorted(source.name for source in SOURCES)
    for source in SOURCES:
        assert source.switch_on in text
        assert source.cannot_tell
        assert set(source.columns) <= set(COLUMNS), f"{source.name} claims columns that the event has not"
        assert all(f"- {sentence}\n" in text for sentence in source.cannot_tell)


def test_every_command_and_option_is_documented() -> None:
    """Each command that is not hidden has a section; each of its options stands there with its help."""
    parts = dict(re.findall(r"^## `([^`\n]+)`\n(.*?)(?=^## |\Z)", reference("cli.md"), re.MULTILINE | re.DOTALL))
    commands = every_command()
    assert sorted(parts) == sorted(commands)
    for path, command in commands.items():
        assert command.help, f"{path} has no help"
        for one in command.params:
            if isinstance(one, click.Option) and not one.hidden:
                assert one.help, f"{path} {one.opts} has no help"
                assert all(name in parts[path] for name in one.opts)


def test_every_exit_code_is_documented() -> None:
    """Each error's exit code has its row, and the error is named in it."""
    rows = dict(re.findall(r"^\| `(\d+)` \| (.+) \|$", reference("exit-codes.md"), re.MULTILINE))
    assert sorted(map(int, rows)) == sorted(make_docs.EXIT_CODES)
    for kind in SeawallError.__subclasses__():
        assert kind.__name__ in rows[str(kind.exit_code)]


def test_every_setting_is_documented() -> None:
    """Each environment variable that the code names stands in the settings page."""
    named = {
        name for path in (ROOT / "src").rglob("*.py") for name in re.findall(r"\bSEAWALL_[A-Z_]+\b", path.read_text())
    }
    assert named - set(re.findall(r"`(SEAWALL_[A-Z_]+)`", reference("settings.md"))) == set()


def docs_arguments() -> Iterator[tuple[str, str]]:
    """Yield every page that an error points at, with the place in the code."""
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "docs" and isinstance(node.value, ast.Constant):
                yield f"{path.name}:{node.value.lineno}", str(node.value.value)


def test_every_error_points_at_a_page() -> None:
    """The `docs:` line of each error names a page that exists."""
    pages = [("the default", "reference/exit-codes"), *docs_arguments()]
    assert [where for where, page in pages if not (DOCS / f"{page.partition('#')[0]}.md").is_file()] == []


def documented_calls() -> Iterator[tuple[str, list[str]]]:
    """Yield every `seawall …` line of the shell blocks in the docs and the README, split as a shell would."""
    for path in (ROOT / "README.md", *sorted(DOCS.rglob("*.md"))):
        for block in re.findall(r"^```sh\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                if re.match(r"(\S*/)?seawall ", line):
                    yield path.name, shlex.split(line, comments=True)[1:]


def test_every_command_in_the_docs_exists() -> None:
    """What the pages tell a reader to type are commands and options that there are."""
    commands = every_command()
    for page, words in documented_calls():
        command = commands.get(f"seawall {words[0]}")
        assert command is not None, f"{page}: seawall {words[0]}"
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, f"{page}: {words}"


def test_a_source_s_section_says_what_it_cannot_tell() -> None:
    """The page made from a source carries its name, its title, its columns and its blind spots."""
    text = make_docs.sources_page([Example()])
    for part in ("## `example.log`", "Example log", "`credential_id`", *Example.cannot_tell, Example.switch_on):
        assert part in text


def test_a_command_s_section_is_click_s_own_words() -> None:
    """Options, arguments, defaults and environment variables reach the page; a bar in a help text breaks no table."""

    @click.command(help="Read things.\n\nThen stop.")
    @click.argument("path")
    @click.option("--fail-on", type=click.Choice(["low", "high"]), default="high", help="Level | floor.")
    @click.option("--home", envvar="SEAWALL_HOME", help="Where.")
    @click.option("--secret-door", hidden=True)
    def read(path: str, fail_on: str, home: str, secret_door: str) -> None:
        """Do nothing."""

    text = make_docs.cli_page(read)
    assert "| `PATH` |" in text
    assert "`--fail-on [low\\|high]`" in text
    assert "Level \\| floor." in text
    assert "default: high" in text
    assert "`SEAWALL_HOME`" in text
    assert "secret" not in text


def test_a_rule_s_section_says_what_looks_like_it() -> None:
    """The page made from a rule carries its id, level, look-alikes and what to do next."""
    rule = SimpleNamespace(
        id="LJ-00", title="A rule", version=1, severity="low", attack=("T1078",), atlas=("AML.T0012",),
        needs=("src_net",), benign=("a journey",), next=("ask the owner",),
    )  # fmt: skip
    text = make_docs.rules_page([rule])
    for part in ("## LJ-00: A rule", "low", "T1078", "AML.T0012", "src_net", "- a journey", "- ask the owner"):
        assert part in text


@pytest.mark.slow
def test_the_docs_build_without_a_warning(tmp_path: Path) -> None:
    """Sphinx builds every page, with every reference resolved; warnings are errors."""
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-n",
        "-W",
        "-d",
        str(tmp_path / "trees"),
        str(DOCS),
        str(tmp_path / "html"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "html" / "reference" / "event.html").is_file()
