"""Examples of LJ-10."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Columns, Example, steady

_UNLOCK: Final[Columns] = {**AWAY, "activity": "unlock_model", "operation": "PutFoundationModelEntitlement"}

FIRES: Final = (
    Example("a key asks for access to a model", (*steady(5), {**_UNLOCK, "model": "model-b"})),
    Example("a key asks for access and is refused", ({**_UNLOCK, "outcome": "denied"},)),
)
QUIET: Final = (
    Example(
        "a key looks at the terms of a model's licence",
        ({"activity": "list_models", "operation": "ListFoundationModelAgreementOffers"},),
    ),
    Example("nobody is named who asked", ({**_UNLOCK, "credential_id": None},)),
)
