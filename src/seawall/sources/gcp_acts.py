"""What a method of Google Cloud does, as far as it concerns models and the keys that reach them.

In: a service and a method as the audit log writes them. Out: an activity, or None. Pure, cached.
Source: Google's references of the RPCs of Vertex AI, Gemini API, IAM, API Keys, Model Armor, Cloud Logging.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from seawall.model import Activity, Outcome

_MODELS: Final[dict[str, Activity]] = {
    **dict.fromkeys((
        "GenerateContent", "StreamGenerateContent", "BidiGenerateContent", "RawPredict", "StreamRawPredict", "Predict",
        "PredictLongRunning", "ServerStreamingPredict", "StreamingPredict", "StreamingRawPredict", "DirectPredict",
        "DirectRawPredict", "StreamDirectPredict", "StreamDirectRawPredict", "ChatCompletions", "EmbedContent",
        "BatchEmbedContents", "AsyncEmbedContent", "GenerateAnswer", "QueryReasoningEngine",
        "StreamQueryReasoningEngine", "CreateBatchPredictionJob", "InvokeAgent",
    ), "infer"),
    **dict.fromkeys((
        "ListModels", "GetModel", "ListPublisherModels", "GetPublisherModel", "ListEndpoints", "GetEndpoint",
        "CheckPublisherModelEulaAcceptance", "ListModelVersions",
    ), "list_models"),
    **dict.fromkeys(("AcceptPublisherModelEula", "EnableModel", "EnablePublisherModel"), "unlock_model"),
    "FetchPublisherModelConfig": "read_logging",
    "SetPublisherModelConfig": "change_logging",
    **dict.fromkeys((
        "DeployModel", "UndeployModel", "MutateDeployedModel", "CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint",
        "DeployPublisherModel", "Deploy", "UploadModel", "CopyModel", "DeleteModel", "CreateTunedModel",
    ), "change_deployment"),
    "SetIamPolicy": "change_access",
}  # fmt: skip
_IAM: Final[dict[str, Activity]] = {
    **dict.fromkeys(("CreateServiceAccountKey", "UploadServiceAccountKey"), "create_key"),
    "DeleteServiceAccountKey": "delete_key",
    **dict.fromkeys(("EnableServiceAccountKey", "DisableServiceAccountKey"), "change_key"),
    **dict.fromkeys(("ListServiceAccountKeys", "GetServiceAccountKey"), "list_keys"),
    **dict.fromkeys((
        "CreateServiceAccount", "DeleteServiceAccount", "UndeleteServiceAccount", "EnableServiceAccount",
        "DisableServiceAccount", "SetIamPolicy", "CreateRole", "UpdateRole", "CreateWorkloadIdentityPool",
        "CreateWorkloadIdentityPoolProvider", "UpdateWorkloadIdentityPoolProvider",
    ), "change_access"),
}  # fmt: skip
_SERVICES: Final[dict[str, dict[str, Activity]]] = {
    "iam": _IAM,
    "iamcredentials": dict.fromkeys(("GenerateAccessToken", "GenerateIdToken", "SignJwt", "SignBlob"), "login"),
    "sts": {"ExchangeToken": "login"},
    "cloudresourcemanager": {"SetIamPolicy": "change_access"},
    "apikeys": {
        "CreateKey": "create_key",
        "DeleteKey": "delete_key",
        **dict.fromkeys(("UpdateKey", "UndeleteKey"), "change_key"),
        **dict.fromkeys(("ListKeys", "GetKeyString", "LookupKey"), "list_keys"),
    },
    "modelarmor": dict.fromkeys(
        ("CreateTemplate", "UpdateTemplate", "DeleteTemplate", "UpdateFloorSetting"), "change_guardrail"
    ),
    "logging": dict.fromkeys((
        "DeleteSink", "UpdateSink", "CreateExclusion", "UpdateExclusion", "DeleteLog", "DeleteBucket", "UpdateBucket",
    ), "change_logging"),
}  # fmt: skip
#: The services that serve models, and what each is called as a provider.
PROVIDERS: Final = {"aiplatform.googleapis.com": "gcp.vertex_ai", "generativelanguage.googleapis.com": "gcp.gemini"}
#: gRPC's status codes by number.
STATUS_NAMES: Final = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip
_OUTCOMES: Final[dict[int, Outcome]] = {
    0: "success", 3: "invalid", 5: "invalid", 6: "invalid", 7: "denied", 8: "throttled", 9: "invalid", 11: "invalid",
    12: "invalid", 16: "denied",
}  # fmt: skip


@lru_cache(maxsize=4096)
def activity_of(service: str, method: str) -> Activity | None:
    """Return what a call does, or None where it concerns neither models nor their keys.

    Every call of a service that serves models has an activity. `service` is such as `aiplatform.googleapis.com`.
    """
    name = method.rpartition(".")[2]
    # Services disagree on the letter case of this one.
    name = "SetIamPolicy" if name.lower() == "setiampolicy" else name
    if service in PROVIDERS:
        return _MODELS.get(name, "other")
    return _SERVICES.get(service.removesuffix(".googleapis.com"), {}).get(name)


def outcome_of(code: int | None) -> Outcome:
    """Return the outcome that a gRPC status means; the audit log leaves it out where a call succeeded."""
    return _OUTCOMES.get(code or 0, "error")
