"""A value that hides itself: in `repr`, in logs, in tracebacks, in pickles."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Secret:
    """Holds a secret text; only `reveal()` gives it back.

    Equality takes the same time whatever differs. A secret cannot be pickled or copied into a file by accident.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def hint(self) -> str:
        """Return at most the first 6 and last 4 characters, and never more than a third of the secret."""
        shown = len(self._value) // 3
        tail = min(4, shown // 2)
        head = min(6, shown - tail)
        return f"{self._value[:head]}…{self._value[len(self._value) - tail :]}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> NoReturn:
        raise TypeError("a Secret has no hash: key a table by its fingerprint")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never serialised")

    def __repr__(self) -> str:
        return "Secret('…')"

    __str__ = __repr__
