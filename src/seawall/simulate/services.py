"""What each provider offers in the world: models, operations, clients. Names are the providers' own; facts only."""

from __future__ import annotations

from random import Random
from typing import Final, Literal

#: Which logs an owner has: the provider's own, or those of a gateway before it (`apim`, `litellm`).
Service = Literal["aws", "azure", "apim", "gcp", "openai", "anthropic", "litellm"]

#: Services with a log of single calls, in which a thief can be seen at work.
SEEN: Final[tuple[Service, ...]] = ("aws", "azure", "apim", "gcp", "litellm")
#: OTel's `gen_ai.provider.name`; a LiteLLM key spans providers, so it has none.
PROVIDER: Final[dict[Service, str | None]] = {
    "aws": "aws.bedrock", "azure": "azure.ai.openai", "apim": "azure.ai.openai", "gcp": "gcp.vertex_ai",
    "openai": "openai", "anthropic": "anthropic", "litellm": None,
}  # fmt: skip
#: service → text models, the common ones first, the costly ones last.
MODELS: Final[dict[Service, tuple[str, ...]]] = {
    "aws": ("anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic.claude-3-haiku-20240307-v1:0",
            "amazon.nova-pro-v1:0", "amazon.nova-lite-v1:0", "meta.llama3-1-70b-instruct-v1:0",
            "mistral.mistral-large-2407-v1:0", "cohere.command-r-plus-v1:0", "ai21.jamba-1-5-large-v1:0",
            "anthropic.claude-3-sonnet-20240229-v1:0", "us.anthropic.claude-sonnet-4-20250514-v1:0",
            "us.anthropic.claude-opus-4-20250514-v1:0", "anthropic.claude-3-opus-20240229-v1:0"),
    "azure": ("gpt-4o", "gpt-4o-mini", "gpt-35-turbo", "gpt-4.1-mini", "o3-mini", "gpt-4.1", "gpt-4"),
    "apim": ("gpt-4o", "gpt-4o-mini", "gpt-35-turbo", "gpt-4.1-mini", "o3-mini", "gpt-4.1", "gpt-4"),
    "gcp": ("gemini-2.0-flash-001", "gemini-2.5-flash", "gemini-2.0-flash-lite-001", "gemini-2.5-pro",
            "claude-sonnet-4@20250514", "claude-opus-4@20250514"),
    "openai": ("gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06", "gpt-4.1-mini-2025-04-14", "o3-mini-2025-01-31",
               "gpt-4.1-2025-04-14", "o1-2024-12-17"),
    "anthropic": ("claude-3-5-haiku-20241022", "claude-sonnet-4-20250514", "claude-3-7-sonnet-20250219",
                  "claude-opus-4-20250514"),
    "litellm": ("openai/gpt-4o-mini", "anthropic/claude-3-5-sonnet-20241022", "azure/gpt-4o", "openai/gpt-4o",
                "vertex_ai/gemini-2.5-pro", "anthropic/claude-opus-4-20250514"),
}  # fmt: skip
IMAGE_MODELS: Final[dict[Service, tuple[str, ...]]] = {
    "aws": ("amazon.nova-canvas-v1:0", "stability.sd3-5-large-v1:0"), "azure": ("dall-e-3",), "apim": ("dall-e-3",),
    "gcp": ("imagen-3.0-generate-002",), "openai": ("dall-e-3", "gpt-image-1"), "anthropic": (),
    "litellm": ("azure/dall-e-3",),
}  # fmt: skip
_IMAGES: Final = frozenset(model for models in IMAGE_MODELS.values() for model in models)
REGIONS: Final[dict[Service, tuple[str, ...]]] = {
    "aws": ("us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-northeast-1", "us-east-2"),
    "azure": ("eastus", "swedencentral", "westeurope", "eastus2", "francecentral", "japaneast"),
    "apim": ("East US", "Sweden Central", "West Europe", "Japan East"),
    "gcp": ("us-central1", "europe-west4", "europe-west1", "asia-northeast1"),
    "openai": ("",), "anthropic": ("",), "litellm": ("",),
}  # fmt: skip
#: service → the verb of `model.Activity` → native control-plane names, in the order in which one would use them.
CONTROLS: Final[dict[Service, dict[str, tuple[str, ...]]]] = {
    "aws": {
        "login": ("GetCallerIdentity",),
        "list_models": ("ListFoundationModels", "ListInferenceProfiles", "GetFoundationModelAvailability",
                        "ListProvisionedModelThroughputs"),
        "read_logging": ("GetModelInvocationLoggingConfiguration",),
        "change_logging": ("DeleteModelInvocationLoggingConfiguration",),
        "unlock_model": ("PutUseCaseForModelAccess", "ListFoundationModelAgreementOffers",
                         "CreateFoundationModelAgreement", "PutFoundationModelEntitlement"),
        "list_keys": ("ListAccessKeys",), "create_key": ("CreateAccessKey",), "delete_key": ("DeleteAccessKey",),
        "set_logging": ("PutModelInvocationLoggingConfiguration",),
    },
    "azure": {
        "list_keys": ("Microsoft.CognitiveServices/accounts/listKeys/action",),
        "unlock_model": ("Microsoft.CognitiveServices/accounts/deployments/write",),
        "change_logging": ("Microsoft.Insights/diagnosticSettings/delete",),
        "change_key": ("Microsoft.CognitiveServices/accounts/regenerateKey/action",),
        "change_access": ("Microsoft.CognitiveServices/accounts/write",),
        "set_logging": ("Microsoft.Insights/diagnosticSettings/write",),
    },
    "gcp": {
        "list_models": ("google.cloud.aiplatform.v1beta1.ModelGardenService.ListPublisherModels",
                        "google.cloud.aiplatform.v1.EndpointService.ListEndpoints"),
        "change_logging": ("google.cloud.aiplatform.v1beta1.EndpointService.SetPublisherModelConfig",),
        "create_key": ("google.iam.admin.v1.CreateServiceAccountKey",),
        "delete_key": ("google.iam.admin.v1.DeleteServiceAccountKey",),
        "list_keys": ("google.iam.admin.v1.ListServiceAccountKeys",),
        "set_logging": ("google.cloud.aiplatform.v1beta1.EndpointService.SetPublisherModelConfig",),
    },
    "openai": {
        "login": ("login.succeeded",), "create_key": ("api_key.created",), "delete_key": ("api_key.deleted",),
        "change_access": ("ip_allowlist.config.deactivated", "rate_limit.updated"),
        "change_logging": ("organization.updated",), "change_key": ("api_key.updated",),
    },
    "anthropic": {
        "login": ("sso_login_succeeded",), "create_key": ("service_key_created",),
        "delete_key": ("service_key_revoked",),
        "change_access": ("org_ip_restriction_deleted", "platform_spend_limit_deleted"),
    },
    "litellm": {"create_key": ("created",), "delete_key": ("deleted",), "change_key": ("updated",)},
}  # fmt: skip
CONTROLS["apim"] = CONTROLS["azure"]

