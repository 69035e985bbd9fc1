"""Rule files to rules.

In: YAML text, a file or a folder, written by anyone. Out: `Loaded`: rules, correlations, and every problem of every
file at once. No rule is dropped in silence: each document ends as a rule, a correlation or a problem, and nothing but
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

from seawall.detect.sigma.correlations import Correlation, correlation
from seawall.detect.sigma.located import MAX_BYTES, Document, documents
from seawall.detect.sigma.parsing import FAULTS, Placeholders, UnsupportedError, condition, detection
from seawall.detect.sigma.rule import LEVELS, Logsource, Metadata, Problem, SigmaRule
from seawall.model import UsageError

#: The key of a rule file that each of pySigma's errors is about, where its class does not say it.
_KEYS: Final = {"identifier": "id", "tag": "tags", "type": "taxonomy"}
_ATTACK: Final = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.ASCII | re.IGNORECASE)
_SPECIFICATION: Final = "see the Sigma specification"


class Loaded(msgspec.Struct):
    """What a set of files holds."""

    rules: list[SigmaRule] = []
    correlations: list[Correlation] = []
    problems: list[Problem] = []

    def check(self) -> Loaded:
        """Return self when nothing is wrong.

        Raises:
            UsageError: names every problem.
        """
        if self.problems:
            listed = "\n".join(map(str, sorted(self.problems)))
            raise UsageError(f"{len(self.problems)} problems in rule files:\n{listed}", hint="mend the files named")
        return self


def load_text(text: bytes | str, file: str = "<text>", placeholders: Placeholders | None = None) -> Loaded:
    """Load the documents of one file's text; `placeholders` gives the values of `%names%` (modifier `expand`)."""
    found, problems = documents(text.encode() if isinstance(text, str) else text, file)
    loaded = Loaded(problems=problems)
    if not found and not problems:
        problems.append(Problem(file, 0, "the file holds no rule", "delete it or write one"))
    for document in found:
        _load(document, file, placeholders or {}, loaded)
    return loaded


def load(paths: Iterable[Path], placeholders: Placeholders | None = None) -> Loaded:
    """Load files, and folders with all `*.yml` and `*.yaml` below them; two rules of one id are a problem.

    Raises:
        UsageError: a path is not there or cannot be read.
    """
    loaded = Loaded()
    for file in sorted(file for path in paths for file in _files(path)):
        try:
            with file.open("rb") as stream:
                one = load_text(stream.read(MAX_BYTES + 1), str(file), placeholders)
        except OSError as error:
            raise UsageError(f"cannot read the rule file {file}: {error.strerror}", hint="check the path") from error
        loaded.rules += one.rules
        loaded.correlations += one.correlations
        loaded.problems += one.problems
    heads = [*loaded.rules, *loaded.correlations]
    twice = {name for name, times in Counter(head.id for head in heads).items() if times > 1}
    loaded.problems += [
        Problem(head.file, head.line, f"the id {head.id} is used twice", "give each rule its own id")
        for head in heads
        if head.id in twice
    ]
    return loaded


def _files(path: Path) -> list[Path]:
    return [*path.rglob("*.yml"), *path.rglob("*.yaml")] if path.is_dir() else [path]


def _load(document: Document, file: str, placeholders: Placeholders, loaded: Loaded) -> None:
    value, problems = document.value, loaded.problems
    if not isinstance(value, dict):
        problems.append(Problem(file, document.line(), "a rule is a YAML map", _SPECIFICATION))
        return
    for key in ("action", "filter"):
        if key in value:
            hint = "write each rule whole"
            problems.append(Problem(file, document.line(key), f"`{key}` documents are not supported", hint))
            return
    before = len(problems)
    head = _head(document, file, problems)
    if "correlation" in value:
        made = correlation(document, head, problems)
        if made is not None and len(problems) == before:
            loaded.correlations.append(made)
        return
    logsource = _logsource(document, file, problems)
    tree = _condition(document, file, placeholders, problems)
    if len(problems) == before:
        selections = tuple(name for name in value["detection"] if name != "condition")
        lines = tuple(field_lines(document).items())
        loaded.rules.append(SigmaRule(**head, logsource=logsource, condition=tree, selections=selections, lines=lines))


