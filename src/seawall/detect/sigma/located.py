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


class Document(msgspec.Struct, frozen=True):
    """One YAML document: its value, and the line (from 1) of each key and list item by its path."""

    value: Any
    lines: dict[Path, int]

    def line(self, *path: str | int) -> int:
        """Return the line of `path`, or of its nearest ancestor that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


class _RefusedError(ValueError):
    """A document that is YAML and still no rule; the line says where."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what, self.line = what, line


class _Reader:
    """Turns one node tree into values, counting nodes so that aliases cannot explode."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.lines: dict[Path, int] = {}
        self.nodes = 0

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.nodes += 1
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if self.nodes > MAX_NODES or len(path) > _MAX_DEPTH:
            raise _RefusedError("the document is too large or too deep", line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        try:
            value = self.loader.construct_object(node)
        except (ValueError, OverflowError, LookupError, TypeError, AttributeError) as error:
            raise _RefusedError(f"not a value: {str(node.value)[:40]!r}", line) from error
        if isinstance(value, str) and not _encodable(value):
            raise _RefusedError("half a surrogate pair is not text", line)
        return value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self.read(key_node, path) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise _RefusedError("a key must be text", line)
            if key in found:
                raise _RefusedError(f"the key {key[:60]!r} stands twice", line)
            self.lines[*path, key] = line
            found[key] = self.read(value_node, (*path, key))
        return found


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def documents(text: bytes, file: str) -> tuple[list[Document], list[Problem]]:
    """Read all documents of a file; a problem in the YAML ends the reading, what stood before it is kept."""
    if len(text) > MAX_BYTES:
        return [], [Problem(file, 0, "the file is larger than 1 MiB", "split it: one rule a file")]
    try:
        loader = yaml.CSafeLoader(text.decode())
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        return [], [Problem(file, 1, f"not readable as UTF-8 text: {error}", "save the file as UTF-8")]
    found: list[Document] = []
    try:
        while loader.check_node():
            reader = _Reader(loader)
            found.append(Document(reader.read(cast("yaml.Node", loader.get_node()), ()), reader.lines))
    except _RefusedError as error:
        return found, [Problem(file, error.line, error.what, "see the Sigma specification, rule format")]
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        return found, [Problem(file, mark.line + 1 if mark else 0, f"not YAML: {what}", "check indentation and quotes")]
    finally:
        loader.dispose()
    return found, []
