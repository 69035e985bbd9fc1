"""Options and outputs that several commands share."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import click

from seawall.model import SEVERITIES, UsageError

_Command = TypeVar("_Command", bound=Callable[..., Any])
FORMATS: Final = ("table", "json", "jsonl")


def output(command: _Command) -> _Command:
    """Add `--format` and `-o`."""
    command = click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here instead of stdout.")(
        command
    )
    return click.option(
        "--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print."
    )(command)


def severity(name: str, default: str, text: str) -> Callable[[_Command], _Command]:
    """Return an option that takes a severity."""
    return click.option(name, type=click.Choice(SEVERITIES), default=default, show_default=True, help=text)


class Time(click.ParamType[datetime]):
    """A time on the command line: `2026-11-01`, `2026-11-01T12:00Z`; UTC where no zone is given."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return a naive UTC time."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-11-01 or 2026-11-01T12:00Z", param, ctx)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


@contextlib.contextmanager
def writing(path: Path | None) -> Iterator[IO[str]]:
    """Open the output: a file that appears whole or not at all, or stdout."""
    if path is None:
        yield sys.stdout
        return
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint="name a file")
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
