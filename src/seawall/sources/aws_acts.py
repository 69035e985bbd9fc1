"""What AWS's names mean: an API call's activity, an error's outcome, a model behind an id, an address or a service.

In: names as CloudTrail, the Bedrock invocation log and GuardDuty write them. Out: words of the event. Pure, cached.
Names are those of AWS's API references for Bedrock, IAM, STS, sign-in, CloudTrail, GuardDuty and Marketplace.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from seawall.model import Activity, Outcome

_BEDROCK: Final[dict[str, Activity]] = {
    **dict.fromkeys((
        "Converse", "ConverseStream", "CreateInference", "CreateModelInvocationJob", "InvokeAgent", "InvokeFlow",
        "InvokeInlineAgent", "InvokeModel", "InvokeModelWithBidirectionalStream", "InvokeModelWithResponseStream",
        "Rerank", "RetrieveAndGenerate", "RetrieveAndGenerateStream", "StartAsyncInvoke",
    ), "infer"),
    **dict.fromkeys((
        "GetCustomModel", "GetFoundationModel", "GetFoundationModelAvailability", "GetImportedModel",
        "GetInferenceProfile", "GetModel", "GetProvisionedModelThroughput", "GetUseCaseForModelAccess",
        "ListCustomModels", "ListFoundationModelAgreementOffers", "ListFoundationModels", "ListImportedModels",
        "ListInferenceProfiles", "ListModels", "ListProvisionedModelThroughputs",
    ), "list_models"),
    "GetModelInvocationLoggingConfiguration": "read_logging",
    "PutModelInvocationLoggingConfiguration": "change_logging",
    "DeleteModelInvocationLoggingConfiguration": "change_logging",
    **dict.fromkeys((
        "CreateGuardrail", "CreateGuardrailVersion", "DeleteEnforcedGuardrailConfiguration", "DeleteGuardrail",
        "PutEnforcedGuardrailConfiguration", "UpdateGuardrail",
    ), "change_guardrail"),
    **dict.fromkeys((
        "CreateFoundationModelAgreement", "PutFoundationModelEntitlement", "PutUseCaseForModelAccess",
    ), "unlock_model"),
    **dict.fromkeys((
        "CreateInferenceProfile", "CreateProvisionedModelThroughput", "DeleteInferenceProfile",
        "DeleteProvisionedModelThroughput", "UpdateProvisionedModelThroughput", "CreateCustomModelDeployment",
        "CreateMarketplaceModelEndpoint", "DeleteCustomModelDeployment", "DeleteMarketplaceModelEndpoint",
        "UpdateMarketplaceModelEndpoint",
    ), "change_deployment"),
}  # fmt: skip
_IAM: Final[dict[str, Activity]] = {
    **dict.fromkeys(("CreateAccessKey", "CreateServiceSpecificCredential"), "create_key"),
    **dict.fromkeys(("GetAccessKeyLastUsed", "ListAccessKeys", "ListServiceSpecificCredentials"), "list_keys"),
    **dict.fromkeys((
        "ResetServiceSpecificCredential", "UpdateAccessKey", "UpdateServiceSpecificCredential",
    ), "change_key"),
    **dict.fromkeys(("DeleteAccessKey", "DeleteServiceSpecificCredential"), "delete_key"),
    **dict.fromkeys((
        "AddUserToGroup", "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "ChangePassword",
        "CreateLoginProfile", "CreateOpenIDConnectProvider", "CreatePolicyVersion", "CreateRole", "CreateSAMLProvider",
        "CreateUser", "DeactivateMFADevice", "DeleteGroupPolicy", "DeleteLoginProfile", "DeleteRolePolicy",
        "DeleteUser", "DeleteUserPermissionsBoundary", "DeleteUserPolicy", "DetachGroupPolicy", "DetachRolePolicy",
        "DetachUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPermissionsBoundary", "PutUserPolicy",
        "RemoveUserFromGroup", "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy", "UpdateLoginProfile",
        "UpdateSAMLProvider", "UpdateUser",
    ), "change_access"),
}  # fmt: skip
_STS: Final[dict[str, Activity]] = dict.fromkeys((
    "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "GetCallerIdentity",
    "GetFederationToken", "GetSessionToken",
), "login")  # fmt: skip
_TRAIL: Final[dict[str, Activity]] = dict.fromkeys((
    "CreateTrail", "DeleteEventDataStore", "DeleteTrail", "PutEventSelectors", "StartLogging",
    "StopEventDataStoreIngestion", "StopLogging", "UpdateEventDataStore", "UpdateTrail",
), "change_logging")  # fmt: skip
_GUARDDUTY: Final[dict[str, Activity]] = dict.fromkeys((
    "ArchiveFindings", "CreateDetector", "CreateFilter", "CreateIPSet", "DeleteDetector", "DeleteMembers",
    "DeletePublishingDestination", "DisassociateFromAdministratorAccount", "DisassociateFromMasterAccount",
    "DisassociateMembers", "StopMonitoringMembers", "UpdateDetector", "UpdateFilter", "UpdateIPSet",
    "UpdateMemberDetectors",
), "change_logging")  # fmt: skip
_MARKETPLACE: Final[dict[str, Activity]] = {
    **dict.fromkeys(("AcceptAgreementRequest", "Subscribe"), "unlock_model"),
    **dict.fromkeys(("SearchAgreements", "ViewSubscriptions"), "list_models"),
}
_SERVICES: Final[dict[str, dict[str, Activity]]] = {
    "iam": _IAM,
    "sts": _STS,
    "signin": {"ConsoleLogin": "login", "GetSigninToken": "login"},
    "cloudtrail": _TRAIL,
    "guardduty": _GUARDDUTY,
}
#: An IPv4 address as logged (leading zeros, `***`), or an IPv6 address.
_ADDRESS: Final = re.compile(r"[0-9*]+\.[0-9*]+\.[0-9*]+\.[0-9*]+|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%\w+)?", re.ASCII)
_INVALID: Final = ("validation", "invalid", "malformed", "missing", "unknownparameter", "badrequest")
_DENIED: Final = ("accessdenied", "unauthorized", "notauthorized", "authfailure", "invalidclienttokenid",
                  "unrecognizedclient", "expiredtoken", "signaturedoesnotmatch", "forbidden", "missingauthentication",
            "requestexpired")  # fmt: skip
_THROTTLED: Final = ("throttl", "toomanyrequests", "servicequotaexceeded", "requestlimitexceeded")


@lru_cache(maxsize=4096)
def activity_of(service: str, name: str) -> Activity | None:
    """Return what an API call does, or None where it concerns neither AI services nor the keys that reach them.

    `service` is CloudTrail's eventSource, such as `bedrock.amazonaws.com`; every call of Bedrock has an activity.
    """
    prefix = service.partition(".")[0]
    if prefix.startswith("bedrock"):
        return _BEDROCK.get(name, "other")
    table = _MARKETPLACE if "marketplace" in service else _SERVICES.get(prefix, {})
    return table.get(name)


@lru_cache(maxsize=4096)
def outcome_of(error: str | None) -> Outcome:
    """Return the outcome that an error code means; no code, or an empty one, is success."""
    if not error:
        return "success"
    low = error.lower()
    if any(part in low for part in _DENIED):
        return "denied"
    if any(part in low for part in _THROTTLED):
        return "throttled"
    return "invalid" if any(part in low for part in _INVALID) else "error"


@lru_cache(maxsize=4096)
def model_of(model_id: str) -> str:
    """Return the model of a model id: itself, or what follows the last slash of an ARN."""
    return model_id.rpartition("/")[2] or model_id if model_id.startswith("arn:") else model_id


@lru_cache(maxsize=65_536)
def whence(source: str) -> tuple[str | None, str | None]:
    """Return (address as logged, service in between) for a source that is either; an unclear text is neither."""
    if _ADDRESS.fullmatch(source):
        return source, None
    return None, source if source.startswith("AWS ") or source.endswith((".amazonaws.com", ".amazon.com")) else None


@lru_cache(maxsize=65_536)
def role_of(session: str) -> str:
    """Return the role's ARN for an assumed-role session's ARN (its path is not known); other ARNs as they are."""
    head, found, tail = session.partition(":assumed-role/")
    if not found:
        return session
    return f"{head.replace(':sts:', ':iam:', 1)}:role/{tail.partition('/')[0]}"
