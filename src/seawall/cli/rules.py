"""`seawall rules`: what the rules are, what they need, and whether they still do what they say."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import click
import msgspec

from seawall.cli.options import output, writing
from seawall.cli.render import wrapped
from seawall.detect import RULES, Analytic, Incident
from seawall.detect.examples.check import failures
from seawall.model import UsageError


@click.group()
def rules() -> None:
    """List, show and test the rules."""


@rules.command("list")
@output
def list_(form: str, output: Path | None) -> None:
    """List every rule: id, severity, title."""
    with writing(output) as file:
        if form == "table":
            for rule in RULES:
                click.echo(f"{rule.id:18} {_severity(rule):14} {rule.title}", file=file)
        else:
            _machine([_told(rule) for rule in RULES], form, file)


@rules.command()
@click.argument("rule_id", metavar="RULE")
@output
def show(rule_id: str, form: str, output: Path | None) -> None:
    """Show one rule: what it finds, needs, and what innocent activity looks like it."""
    rule = next((rule for rule in RULES if rule.id.lower() == rule_id.lower()), None)
    if rule is None:
        raise UsageError(f"no rule {rule_id!r}", hint="`seawall rules list` names them all")
    with writing(output) as file:
        if form == "table":
            for line in _page(rule):
                click.echo(line, file=file)
        else:
            _machine([_told(rule)], form, file)


@rules.command()
@click.argument("rule_ids", nargs=-1, metavar="[RULE]...")
def test(rule_ids: tuple[str, ...]) -> int:
    """Run each rule on its own examples: those that must match and those that must not.

    Exits with 1 where a rule fails one, or has no example of either kind.
    """
    chosen = [rule for rule in RULES if not rule_ids or rule.id in rule_ids]
    if rule_ids and len(chosen) != len(set(rule_ids)):
        missing = sorted(set(rule_ids) - {rule.id for rule in chosen})
        raise UsageError(f"no rule {missing[0]!r}", hint="`seawall rules list` names them all")
    failed = 0
    for rule in chosen:
        wrong = failures(rule)
        failed += bool(wrong)
        click.echo(f"{'failed' if wrong else 'ok':7} {rule.id}  {rule.title}")
        for text in wrong:
            click.echo(f"        {text}")
    return 1 if failed else 0


def _severity(rule: Analytic | Incident) -> str:
    return rule.severity if isinstance(rule, Analytic) else "incident"


def _told(rule: Analytic | Incident) -> dict[str, Any]:
    fields = {name: getattr(rule, name) for name in rule.__struct_fields__ if name not in {"find", "assemble"}}
    return fields | {"severity": _severity(rule)}


def _machine(told: list[dict[str, Any]], form: str, file: IO[str]) -> None:
    if form == "jsonl":
        file.writelines(f"{msgspec.json.encode(rule).decode()}\n" for rule in told)
    else:
        file.write(f"{msgspec.json.format(msgspec.json.encode(told), indent=2).decode()}\n")


def _page(rule: Analytic | Incident) -> list[str]:
    lines = [click.style(f"{rule.id}  {rule.title}", bold=True), f"version {rule.version}, severity {_severity(rule)}"]
    lines.append(f"ATT&CK {', '.join(rule.attack)}; ATLAS {', '.join(rule.atlas) or '–'}")
    if isinstance(rule, Analytic):
        lines += wrapped(f"Finds: a credential or network that {rule.why}.")
        lines += wrapped(f"Needs: {', '.join(rule.needs)}{', and some days of history' * rule.needs_history}.")
        lines += wrapped(f"Final: {rule.closes}.")
    else:
        lines += wrapped(f"Reads: {', '.join(rule.reads)}.")
    lines += [line for text in rule.benign for line in wrapped(f"Could also be: {text}.")]
    lines += [line for text in rule.next for line in wrapped(text, "→ ", "  ")]
    return lines
