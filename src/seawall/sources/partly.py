"""A record of many parts, some of them broken: the good ones are not lost for the others' sake.

A source whose record holds many events, such as an export of spans, raises this where it would else raise Unreadable
for all of them. Whoever knows only Unreadable puts the record into quarantine; who knows this reads the rest besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

from seawall.model import Event, Unreadable

_Part = TypeVar("_Part")


class PartlyUnreadable(Unreadable):
    """Some parts of a record cannot be read; the text says how many and why. `found`: what the others say."""

    def __init__(self, reason: str, found: list[Any]) -> None:
        super().__init__(reason)
        self.found = found

    def each(self, change: Callable[[Any], Any]) -> Self:
        """Return the same of changed parts, such as events as rows."""
        return type(self)(str(self), [change(one) for one in self.found])


def read_parts(parts: Iterable[_Part], read: Callable[[_Part], Event], word: str) -> list[Event]:
    """Return the events of a record's parts; `word` names the parts in the reason.

    Raises:
        PartlyUnreadable: some of the parts are unreadable.
        Unreadable: all of them are.
    """
    found: list[Event] = []
    failed: list[str] = []
    for part in parts:
        try:
            found.append(read(part))
        except Unreadable as error:
            failed.append(str(error))
    if failed and found:
        raise PartlyUnreadable(f"{len(failed)} of {len(failed) + len(found)} {word} unreadable: {failed[0]}", found)
    if failed:
        raise Unreadable(failed[0])
    return found
