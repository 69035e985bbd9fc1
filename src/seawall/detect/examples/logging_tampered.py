"""Examples of LJ-08."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import OWN_KEY, STRANGE, Columns, Example, at, steady

_ACT: Final[Columns] = {"activity": "change_logging", "model": None}
_DELETE: Final[Columns] = {**_ACT, "operation": "DeleteModelInvocationLoggingConfiguration"}
_PUT: Final[Columns] = {**_ACT, "operation": "PutModelInvocationLoggingConfiguration"}

FIRES: Final = (
    Example("a stranger switches off the log of model use",
            (*steady(9), {**_DELETE, **STRANGE, **OWN_KEY})),
    Example("somebody deletes an Azure diagnostic setting",
            ({**_ACT, "provider": "azure.ai.openai", "operation": "microsoft.insights/diagnosticSettings/delete"},)),
    Example("a newcomer sends the log elsewhere", (*steady(5), {**_PUT, **STRANGE, **OWN_KEY})),
    Example("somebody tries to switch it off and is refused", (*steady(5), {**_DELETE, "outcome": "denied"})),
)  # fmt: skip
QUIET: Final = (
    Example("an administrator switches it on, with no history known", (_PUT,)),
    Example("whoever set it up changes its target", (*steady(5), {**_PUT, "time": at(-5000)}, _PUT)),
    Example(
        "a new pipeline applies the configuration again",
        (*steady(5), {**_PUT, "client": "terraform", "credential_id": "role-ci"}),
    ),
    Example("somebody starts a trail", (*steady(5), {**_ACT, "operation": "StartLogging", **OWN_KEY})),
    Example("a trail is deleted in an account that uses no models", ({**_ACT, "operation": "DeleteTrail"},)),
    Example("the record says only that a deletion was begun", ({**_DELETE, "outcome": None},)),
)
