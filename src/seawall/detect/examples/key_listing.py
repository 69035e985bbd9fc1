"""Examples of LJ-12."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import STRANGE, Columns, Example, at, steady

_LIST: Final[Columns] = {
    "source": "azure.activity", "provider": "azure.ai.openai", "activity": "list_keys", "credential_id": None,
    "principal_id": "principal-2", "operation": "Microsoft.CognitiveServices/accounts/listKeys/action", "client": None,
}  # fmt: skip
_AWAY: Final[Columns] = {**_LIST, **STRANGE, "client": None, "src_kind": "vpn"}

FIRES: Final = (
    Example("a principal who never did lists keys from a strange VPN", (*steady(5), _AWAY)),
    Example(
        "a new lister collects the keys of five services within an hour",
        (*steady(5), *({**_LIST, "time": at(4 * number)} for number in range(5))),
    ),
    Example(
        "one who lists a key a day lists thirty within half an hour",
        (*steady(5, every=24, **_LIST), *({**_AWAY, "time": at(number)} for number in range(30))),
    ),
)
QUIET: Final = (
    Example("a colleague looks up a key from the office", (*steady(5), _LIST)),
    Example("an administrator looks up a key from home", (*steady(5), {**_AWAY, "src_kind": "residential"})),
    Example("nothing is known of the owner's past", tuple({**_AWAY, "time": at(number)} for number in range(30))),
    Example(
        "a tool that takes stock lists thirty keys every night",
        tuple({**_LIST, "time": at(number - 24 * 60 * day)} for day in range(6) for number in range(30)),
    ),
    Example(
        "Azure OpenAI's own audit log, which names no lister, tells the act again",
        (*steady(5), {**_AWAY, "operation": "ListKey", "credential_id": "resource-1", "credential_kind": "resource"}),
    ),
)
