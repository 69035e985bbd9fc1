"""Examples of LJ-03."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Columns, Example, steady

_CANARY: Final[Columns] = {**AWAY, "credential_id": "key-canary", "credential_kind": "canary_key"}
_USAGE: Final[Columns] = {
    "source": "openai.usage", "provider": "openai", "activity": "usage", "outcome": None, "src_net": None,
    "src_ip": None, "client": None, "bucket_seconds": 3600,
}  # fmt: skip

FIRES: Final = (
    Example("a canary key invokes a model", (_CANARY,)),
    Example("a canary key is tried, and refused", ({**_CANARY, "outcome": "denied"},)),
    Example("a canary key lists models", ({**_CANARY, "activity": "list_models"},)),
    Example("an hour of usage names a canary key", ({**_CANARY, **_USAGE},)),
)
QUIET: Final = (
    Example("a scan finds the canary where it was planted", ({**_CANARY, "activity": "exposure", "src_net": None},)),
    Example("somebody else's alert speaks of the canary", ({**_CANARY, "activity": "alert"},)),
    Example("the owner's other keys are used from anywhere", (*steady(5), {**AWAY, "credential_kind": "virtual_key"})),
)
