"""Examples of LJ-09."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Columns, Example, at, steady

_ACT: Final[Columns] = {"activity": "change_guardrail", "model": None}
_CALL: Final[Columns] = {"model": "model-a", "input_tokens": 400}
_GUARDED: Final[Columns] = {**_CALL, "guardrail_id": "guardrail-1"}

FIRES: Final = (
    Example("a newcomer deletes a guardrail",
            (*steady(5), {**_ACT, **AWAY, "credential_id": "key-2", "operation": "DeleteGuardrail"})),
    Example("a content policy is deleted at Azure",
            ({**_ACT, "operation": "Microsoft.CognitiveServices/accounts/raiPolicies/delete"},)),
    Example("a newcomer changes a guardrail",
            (*steady(5), {**_ACT, **AWAY, "credential_id": "key-2", "operation": "UpdateGuardrail"})),
    Example(
        "a key whose calls always had a guardrail is used without from elsewhere",
        (
            *steady(4, every=0.2, **_GUARDED),
            *({**_CALL, **AWAY, "time": at(number)} for number in range(12)),
            {**_GUARDED, "time": at(40)},
        ),
    ),
)  # fmt: skip
QUIET: Final = (
    Example("somebody makes a guardrail",
            (*steady(5), {**_ACT, "credential_id": "key-2", "operation": "CreateGuardrail"})),
    Example(
        "whoever made the guardrail changes it",
        (
            *steady(5),
            {**_ACT, "time": at(-5000), "operation": "CreateGuardrail"},
            {**_ACT, "operation": "UpdateGuardrail"},
        ),
    ),
    Example(
        "an application uses a guardrail for some calls only",
        (
            *steady(4, every=0.2, **_GUARDED),
            *steady(4, every=3, **_CALL),
            *({**_CALL, "time": at(number)} for number in range(12)),
            {**_GUARDED, "time": at(40)},
        ),
    ),
    Example(
        "a developer tries two calls without",
        (*steady(4, every=0.2, **_GUARDED), *({**_CALL, "time": at(number)} for number in range(2)),
         {**_GUARDED, "time": at(40)}),
    ),
    Example(
        "the record that would name the guardrail has not come yet",
        (
            *steady(4, every=0.2, **_GUARDED),
            *({"model": "model-a", "time": at(number)} for number in range(12)),
            {**_GUARDED, "time": at(40)},
        ),
    ),
)  # fmt: skip
