"""How incidents say what was done: a clause for each piece of evidence, with its figures, and lists of such clauses.

A rule's own `why` makes the clause, up to its first colon or semicolon: what stands after it, the finding tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from seawall.detect.analytics import ANALYTICS
from seawall.detect.match import Match, figures

#: Names listed in a sentence; more are counted.
_NAMED: Final = 3
#: Where `why` speaks of the network first, or of many keys: what it says of one key.
_OF_A_KEY: Final = {
    "LJ-16": "was used {minutes} minutes after a use {km} km away",
    "LJ-17": "shared that place with keys of other owners",
    "LJ-36": "took turns there and at its old place within {minutes} minutes",
}
_CLAUSES: Final = {rule.id: re.split("[:;]", rule.why)[0] for rule in ANALYTICS} | _OF_A_KEY
#: What a rule in Sigma tells.
_ACT: Final = "did {operation}"


def clauses(matches: Iterable[Match]) -> list[str]:
    """Return a clause for the first match of each rule, in the order of the matches."""
    firsts: dict[str, Match] = {}
    for match in matches:
        firsts.setdefault(match.rule, match)
    return [_CLAUSES.get(rule, _ACT).format_map(figures(each)) for rule, each in firsts.items()]


def listed(parts: Sequence[str]) -> str:
    """Return parts as a sentence lists them: `a`, `a and b`, `a, b and c`."""
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]


def told(matches: Iterable[Match]) -> str:
    """Return the clauses of matches as one: `was refused a; made b, after c; and cost d`."""
    each = clauses(matches)
    return "; ".join(each[:-1]) + ("; and " if len(each) > 1 else "") + each[-1]


def named(names: Iterable[str]) -> str:
    """Return names in order as a sentence lists them, the first of many and how many more there are."""
    every = sorted(set(names))
    if len(every) <= _NAMED:
        return listed(every)
    return listed([*every[:_NAMED], f"{len(every) - _NAMED:,} more"])
