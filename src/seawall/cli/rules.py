"""`seawall rules`: what the rules are and need, whether they still do what they say; those of others in, ours out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from seawall.cli.options import machine, output, writing
from seawall.cli.text import clean, wrapped
from seawall.detect import RULES, Analytic, Incident
from seawall.detect.examples.check import failures
from seawall.detect.importing import Imported, exported, import_rules
from seawall.detect.marking import own_rules
from seawall.model import UsageError
from seawall.store.durable import completing
from seawall.store.home import Home


@click.group()
def rules() -> None:
    """List, show, test, import and export the rules."""


@rules.command("list")
@output
def list_(form: str, output: Path | None) -> None:
    """List every rule: id, severity, title."""
    with writing(output) as file:
        if form == "table":
            for rule in _ordered():
                click.echo(f"{rule.id:18} {_severity(rule):9} {rule.title}", file=file)
        else:
            _machine([_told(rule) for rule in _ordered()], form, file)


@rules.command()
@click.argument("rule_id", metavar="RULE")
@output
def show(rule_id: str, form: str, output: Path | None) -> None:
    """Show one rule: what it finds, needs, and what innocent activity looks like it."""
    (rule,) = _chosen((rule_id,))
    with writing(output) as file:
        if form == "table":
            for line in _page(rule):
                click.echo(line, file=file)
        else:
            _machine([_told(rule)], form, file)


@rules.command()
@click.argument("rule_ids", nargs=-1, metavar="[RULE]...")
@output
def test(rule_ids: tuple[str, ...], form: str, output: Path | None) -> int:
    """Run each rule on its own examples: those that must match and those that must not.

    Exits with 1 where a rule fails one, or has no example of either kind.
    """
    checked = [(rule, failures(rule)) for rule in _chosen(rule_ids)]
    with writing(output) as file:
        if form == "table":
            for rule, texts in checked:
                click.echo(f"{'failed' if texts else 'ok':7} {rule.id:18} {rule.title}", file=file)
                for text in texts:
                    click.echo(f"        {clean(text)}", file=file)
        else:
            _machine([{"id": rule.id, "failures": texts} for rule, texts in checked], form, file)
    return 1 if any(texts for _, texts in checked) else 0


@rules.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@output
def import_(paths: tuple[Path, ...], form: str, output: Path | None) -> int:
    """Take Sigma rules of others into the data directory.

    PATH is a rule file or a folder of them. The files are copied as they are, authors included. They do nothing until
    `seawall detect --rules` names them, and are medium at most then. A file with a problem is not taken: each problem
    is named, and the exit code is 4.
    """
    done = import_rules(paths, Home.open())
    with writing(output) as file:
        if form == "table":
            for line in _taken(done):
                click.echo(line, file=file)
        else:
            machine(done, form, file)
    for problem in done.problems:
        click.echo("\n".join(map(clean, str(problem).split("\n"))), err=True)
    return 4 if done.problems else 0


@rules.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Write the rules of one event as plain Sigma files.

    DIR gets one file a rule, valid for any tool that reads Sigma; a file of the same name is replaced.
    """
    with completing(f"cannot write {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
    for rule in own_rules():
        with writing(folder / Path(rule.file).name) as file:
            file.write(exported(rule))
    click.echo(f"wrote {len(own_rules())} Sigma rules to {clean(str(folder))}", err=True)


def _taken(done: Imported) -> Iterator[str]:
    parts = ((done.rules, "rules"), (done.correlations, "correlations"), (done.filters, "filters"))
    told = ", ".join(f"{count} {name}" for count, name in parts if count) or "nothing"
    yield f"imported {told} into {clean(done.folder)}"
    blind = {problem.what.partition(":")[0] for problem in done.blind}
    if blind:
        yield f"{len(blind)} of them are blind: they ask for logs or fields that no source here has"
    if done.rules:
        yield "They are off until asked for:"
        yield f"  seawall detect --rules {shlex.quote(done.folder)} PATH..."


def _ordered() -> list[Analytic | Incident]:
    """Return the rules in the order of their ids, the incidents after what they are made of."""
    return sorted(RULES, key=lambda rule: (isinstance(rule, Incident), rule.id))


def _chosen(ids: tuple[str, ...]) -> list[Analytic | Incident]:
    """Return the rules of these ids, whatever their case; all where none is named."""
    known = {rule.id.lower(): rule for rule in _ordered()}
    missing = [name for name in ids if name.lower() not in known]
    if missing:
        raise UsageError(f"no rule {missing[0]!r}", hint="`seawall rules list` names them all", docs="reference/rules")
    return [known[name] for name in dict.fromkeys(map(str.lower, ids))] if ids else list(known.values())


def _severity(rule: Analytic | Incident) -> str:
    return rule.severity if isinstance(rule, Analytic) else "incident"


def _told(rule: Analytic | Incident) -> dict[str, Any]:
    fields = {name: getattr(rule, name) for name in rule.__struct_fields__}
    return {name: value for name, value in fields.items() if not callable(value)} | {"severity": _severity(rule)}


def _machine(told: list[dict[str, Any]], form: str, file: Any) -> None:
    for each in told if form == "jsonl" else [told]:
        machine(each, form, file)


def _page(rule: Analytic | Incident) -> Iterator[str]:
    yield click.style(f"{rule.id}  {rule.title}", bold=True)
    yield f"version {rule.version}, severity {_severity(rule)}"
    yield f"ATT&CK {', '.join(rule.attack) or '–'}; ATLAS {', '.join(rule.atlas) or '–'}"
    if isinstance(rule, Analytic):
        why = re.sub(r"\{\w+\}", "…", rule.why)
        if re.search(r"[a-z]", why):  # else the figures are all of it
            yield from wrapped(f"Finds: a credential or network that {why}.")
        yield from wrapped(f"Needs: {', '.join(rule.needs)}{', and some days of history' * rule.needs_history}.")
        yield from wrapped(f"Final: {rule.closes}.")
    else:
        yield from wrapped(f"Reads: {', '.join(rule.reads)}.")
    for text in rule.benign:
        yield from wrapped(f"Could also be: {text}.")
    for text in rule.next:
        yield from wrapped(text, "→ ", "  ")
