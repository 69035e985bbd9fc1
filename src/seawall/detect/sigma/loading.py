"""Rule files to rules.

In: YAML text, a file or a folder, written by anyone. Out: `Loaded`: rules, correlations, filters, and every problem of
every file at once. No rule is dropped in silence: each document ends as one of these or as a problem, and nothing but
an unreadable file raises.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from sigma.exceptions import SigmaError
from sigma.rule import SigmaLogSource, SigmaRuleBase

from seawall.detect.sigma.condition import And
from seawall.detect.sigma.correlations import Correlation, correlation
from seawall.detect.sigma.located import MAX_BYTES, Document, documents
from seawall.detect.sigma.parsing import FAULTS, Placeholders, UnsupportedError, condition, detection
from seawall.detect.sigma.rule import LEVELS, Filter, Head, Logsource, Metadata, Problem, SigmaRule
from seawall.model import UsageError

#: The key of a rule file that each of pySigma's errors is about, where its class does not say it.
_KEYS: Final = {"identifier": "id", "tag": "tags", "type": "taxonomy"}
_ATTACK: Final = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.ASCII | re.IGNORECASE)
#: Keys of these blocks that are no selections.
_NO_SELECTION: Final = {"detection": {"condition"}, "filter": {"condition", "rules"}}
_SPECIFICATION: Final = "see the Sigma specification"


class Loaded(msgspec.Struct):
    """What a set of files holds; `rules` are narrowed by `filters` already."""

    rules: list[SigmaRule] = []
    correlations: list[Correlation] = []
    filters: list[Filter] = []
    problems: list[Problem] = []

    @property
    def heads(self) -> list[Head]:
        """All that is loaded."""
        return [*self.rules, *self.correlations, *self.filters]

    def check(self) -> Loaded:
        """Return self when nothing is wrong.

        Raises:
            UsageError: names every problem.
        """
        if self.problems:
            listed = "\n".join(map(str, sorted(self.problems)))
            raise UsageError(f"{len(self.problems)} problems in rule files:\n{listed}", hint="mend the files named")
        return self


def load_text(
    text: bytes | str, file: str = "<text>", placeholders: Placeholders | None = None, *, narrow: bool = True
) -> Loaded:
    """Load the documents of one file's text; `placeholders` gives the values of `%names%` (modifier `expand`).

    Without `narrow`, filters are loaded and not yet applied: the rules that they name may be in other files.
    """
    found, problems = documents(text.encode() if isinstance(text, str) else text, file)
    loaded = Loaded(problems=problems)
    if not found and not problems:
        problems.append(Problem(file, 0, "the file holds no rule", "delete it or write one"))
    for document in found:
        _load(document, file, placeholders or {}, loaded)
    return _narrowed(loaded) if narrow else loaded


def load(paths: Iterable[Path], placeholders: Placeholders | None = None) -> Loaded:
    """Load files, and folders with all `*.yml` and `*.yaml` below them; two rules of one id are a problem.

    Raises:
        UsageError: a path is not there or cannot be read.
    """
    loaded = Loaded()
    for file in sorted(file for path in paths for file in _files(path)):
        try:
            with file.open("rb") as stream:
                one = load_text(stream.read(MAX_BYTES + 1), str(file), placeholders, narrow=False)
        except OSError as error:
            raise UsageError(f"cannot read the rule file {file}: {error.strerror}", hint="check the path") from error
        loaded.rules += one.rules
        loaded.correlations += one.correlations
        loaded.filters += one.filters
        loaded.problems += one.problems
    twice = {name for name, times in Counter(head.id for head in loaded.heads).items() if times > 1}
    loaded.problems += [
        Problem(head.file, head.line, f"the id {head.id} is used twice", "give each rule its own id")
        for head in loaded.heads
        if head.id in twice
    ]
    return _narrowed(loaded)


def _narrowed(loaded: Loaded) -> Loaded:
    """Return what is loaded with the filters applied; one for which there is no rule is a problem."""
    for each in loaded.filters:
        meant = [place for place, rule in enumerate(loaded.rules) if each.narrows(rule)]
        if not meant:
            what = f"the filter {each.id} is for no rule that is loaded"
            loaded.problems.append(Problem(each.file, each.line, what, "load its rules too, or name other ones"))
        for place in meant:
            rule = loaded.rules[place]
            condition, lines = And((rule.condition, each.condition)), (*each.lines, *rule.lines)
            loaded.rules[place] = msgspec.structs.replace(rule, condition=condition, lines=lines)
    return loaded


def _files(path: Path) -> list[Path]:
    return [*path.rglob("*.yml"), *path.rglob("*.yaml")] if path.is_dir() else [path]


def _load(document: Document, file: str, placeholders: Placeholders, loaded: Loaded) -> None:
    value, problems = document.value, loaded.problems
    if not isinstance(value, dict):
        problems.append(document.problem("a rule is a YAML map", _SPECIFICATION))
        return
    if "action" in value:
        problems.append(document.problem("`action` documents are not supported", "write each rule whole", "action"))
        return
    before = len(problems)
    head = _head(document, file, problems)
    if "correlation" in value:
        made = correlation(document, head, problems)
        if made is not None and len(problems) == before:
            loaded.correlations.append(made)
        return
    key = "filter" if "filter" in value else "detection"
    logsource = _logsource(document, problems)
    named = _named(document, problems) if key == "filter" else None
    tree = _condition(document, key, placeholders, problems)
    if len(problems) > before:
        return
    lines = tuple(field_lines(document, key).items())
    if key == "filter":
        loaded.filters.append(Filter(**head, rules=named, logsource=logsource, condition=tree, lines=lines))
        return
    selections = tuple(name for name in value[key] if name != "condition")
    loaded.rules.append(SigmaRule(**head, logsource=logsource, condition=tree, selections=selections, lines=lines))


def _named(document: Document, problems: list[Problem]) -> tuple[str, ...] | None:
    """Return the rules that a filter is for, None for any."""
    block = document.value["filter"]
    rules = block.get("rules") if isinstance(block, dict) else None
    several = rules if isinstance(rules, list) else [rules]
    if not all(name and isinstance(name, str) for name in several):
        hint = "name rules by id or name, or write `any`"
        problems.append(document.problem("a filter needs `rules`", hint, "filter", "rules"))
    return None if several in ([], ["any"]) else tuple(map(str, several))


def _head(document: Document, file: str, problems: list[Problem]) -> dict[str, Any]:
    """Return the arguments of `Head`; what is wrong is appended to `problems`."""
    value = document.value
    try:
        known, errors = SigmaRuleBase.from_dict_common_params(value, collect_errors=True)
    except FAULTS as error:
        known, errors = {}, [error]
    for found in errors:
        name = type(found).__name__.removeprefix("Sigma").removesuffix("Error").lower()
        problems.append(document.problem(_said(found), _SPECIFICATION, _KEYS.get(name, name)))
    ours = Metadata()
    try:
        ours = msgspec.convert(value.get("seawall", {}), Metadata)
    except msgspec.ValidationError as error:
        problems.append(document.problem(f"seawall: {error}", "see docs, reference/rules", "seawall"))
    tags = _texts(known.get("tags"))
    names = [str(name) for name in (ours.id, known.get("id"), known.get("name")) if name]
    title = str(known.get("title") or "")
    return {
        "id": names[0] if names else "sigma-" + re.sub(r"\W+", "-", title.lower()).strip("-"),
        "title": title,
        "file": file,
        "line": document.line(),
        "known_as": tuple(names),
        "level": LEVELS.get(str(known.get("level")), "low"),
        "status": str(known.get("status") or ""),
        "author": str(known.get("author") or ""),
        "description": str(known.get("description") or "").strip(),
        "falsepositives": _texts(known.get("falsepositives")),
        "tags": tags,
        "attack": tuple(match[1].upper() for match in map(_ATTACK.fullmatch, tags) if match),
        "seawall": ours,
    }


def _logsource(document: Document, problems: list[Problem]) -> Logsource:
    try:
        found = SigmaLogSource.from_dict(document.value["logsource"])
        parts = (found.product, found.service, found.category)
        if not all(part is None or (part and isinstance(part, str)) for part in parts):
            raise TypeError("product, service and category are texts")
        return Logsource(*parts)
    except FAULTS as error:
        what = "a rule needs a `logsource`" if isinstance(error, KeyError) else f"logsource: {_said(error)}"
        problems.append(document.problem(what, "name product and service, or category", "logsource"))
        return Logsource()


def _condition(document: Document, key: str, placeholders: Placeholders, problems: list[Problem]) -> Any:
    """Return the tree of a `detection`, or of a `filter`, which has the same shape."""
    block = document.value.get(key)
    if not isinstance(block, dict) or not block.get("condition") or not block.keys() - _NO_SELECTION[key]:
        what = f"a rule needs a `{key}` with selections and a `condition`"
        problems.append(document.problem(what, _SPECIFICATION, key))
        return None
    lines = block["condition"] if isinstance(block["condition"], list) else [block["condition"]]
    if not all(isinstance(line, str) for line in lines):
        problems.append(document.problem("a condition is text", _SPECIFICATION, key, "condition"))
        return None
    before = len(problems)
    selections = {}
    for name, definition in block.items():
        if name not in _NO_SELECTION[key]:
            try:
                selections[name] = detection(definition)
            except FAULTS:
                problems += _faults(document, (key, name), definition)
                selections[name] = detection({"stands": "in"})  # what is wrong with the condition is told at once
    try:
        tree = condition(selections, lines, placeholders)
    except FAULTS as error:
        field = getattr(error, "field", None)
        path = _field_paths(document, key).get(field or "", (key, "condition"))
        hint = "give its values" if isinstance(error, UnsupportedError) and field else "check names and brackets"
        problems.append(document.problem(_said(error), hint, *path))
        return None
    return tree if len(problems) == before else None


def _faults(document: Document, path: tuple[str | int, ...], definition: Any) -> list[Problem]:
    """Return the problems of a selection that does not parse: of each of its items, where that is what fails."""
    try:
        detection(definition)
    except FAULTS as error:
        parts: list[tuple[str | int, Any]] = []
        if isinstance(definition, dict) and len(definition) > 1:
            parts = [(key, {key: value}) for key, value in definition.items()]
        elif isinstance(definition, list) and any(isinstance(item, dict | list) for item in definition):
            parts = list(enumerate(definition))
        inner = [problem for key, part in parts for problem in _faults(document, (*path, key), part)]
        key = next(iter(definition)) if isinstance(definition, dict) and len(definition) == 1 else None
        place = (*path, *([key] if key and path[-1] != key else []))
        what = f"{path[-1] if key is None else key}: {_said(error)}"
        return inner or [document.problem(what, "check the field's modifiers and values", *place)]
    return []


def field_lines(document: Document, key: str) -> dict[str, int]:
    """Return the first line on which each field of the detection or filter stands."""
    return {field: document.line(*path) for field, path in _field_paths(document, key).items()}


def _field_paths(document: Document, key: str) -> dict[str, tuple[str | int, ...]]:
    found: dict[str, tuple[str | int, ...]] = {}
    for path in document.places:
        if len(path) > 2 and path[0] == key and isinstance(path[-1], str):
            found.setdefault(path[-1].split("|")[0], path)
    return found


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _said(error: Exception) -> str:
    """Return an error's text, on one line and not too long."""
    text = str(error) if isinstance(error, SigmaError | UnsupportedError) else f"not readable: {error}"
    return " ".join(text.split())[:300]
