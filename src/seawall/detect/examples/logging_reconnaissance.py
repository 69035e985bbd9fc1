"""Examples of LJ-07."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, OWN_KEY, Columns, Example, at, steady

_READ: Final[Columns] = {
    "activity": "read_logging",
    "operation": "GetModelInvocationLoggingConfiguration",
    "model": None,
}

FIRES: Final = (
    Example(
        "a key that only ever invoked reads the logging configuration",
        (*steady(5, **OWN_KEY), {**_READ, **AWAY, **OWN_KEY}),
    ),
    Example(
        "a credential new to the owner reads it first of all, and is refused",
        (*steady(5), {**_READ, **AWAY, **OWN_KEY, "outcome": "denied"}),
    ),
)
QUIET: Final = (
    Example("nothing is known of the owner's past", (*steady(1), _READ)),
    Example("a security scanner reads it every day", (*steady(5), *steady(5, until=0, every=24, **_READ))),
    Example(
        "an administrator who changed access before reads it",
        (*steady(5, every=30, activity="change_access", operation="PutRolePolicy"), _READ),
    ),
    Example(
        "people open the settings page of the console",
        (*steady(5), {**_READ, "client": "console"}, {**_READ, "client": "browser-firefox", "credential_id": "role-2"}),
    ),
    Example(
        "a pipeline reads it before it applies its own",
        (*steady(5), {**_READ, "client": "terraform", "credential_id": "role-ci", "time": at(1)}),
    ),
)
