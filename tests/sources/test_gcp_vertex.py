"""Google Cloud's audit logs of models and keys, and Vertex AI's request-response log."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from seawall.model import Event
from seawall.sources.base import Context, Ignored
from seawall.sources.gcp_acts import activity_of
from seawall.sources.gcp_vertex import GcpVertex
from seawall.sources.prompts import fingerprint
from seawall.sources.values import time_us

SOURCE = GcpVertex()
CONTEXT = Context(key=b"k" * 16, owner="given")
WORDS = "paint the harbour at dawn"
PLACE = "projects/demo-proj/locations/us-central1/publishers/google/models/gemini-2.5-pro"
ACCOUNT = "bot@demo-proj.iam.gserviceaccount.com"
KEY = f"//iam.googleapis.com/projects/demo-proj/serviceAccounts/{ACCOUNT}/keys/0123"
METHOD = "google.cloud.aiplatform.v1.PredictionService.GenerateContent"
PAYLOAD: dict[str, Any] = {
    "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": "aiplatform.googleapis.com",
    "methodName": METHOD, "resourceName": PLACE,
    "authenticationInfo": {"principalEmail": ACCOUNT, "serviceAccountKeyName": KEY,
                           "principalSubject": f"serviceAccount:{ACCOUNT}"},
    "requestMetadata": {"callerIp": "203.0.113.10", "callerSuppliedUserAgent": "Python/3.12,gzip(gfe)"},
    "request": {"@type": "x", "safetySettings": [{"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}]},
    "response": {"@type": "x"},
}  # fmt: skip
ENTRY: dict[str, Any] = {
    "protoPayload": PAYLOAD, "insertId": "i-1", "timestamp": "2026-03-02T10:00:00.360468025Z", "severity": "INFO",
    "resource": {"type": "audited_resource", "labels": {"project_id": "demo-proj"}},
    "logName": "projects/demo-proj/logs/cloudaudit.googleapis.com%2Fdata_access",
}  # fmt: skip
LOGGED: dict[str, Any] = {
    "endpoint": PLACE, "logging_time": "2026-03-02 10:00:01.500 UTC", "request_id": "5374205265901353984",
    "model": "publishers/google/models/gemini-2.5-pro", "api_method": "GenerateContent",
    "full_request": {"model": PLACE, "contents": [{"role": "user", "parts": [{"text": WORDS}]}],
                     "safety_settings": [{"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}]},
    "full_response": {"candidates": [{"finish_reason": "STOP", "content": {"parts": [{"text": "a harbour"}]}}],
                      "usage_metadata": {"prompt_token_count": 3, "candidates_token_count": 29,
                                         "thoughts_token_count": 901, "cached_content_token_count": 1}},
    "metadata": {"request_latency": 11225.994},
}  # fmt: skip


def read(record: dict[str, Any], context: Context = CONTEXT) -> list[Event] | Ignored:
    """Return what becomes of a record that the source claims."""
    written = json.dumps(record).encode()
    assert SOURCE.matches(written)
    return SOURCE.read(written, context)


def event(record: dict[str, Any], context: Context = CONTEXT) -> Event:
    """Return the one event of a record."""
    found = read(record, context)
    assert isinstance(found, list)
    assert len(found) == 1
    return found[0]


def changed(**payload: Any) -> dict[str, Any]:
    """Return the entry with another payload."""
    return {**ENTRY, "protoPayload": {**PAYLOAD, **payload}}


def dotted(tree: dict[str, Any], stem: str = "") -> dict[str, str]:
    """Return a tree as the columns of the Logs Explorer's CSV."""
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat |= dotted(value, f"{stem}{name}.")
        else:
            flat[stem + name] = value if isinstance(value, str) else json.dumps(value)
    return flat


