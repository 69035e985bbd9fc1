"""`seawall detect`: native logs in, findings out."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal

import click
import msgspec

from seawall.cli.options import OutFile, Time, machine, output, severity, writing
from seawall.cli.progress import Progress
from seawall.cli.render import show, unread
from seawall.detect.correlated import Correlated
from seawall.detect.importing import folder_of, on_hand, others, ready
from seawall.detect.memory import Memory
from seawall.detect.result import Result
from seawall.detect.run import Request
from seawall.detect.run import detect as run
from seawall.detect.settings import Settings
from seawall.detect.sigma import SigmaRule
from seawall.intake.read import Reading
from seawall.model import Finding, Severity, UsageError, at_least
from seawall.sources import Context
from seawall.store.home import Home

_KEY_BYTES: Final = (16, 64)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option(
    "--geo", type=_FILE, multiple=True, help="Where networks are: MMDB, or CSV network,country,… (repeatable)."
)
@click.option("--known", type=_FILE, help="TOML: your own networks, and findings you accept.")
@click.option("--owners", type=_FILE, help="CSV owner,group,name: which owners belong together.")
@click.option("--prices", type=_FILE, help="Prices that override the list prices.")
@click.option("--owner", help="The account that an export belongs to where its records name none.")
@click.option(
    "--baseline", type=click.Path(exists=True), multiple=True, help="History that teaches but does not alarm."
)
@click.option("--new", "only_new", is_flag=True, help="Show only what is new since the last run on the same logs.")
@click.option(
    "--rules",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Sigma rules of others, medium at most.",
)
@click.option("--key-file", type=_FILE, help="A secret that keys the hashes of prompts (16 to 64 bytes).")
@click.option("--since", type=Time(), help="Show findings whose activity reaches this time.")
@click.option("--until", type=Time(), help="Read nothing from this time on.")
@click.option("--report", type=OutFile(), help="Write a page that explains all, here.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="What folds and runs the rules.",
)
@severity("--min-severity", "low", "Show findings from this severity on.")
@severity("--fail-on", "high", "Exit with 1 where a finding is this severe.")
@output
def detect(
    paths: tuple[str, ...],
    geo: tuple[Path, ...],
    known: Path | None,
    owners: Path | None,
    prices: Path | None,
    owner: str | None,
    baseline: tuple[str, ...],
    only_new: bool,
    rules: tuple[Path, ...],
    key_file: Path | None,
    since: datetime | None,
    until: datetime | None,
    report: Path | None,
    engine: Literal["duckdb", "spark"],
    min_severity: Severity,
    fail_on: Severity,
    form: str,
    output: Path | None,
) -> int:
    """Is somebody using your AI keys?

    PATH is a log file, a folder, an archive, or - for standard input: CloudTrail, Bedrock invocation logs, Azure
    OpenAI, API Management and Activity logs, Vertex AI audit logs, OpenAI and Anthropic usage and audit exports,
    LiteLLM, OpenTelemetry. Each record's format is recognised; nothing leaves this machine. Without PATH, the lake of
    the data directory is judged (`seawall ingest`).
    """
    if since and until and since >= until:
        raise UsageError("--since is not before --until", hint="times without a zone are UTC")
    request = Request(
        paths=paths,
        baseline=baseline,
        reading=Reading(
            context=_context(owner, key_file), geo=tuple(map(str, geo)), prices=str(prices) if prices else None
        ),
        settings=Settings.load(known, owners),
        imported=_imported(rules),
        since=since,
        until=until,
        engine=engine,
    )
    if not paths and not rules and (files := on_hand(home := Home.open())):
        click.echo(f"{files} files of imported rules are off: --rules {folder_of(home)} asks for them", err=True)
    result = judged(request)
    if report:
        write_report(result, report)
    with _memory(paths) if only_new else contextlib.nullcontext() as memory:
        standing: Sequence[Finding] = result.findings
        if memory:
            standing = memory.new(standing, result.accepted, result.earlier, whole=until is None)
        shown = to_show(result, standing, min_severity)
        written = False
        with writing(output) as file:
            write(result, shown, file, form, fail_on=fail_on, report=report)
            file.flush()
            written = True  # else its reader went away
        if memory and written:
            told = {finding.id for finding in shown} - {finding.id for finding in result.accepted}
            memory.told([finding for finding in result.findings if finding.id in told])
    return exit_code(result, standing, fail_on)


def judged(request: Request) -> Result:
    """Judge, and tell on standard error how far it is.

    Raises:
        UsageError: there is no log to judge, which must never pass for a log without findings.
    """
    with Progress() as progress:
        result = run(request, progress)
    if result.tally.files or result.tally.unread:
        return result
    if not request.paths:
        raise UsageError("the lake is empty", hint="name your logs: seawall detect PATH, or seawall ingest PATH")
    skipped = sum(result.tally.skipped.values())
    where = ", ".join(request.paths)
    hint = f"{skipped} other files are there; " * bool(skipped) + "name the folder or the files with your logs"
    raise UsageError(f"no log in {where}", hint=hint)


def to_show(result: Result, standing: Sequence[Finding], floor: Severity) -> list[Finding]:
    """Return what is at or above a severity, in order, and with an incident its parts, whatever and whenever told."""
    asked = {finding.id for finding in standing if at_least(finding.severity, floor)}
    wanted = asked | {part for finding in result.findings if finding.id in asked for part in finding.parts}
    at_rest = [finding for finding in result.accepted if finding.id in wanted - asked]
    return [*at_rest, *(finding for finding in result.findings if finding.id in wanted)]


def write(
    result: Result, shown: Sequence[Finding], file: IO[str], form: str, *, fail_on: Severity, report: Path | None
) -> None:
    """Write the findings to show, in one of the formats."""
    if form == "jsonl":
        file.writelines(f"{msgspec.json.encode(finding).decode()}\n" for finding in shown)
        for line in unread(result):
            click.echo(line, err=True)
    elif form == "json":
        machine(msgspec.structs.replace(result, findings=tuple(shown), earlier=()), form, file)
    else:
        show(result, shown, file, fail_on=fail_on, report=report)


def _memory(paths: Sequence[str]) -> Memory:
    return Memory(Home.open(), paths)


def _context(owner: str | None, key_file: Path | None) -> Context:
    if key_file is None:
        return Context(owner=owner)
    with key_file.open("rb") as file:
        key = file.read(_KEY_BYTES[1] + 1)
    if not _KEY_BYTES[0] <= len(key) <= _KEY_BYTES[1]:
        raise UsageError(f"{key_file} is no key", hint="a key has 16 to 64: head -c 32 /dev/urandom > FILE")
    return Context(owner=owner, key=key)


def _imported(paths: Sequence[Path]) -> tuple[SigmaRule | Correlated, ...]:
    """Return the Sigma rules under the paths; one that is broken is an error, never left out silently."""
    if not paths:
        return ()
    rules, blind = ready(others(paths).check())
    if blind:
        click.echo(f"{len(blind)} problems blind imported rules: see `seawall rules import`", err=True)
    return tuple(rules)


def write_report(result: Result, path: Path) -> None:
    """Write the report page whole or not at all."""
    from seawall.cli.page import render  # noqa: PLC0415 - jinja2 is loaded only where a page is wanted

    with writing(path) as file:
        file.write(render(result))


def exit_code(result: Result, standing: Sequence[Finding], fail_on: Severity) -> int:
    """Return 1 where a finding (shown or not) is at or above `fail_on`, else 4 where input was unread, else 0."""
    if any(finding.status != "withdrawn" and at_least(finding.severity, fail_on) for finding in standing):
        return 1
    return 4 if result.tally.unread else 0