def _head(document: Document, file: str, problems: list[Problem]) -> dict[str, Any]:
    """Return the arguments of `Head`; what is wrong is appended to `problems`."""
    value = document.value
    try:
        known, errors = SigmaRuleBase.from_dict_common_params(value, collect_errors=True)
    except FAULTS as error:
        known, errors = {}, [error]
    for found in errors:
        name = type(found).__name__.removeprefix("Sigma").removesuffix("Error").lower()
        problems.append(Problem(file, document.line(_KEYS.get(name, name)), _said(found), _SPECIFICATION))
    ours = Metadata()
    try:
        ours = msgspec.convert(value.get("seawall", {}), Metadata)
    except msgspec.ValidationError as error:
        problems.append(Problem(file, document.line("seawall"), f"seawall: {error}", "see docs, reference/rules"))
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


def _logsource(document: Document, file: str, problems: list[Problem]) -> Logsource:
    try:
        found = SigmaLogSource.from_dict(document.value["logsource"])
        parts = (found.product, found.service, found.category)
        if not all(part is None or (part and isinstance(part, str)) for part in parts):
            raise TypeError("product, service and category are texts")
        return Logsource(*parts)
    except FAULTS as error:
        what = "a rule needs a `logsource`" if isinstance(error, KeyError) else f"logsource: {_said(error)}"
        problems.append(Problem(file, document.line("logsource"), what, "name product and service, or category"))
        return Logsource()


def _condition(document: Document, file: str, placeholders: Placeholders, problems: list[Problem]) -> Any:
    block = document.value.get("detection")
    if not isinstance(block, dict) or not block.get("condition") or len(block) == 1:
        what = "a rule needs a `detection` with selections and a `condition`"
        problems.append(Problem(file, document.line("detection"), what, _SPECIFICATION))
        return None
    lines = block["condition"] if isinstance(block["condition"], list) else [block["condition"]]
    if not all(isinstance(line, str) for line in lines):
        problems.append(Problem(file, document.line("detection", "condition"), "a condition is text", _SPECIFICATION))
        return None
    before = len(problems)
    selections = {}
    for name, definition in block.items():
        if name != "condition":
            try:
                selections[name] = detection(definition)
            except FAULTS:
                problems += _faults(document, file, ("detection", name), definition)
    if len(problems) > before:
        return None
    try:
        return condition(selections, lines, placeholders)
    except FAULTS as error:
        at = field_lines(document).get(getattr(error, "field", None) or "", document.line("detection", "condition"))
        hint = "give its values" if isinstance(error, UnsupportedError) and error.field else "check names and brackets"
        problems.append(Problem(file, at, _said(error), hint))
        return None


def _faults(document: Document, file: str, path: tuple[str | int, ...], definition: Any) -> list[Problem]:
    """Return the problems of a selection that does not parse: of each of its items, where that is what fails."""
    try:
        detection(definition)
    except FAULTS as error:
        parts: list[tuple[str | int, Any]] = []
        if isinstance(definition, dict) and len(definition) > 1:
            parts = [(key, {key: value}) for key, value in definition.items()]
        elif isinstance(definition, list) and any(isinstance(item, dict | list) for item in definition):
            parts = list(enumerate(definition))
        inner = [problem for key, part in parts for problem in _faults(document, file, (*path, key), part)]
        key = next(iter(definition)) if isinstance(definition, dict) and len(definition) == 1 else None
        line = document.line(*path, *([key] if key and path[-1] != key else []))
        where = f"{path[-1] if key is None else key}: "
        return inner or [Problem(file, line, where + _said(error), "check the field's modifiers and values")]
    return []


def field_lines(document: Document) -> dict[str, int]:
    """Return the first line on which each field of the detection stands."""
    found: dict[str, int] = {}
    for path, line in document.lines.items():
        if len(path) > 2 and path[0] == "detection" and isinstance(path[-1], str):
            found.setdefault(path[-1].split("|")[0], line)
    return found


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _said(error: Exception) -> str:
    """Return an error's text, on one line and not too long."""
    text = str(error) if isinstance(error, SigmaError | UnsupportedError) else f"not readable: {error}"
    return " ".join(text.split())[:300]
