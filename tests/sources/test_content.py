"""No prompt, no answer and no free-form metadata reaches `raw`, in whatever documented member a record carries it."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from seawall.model import Event
from seawall.sources.aws_bedrock_invocation import BedrockInvocation
from seawall.sources.azure_apim import AzureApim
from seawall.sources.azure_defender import AzureDefender
from seawall.sources.azure_openai import AzureOpenAI
from seawall.sources.base import Context, Source
from seawall.sources.content import content_of, holds_content, holds_secret, secrets_of
from seawall.sources.gcp_vertex import GcpVertex
from seawall.sources.litellm import LiteLLM
from seawall.sources.otel_genai import OtelGenAI

WORDS: Final = "a lighthouse keeper in a storm"
CHAT: Final = [{"role": "user", "content": WORDS}]
RESOURCE: Final = "/subscriptions/0/resourceGroups/r/providers/Microsoft.CognitiveServices/accounts/a"
CALL: Final[dict[str, Any]] = {
    "call_type": "acompletion", "api_key": "88dc28d0", "custom_llm_provider": "openai", "request_id": "r-1",
    "startTime": "2025-10-09T10:00:00Z", "status": "success", "model": "gpt-4o",
}  # fmt: skip
SPAN: Final[dict[str, Any]] = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai"}
GATEWAY: Final[dict[str, Any]] = {
    "time": "2025-10-09T10:00:00Z", "category": "GatewayLogs", "correlationId": "c", "resourceId": RESOURCE,
}  # fmt: skip
URL: Final = "https://a.openai.azure.com/openai/deployments/d/chat/completions"


def litellm(**members: Any) -> dict[str, Any]:
    """Return a spend log row with these members, of which the first is of its metadata too."""
    return {**CALL, **members, "metadata": members}


def span(**attributes: Any) -> dict[str, Any]:
    """Return a span with attributes of these names, `__` for a dot."""
    told = {name.replace("__", "."): value for name, value in attributes.items()}
    return {"traceId": "5b8e", "spanId": "eee1", "startTimeUnixNano": "1760004000000000000",
            "attributes": {**SPAN, **told}}  # fmt: skip


def invocation(**members: Any) -> dict[str, Any]:
    """Return an invocation log record."""
    return {"schemaType": "ModelInvocationLog", "timestamp": "2025-10-09T10:00:00Z", "accountId": "1", "region": "r",
            "requestId": "q", "operation": "Converse", "modelId": "m", **members}  # fmt: skip


def alert(**details: Any) -> dict[str, Any]:
    """Return a Defender alert with these details."""
    return {"AlertType": "AI.Azure_Jailbreak", "SystemAlertId": "s", "StartTimeUtc": "2025-10-09T10:00:00Z",
            "ResourceId": RESOURCE, "ExtendedProperties": details}  # fmt: skip


def audit(**payload: Any) -> dict[str, Any]:
    """Return a Vertex audit log entry."""
    act = {"serviceName": "aiplatform.googleapis.com", "resourceName": "projects/p/locations/l/models/m",
           "methodName": "google.cloud.aiplatform.v1.PredictionService.GenerateContent"}  # fmt: skip
    name = "projects/p/logs/cloudaudit.googleapis.com"
    return {"insertId": "i", "timestamp": "2025-10-09T10:00:00Z", "logName": name, "protoPayload": {**act, **payload}}


RECORDS: Final[list[tuple[Source, dict[str, Any]]]] = [
    *((LiteLLM(), litellm(**{name: value})) for name, value in {
        "messages": CHAT, "response": {"choices": [{"message": CHAT[0]}]}, "proxy_server_request": {"body": WORDS},
        "spend_logs_metadata": {"note": WORDS}, "requester_metadata": {"note": WORDS},
        "requester_custom_headers": {"x-note": WORDS}, "user_api_key_auth_metadata": {"note": WORDS},
        "prompt_management_metadata": {"prompt_variables": {"scene": WORDS}},
        "mcp_tool_call_metadata": {"arguments": WORDS}, "vector_store_request_metadata": [{"query": WORDS}],
        "model_parameters": {"tools": [WORDS]}, "optional_params": {"user": WORDS},
        "error_information": {"error_class": "BadRequestError", "error_message": WORDS, "traceback": WORDS},
        "response_cost_failure_debug_info": {"error_str": WORDS},
        "guardrail_information": [{"guardrail_name": "g", "guardrail_request": WORDS, "guardrail_response": WORDS}],
        "standard_logging_object": {"messages": CHAT},
    }.items()),
    *((OtelGenAI(), span(**{name: WORDS})) for name in (
        "gen_ai__prompt", "gen_ai__completion", "gen_ai__prompt__0__content", "gen_ai__input__messages",
        "gen_ai__output__messages", "gen_ai__system_instructions", "gen_ai__tool__call__arguments",
        "gen_ai__tool__call__result", "gen_ai__tool__definitions", "gen_ai__content__revised_prompt",
        "gen_ai__event__content", "input__value", "output__value", "llm__input_messages__0__message__content",
        "llm__prompts", "llm__prompt_template__variables", "llm__invocation_parameters", "llm__completions__0__content",
        "llm__request__functions__0__description", "retrieval__documents__0__document__content", "reranker__query",
        "embedding__text", "tool__parameters", "metadata", "traceloop__entity__input", "traceloop__entity__output",
        "traceloop__association__properties__note", "langfuse__trace__input", "langfuse__observation__output",
        "langfuse__trace__metadata__note", "ai__prompt__messages", "ai__response__text", "ai__response__reasoning",
        "ai__response__toolCalls", "ai__toolCall__args", "ai__telemetry__metadata__note", "mlflow__spanInputs",
        "all_messages_events", "final_result", "tool_arguments", "exception__message", "error__message", "db__query",
        "my__userPrompt", "app__system_prompt", "chat__messages", "body",
    )),
    *((BedrockInvocation(), invocation(**members)) for members in (
        {"input": {"inputBodyJson": {"messages": CHAT}}}, {"output": {"outputBodyJson": [{"completion": WORDS}]}},
        {"requestMetadata": {"note": WORDS}},
    )),
    *((AzureApim(), {**GATEWAY, "properties": {"backendUrl": URL, name: json.dumps({"messages": CHAT})}}) for name in (
        "requestBody", "backendRequestBody", "responseBody", "backendResponseBody", "traceRecords", "requestHeaders",
    )),
    (AzureApim(), {**GATEWAY, "category": "GatewayLlmLogs", "properties": {"sequenceNumber": 0, "modelName": "m",
                                                                           "requestMessages": json.dumps(CHAT)}}),
    (AzureOpenAI(), {**GATEWAY, "category": "RequestResponse", "operationName": "ChatCompletions_Create",
                     "properties": {"modelName": "m", "RequestBody": {"messages": CHAT}, "prompt": WORDS}}),
    *((AzureDefender(), alert(**{name: WORDS})) for name in ("Prompt Segment", "Model Response", "Evidence")),
    (AzureDefender(), {**alert(), "SupportingEvidence": {"note": WORDS}}),
    *((GcpVertex(), audit(**members)) for members in (
        {"request": {"contents": [{"parts": [{"text": WORDS}]}]}}, {"request": {"instances": [{"prompt": WORDS}]}},
        {"request": {"httpBody": {"data": WORDS}}}, {"request": {"systemInstruction": {"parts": [{"text": WORDS}]}}},
        {"response": {"candidates": [{"content": {"parts": [{"text": WORDS}]}}]}},
    )),
]  # fmt: skip


def read(source: Source, record: dict[str, Any], *, keep: bool = False) -> Event:
    """Return the one event of a record."""
    data = json.dumps(record).encode()
    assert source.matches(data)
    found = source.read(data, Context(keep_content=keep))
    assert isinstance(found, list)
    return found[0]


@pytest.mark.parametrize(
    ("source", "record"), RECORDS, ids=[f"{each.name}-{at}" for at, (each, _) in enumerate(RECORDS)]
)
def test_what_was_said_does_not_reach_raw(source: Source, record: dict[str, Any]) -> None:
    """Each documented place of content, one by one: the record is an event, the words are nowhere in it."""
    found = read(source, record)
    assert WORDS not in json.dumps(
        [getattr(found, name) for name in found.__struct_fields__ if name != "prompt_sketch"]
    )
    assert WORDS.split()[1] not in (found.raw or "")


@pytest.mark.parametrize(
    "name",
    ["gen_ai.output.type", "gen_ai.usage.input_tokens", "gen_ai.request.model", "gen_ai.response.id", "session.id",
     "user_agent.original", "aws.bedrock.guardrail.id", "http.response.status_code", "traceloop.workflow.name",
     "llm.token_count.prompt_tokens", "gen_ai.response.finish_reasons", "seawall.credential.id", "gen_ai.prompt.name"],
)  # fmt: skip
def test_labels_and_figures_of_telemetry_stay(name: str) -> None:
    """What tells how a model was used is no content, although its name may have the word."""
    assert not holds_content(name)
    assert not holds_secret(name)


@pytest.mark.parametrize("name", ["http.request.header.authorization", "ai.request.headers.x-api-key",
                                  "RPC.GRPC.REQUEST.METADATA.key"])  # fmt: skip
def test_headers_of_telemetry_are_secret_even_where_content_is_kept(name: str) -> None:
    """Opting in to prompts is no opting in to keys."""
    assert holds_secret(name)
    found = read(OtelGenAI(), span(**{name.replace(".", "__"): "opaque-value", "gen_ai__prompt": WORDS}), keep=True)
    assert "opaque-value" not in (found.raw or "")
    assert WORDS in (found.raw or "")


def test_each_source_of_the_list_exists_and_has_no_name_in_both() -> None:
    """A source's name is written as in the `source` column; a member is content or secret."""
    for source in {each for each, _ in RECORDS}:
        assert content_of(source.name) or source.name == "otel.genai"
        assert not content_of(source.name) & secrets_of(source.name)
    assert secrets_of("azure.activity")
