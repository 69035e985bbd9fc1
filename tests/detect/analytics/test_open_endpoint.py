"""LJ-31: whose network it is about, and which services count."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.detect.analytics.open_endpoint import RULE
from seawall.detect.examples.example import STRANGE, Row, at

OPEN: dict[str, Any] = {
    **STRANGE, "source": "otel.genai", "provider": "ollama", "owner_id": None, "credential_id": None, "model": "m",
}  # fmt: skip


def chain(**columns: Any) -> list[Row]:
    """Return a listing of models and a trial a minute later."""
    return [
        {**OPEN, "activity": "list_models", "model": None, **columns},
        {**OPEN, "input_tokens": 27, **columns, "time": at(1)},
    ]


def test_the_network_is_the_subject(found: Any) -> None:
    """Nobody's endpoint has no owner and no credential: the finding is about the network."""
    (finding,) = found(RULE, chain(client="axios"))
    assert finding.owner_id is finding.credential_id is None
    assert finding.why.startswith("198.19.0.0/24 listed the models of an endpoint (ollama) and then had m answer")


@pytest.mark.parametrize(("tokens", "fires"), [(127, True), (128, False)])
def test_only_a_few_words(found: Any, tokens: int, fires: bool) -> None:
    """Whoever sends a real task is no scanner that tries what it found."""
    listed, tried = chain()
    assert bool(found(RULE, [listed, {**tried, "input_tokens": tokens}])) is fires


@pytest.mark.parametrize(("provider", "fires"), [("hosted_vllm", True), ("openai", False), ("gcp.gemini", False)])
def test_only_programs_that_let_everybody_in(found: Any, provider: str, fires: bool) -> None:
    """Where a service always wants a credential, a call without one says that the log lacks it."""
    assert bool(found(RULE, chain(provider=provider))) is fires


@pytest.mark.parametrize("net", ["10.1.2.0/24", "172.31.0.0/24", "127.0.0.0/24", "fd00:1:2::/48", "::/48"])
def test_no_stranger_in_ones_own_network(found: Any, net: str) -> None:
    """Private and local networks are the operator's own."""
    assert found(RULE, chain(src_net=net, src_ip=None)) == []
