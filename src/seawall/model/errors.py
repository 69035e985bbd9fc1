"""What can go wrong, as a user sees it.

SeawallError            what, where, what to do; carries the exit code
├── UsageError          the command or a configuration file is wrong       (exit 2)
└── IncompleteError     the work could not be completed                    (exit 3)
Unreadable              one record cannot be read: it goes to quarantine   (exit 4, by its count)
"""

from __future__ import annotations


class SeawallError(Exception):
    """An error that a person reads: `message` says what and where, `hint` what to do, `docs` where it is explained."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str, docs: str = "reference/exit-codes") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.docs = docs


class UsageError(SeawallError):
    """The command line, a settings file or a rule file is wrong."""

    exit_code = 2


class IncompleteError(SeawallError):
    """The work was asked for correctly and could not be completed."""

    exit_code = 3


class Unreadable(ValueError):  # noqa: N818 - it is said of a record, not of the program
    """One record cannot be read; the text says why, in words for the quarantine."""
