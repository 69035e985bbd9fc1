"""Which of a call's records is believed for what.

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