#: What marks an act as an alert of the cloud's own detection; behind it comes the alert's native type.
ALERT: Final = "alert:"
ALERTS: Final[dict[str, tuple[str, ...]]] = {
    "aws": ("Impact:IAMUser/AnomalousModelInvocation", "Impact:IAMUser/CostHarvesting"),
    "azure": ("AI.Azure_AccessAnomaly", "AI.Azure_DOWVolumeAnomaly"),
}

BROWSERS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{m} Safari",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0",
)
_AWS: Final = (
    "Boto3/1.{n}.{m} md/Botocore#1.{n}.{m} ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.12.{m}",
    "aws-sdk-js/3.{n}.0 ua/2.1 os/linux#5.15 lang/js md/nodejs#20.{m}.0 api/bedrock-runtime#3.{n}.0",
    "aws-sdk-go-v2/1.{m}.0 ua/2.1 os/linux lang/go#1.23.4 md/GOOS#linux md/GOARCH#amd64",
    "aws-cli/2.{m}.0 md/awscrt#0.23.8 ua/2.0 os/macos#24.1.0 md/arch#arm64 lang/python#3.12.6",
    "aws-sdk-java/2.{m}.3 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10 lang/java#21.0.5",
)
_OPENAI: Final = ("AzureOpenAI/Python 1.{n}.{m}", "AzureOpenAI/JS 4.{n}.{m}", "azsdk-net-OpenAI/2.{m}.0",
                  "langchain/0.3.{m} AzureOpenAI/Python 1.{n}.0")  # fmt: skip
_LITELLM: Final = ("OpenAI/Python 1.{n}.{m}", "OpenAI/JS 4.{n}.{m}", "Anthropic/Python 0.{n}.{m}")
CLIENTS: Final[dict[Service, tuple[str, ...]]] = {
    "aws": _AWS, "azure": _OPENAI, "apim": _OPENAI, "litellm": _LITELLM, "openai": _LITELLM[:2],
    "gcp": ("google-genai-sdk/1.{m}.0 gl-python/3.12.{m}", "google-cloud-sdk gcloud/5{n}.0.0",
            "google-genai-sdk/1.{m}.0 gl-node/v20.{m}.0"),
    "anthropic": _LITELLM[2:],
}  # fmt: skip
#: Clients that anybody uses, thieves included.
PLAIN_CLIENTS: Final = ("python-requests/2.{m}.3", "python-httpx/0.{m}.0", "Python/3.12 aiohttp/3.{m}.1",
                        "node-fetch/1.0", "Go-http-client/2.0", "curl/8.{m}.0", "axios/1.{m}.2", "undici")  # fmt: skip
TERRAFORM: Final = "APN/1.0 HashiCorp/1.0 Terraform/1.{m}.8 terraform-provider/5.{n}.0"


def agent(rng: Random, forms: tuple[str, ...]) -> str:
    """Draw a user agent, with a version of its own."""
    return rng.choice(forms).format(n=rng.randrange(60, 142), m=rng.randrange(1, 40))


def upgraded(rng: Random, old: str, forms: tuple[str, ...]) -> str:
    """Return the user agent of another version of the same client, as far as it is one of the `forms`."""
    same = tuple(form for form in (*forms, *PLAIN_CLIENTS) if old.startswith(form.split("{")[0]))
    return agent(rng, same[:1]) if same else old


def is_image(model: str) -> bool:
    """Say whether a model of this world makes images."""
    return model in _IMAGES
