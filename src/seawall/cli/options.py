"""Options and outputs that several commands share."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import click
import msgspec

from seawall.model import SEVERITIES, UsageError

_Command = TypeVar("_Command", bound=Callable[..., Any])
FORMATS: Final = ("table", "json", "jsonl")


def output(command: _Command) -> _Command:
    """Add `--format` and `-o`."""
    command = click.option("-o", "--output", type=OutFile(), help="Write here instead of stdout.")(command)
    return click.option(
        "--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print."
    )(command)


def severity(name: str, default: str, text: str) -> Callable[[_Command], _Command]:
    """Return an option that takes a severity."""
    return click.option(name, type=click.Choice(SEVERITIES), default=default, show_default=True, help=text)


def machine(told: Any, form: str, file: IO[str]) -> None:
    """Write something as JSON for people's programs: indented (`json`), or on one line (`jsonl`)."""
    data = msgspec.json.encode(told)
    file.write(f"{(data if form == 'jsonl' else msgspec.json.format(data, indent=2)).decode()}\n")


class OutFile(click.ParamType[Path]):
    """A file to write: its folder exists, so that hours of work are not lost to a slip of the pen."""

    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path."""
        path = Path(value)
        if path.is_dir():
            self.fail(f"{str(path)!r} is a folder: name a file", param, ctx)
        if not path.parent.is_dir():
            self.fail(f"there is no folder {str(path.parent)!r}", param, ctx)
        return path


class Time(click.ParamType[datetime]):
    """A time on the command line: `2026-11-01`, `2026-11-01T12:00Z`; UTC where no zone is given."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return a naive UTC time."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        except (ValueError, OverflowError):  # the latter where UTC would be before year 1 or after 9999
            self.fail(f"{value!r} is not a time such as 2026-11-01 or 2026-11-01T12:00Z", param, ctx)


@contextlib.contextmanager
def writing(path: Path | None) -> Iterator[IO[str]]:
    """Open the output: a file that appears whole or not at all, or stdout.

    Where the reader of stdout goes away, the rest is dropped and the work goes on: its exit code still counts.
    """
    if path is None:
        with _reading_on():
            yield _stdout()
            sys.stdout.flush()
    elif path.exists() and not path.is_file():  # a device or a pipe is written to, never replaced
        with path.open("w", encoding="utf-8") as file:
            yield file
    else:
        with _whole(path) as file:
            yield file


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[IO[str]]:
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        if error.filename == os.fspath(unfinished):
            error.filename, error.filename2 = os.fspath(path), None  # the user named that one
        raise
    finally:
        with contextlib.suppress(OSError):  # where it could not be made, it cannot be removed
            unfinished.unlink()


@contextlib.contextmanager
def _reading_on() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        drop_stdout()


def _stdout() -> IO[str]:
    if sys.stdout is None:  # closed by the caller, as with `>&-`
        raise UsageError("standard output is closed", hint="name a file: -o FILE")
    return sys.stdout


def drop_stdout() -> None:
    """Let what is still to be printed go nowhere: nobody reads it, and the interpreter's last flush stays silent."""
    with contextlib.suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, no path of ours
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
