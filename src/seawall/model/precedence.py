"""Which records are of one call, and which of them is believed for what.

Two logs may tell of one use of a service. Who, whence and cost each come whole from the first source that knows them;
sources not named here come last, in the order of their names.
"""

from __future__ import annotations

from typing import Final

#: Who authenticated: the log that names the key before the one that names only the identity behind it.
WHO: Final[tuple[str, ...]] = (
    "seawall.gateway", "litellm", "azure.apim", "aws.cloudtrail", "gcp.vertex", "openai.audit", "anthropic.activity",
    "openai.usage", "anthropic.usage", "aws.bedrock_invocation", "azure.openai", "azure.activity", "otel.genai",
)  # fmt: skip
#: Whence: the source nearest the client sees its address; those behind it see the gateway's.
WHENCE: Final[tuple[str, ...]] = (
    "seawall.gateway", "litellm", "azure.apim", "aws.cloudtrail", "gcp.vertex", "azure.openai", "openai.audit",
    "anthropic.activity", "azure.activity", "otel.genai",
)  # fmt: skip
#: Cost: the meter nearest the bill.
COST: Final[tuple[str, ...]] = (
    "aws.bedrock_invocation", "openai.usage", "anthropic.usage", "azure.apim", "gcp.vertex", "azure.openai",
    "seawall.gateway", "litellm", "otel.genai", "aws.cloudtrail",
)  # fmt: skip

#: A log whose records cannot name a credential, and the log that holds the other half of the same calls.
PARTNER: Final[dict[str, str]] = {
    "aws.bedrock_invocation": "aws.cloudtrail",
}

#: Sources whose request ids whoever calls can choose (a header that the gateway or the resource manager takes over, an
#: attribute of a span), and the seconds within which records with one id are one use: 0 for the same microsecond. One
#: id then hides nothing, and nothing waits for its other half for ever. Azure's activity log tells the start and the
#: end of an act apart and names no other id in all its envelopes, so that an hour of one act on one resource is one.
#: All other sources have ids given by the provider, one for each use, by which records of several logs are joined.
CLIENT_CHOSEN: Final[dict[str, int]] = {"litellm": 0, "otel.genai": 0, "azure.activity": 3600}
