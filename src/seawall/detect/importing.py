"""Sigma rules of others: into the data directory, out of it again, and ours as files that others can take.

In: rule files and folders. Out: copies of those without a problem in `rules/` of the data directory, as they were
written, authors and licence included. They do nothing until a run asks for them, and are `medium` at most then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from seawall.detect.analytics import ANALYTICS
from seawall.detect.correlated import Correlated, correlated
from seawall.detect.incidents import INCIDENTS
from seawall.detect.marking import own_rules
from seawall.detect.sigma import Index, Loaded, Problem, SigmaRule, load
from seawall.store.durable import completing, make_folder, write_whole
from seawall.store.home import Home

_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)
_NAME_CHARS: Final = 60


class Imported(msgspec.Struct, frozen=True):
    """What an import came to: `blind` rules read logs or fields that nothing here fills, the rest is in `folder`."""

    folder: str
    rules: int
    correlations: int
    filters: int
    blind: tuple[Problem, ...]
    problems: tuple[Problem, ...]


def folder_of(home: Home) -> Path:
    """Return where imported rules are kept."""
    return home.path / "rules"


def on_hand(home: Home) -> int:
    """Return how many files of imported rules there are."""
    return sum(1 for _ in folder_of(home).glob("*.yml"))


def others(paths: Iterable[Path]) -> Loaded:
    """Load rules of others; one that takes the id of a rule of ours is a problem, as it would stand in its place.

    Raises:
        UsageError: a path is not there or cannot be read.
    """
    loaded = load(paths)
    ours = {*(rule.id for rule in ANALYTICS), *(rule.id for rule in INCIDENTS), *(rule.id for rule in own_rules())}
    loaded.problems += [
        Problem(head.file, head.line, f"the id {head.id} is that of a rule of Seawall's own", "give it its own id")
        for head in loaded.heads
        if head.id in ours
    ]
    return loaded


def ready(loaded: Loaded) -> tuple[list[SigmaRule | Correlated], list[Problem]]:
    """Return what the engine takes, and what is blind.

    A rule that a correlation names is told by it alone, unless the correlation says `generate`.
    """
    bound, blind = correlated(loaded.correlations, loaded.rules)
    told_by = {rule: one.id for one in bound if not one.what.generate for rule in one.what.rules}
    every: list[SigmaRule | Correlated] = [*loaded.rules, *bound]
    told = [
        replace(one, seawall=replace(one.seawall, told_by=told_by[one.id])) if one.id in told_by else one
        for one in every
    ]
    return told, [*Index(loaded.rules).blind, *blind]


def import_rules(paths: Sequence[Path], home: Home) -> Imported:
    """Copy the rule files under the paths that have no problem; a file with the same rules is replaced.

    Raises:
        UsageError: a path is not there or cannot be read.
        IncompleteError: the data directory cannot be written.
    """
    loaded, there = others(paths), others([folder_of(home)] if on_hand(home) else [])
    problems = sorted({*loaded.problems, *_taken(loaded, there)})
    bad = {problem.file for problem in problems}
    folder = folder_of(home)
    with completing(f"cannot write {folder}"):
        make_folder(folder)
        for file, ids in _files(loaded).items():
            if file not in bad:
                write_whole(folder / _name(file, ids), Path(file).read_bytes())
    good = Loaded(
        rules=[rule for rule in loaded.rules if rule.file not in bad],
        correlations=[one for one in loaded.correlations if one.file not in bad],
    )
    return Imported(
        folder=str(folder),
        rules=len(good.rules),
        correlations=len(good.correlations),
        filters=sum(one.file not in bad for one in loaded.filters),
        blind=tuple(ready(good)[1]),
        problems=tuple(problems),
    )


def exported(rule: SigmaRule) -> str:
    """Return a rule of ours as a plain Sigma file: without the block that only Seawall reads."""
    text = Path(rule.file).read_text(encoding="utf-8")
    return re.sub(r"^seawall:\n(?:[ \t].*\n|\n)*", "", text, flags=re.MULTILINE)


def _files(loaded: Loaded) -> dict[str, list[str]]:
    """Return the ids that each file holds."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for head in loaded.heads:
        found[head.file].append(head.id)
    return found


def _name(file: str, ids: Sequence[str]) -> str:
    """Return the name of the copy: it is the same for a file with the same rules."""
    stem = _NAME.sub("_", Path(file).stem).strip("._")[:_NAME_CHARS] or "rule"
    return f"{stem}-{sha256(' '.join(sorted(ids)).encode()).hexdigest()[:8]}.yml"


def _taken(loaded: Loaded, there: Loaded) -> Iterable[Problem]:
    """Say which rules are on hand already in a file that the import does not replace."""
    kept = {name: Path(file).name for file, ids in _files(there).items() for name in ids}
    for file, ids in _files(loaded).items():
        for name in ids:
            if kept.get(name, _name(file, ids)) != _name(file, ids):
                hint = f"remove {kept[name]} from the imported rules first"
                yield Problem(file, 0, f"the rule {name} is imported already, from a file with other rules", hint)
