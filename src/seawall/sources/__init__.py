"""Readers of the providers' logs. `SOURCES` is the list; the first that matches a record and can read it does."""

from __future__ import annotations

from typing import Final

from seawall.sources.anthropic_activity import AnthropicActivity
from seawall.sources.anthropic_usage import AnthropicUsage
from seawall.sources.aws_bedrock_invocation import BedrockInvocation
from seawall.sources.aws_cloudtrail import CloudTrail
from seawall.sources.aws_guardduty import GuardDuty
from seawall.sources.azure_activity import AzureActivity
from seawall.sources.azure_apim import AzureApim
from seawall.sources.azure_defender import AzureDefender
from seawall.sources.azure_openai import AzureOpenAI
from seawall.sources.base import Context, Ignored, Source
from seawall.sources.gcp_vertex import GcpVertex
from seawall.sources.litellm import LiteLLM
from seawall.sources.openai_audit import OpenAIAudit
from seawall.sources.openai_usage import OpenAIUsage
from seawall.sources.otel_genai import OtelGenAI

#: The logs that carry prompts come before those whose field names a prompt could quote.
SOURCES: Final[tuple[Source, ...]] = (
    BedrockInvocation(),
    CloudTrail(),
    LiteLLM(),
    OtelGenAI(),
    AzureOpenAI(),
    AzureApim(),
    AzureActivity(),
    AzureDefender(),
    GcpVertex(),
    GuardDuty(),
    OpenAIAudit(),
    OpenAIUsage(),
    AnthropicUsage(),
    AnthropicActivity(),
)

__all__ = ["SOURCES", "Context", "Ignored", "Source"]
