"""Examples of LJ-13."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import OWN_KEY, STRANGE, Example, Row, at, steady

_HISTORY: Final[tuple[Row, ...]] = steady(5, every=1, model="model-1", region="eu-central-1", **OWN_KEY)
_AWAY: Final[dict[str, Any]] = {**STRANGE, **OWN_KEY, "model": "model-1", "region": "eu-central-1"}
_DEPLOY: Final[dict[str, Any]] = {
    "source": "azure.activity", "provider": "azure.ai.openai", "activity": "change_deployment", "client": None,
    "credential_id": None, "principal_id": "principal-1",
    "operation": "Microsoft.CognitiveServices/accounts/deployments/write",
}  # fmt: skip


def _many(column: str, count: int, every: float = 5, **columns: Any) -> tuple[Row, ...]:
    return tuple(
        {**_AWAY, **columns, column: f"{column}-{number + 2}", "time": at(number * every)} for number in range(count)
    )


FIRES: Final = (
    Example("four models are new to the owner within twenty minutes", (*_HISTORY, *_many("model", 4))),
    Example("a key that lived in one region is used in five others", (*_HISTORY, *_many("region", 5))),
    Example(
        "a principal never seen before makes a deployment",
        (*steady(5), *steady(5, every=24, **_DEPLOY), {**_DEPLOY, **STRANGE, "client": None, "principal_id": "p-9"}),
    ),
)
QUIET: Final = (
    Example("a team compares two new models", (*_HISTORY, *_many("model", 2))),
    Example("a team takes up a new model each day", (*_HISTORY, *_many("model", 5, every=24 * 60))),
    Example("models are asked for in vain", (*_HISTORY, *_many("model", 5, outcome="denied"))),
    Example("the service fails over to another region", (*_HISTORY, *_many("region", 1))),
    Example(
        "a profile of the provider spreads the calls over regions",
        (*_HISTORY, *_many("region", 5, model="global.anthropic.model-1")),
    ),
    Example("nothing is known of the owner's past", (*_many("model", 5), *_many("region", 5))),
    Example(
        "a tool that sets accounts up makes a deployment",
        (*steady(5), *steady(5, every=24, **_DEPLOY), {**_DEPLOY, "client": "terraform", "principal_id": "p-9"}),
    ),
)
