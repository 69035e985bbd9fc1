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
from markupsafe import Markup, escape

from seawall import __version__
from seawall.cli import text
from seawall.cli.page import words
from seawall.cli.page.cards import cards, ranked
from seawall.cli.page.headline import headline
from seawall.cli.thefts import is_strong, thefts
from seawall.detect.result import Result
from seawall.model import Finding, at_least

#: How much the page holds at most; the JSON formats hold everything.
CARDS: Final = 12
ROWS: Final = 300
ROWS_PER_RULE: Final = 40
CREDENTIALS: Final = 200
#: Characters of a sentence that says why an incident is one.
SENTENCE: Final = 1_000


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
    found = thefts(finding for finding in standing if finding.parts)
    incidents = [incident for theft in found for incident in theft.incidents]
    told = {part for incident in incidents for part in incident.parts}
    full = [incident for incident in incidents if is_strong(incident)] or incidents
    shown = cards(result, full[:CARDS], found)
    more = [incident for incident in incidents if incident not in full[:CARDS]]
    others = [finding for finding in standing if not finding.parts and finding.id not in told]
    style = _style()
    page = _environment().get_template("page.html.j2")
    return page.render(
        result=result,
        headline=headline(result, incidents, len(others)),
        incidents=incidents,
        cards=shown,
        numbers={card.finding.id: number for number, card in enumerate(shown, 1)},
        more_weak=not any(map(is_strong, more)),
        more_incidents=more[:ROWS_PER_RULE],
        groups=_groups(others),
        others=len(others),
        suspects={(each.owner_id, each.credential_id) for each in full},
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
    filters = (words.brief, text.money, text.short, text.likelihood, words.ends, words.day, words.hour, words.clock)
    environment.filters |= {each.__name__: each for each in filters} | {"sentence": _sentence}
    environment.globals.update(count=words.count, period=words.period)
    return environment


def _sentence(value: str) -> Markup:
    """Return the sentence of an incident, which may be longer than other texts: escaped here, so that it stands."""
    return escape(words.brief(value, SENTENCE))


def _finalize(value: Any) -> Any:
    """Make every text that a template puts out visible and bounded; what templates made themselves is markup."""
    return words.brief(value) if value is None or (isinstance(value, str) and not isinstance(value, Markup)) else value
