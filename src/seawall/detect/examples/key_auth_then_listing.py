"""Examples of LJ-11."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import STRANGE, Columns, Example, Row, at, steady

_AZURE: Final[Columns] = {
    "source": "azure.activity", "provider": "azure.ai.openai", "credential_id": None, "principal_id": "principal-1",
    "client": None, "resource_id": "/subscriptions/owner-1/providers/microsoft.cognitiveservices/accounts/account-1",
}  # fmt: skip
_WRITE: Final[Columns] = {
    **_AZURE, "activity": "change_access", "operation": "Microsoft.CognitiveServices/accounts/write",
}  # fmt: skip
_LIST: Final[Columns] = {
    **_AZURE, "activity": "list_keys", "operation": "Microsoft.CognitiveServices/accounts/listKeys/action",
}  # fmt: skip
_THIEF: Final[Columns] = {**STRANGE, "client": None, "principal_id": "principal-9"}
_HISTORY: Final[tuple[Row, ...]] = (*steady(5), *steady(5, every=24, **_WRITE), *steady(5, every=24, **_LIST))


def _chain(minutes: float = 5, **columns: str | None) -> tuple[Row, ...]:
    return {**_WRITE, **columns, "time": at(0)}, {**_LIST, **columns, "time": at(minutes)}


FIRES: Final = (
    Example("somebody never seen before writes an account and lists its keys", (*_HISTORY, *_chain(**_THIEF))),
    Example("the same within seconds, as a script does", (*_HISTORY, *_chain(0.1, **_THIEF))),
    Example(
        "a colleague who only ever invoked begins to write accounts and to list keys",
        (*_HISTORY, *steady(5, **_AZURE | {"principal_id": "principal-2"}), *_chain(principal_id="principal-2")),
    ),
)
QUIET: Final = (
    Example("the tool that sets accounts up writes and reads them at every run", (*_HISTORY, *_chain())),
    Example("the keys are listed a day later", (*_HISTORY, *_chain(24 * 60, **_THIEF))),
    Example(
        "the keys of another account are listed",
        (*_HISTORY, _chain(**_THIEF)[0], {**_chain(**_THIEF)[1], "resource_id": "account-2"}),
    ),
    Example("nothing is known of the owner's past", _chain(**_THIEF)),
    Example("a newcomer lists what somebody else wrote", (*_HISTORY, _chain()[0], {**_LIST, **_THIEF, "time": at(5)})),
    Example(
        "the write was refused",
        (*_HISTORY, {**_chain(**_THIEF)[0], "outcome": "denied"}, _chain(**_THIEF)[1]),
    ),
)
