"""Examples of the incident *stolen key in use (usage only)*."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Columns, Example, Row, at, steady

_ADMIN: Final[Columns] = {
    "source": "openai.audit", "provider": "openai", "credential_id": None, "principal_id": "user-1",
    "client": "firefox", "activity": "change_access",
}  # fmt: skip
_OFF: Final[Columns] = {**_ADMIN, "operation": "ip_allowlist.config.deactivated"}
_KEY: Final[Columns] = {**_ADMIN, "activity": "create_key", "operation": "api_key.created"}
_INTRUDER: Final[Columns] = {**AWAY, "principal_id": "user-2"}
_USAGE: Final[Columns] = {
    "source": "openai.usage", "provider": "openai", "activity": "usage", "outcome": None, "bucket_seconds": 3600,
    "src_net": None, "src_ip": None, "client": None,
}  # fmt: skip
_HISTORY: Final[tuple[Row, ...]] = steady(6, every=4, request_count=20, **_USAGE)
_BURST: Final[Row] = {**_USAGE, "time": at(120), "request_count": 900}
_LATER: Final[Row] = {**_ADMIN, "activity": "login", "operation": "login.succeeded", "time": at(300)}

FIRES: Final = (
    Example("the allow-list is switched off and a key is used forty times as much", (*_HISTORY, _OFF, _BURST, _LATER)),
    Example(
        "somebody never seen makes a key and another key is used forty times as much",
        (*_HISTORY, {**_KEY, **_INTRUDER}, _BURST, _LATER),
    ),
)
QUIET: Final = (
    Example("a key is used forty times as much", (*_HISTORY, _BURST, _LATER)),
    Example("the allow-list is switched off and use goes on", (*_HISTORY, _OFF, _LATER)),
    Example("the allow-list is switched off after the burst", (*_HISTORY, _BURST, {**_OFF, "time": at(240)}, _LATER)),
    Example("another owner is weakened", (*_HISTORY, {**_OFF, "owner_id": "owner-2"}, _BURST, _LATER)),
    Example(
        "an administrator makes a key before a launch",
        (*steady(6, every=24, **_KEY), *_HISTORY, _KEY, _BURST, _LATER),
    ),
)
