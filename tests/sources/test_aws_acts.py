"""AWS's names, errors, ids and addresses mean what the table says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.sources.aws_acts import activity_of, model_of, outcome_of, role_of, whence

B = "bedrock.amazonaws.com"


@pytest.mark.parametrize(
    ("service", "name", "activity"),
    [
        (B, "InvokeModel", "infer"),
        (B, "InvokeModelWithResponseStream", "infer"),
        (B, "ConverseStream", "infer"),
        ("bedrock-mantle.amazonaws.com", "CreateInference", "infer"),
        ("bedrock-mantle.amazonaws.com", "ListModels", "list_models"),
        (B, "GetFoundationModelAvailability", "list_models"),
        (B, "ListFoundationModelAgreementOffers", "list_models"),
        (B, "GetModelInvocationLoggingConfiguration", "read_logging"),
        (B, "DeleteModelInvocationLoggingConfiguration", "change_logging"),
        (B, "UpdateGuardrail", "change_guardrail"),
        (B, "ListGuardrails", "other"),
        (B, "PutUseCaseForModelAccess", "unlock_model"),
        (B, "CreateProvisionedModelThroughput", "change_deployment"),
        (B, "ANameOfTomorrow", "other"),
        ("aws-marketplace.amazonaws.com", "AcceptAgreementRequest", "unlock_model"),
        ("iam.amazonaws.com", "CreateServiceSpecificCredential", "create_key"),
        ("iam.amazonaws.com", "ListAccessKeys", "list_keys"),
        ("iam.amazonaws.com", "UpdateAccessKey", "change_key"),
        ("iam.amazonaws.com", "DeleteAccessKey", "delete_key"),
        ("iam.amazonaws.com", "PutUserPolicy", "change_access"),
        ("iam.amazonaws.com", "GetUser", None),
        ("sts.amazonaws.com", "GetCallerIdentity", "login"),
        ("signin.amazonaws.com", "ConsoleLogin", "login"),
        ("cloudtrail.amazonaws.com", "StopLogging", "change_logging"),
        ("guardduty.amazonaws.com", "DeleteDetector", "change_logging"),
        ("s3.amazonaws.com", "CreateUser", None),
        ("ec2.amazonaws.com", "RunInstances", None),
    ],
)
def test_activities(service: str, name: str, activity: str | None) -> None:
    """Each family of calls has its activity; a call of another service has none, whatever its name."""
    assert activity_of(service, name) == activity


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "success"),
        ("", "success"),
        ("AccessDenied", "denied"),
        ("AccessDeniedException", "denied"),
        ("Client.UnauthorizedOperation", "denied"),
        ("VpceAccessDenied", "denied"),
        ("InvalidClientTokenId", "denied"),
        ("ValidationException", "invalid"),
        ("InvalidParameterValueException", "invalid"),
        ("ThrottlingException", "throttled"),
        ("TooManyRequestsException", "throttled"),
        ("ServiceQuotaExceededException", "throttled"),
        ("ResourceNotFoundException", "error"),
        ("ModelTimeoutException", "error"),
    ],
)
def test_outcomes(error: str | None, outcome: str) -> None:
    """An error code is denied, invalid, throttled, or an error; none is success."""
    assert outcome_of(error) == outcome


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("198.51.100.7", ("198.51.100.7", None)),
        ("098.051.100.07", ("098.051.100.07", None)),
        ("2001:db8::1", ("2001:db8::1", None)),
        ("cloudformation.amazonaws.com", (None, "cloudformation.amazonaws.com")),
        ("AWS Internal", (None, "AWS Internal")),
        ("<unknown>", (None, None)),
        ("cafe", (None, None)),
    ],
)
def test_whence(source: str, expected: tuple[str | None, str | None]) -> None:
    """An address stays as logged, leading zeros included; a service is no address; the rest is neither."""
    assert whence(source) == expected


@given(st.text())
@settings(max_examples=50)
def test_any_text_has_an_answer(text: str) -> None:
    """Whatever a log writes, none of the readings fails."""
    assert activity_of("bedrock", text) is not None
    assert outcome_of(text or None) is not None
    assert None in whence(text)
    assert isinstance(model_of(text), str)
    assert isinstance(role_of(text), str)


def test_ids() -> None:
    """A model is the last part of its ARN; a role is a session without its name."""
    assert model_of("arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0") == "a.b-v1:0"
    assert model_of("us.vendor.model/x") == "us.vendor.model/x"
    assert role_of("arn:aws-cn:sts::111122223333:assumed-role/r/s") == "arn:aws-cn:iam::111122223333:role/r"
    assert role_of("arn:aws:iam::111122223333:user/u") == "arn:aws:iam::111122223333:user/u"
