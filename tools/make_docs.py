"""Write the reference pages from the code, or check that they still say what the code does.

In: `seawall.model.Event`, `seawall.sources.SOURCES`, the click commands, the errors and, once there, the rules.
Out: `docs/reference/{event,sources,cli,exit-codes,rules}.md`, Markdown for MyST.

    python tools/make_docs.py            write the pages
    python tools/make_docs.py --check    compare; exit 1 when a page has drifted
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import click
import msgspec

from seawall.cli import cli as seawall
from seawall.model import COLUMNS, Event, SeawallError
from seawall.sources import SOURCES, Source

REFERENCE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference"
MADE: Final = "<!-- Made by `make reference` from the code; do not edit. -->"

#: Every exit code, and what it tells. The order in which they win is 3, 1, 4.
EXIT_CODES: Final[dict[int, str]] = {
    0: "Completed; nothing at or above `--fail-on` (default `high`). There may be findings below it: read the words.",
    1: "Completed; at least one finding at or above `--fail-on`.",
    2: "The command line, a settings file or a rule file is wrong; nothing was done.",
    3: "The work was asked for correctly and could not be completed.",
    4: "Completed, but some of the input could not be read; each file, line and reason is named.",
    130: "Interrupted (Ctrl-C).",
}


def cell(text: object) -> str:
    """Return a text as one cell of a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ").strip()


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(map(cell, row)) + " |" for row in lines)


def page(title: str, *parts: str) -> str:
    """Return a page: its title, the note that it is made, its parts with empty lines between them."""
    return "\n\n".join([f"# {title}", MADE, *(part.strip("\n") for part in parts if part)]) + "\n"


def code(text: str) -> str:
    """Return a text in code type, or nothing for nothing."""
    return f"`{text}`" if text else ""


def column_type(name: str) -> tuple[str, tuple[str, ...]]:
    """Return how a column's type is said, and the words that it is limited to, if any."""
    hint = get_type_hints(Event)[name]
    parts = [part for part in get_args(hint) if part is not type(None)]
    kind = hint if get_origin(hint) is Literal or not parts else parts[0]
    if get_origin(kind) is Literal:
        return "word", get_args(kind)
    return {str: "text", int: "integer", float: "number", bytes: "bytes"}[kind], ()


def event_page() -> str:
    """Return the page of the event's columns: what they hold, their words, their names elsewhere."""
    hints = get_type_hints(Event, include_extras=True)
    metas = {name: get_args(hints[name])[1] for name in COLUMNS}
    types = {name: column_type(name) for name in COLUMNS}
    always = {field.name for field in msgspec.structs.fields(Event) if field.required}
    return page(
        "The event",
        "One record of any provider's log becomes one flat row, or a few. These are the columns of the lake, and what "
        "rules and queries name. A log that lacks something leaves the column empty: never a guess, never a zero.",
        f"Always set: {', '.join(code(name) for name in COLUMNS if name in always)}.",
        table(
            ("column", "type", "what it holds"),
            [(code(name), types[name][0], metas[name].description) for name in COLUMNS],
        ),
        "## The words of a column",
        table(
            ("column", "words"),
            [(code(name), ", ".join(map(code, words))) for name, (_, words) in types.items() if words],
        ),
        "## Names in other schemas",
        "OCSF: API Activity (class 6003) with the `ai_operation` profile. OpenTelemetry: the conventions for "
        "generative AI. An empty cell means that there is no name for it.",
        table(
            ("column", "OCSF", "OpenTelemetry"),
            [
                (code(name), *(code((meta.extra or {}).get(key, "")) for key in ("ocsf", "otel")))
                for name, meta in metas.items()
            ],
        ),
    )


def source_part(source: Source) -> str:
    """Return the section of one source."""
    blind = "\n".join(f"- {sentence}" for sentence in source.cannot_tell)
    columns = ", ".join(code(name) for name in sorted(source.columns))
    return (
        f"## `{source.name}`\n\n{source.title}\n\n**Switch on.** {source.switch_on}\n\n"
        f"**Can fill.** {columns}\n\n**Cannot tell.**\n\n{blind}"
    )


def sources_page(sources: Iterable[Source] = SOURCES) -> str:
    """Return the page of the logs that can be read, and what each cannot tell."""
    listed = sorted(sources, key=lambda source: source.name)
    return page(
        "Sources",
        "The logs that Seawall reads. The format is recognised record by record: a folder may hold a mixture, "
        "compressed or not, each in whatever envelope its provider or export put it.",
        table(("source", "log"), [(code(source.name), source.title) for source in listed]) if listed else "",
        *map(source_part, listed),
    )


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """Yield a command and all below it, each with the context that knows its full name."""
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from commands(child, click.Context(child, info_name=name, parent=context))


