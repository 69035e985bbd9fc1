"""The `seawall` command: parse, call, render. Each command is its own module, imported when it is called."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import Any, Final, NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from seawall.cli.options import drop_stdout
from seawall.cli.text import clean
from seawall.model import SeawallError

__all__ = ["COMMANDS", "cli", "main"]

#: Command → the module that holds it, under the same name.
COMMANDS: Final = {
    "demo": "seawall.cli.demo",
    "detect": "seawall.cli.detect",
    "doctor": "seawall.cli.doctor",
    "ingest": "seawall.cli.ingest",
    "rules": "seawall.cli.rules",
    "simulate": "seawall.cli.simulate",
    "watch": "seawall.cli.watch",
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for, so that `--help` stays quick."""

    _SHORT: Final = {
        "demo": "Play a week of theft and find it.",
        "detect": "Is somebody using your AI keys? Point it at your logs.",
        "doctor": "What is installed, and what your logs can and cannot show.",
        "ingest": "Bring logs into the lake, each event once.",
        "rules": "List, show and test the rules.",
        "simulate": "Write a world of logs with known thefts.",
        "watch": "The same for ever: follow logs, take them over HTTP, tell of findings.",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        try:
            found: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("seawall"):
                raise
            _fail(
                f"`seawall {cmd_name}` needs {error.name}, which is not installed",
                'pip install "seawall[detect]"',
                "index",
                2,
            )
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._SHORT[name]) for name in COMMANDS])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="seawall")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Find out whether somebody is using your AI keys.

    Start with `seawall demo`, then `seawall detect PATH…` on your own logs.
    """
    ctx.color = False if os.environ.get("NO_COLOR") else None


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line; every way it can fail is three lines on stderr and an exit code, never a traceback."""
    _speak_any_encoding()
    try:
        code: Any = cli.main(args=args, prog_name="seawall", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()  # a full disk is told of here, while there is somebody to tell
    except NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        path = getattr(getattr(error, "ctx", None), "command_path", "seawall")
        _fail(error.format_message(), f"{path} --help", "reference/cli", 2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except SeawallError as error:
        _fail(error.message, error.hint, error.docs, error.exit_code)
    except BrokenPipeError:
        drop_stdout()  # only help and version get here: commands keep their exit code
        sys.exit(0)
    except OSError as error:
        drop_stdout()  # what could not be written is not tried again at exit
        where = f": {error.filename}" if error.filename else ""
        hint = "check the path, its permissions and the free space of the disk"
        _fail(f"{error.strerror or error}{where}", hint, "reference/exit-codes", 3)
    sys.exit(code if isinstance(code, int) else 0)


def _speak_any_encoding() -> None:
    """Let a terminal that lacks a character show `?` in its place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _fail(message: str, hint: str, docs: str, code: int) -> NoReturn:
    """Print the three lines and leave. A message of several lines (the problems of rule files) keeps them."""
    lines = [f"error: {message}", f"hint: {hint}", f"docs: {docs}"]
    click.echo("\n".join(clean(line) for text in lines for line in text.splitlines()), err=True)
    sys.exit(code)
