"""Examples of LJ-29."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import STRANGE, Columns, Example, Row, at, steady

_MAKE: Final[Columns] = {"activity": "create_key", "operation": "CreateServiceSpecificCredential"}
_ADMIN: Final[Columns] = {**_MAKE, "credential_id": "key-admin"}
_HISTORY: Final[tuple[Row, ...]] = (*steady(5), *steady(5, every=24, **_ADMIN))
_STOLEN: Final[Columns] = {**_MAKE, **STRANGE}
_PLANTED: Final[Row] = {**STRANGE, "credential_id": "BedrockAPIKey-0", "credential_kind": "bearer_key", "time": at(6)}

FIRES: Final = (
    Example(
        "a key that never made another does, from elsewhere, and the new one invokes", (*_HISTORY, _STOLEN, _PLANTED)
    ),
    Example(
        "a credential never seen before makes a key, and the new one lists models",
        (*_HISTORY, {**_STOLEN, "credential_id": "key-9"}, {**_PLANTED, "activity": "list_models"}),
    ),
)
QUIET: Final = (
    Example("an administrator makes a key for a new host", (*_HISTORY, _ADMIN, _PLANTED)),
    Example("a colleague's new key is used in the office", (*_HISTORY, _MAKE, {**_PLANTED, "src_net": "192.0.2.0/24"})),
    Example("the new key is used after its release, days later", (*_HISTORY, _STOLEN, {**_PLANTED, "time": at(4000)})),
    Example("making a key was refused", (*_HISTORY, {**_STOLEN, "outcome": "denied"}, _PLANTED)),
    Example("nothing is known of the owner's past", (_STOLEN, _PLANTED)),
)  # fmt: skip
