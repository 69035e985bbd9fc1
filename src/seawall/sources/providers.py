"""What gateways and instrumentations call providers and errors → the words of the event.

In: a provider's name as LiteLLM or an instrumentation writes it, or the class and status of an error. Out: the value of
gen_ai.provider.name, or an outcome.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from seawall.model import Outcome
from seawall.sources.values import http_outcome

_NAMES: Final[dict[str, str]] = {
    "az.ai.inference": "azure.ai.inference",
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "azure_openai": "azure.ai.openai",
    "azure_text": "azure.ai.openai",
    "azure.openai": "azure.ai.openai",
    "aws": "aws.bedrock",
    "aws_bedrock": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "cohere_chat": "cohere",
    "gcp_vertex_ai": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "google": "gcp.gen_ai",
    "groq": "groq",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "text-completion-openai": "openai",
    "vertex": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "watsonx_text": "ibm.watsonx.ai",
    "xai": "x_ai",
}
#: Names with a variant behind them, such as `bedrock_converse` and `vertex_ai-anthropic_models`.
_PREFIXES: Final[tuple[tuple[str, str], ...]] = (("bedrock", "aws.bedrock"), ("vertex_ai", "gcp.vertex_ai"))


@lru_cache(maxsize=1024)
def provider_name(written: str) -> str:
    """Return the OpenTelemetry value for a provider's name; a name that is not known stays, in lower case.

    Source: the values of gen_ai.provider.name (and of gen_ai.system before it), LiteLLM's list of providers.
    """
    name = written.strip().lower()
    for prefix, provider in _PREFIXES:
        if name.startswith(prefix):
            return provider
    return _NAMES.get(name, name)


#: Parts of the names of errors, in lower case; the first that is found tells the outcome.
_ERRORS: Final[tuple[tuple[str, Outcome], ...]] = (
    ("contentpolicy", "filtered"), ("content_filter", "filtered"), ("contentfilter", "filtered"),
    ("guardrail", "filtered"), ("responsibleai", "filtered"), ("budgetexceeded", "throttled"),
    ("ratelimit", "throttled"), ("rate_limit", "throttled"), ("throttl", "throttled"), ("quota", "throttled"),
    ("authentication", "denied"), ("accessdenied", "denied"), ("permission", "denied"), ("unauthorized", "denied"),
    ("forbidden", "denied"), ("badrequest", "invalid"), ("invalid", "invalid"), ("validation", "invalid"),
    ("notfound", "invalid"), ("not_found", "invalid"), ("unprocessable", "invalid"), ("contextwindow", "invalid"),
)  # fmt: skip


def error_outcome(name: str | None, status: int | None) -> Outcome:
    """Return the outcome of a failed call, from the name of its error (a class or a code), else its HTTP status."""
    written = (name or "").lower()
    found = next((outcome for word, outcome in _ERRORS if word in written), None)
    by_status = http_outcome(status)
    return found or (by_status if by_status and by_status != "success" else "error")
