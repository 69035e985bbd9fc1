"""Examples of LJ-31."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import STRANGE, Example, Row, at, steady

_OPEN: Final[dict[str, Any]] = {
    **STRANGE, "source": "otel.genai", "provider": "ollama", "owner_id": None, "credential_id": None,
    "model": "model-1",
}  # fmt: skip


def _chain(minutes: float = 1, **columns: Any) -> tuple[Row, ...]:
    return (
        {**_OPEN, "activity": "list_models", "model": None, **columns, "time": at(0)},
        {**_OPEN, "input_tokens": 27, **columns, "time": at(minutes)},
    )


FIRES: Final = (
    Example("a stranger lists the models of an open endpoint and says hello", _chain()),
    Example("the same on an endpoint whose log tells no tokens", _chain(10, input_tokens=None)),
)
QUIET: Final = (
    Example("a program in the own network does so", _chain(src_net="192.168.7.0/24", src_ip="192.168.7.7")),
    Example("a network that has used the endpoint for days", (*steady(4, **_OPEN), *_chain())),
    Example("the endpoint wants a credential", _chain(outcome="denied")),
    Example("a key is named", _chain(credential_id="key-1")),
    Example("the log of a managed service names no key", _chain(provider="azure.ai.openai")),
    Example("the trial comes a day later", _chain(1500)),
)
