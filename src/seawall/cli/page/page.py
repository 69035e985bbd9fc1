"""Render the report page: a `Result` in, one self-contained HTML page out.

The page loads nothing and runs nothing: its content security policy allows its own style sheet, by hash, and no script.
Log values are written by adversaries: each is made visible and cut (`words.brief`), then escaped, wherever it stands.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from seawall import __version__
from seawall.cli.page import words
from seawall.cli.page.cards import cards, ranked
from seawall.cli.page.headline import headline
from seawall.detect.result import Result
from seawall.model import Finding, at_least

#: How much the page holds at most; the JSON formats hold everything.
CARDS: Final = 12
ROWS: Final = 300
ROWS_PER_RULE: Final = 40
CREDENTIALS: Final = 200


class Group(msgspec.Struct, frozen=True):
    """The findings of one rule: those shown, and how many there are."""

    rule: str
    title: str
    severity: str
    rows: tuple[Finding, ...]
    total: int

    @property
    def folded(self) -> bool:
        """Whether the rows are shown only when asked for: low ones seldom need a look."""
        return not at_least(ranked(self.rows)[0].severity, "medium") if self.rows else True


def render(result: Result) -> str:
    """Return the whole page. It may be written as UTF-8 whatever the logs held."""
    standing = [finding for finding in result.findings if finding.status != "withdrawn"]
    incidents = ranked(finding for finding in standing if finding.parts)
    told = {part for incident in incidents for part in incident.parts}
    others = [finding for finding in standing if not finding.parts and finding.id not in told]
    style = _style()
    page = _environment().get_template("page.html.j2")
    return page.render(
        result=result,
        headline=headline(result, incidents, len(others)),
        incidents=incidents,
        cards=cards(result, incidents[:CARDS]),
        more_incidents=incidents[CARDS : CARDS + ROWS_PER_RULE],
        groups=_groups(others),
        others=len(others),
        suspects={(each.owner_id, each.credential_id) for each in incidents},
        credentials=result.credentials[:CREDENTIALS],
        style=style,
        policy=_policy(style),
        version=__version__,
    )


def _groups(findings: Iterable[Finding]) -> list[Group]:
    """Group findings by rule, the most severe rule first, and share out the rows that a page can hold."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in ranked(findings):
        by_rule.setdefault(finding.rule, []).append(finding)
    groups, left = [], ROWS
    for rule, members in by_rule.items():
        rows = members[: min(ROWS_PER_RULE, left)]
        left -= len(rows)
        groups.append(Group(rule, members[0].title, members[0].severity, tuple(rows), len(members)))
    return groups


@cache
def _style() -> Markup:
    text = resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - our own style sheet, which must stand in the page as it was hashed


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("brief", "money", "short", "likelihood", "day", "hour", "clock"):
        environment.filters[name] = getattr(words, name)
    environment.globals.update(count=words.count, period=words.period)
    return environment


def _finalize(value: Any) -> Any:
    """Make every text that a template puts out visible and bounded; what templates made themselves is markup."""
    return words.brief(value) if value is None or (isinstance(value, str) and not isinstance(value, Markup)) else value
