"""`seawall detect`: native logs in, findings out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import msgspec

from seawall.cli.options import Time, output, severity, writing
from seawall.cli.render import show
from seawall.detect.result import Result
from seawall.detect.run import Request
from seawall.detect.run import detect as run
from seawall.detect.settings import Settings
from seawall.intake.read import Reading
from seawall.model import Finding, Severity, at_least
from seawall.sources import Context

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
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
@click.option("--since", type=Time(), help="Show findings whose activity reaches this time.")
@click.option("--until", type=Time(), help="Read nothing from this time on.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write a page that explains all, here.")
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
    since: datetime | None,
    until: datetime | None,
    report: Path | None,
    min_severity: Severity,
    fail_on: Severity,
    form: str,
    output: Path | None,
) -> int:
    """Is somebody using your AI keys?

    PATH is a log file, a folder, an archive, or - for standard input: CloudTrail, Bedrock invocation logs, Azure
    OpenAI, API Management and Activity logs, Vertex AI audit logs, OpenAI and Anthropic usage and audit exports,
    LiteLLM, OpenTelemetry. Each record's format is recognised; nothing leaves this machine.
    """
    request = Request(
        paths=paths,
        baseline=baseline,
        reading=Reading(context=Context(owner=owner), geo=tuple(map(str, geo)), prices=str(prices) if prices else None),
        settings=Settings.load(known, owners),
        since=since,
        until=until,
    )
    result = run(request)
    if report:
        write_report(result, report)
    shown = [finding for finding in result.findings if at_least(finding.severity, min_severity)]
    with writing(output) as file:
        if form == "jsonl":
            file.writelines(f"{msgspec.json.encode(finding).decode()}\n" for finding in shown)
        elif form == "json":
            file.write(f"{msgspec.json.format(msgspec.json.encode(result), indent=2).decode()}\n")
        else:
            show(result, shown, file, fail_on=fail_on, report=report)
    return exit_code(result, shown, fail_on)


def write_report(result: Result, path: Path) -> None:
    """Write the report page whole or not at all."""
    from seawall.cli.page import render  # noqa: PLC0415 - jinja2 is loaded only where a page is wanted

    with writing(path) as file:
        file.write(render(result))


def exit_code(result: Result, shown: list[Finding], fail_on: Severity) -> int:
    """Return 1 where a standing finding is at or above `fail_on`, else 4 where input was unread, else 0."""
    if any(finding.status == "open" and at_least(finding.severity, fail_on) for finding in shown):
        return 1
    return 4 if result.tally.unread else 0
