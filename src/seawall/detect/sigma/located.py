"""YAML with line numbers, read as a stranger's file.

In: the text of a rule file. Out: its documents as plain values, each with the line of every key; or problems.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
import yaml

from seawall.detect.sigma.rule import Problem

#: Rule files are a few kilobytes; more than this is no rule.
MAX_BYTES: Final = 1 << 20
#: Aliases may name a node again; the document may not grow beyond this many nodes by it.
MAX_NODES: Final = 50_000
_MAX_DEPTH: Final = 40

Path = tuple[str | int, ...]


class Text(msgspec.Struct, frozen=True):
    """The text that a file's documents stand in."""

    file: str
    lines: tuple[str, ...]

    def problem(self, what: str, hint: str, line: int = 0, column: int = 0) -> Problem:
        """Return a problem at a place, with the line that stands there."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Problem(self.file, line, what, hint, column, text)


class Document(msgspec.Struct, frozen=True):
    """One YAML document: its value, and the line and column (from 1) of each key and list item by its path."""

    text: Text
    value: Any
    places: dict[Path, tuple[int, int]]

    def line(self, *path: str | int) -> int:
        """Return the line of `path`, or of its nearest ancestor that stands in the file."""
        return self._place(path)[0]

    def problem(self, what: str, hint: str, *path: str | int) -> Problem:
        """Return a problem at `path`, or at its nearest ancestor that stands in the file."""
        return self.text.problem(what, hint, *self._place(path))

    def _place(self, path: Path) -> tuple[int, int]:
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (0, 0))


class _RefusedError(ValueError):
    """A document that is YAML and still no rule; the mark says where."""

    def __init__(self, what: str, mark: Any) -> None:
        super().__init__(what)
        self.what, self.mark = what, mark


class _Reader:
    """Turns one node tree into values, counting nodes so that aliases cannot explode."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.places: dict[Path, tuple[int, int]] = {}
        self.nodes = 0

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.nodes += 1
        mark = node.start_mark
        self.places.setdefault(path, _place(mark))
        if self.nodes > MAX_NODES or len(path) > _MAX_DEPTH:
            raise _RefusedError("the document is too large or too deep", mark)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        try:
            value = self.loader.construct_object(node)
        except (ValueError, OverflowError, LookupError, TypeError, AttributeError) as error:
            raise _RefusedError(f"not a value: {str(node.value)[:40]!r}", mark) from error
        if isinstance(value, str) and not _encodable(value):
            raise _RefusedError("half a surrogate pair is not text", mark)
        return value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = key_node.start_mark
            key = self.read(key_node, path) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise _RefusedError("a key must be text", mark)
            if key in found:
                raise _RefusedError(f"the key {key[:60]!r} stands twice", mark)
            self.places[*path, key] = _place(mark)
            found[key] = self.read(value_node, (*path, key))
        return found


def _place(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def documents(data: bytes, file: str) -> tuple[list[Document], list[Problem]]:
    """Read all documents of a file; a problem in the YAML ends the reading, what stood before it is kept."""
    if len(data) > MAX_BYTES:
        return [], [Problem(file, 0, "the file is larger than 1 MiB", "split it: one rule a file")]
    try:
        text = data.decode()
        loader = yaml.CSafeLoader(text)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        return [], [Problem(file, 1, f"not readable as UTF-8 text: {error}", "save the file as UTF-8")]
    where = Text(file, tuple(text.splitlines()))
    found: list[Document] = []
    try:
        while loader.check_node():
            reader = _Reader(loader)
            value = reader.read(cast("yaml.Node", loader.get_node()), ())
            found.append(Document(where, value, reader.places))
    except _RefusedError as error:
        hint = "see the Sigma specification, rule format"
        return found, [where.problem(error.what, hint, *_place(error.mark))]
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        place = _place(mark) if mark else (0, 0)
        return found, [where.problem(f"not YAML: {what}", "check indentation and quotes", *place)]
    finally:
        loader.dispose()
    return found, []
