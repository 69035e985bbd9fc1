"""Client families: laws over all user agents, then a table of real ones."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seawall.enrich.clients import _FAMILIES, client

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@settings(max_examples=50)
@given(st.text(max_size=600))
@example("1." * 300 + "x")
def test_any_agent_gives_a_short_ascii_name_or_none(agent: str) -> None:
    """Whatever a caller claims to be, the family is bounded, ASCII and lower case."""
    family = client(agent)
    assert family is None or (0 < len(family) <= 40 and family.isascii() and family == family.lower())


@settings(max_examples=50)
@given(st.sampled_from([name for name, _, _ in _FAMILIES]) | st.from_regex(r"[a-z]{3,10}", fullmatch=True),
       st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True))  # fmt: skip
def test_version_and_brackets_do_not_matter(product: str, version: str) -> None:
    """A product in another version, or wrapped in square brackets, is the same family."""
    assert client(f"{product}/{version}") == client(f"{product}/1.0.0") == client(f"[{product}/{version} x]")


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("Boto3/1.26.165 Python/3.11.4 Linux/5.10.0 Botocore/1.29.165", "boto3"),
        ("[Boto3/1.26.165 Python/3.11.4]", "boto3"),
        ("aws-cli/2.13.0 Python/3.11.4 Linux/5.10.0 exe/x86_64.ubuntu.22", "aws-cli"),
        ("aws-cli/1.15.42 Python/3.6.1 Darwin/17.7.0 botocore/1.10.42", "aws-cli"),
        ("aws-sdk-go-v2/1.32.3 os/linux lang/go#1.23.1 md/GOOS#linux api/sts#1.26.2", "aws-sdk-go"),
        ("aws-sdk-java/2.20 Linux/5.4 OpenJDK_64-Bit_Server_VM/25.302 Java/1.8.0 io/sync http/Apache", "aws-sdk-java"),
        ("aws-sdk-js/3.400.0 ua/2.0 os/linux lang/js md/nodejs#18.17.0", "aws-sdk-js"),
        ("aws-sdk-rust/1.1.5 os/linux lang/rust/1.75.0", "aws-sdk-rust"),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.1.2 terraform-provider-aws/3.76.1 aws-sdk-go/1.44.157", "terraform"),
        ("[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.666 Linux/4.9.184]", "console"),
        ("console.amazonaws.com", "console"),
        ("AWS Internal", "aws-internal"),
        ("cloudformation.amazonaws.com", "aws-internal"),
        ("aws-internal/3 aws-sdk-java/1.11.1030 Linux/5.4.116", "aws-internal"),
        ("OpenAI/Python 1.30.1", "openai-python"),
        ("AsyncAzureOpenAI/Python 1.55.0", "openai-python"),
        ("OpenAI/v1 PythonBindings/0.27.8", "openai-python"),
        ("OpenAI/JS 4.67.3", "openai-node"),
        ("AsyncAnthropic/Python 0.39.0", "anthropic-python"),
        ("AnthropicBedrock/Python 0.39.0", "anthropic-python"),
        ("Anthropic/JS 0.32.1", "anthropic-typescript"),
        ("google-genai-sdk/1.2.0 gl-python/3.11.4", "google-genai"),
        ("azsdk-python-ai-inference/1.0.0b9 Python/3.11.4", "azsdk-python"),
        ("AZURECLI/2.61.0 (PIP) azsdk-python-core/1.30 Python/3.11", "azure-cli"),
        ("langchain-aws/0.2 Boto3/1.35.0 md/Botocore#1.35.0", "langchain"),
        ("litellm/1.59.0", "litellm"),
        ("ai-sdk/openai/1.0.0 runtime/node.js/20", "vercel-ai"),
        ("python-requests/2.28.0", "python-requests"),
        ("python-httpx/0.27.0", "python-httpx"),
        ("Python/3.11 aiohttp/3.9.1", "aiohttp"),
        ("Python-urllib/3.9", "python-urllib"),
        ("curl/7.68.0", "curl"),
        ("Go-http-client/1.1", "go-http-client"),
        ("node-fetch/1.0 (+https://example.com)", "node-fetch"),
        ("node", "undici"),
        ("okhttp/4.9.3", "okhttp"),
        ("Java-http-client/17.0.2", "java-http"),
        ("PostmanRuntime/7.29.2", "postman"),
        (CHROME, "browser-chrome"),
        (f"{CHROME} Edg/131.0.0.0", "browser-edge"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:124.0) Gecko/20100101 Firefox/124.0", "browser-firefox"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17 Safari/605.1.15",
         "browser-safari"),
        ("Mozilla/2.0 (compatible; NEWT ActiveX; Win32)", "browser"),
        ("Mozilla", "browser"),
        ("oai-reverse-proxy/1.0", "oai-reverse-proxy"),
        ("trufflehog/3.63.0", "trufflehog"),
        ("sample-user-agent", "sample-user-agent"),
        ("Example_Tool-2.1.0 (linux)", "example_tool"),
        ("Überwachung/1.0", "berwachung"),
        ("!!!", "other"),
    ],
)  # fmt: skip
def test_real_agents(agent: str, family: str) -> None:
    """Agents as the clients send them come to the right family."""
    assert client(agent) == family


@pytest.mark.parametrize("agent", [None, "", " ", "-", "[]"])
def test_no_agent_is_no_client(agent: str | None) -> None:
    """An absent agent is None, not a family of its own."""
    assert client(agent) is None


def test_ids_of_runs_are_no_families() -> None:
    """A uuid in an agent changes from run to run; the family does not."""
    assert {client(f"stratus-red-team_{uuid.uuid4()}") for _ in range(3)} == {"stratus-red-team"}
    assert {client(f"sometool-{uuid.uuid4()}") for _ in range(3)} == {"sometool"}
    assert {client(str(uuid.uuid4())) for _ in range(3)} == {"other"}


def test_every_family_can_be_reached() -> None:
    """No row of the table is hidden by the rows above it: each family's own marks come to it."""
    assert {name for name, marks, _ in _FAMILIES if client(marks[0]) != name} == set()


@pytest.mark.data
def test_few_families_in_the_real_samples(samples: Path) -> None:
    """The Bedrock attack of the real samples has one client, the tool that made it."""
    records = json.loads((samples / "logs" / "stratus" / "aws.impact.bedrock-invoke-model.json").read_bytes())
    assert {client(record["userAgent"]) for record in records} == {"stratus-red-team"}