def parameter_row(parameter: click.Parameter, context: click.Context) -> tuple[str, ...]:
    """Return the table row of one option or argument, in click's own words."""
    record = parameter.get_help_record(context) or (parameter.make_metavar(context), "")
    setting = parameter.envvar if isinstance(parameter.envvar, str) else ", ".join(parameter.envvar or ())
    return code(record[0]), record[1] or getattr(parameter, "help", None) or "", code(setting)


def command_part(command: click.Command, context: click.Context) -> str:
    """Return the section of one command."""
    usage = " ".join(command.collect_usage_pieces(context))
    head = ("option or argument", "what it does", "setting")
    rows = [parameter_row(one, context) for one in command.get_params(context) if not getattr(one, "hidden", False)]
    about = "\n\n".join(" ".join(part.split()) for part in (command.help or "").replace("\b", "").split("\n\n"))
    return (
        f"## `{context.command_path}`\n\n```text\n{context.command_path} {usage}\n```\n\n{about}\n\n{table(head, rows)}"
    )


def cli_page(root: click.Command = seawall) -> str:
    """Return the page of every command, option and argument."""
    found = commands(root, click.Context(root, info_name="seawall", show_default=True, **root.context_settings))
    return page(
        "Command line",
        "Data goes to standard output, progress and messages to standard error; `-` is standard input. An error is "
        "three lines: what, what to do, where it is explained. What a command's exit code tells: [](exit-codes.md).",
        *(command_part(command, context) for command, context in found),
    )


def exit_codes_page() -> str:
    """Return the page of exit codes, with the errors that lead to each."""
    kinds = sorted(SeawallError.__subclasses__(), key=lambda kind: kind.exit_code)
    raised = {number: [kind for kind in kinds if kind.exit_code == number] for number in EXIT_CODES}
    rows = [
        (code(str(number)), text, "; ".join(f"`{kind.__name__}`" for kind in raised[number]))
        for number, text in EXIT_CODES.items()
    ]
    return page(
        "Exit codes",
        table(("code", "what it tells", "error"), rows),
        "When more than one would fit, 3 goes before 1, and 1 before 4.",
        "Exit 0 does not mean that no key is stolen. It means that nothing at or above `--fail-on` was found in what "
        "could be read, by the rules that were not blind. The coverage block of every run says which those were.",
    )


def rule_part(rule: Any) -> str:
    """Return the section of one rule."""
    reads = rule.needs if hasattr(rule, "needs") else rule.reads
    facts = [
        ("version", rule.version), ("severity", getattr(rule, "severity", "incident")),
        ("ATT&CK", ", ".join(rule.attack)), ("ATLAS", ", ".join(rule.atlas)), ("needs", ", ".join(reads)),
    ]  # fmt: skip
    rows = [(name, value) for name, value in facts if value]
    benign, then = ("\n".join(f"- {line}" for line in lines) for lines in (rule.benign, rule.next))
    return (
        f"## {rule.id}: {rule.title}\n\n{table(('', ''), rows)}\n\n"
        f"**Benign activity that looks like it.**\n\n{benign}\n\n**What to do next.**\n\n{then}"
    )


def rules_page(rules: Iterable[Any]) -> str:
    """Return the page of the rules: what each needs, what looks like it, what to do."""
    return page("Rules", *map(rule_part, sorted(rules, key=lambda rule: rule.id)))


def pages() -> dict[str, str]:
    """Return every page that is made, by its file name."""
    made: dict[str, Callable[[], str]] = {
        "event.md": event_page, "sources.md": sources_page, "cli.md": cli_page, "exit-codes.md": exit_codes_page,
    }  # fmt: skip
    texts = {name: make() for name, make in made.items()}
    if importlib.util.find_spec("seawall.detect") and (
        rules := getattr(importlib.import_module("seawall.detect"), "RULES", ())
    ):
        texts["rules.md"] = rules_page(rules)
    return texts


def main(arguments: list[str]) -> int:
    """Write or check the pages; return the exit code."""
    stale = [
        name
        for name, text in pages().items()
        if not (REFERENCE / name).is_file() or (REFERENCE / name).read_text() != text
    ]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/reference/{name} no longer says what the code does\nhint: make reference")
        return 1 if stale else 0
    for name in stale:
        (REFERENCE / name).write_text(pages()[name])
        print(f"docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