def test_a_call_with_a_key_is_read_whole() -> None:
    """The service account key is the credential, by its full name; project, place and model come from the resource."""
    found = event(ENTRY)
    assert (found.event_id, found.provider, found.activity) == ("i-1", "gcp.vertex_ai", "infer")
    assert (found.credential_id, found.credential_kind, found.principal_id) == (KEY, "service_account_key", ACCOUNT)
    assert (found.owner_id, found.region, found.model, found.modality) == (
        "demo-proj",
        "us-central1",
        "gemini-2.5-pro",
        "text",
    )
    assert (found.src_ip, found.user_agent, found.via) == ("203.0.113.10", "Python/3.12,gzip(gfe)", None)
    assert (found.outcome, found.status_code, found.input_tokens, found.request_id) == ("success", None, None, None)
    assert "BLOCK_NONE" in (found.raw or "")


@pytest.mark.parametrize(
    "record",
    [{**{name: value for name, value in ENTRY.items() if name != "protoPayload"}, "protopayload_auditlog": PAYLOAD},
     dotted(ENTRY)],
    ids=["BigQuery", "Logs Explorer CSV"],
)  # fmt: skip
def test_every_form_tells_the_same(record: dict[str, Any]) -> None:
    """BigQuery's export and the CSV of the Logs Explorer give the event that the entry gives."""
    native, other = event(ENTRY), event(record)
    for column in SOURCE.columns | {"time", "event_id"}:
        assert getattr(other, column) == getattr(native, column), column


def test_without_a_key_the_principal_is_the_credential() -> None:
    """A user's call has no key: its e-mail is what one would revoke, of unknown kind."""
    found = event(changed(authenticationInfo={"principalEmail": "ann@example.org"}))
    assert (found.credential_id, found.credential_kind) == ("ann@example.org", "unknown")
    nobody = event(changed(authenticationInfo={}))
    assert (nobody.credential_id, nobody.credential_kind, nobody.principal_id) == (None, None, None)


@pytest.mark.parametrize(
    ("code", "outcome", "name"),
    [(0, "success", None), (3, "invalid", "INVALID_ARGUMENT"), (7, "denied", "PERMISSION_DENIED"),
     (8, "throttled", "RESOURCE_EXHAUSTED"), (10, "error", "ABORTED"), (16, "denied", "UNAUTHENTICATED"),
     (99, "error", None)],
)  # fmt: skip
def test_statuses(code: int, outcome: str, name: str | None) -> None:
    """A gRPC status is an outcome and an error's name."""
    found = event(changed(status={"code": code}))
    assert (found.outcome, found.error_code) == (outcome, name)


def test_a_services_name_is_no_address_and_a_session_joins() -> None:
    """A caller inside Google goes to `via`; entries of one live session share its operation."""
    found = event({**changed(requestMetadata={"callerIp": "gce-internal-ip"}), "operation": {"id": "77", "last": True}})
    assert (found.src_ip, found.via, found.request_id) == (None, "gce-internal-ip", "77")


def test_the_project_is_named_by_id_before_number() -> None:
    """A resource that names its project by number yields to the log's name; without any, the owner is the given one."""
    assert event(changed(resourceName="projects/123/locations/x/models/1")).owner_id == "demo-proj"
    bare = {**changed(resourceName="x"), "logName": "organizations/1/logs/y", "resource": {}}
    assert event(bare).owner_id == "given"


@pytest.mark.parametrize(
    ("service", "method", "expected"),
    [
        ("aiplatform", "google.cloud.aiplatform.v1.PredictionService.StreamRawPredict", "infer"),
        ("aiplatform", "google.cloud.aiplatform.v1beta1.LlmBidiService.BidiGenerateContent", "infer"),
        ("aiplatform", "google.cloud.aiplatform.internal.PredictionService.CountTokens", "other"),
        ("aiplatform", "google.cloud.aiplatform.v1beta1.ModelGardenService.ListPublisherModels", "list_models"),
        ("aiplatform", "google.cloud.aiplatform.v1beta1.EndpointService.SetPublisherModelConfig", "change_logging"),
        ("aiplatform", "google.cloud.aiplatform.v1beta1.EndpointService.FetchPublisherModelConfig", "read_logging"),
        ("aiplatform", "google.cloud.aiplatform.v1.EndpointService.DeployModel", "change_deployment"),
        ("aiplatform", "google.iam.v1.IAMPolicy.SetIamPolicy", "change_access"),
        ("generativelanguage", "google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent", "infer"),
        ("iam", "google.iam.admin.v1.CreateServiceAccountKey", "create_key"),
        ("iam", "google.iam.admin.v1.SetIAMPolicy", "change_access"),
        ("apikeys", "google.api.apikeys.v2.ApiKeys.GetKeyString", "list_keys"),
        ("modelarmor", "google.cloud.modelarmor.v1.ModelArmor.DeleteTemplate", "change_guardrail"),
        ("logging", "google.logging.v2.ConfigServiceV2.DeleteSink", "change_logging"),
        ("storage", "storage.objects.get", None),
        ("iam", "google.iam.admin.v1.ListRoles", None),
    ],
)
def test_methods(service: str, method: str, expected: str | None) -> None:
    """Methods on models, keys, guardrails and logging have an activity; all else is none of ours."""
    assert activity_of(f"{service}.googleapis.com", method) == expected


