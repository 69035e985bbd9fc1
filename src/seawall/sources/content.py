"""The members of records that carry prompts, answers or secrets: one list, each name with where it is documented.

In: a source's name, or the name of a telemetry attribute. Out: what must not reach `raw`: content unless the operator
opts in, secrets never. Names are compared without letter case. What a client writes elsewhere, redaction searches.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

#: (source, names, origin): members that carry what was asked or answered.
_CONTENT: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("aws.bedrock_invocation", ("inputBodyJson", "outputBodyJson", "inputBody", "outputBody"),
     "Bedrock user guide: model invocation logging"),
    ("aws.bedrock_invocation", ("requestMetadata", "request_metadata"),
     "Bedrock API reference, Converse: key-value pairs of the caller"),
    ("azure.apim", ("requestBody", "backendRequestBody", "responseBody", "backendResponseBody", "traceRecords"),
     "Azure Monitor reference: ApiManagementGatewayLogs"),
    ("azure.apim", ("requestMessages", "responseMessages"), "Azure Monitor reference: ApiManagementGatewayLlmLog"),
    ("azure.openai", ("requestBody", "responseBody", "headers", "requestHeaders", "prompt", "messages", "input",
                      "completion", "response"), "none documented: what a broken or hostile exporter might add"),
    ("azure.defender", ("supportingEvidence",),
     "Defender for Cloud: alerts for AI services, evidence of prompts"),
    ("gcp.vertex", ("contents", "content", "parts", "systemInstruction", "system_instruction", "inlineData",
                    "inline_data", "text"), "Vertex AI reference: GenerateContent"),
    ("gcp.vertex", ("instances", "predictions", "httpBody", "http_body"), "Vertex AI reference: Predict, RawPredict"),
    ("gcp.vertex", ("messages", "prompt", "system", "input", "output", "query"),
     "Vertex AI reference: partner models, chat completions, sessions"),
    ("litellm", ("messages", "response", "proxy_server_request", "model_parameters", "optional_params",
                 "standard_logging_object", "original_response", "complete_input_dict", "raw_request",
                 "additional_args"), "LiteLLM: schema of SpendLogs, StandardLoggingPayload, callback kwargs"),
    ("litellm", ("prompt", "input", "instructions", "content", "system", "tools", "functions", "query", "documents"),
     "LiteLLM: request bodies of its endpoints"),
    ("litellm", ("spend_logs_metadata", "requester_metadata", "requester_custom_headers", "user_api_key_auth_metadata",
                 "prompt_management_metadata", "mcp_tool_call_metadata", "vector_store_request_metadata"),
     "LiteLLM: StandardLoggingMetadata, what the client or an administrator attaches"),
    ("litellm", ("error_message", "error_str", "traceback", "exception", "response_cost_failure_debug_info"),
     "LiteLLM: StandardLoggingPayloadErrorInformation; errors quote requests"),
    ("litellm", ("guardrail_request", "guardrail_response"),
     "LiteLLM: StandardLoggingGuardrailInformation"),
)  # fmt: skip
#: (source, names, origin): members that can hold a key or a header with one.
_SECRETS: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    ("azure.activity", ("key1", "key2", "primaryKey", "secondaryKey", "accessKey", "apiKey", "credentials", "password",
                        "secret", "connectionString", "clientSecret", "sasToken"),
     "Azure Resource Manager: bodies of listKeys, regenerateKey and of settings"),
    ("azure.apim", ("requestHeaders", "backendRequestHeaders", "responseHeaders", "backendResponseHeaders"),
     "Azure Monitor reference: ApiManagementGatewayLogs"),
    ("gcp.vertex", ("privateKeyData", "private_key_data", "keyString", "key_string"),
     "IAM and API Keys reference: answers that hold a new key"),
    ("litellm", ("key", "litellm_params", "credential_values", "environment_variables", "callback_vars",
                 "callback_settings", "logging"), "LiteLLM: schema of keys, models, credentials, settings"),
    ("litellm", ("headers", "raw_headers", "additional_headers", "extra_headers", "authorization", "x-api-key",
                 "secret_fields"), "LiteLLM: proxy_server_request, hidden_params"),
)  # fmt: skip


def content_of(source: str) -> frozenset[str]:
    """Return the names of a source's members that carry prompts and answers."""
    return frozenset(name for owner, names, _ in _CONTENT if owner == source for name in names)


def secrets_of(source: str) -> frozenset[str]:
    """Return the names of a source's members that can hold a key; they go even where content is kept."""
    return frozenset(name for owner, names, _ in _SECRETS if owner == source for name in names)


#: Words of an attribute's name that say: a text of the user's or the model's. Each convention builds its names of them.
_WORDS: Final = frozenset({
    "prompt", "prompts", "completion", "completions", "message", "messages", "content", "contents", "input", "inputs",
    "output", "outputs", "instructions", "arguments", "args", "variables", "query", "document", "documents", "text",
    "body", "transcript", "explanation", "reasoning", "stacktrace", "description",
})  # fmt: skip
#: Last words of names that are labels and figures all the same: `gen_ai.output.type`, `gen_ai.usage.input_tokens`.
_LABELS: Final = frozenset({
    "tokens", "token", "count", "type", "id", "name", "size", "length", "version", "cost", "hash",
})  # fmt: skip
#: (begins of names, origin): attributes that carry content though no word of theirs says so.
_ATTRIBUTES: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("gen_ai.tool.", "gen_ai.evaluation.", "exception.", "db.", "url.query"), "OpenTelemetry semantic conventions"),
    (("llm.prompt", "llm.completions", "llm.tools", "llm.request.functions", "llm.function_call",
      "llm.invocation_parameters", "tool.", "tool_call.", "retrieval.", "reranker.", "embedding.", "metadata"),
     "OpenInference; OpenLLMetry"),
    (("traceloop.entity.", "traceloop.association.", "traceloop.prompt."), "OpenLLMetry"),
    (("ai.response.object", "ai.response.toolcalls", "ai.toolcall", "ai.value", "ai.schema", "ai.telemetry.metadata."),
     "Vercel AI SDK: telemetry"),
    (("langfuse.",), "Langfuse: properties of its OpenTelemetry endpoint"),
    (("mlflow.", "langsmith.", "haystack.component.", "crewai.", "crew_", "smolagents.", "lk.", "gcp.vertex.agent."),
     "MLflow, LangSmith, Haystack, CrewAI, LiveKit, Google ADK"),
    (("request_data", "response_data", "final_result", "tool_response", "events", "all_messages", "logfire.msg"),
     "Pydantic AI and Logfire"),
)  # fmt: skip
_BEGINS: Final = tuple(begin for begins, _ in _ATTRIBUTES for begin in begins)
#: Headers, where the key itself stands.
_HEADERS: Final = (
    "http.request.header.", "http.response.header.", "rpc.grpc.request.metadata.", "rpc.grpc.response.metadata.",
    "rpc.connect_rpc.request.metadata.", "ai.request.headers.", "http.headers",
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Z]?[a-z]+")


@lru_cache(maxsize=4096)
def holds_content(attribute: str) -> bool:
    """Say whether a telemetry attribute of this name carries a prompt, an answer, or what a tool was given."""
    words = [word.lower() for word in _WORD.findall(attribute)]
    return attribute.lower().startswith(_BEGINS) or (not _WORDS.isdisjoint(words) and words[-1] not in _LABELS)


def holds_secret(attribute: str) -> bool:
    """Say whether a telemetry attribute of this name is a header, which can be the key."""
    return attribute.lower().startswith(_HEADERS)
