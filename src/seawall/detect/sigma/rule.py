"""What a loaded Sigma rule is, and what can be wrong with one.

In: the loader fills these; out: frozen structs that the index, the engine and the docs read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from seawall.detect.sigma.condition import Tree
from seawall.model import Severity

#: Sigma's levels in our words.
LEVELS: Final[Mapping[str, Severity]] = {
    "informational": "info", "low": "low", "medium": "medium", "high": "high", "critical": "critical",
}  # fmt: skip
#: So much of a line is shown.
_SHOWN: Final = 100


class Problem(msgspec.Struct, frozen=True, order=True):
    """Something a rule's author must mend: where (line and column from 1, 0 where unknown), what, and what to do.

    `text` is the line itself. Written out, it is the place, what, the hint, and below them the line with a caret.
    """

    file: str
    line: int
    what: str
    hint: str
    column: int = 0
    text: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        said = f"{place}: {self.what} ({self.hint})" if self.line else f"{self.file}: {self.what}"
        if not self.text or not 0 < self.column <= _SHOWN:
            return said
        shown = "".join(char if char.isprintable() else "·" for char in self.text[:_SHOWN])
        return f"{said}\n    {shown}\n    {' ' * (self.column - 1)}^"


class Logsource(msgspec.Struct, frozen=True):
    """The log that a rule is for, in Sigma's words."""

    product: str | None = None
    service: str | None = None
    category: str | None = None

    def __str__(self) -> str:
        return "/".join(part for part in (self.product, self.service, self.category) if part)


class Tests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events, as column to value, that a rule must match and must not match."""

    positive: tuple[dict[str, Any], ...] = ()
    negative: tuple[dict[str, Any], ...] = ()


class Metadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `seawall` block of a rule file: what Sigma has no word for.

    `told_by`: the analytic that tells the same fact with what it knows besides; the rule itself is `info` then.
    """

    id: str | None = None
    version: int = 1
    told_by: str | None = None
    atlas: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    benign: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    tests: Tests = Tests()


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What rules and correlations have in common.

    `id` is the `seawall` block's, else Sigma's own, else its name, else one made from the title; `known_as` are all
    names by which a correlation may refer to it. A rule without a level is `low`.
    """

    id: str
    title: str
    file: str = ""
    line: int = 0
    known_as: tuple[str, ...] = ()
    level: Severity = "low"
    status: str = ""
    author: str = ""
    description: str = ""
    falsepositives: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attack: tuple[str, ...] = ()
    seawall: Metadata = Metadata()


class SigmaRule(Head, frozen=True, kw_only=True):
    """A single-event rule: `condition` is a tree of literals; `lines` says where each field stands in the file."""

    logsource: Logsource
    condition: Tree
    selections: tuple[str, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()


class Filter(Head, frozen=True, kw_only=True):
    """What else must hold for other rules to match: those named by `rules` (id or name), all where it is None.

    Only rules of the log `logsource`, or of a part of it, are meant.
    """

    rules: tuple[str, ...] | None
    logsource: Logsource
    condition: Tree
    lines: tuple[tuple[str, int], ...] = ()

    def narrows(self, rule: SigmaRule) -> bool:
        """Say whether the filter is for this rule."""
        mine, theirs = self.logsource, rule.logsource
        pairs = (
            (mine.product, theirs.product), (mine.service, theirs.service), (mine.category, theirs.category),
        )  # fmt: skip
        named = self.rules is None or bool({*self.rules} & {rule.id, *rule.known_as})
        return named and all(part in {None, other} for part, other in pairs)