def test_other_services_are_ignored_and_new_keys_are_never_kept() -> None:
    """Storage is ignored; a key's private half, should a log carry it, does not reach `raw`."""
    storage = read(changed(serviceName="storage.googleapis.com", methodName="storage.objects.get"))
    assert storage == Ignored("Google Cloud call outside models and their keys")
    private = secrets.token_urlsafe(24)
    made = event(changed(serviceName="iam.googleapis.com", methodName="google.iam.admin.v1.CreateServiceAccountKey",
                         response={"name": "k", "private_key_data": private}))  # fmt: skip
    assert (made.activity, made.provider) == ("create_key", "gcp.vertex_ai")
    assert private not in (made.raw or "")


def test_the_request_response_log_tells_tokens_and_no_caller() -> None:
    """Tokens, thoughts included, and a fingerprint; no credential; of `raw`, safety settings stay and words go."""
    found = event(LOGGED)
    assert (found.activity, found.model, found.owner_id) == ("infer", "gemini-2.5-pro", "demo-proj")
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (3, 930, 1)
    assert (found.credential_id, found.src_ip, found.duration_ms) == (None, None, 11225)
    assert found.prompt_hash == fingerprint(WORDS, CONTEXT.key).hash
    assert found.time == time_us("2026-03-02T10:00:01.5Z")
    assert WORDS not in (found.raw or "")
    assert "a harbour" not in (found.raw or "")
    assert "BLOCK_NONE" in (found.raw or "")
    kept = event(LOGGED, Context(key=CONTEXT.key, keep_content=True))
    assert WORDS in (kept.raw or "")
    assert kept.event_id == found.event_id


def test_counting_tokens_keeps_no_words_either() -> None:
    """A call that is no inference may carry a prompt too: it is dropped, and not taken for a use of the model."""
    method = "google.cloud.aiplatform.v1.PredictionService.CountTokens"
    found = event(changed(methodName=method, request={"contents": [{"parts": [{"text": WORDS}]}]}))
    assert (found.activity, found.prompt_hash) == ("other", None)
    assert WORDS not in (found.raw or "")


@pytest.mark.parametrize(
    ("response", "outcome", "categories", "severity"),
    [
        ({"candidates": [{"finishReason": "SAFETY", "safetyRatings": [
            {"category": "HARM_CATEGORY_SEXUALLY_EXPLICIT", "severity": "HARM_SEVERITY_HIGH", "blocked": True},
            {"category": "HARM_CATEGORY_HARASSMENT", "probability": "LOW"}]}]}, "filtered", "sexual", 6),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "filtered", None, None),
        ({"candidates": [{"finishReason": "STOP", "safetyRatings": [
            {"category": "HARM_CATEGORY_HATE_SPEECH", "probability": "NEGLIGIBLE"}]}]}, "success", None, 0),
    ],
)  # fmt: skip
def test_safety_verdicts(response: dict[str, Any], outcome: str, categories: str | None, severity: int | None) -> None:
    """A blocked candidate or prompt is filtered, with the categories that blocked and the worst severity rated."""
    for found in (event(changed(response=response)), event({**LOGGED, "full_response": json.dumps(response)})):
        assert (found.outcome, found.filter_categories, found.filter_severity) == (outcome, categories, severity)
