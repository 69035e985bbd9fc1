"""The client of a call: the family of a user agent, without its version.

In: a user agent as logged. Out: a family such as `boto3` or `openai-python`; for a program that the table does not
know, its own first word. A user agent is the caller's claim: it tells tools apart, it proves nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

#: Agents are decided by their first words; the rest is not looked at.
_LOOKED_AT: Final = 512
_LONGEST_WORD: Final = 80
_LONGEST_FAMILY: Final = 40
_NO_NAME: Final = "other"

#: The first family whose mark occurs in the agent, in lower case between two blanks, is the agent's family. The order
#: says who is believed: tools name themselves beside the library that they are made of.
_FAMILIES: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    # What attacks and what resells
    ("stratus-red-team", ("stratus-red-team",), "attack emulation; a uuid follows"),
    ("pacu", (" pacu",), "attack framework for AWS"),
    ("trufflehog", ("trufflehog",), "checks found keys"),
    ("oai-reverse-proxy", ("oai-reverse-proxy",), "pools keys and resells them"),
    ("one-api", (" one-api/", " one api/"), "relay that pools keys"),
    ("new-api", (" new-api/", " newapi/"), "relay that pools keys"),
    ("sub2api", ("sub2api",), "relay that turns subscriptions into keys"),
    ("de3u", (" de3u",), "front end that the thieves of Storm-2139 used"),
    ("sillytavern", ("sillytavern",), "chat front end, often behind a relay"),
    # The provider itself: its console, its services
    ("console", ("console.amazonaws.com", "console.ec2.amazonaws.com", "signin.amazonaws.com", "s3console/",
                 "aws-console", "awsconsole"), "a person in the AWS console"),
    ("aws-internal", ("aws internal", "aws-internal/", ".amazonaws.com "), "an AWS service on somebody's behalf"),
    # Infrastructure as code, built on the SDKs
    ("terraform", ("terraform",), "names aws-sdk-go after itself"),
    ("opentofu", ("opentofu",), "as Terraform"),
    ("pulumi", ("pulumi",), "as Terraform"),
    # Agents and frameworks, built on the SDKs
    ("claude-code", ("claude-cli/", "claude-code"), "coding agent"),
    ("codex", ("codex_cli", "codex-cli", "codex_exec"), "coding agent"),
    ("github-copilot", ("githubcopilot",), "coding agent"),
    ("open-webui", ("open-webui", "openwebui"), "chat front end"),
    ("langchain", ("langchain",), "framework"),
    ("llamaindex", ("llamaindex", "llama-index", "llama_index"), "framework"),
    ("litellm", ("litellm",), "gateway and library"),
    ("vercel-ai", (" ai-sdk/", "vercel-ai"), "framework"),
    # The services' own libraries
    ("openai-python", ("openai/python", "openai/v1 pythonbindings"), "also AsyncOpenAI and AzureOpenAI"),
    ("openai-node", ("openai/js", "openai/nodejs"), "also AzureOpenAI"),
    ("openai-java", ("openai/java",), "official"),
    ("openai-go", ("openai/go",), "official"),
    ("anthropic-python", ("anthropic/python", "anthropicbedrock/python", "anthropicvertex/python",
                          "anthropicfoundry/python"), "official, with its cloud clients"),
    ("anthropic-typescript", ("anthropic/js", "anthropicbedrock/js", "anthropicvertex/js", "anthropicfoundry/js"),
     "official, with its cloud clients"),
    ("google-genai", ("google-genai-sdk", "google-genai/"), "official"),
    ("gcloud", ("google-cloud-sdk", " gcloud/"), "command line"),
    ("google-cloud-python", ("gcloud-python", " gl-python/", "google-api-python-client"), "official"),
    ("aws-cli", ("aws-cli/",), "names botocore after itself"),
    ("aws-powershell", ("awspowershell", "aws-tools-powershell"), "names aws-sdk-dotnet after itself"),
    ("boto3", ("boto3/",), "names botocore after itself"),
    ("botocore", ("botocore/", "aiobotocore/"), "boto3's lower half, used alone"),
    ("aws-sdk-go", ("aws-sdk-go",), "both generations"),
    ("aws-sdk-java", ("aws-sdk-java",), "both generations"),
    ("aws-sdk-js", ("aws-sdk-js", "aws-sdk-nodejs"), "both generations"),
    ("aws-sdk-rust", ("aws-sdk-rust",), "official"),
    ("aws-sdk-dotnet", ("aws-sdk-dotnet", "aws-sdk-net"), "official"),
    ("aws-sdk-php", ("aws-sdk-php",), "official"),
    ("aws-sdk-ruby", ("aws-sdk-ruby",), "official"),
    ("azure-cli", ("azurecli/", "azure-cli"), "names azsdk-python after itself"),
    ("azure-powershell", ("azurepowershell",), "command line"),
    ("azsdk-python", ("azsdk-python",), "one family for its many packages"),
    ("azsdk-net", ("azsdk-net",), "the same"),
    ("azsdk-js", ("azsdk-js",), "the same"),
    ("azsdk-java", ("azsdk-java",), "the same"),
    ("azsdk-go", ("azsdk-go",), "the same"),
    # General HTTP clients
    ("python-requests", ("python-requests",), "library"),
    ("python-httpx", ("python-httpx",), "library"),
    ("python-urllib", ("python-urllib",), "standard library"),
    ("python-httplib2", ("python-httplib2",), "library"),
    ("aiohttp", (" aiohttp/", " aiohttp "), "after its Python version in older releases"),
    ("curl", (" curl/",), "command line"),
    ("wget", (" wget/",), "command line"),
    ("go-http-client", ("go-http-client",), "standard library"),
    ("node-fetch", ("node-fetch",), "library"),
    ("undici", ("undici", " node "), "Node's own fetch calls itself `node`"),
    ("axios", (" axios/",), "library"),
    ("okhttp", (" okhttp/",), "library"),
    ("java-http", ("java-http-client", "apache-httpclient", " java/1."), "standard and common libraries"),
    ("postman", ("postmanruntime",), "by hand"),
    ("insomnia", (" insomnia/",), "by hand"),
    ("powershell", ("powershell/",), "calls itself Mozilla first"),
    # Browsers last: everything calls itself Mozilla. Each names the ones before it.
    ("browser-headless", ("headlesschrome", "phantomjs"), "driven by a program"),
    ("browser-edge", (" edg/", " edge/", " edga/", " edgios/"), "names Chrome and Safari too"),
    ("browser-opera", (" opr/", " opera/"), "names Chrome and Safari too"),
    ("browser-firefox", (" firefox/", " fxios/"), "names Gecko"),
    ("browser-chrome", (" chrome/", " crios/", " chromium/"), "names Safari too"),
    ("browser-safari", (" safari/",), "names nobody else's product"),
    ("browser", (" mozilla/", " mozilla "), "old, rare, or a robot"),
)  # fmt: skip

_FIRST_WORD: Final = re.compile(r"[a-z0-9][a-z0-9._+-]*", re.ASCII)
#: An id that changes from run to run would make every run a new client.
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_VERSION: Final = re.compile(r"[-_]?v?\d+(?:\.\d+)+", re.ASCII)


def client(user_agent: str | None) -> str | None:
    """Return the family of a user agent: ASCII, at most 40 characters; None for no agent (`-` is none)."""
    return _family(user_agent[:_LOOKED_AT]) if user_agent else None


@lru_cache(maxsize=16_384)
def _family(agent: str) -> str | None:
    # CloudTrail puts agents that passed through a service in square brackets.
    lowered = agent.strip().strip("[]").strip().lower()
    if lowered in {"", "-"}:
        return None
    padded = f" {lowered} "
    for family, marks, _ in _FAMILIES:
        if any(mark in padded for mark in marks):
            return family
    return _own_name(lowered)


def _own_name(lowered: str) -> str:
    """Return the first word of an agent without version, uuid and odd characters."""
    found = _FIRST_WORD.search(lowered)
    if found is None:
        return _NO_NAME
    word = _UUID.sub("", found[0][:_LONGEST_WORD])
    version = _VERSION.search(word)
    return (word[: version.start()] if version else word)[:_LONGEST_FAMILY].strip("._+-") or _NO_NAME
