"""What a secret looks like in text: one row for each shape, with the source of the fact.

In: nothing. Out: `SHAPES`, patterns that RE2 and Python read alike. They are what redaction needs, not what a scanner
does: nothing is decoded or checked, and no public id matches (`AKIA…`, key ids, hashes of keys).

A pattern takes the whole run of a secret's characters, and none goes on for long and then fails, but at the end of a
run: only so does it stay linear to replace them all in a text that was written to be slow. Open counts (`{20,}`) stand
at a run's end; a run before a secret's own mark has none.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Shape(msgspec.Struct, frozen=True):
    """The shape of a secret.

    `kind`: one word for it. `pattern`: the secret itself. `fact`: where its form is told. `after`: what stands right
    before the secret, for those that only their place gives away; the others follow on anything but letter and digit.
    """

    kind: str
    pattern: str
    fact: str
    after: str = ""


#: Between a name and its value: in a header, an assignment, JSON (also inside a text), an element.
_IS: Final = r"""["'\\]{0,8}\s{0,2}[:=>]\s{0,2}["'\\]{0,8}"""

#: Between the lines of a key in a file, also as JSON writes it.
_LINE_END: Final = r"(?:[ \t\r\n]|\\+[nrt]){0,4}"

#: The first that fits gives the kind: the narrow ones come before the wide ones.
SHAPES: Final[tuple[Shape, ...]] = (
    Shape("anthropic_key", r"sk-ant-[A-Za-z0-9_-]{20,}", "anthropics/anthropic-sdk-python: README; trufflehog"),
    Shape("openrouter_key", r"sk-or-v1-[0-9a-f]{32,}", "openrouter.ai/docs: authentication"),
    Shape("langfuse_key", r"sk-lf-[0-9a-f-]{32,}", "langfuse.com/docs: API keys"),
    Shape("openai_key", r"sk-(?:proj|svcacct|service|admin)-[A-Za-z0-9_-]{20,}", "platform.openai.com/docs: API keys"),
    Shape("api_key", r"sk-[A-Za-z0-9_-]{20,}", "OpenAI's first form; LiteLLM, DeepSeek, Kimi, Stability"),
    Shape("google_key", r"AIza[A-Za-z0-9_-]{30,}", "cloud.google.com/docs/authentication/api-keys"),
    Shape("google_key", r"AQ\.Ab[A-Za-z0-9_-]{30,}", "ai.google.dev/gemini-api/docs/api-key"),
    Shape("google_token", r"ya29\.[A-Za-z0-9_.-]{30,}", "cloud.google.com/docs/authentication/token-types"),
    Shape("google_secret", r"GOCSPX-[A-Za-z0-9_-]{20,}", "support.google.com/cloud: OAuth clients"),
    Shape("bedrock_key", r"(?:ABSK|AEAA)[A-Za-z0-9+/]{60,}=*", "docs.aws.amazon.com/bedrock: API keys; BeyondTrust"),
    Shape("bedrock_key", r"bedrock-api-key-[A-Za-z0-9+/_-]{20,}=*", "aws/aws-bedrock-token-generator-python"),
    Shape("aws_claude_key", r"aws-external-anthropic-api-key-[A-Za-z0-9+/_-]{20,}=*", "BeyondTrust"),
    Shape("azure_key", r"[A-Za-z0-9]+JQQJ99[A-Za-z0-9]{20,}", "microsoft/security-utilities: identifiable keys"),
    Shape("entra_secret", r"[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,}", "learn.microsoft.com/entra: client secrets"),
    Shape("huggingface_token", r"(?:hf_|api_org_)[A-Za-z0-9]{30,}", "huggingface.co/docs/hub: security tokens"),
    Shape("groq_key", r"gsk_[A-Za-z0-9]{40,}", "console.groq.com/docs"),
    Shape("xai_key", r"xai-[A-Za-z0-9_]{60,}", "docs.x.ai; betterleaks"),
    Shape("perplexity_key", r"pplx-[A-Za-z0-9]{40,}", "docs.perplexity.ai"),
    Shape("replicate_token", r"r8_[A-Za-z0-9]{30,}", "replicate.com/docs: API tokens"),
    Shape("together_key", r"tgp_v1_[A-Za-z0-9_-]{30,}", "trufflehog issue 4704"),
    Shape("cerebras_key", r"csk-[A-Za-z0-9]{40,}", "inference-docs.cerebras.ai"),
    Shape("nvidia_key", r"nvapi-[A-Za-z0-9_-]{40,}", "docs.nvidia.com/nim"),
    Shape("elevenlabs_key", r"sk_[0-9a-f]{40,}", "elevenlabs.io/docs: API keys"),
    Shape("langsmith_key", r"lsv2_(?:pt|sk)_[0-9a-f_]{40,}", "docs.smith.langchain.com: API keys"),
    Shape("pinecone_key", r"pcsk_[A-Za-z0-9_]{40,}", "docs.pinecone.io; gitleaks pull request 2177"),
    Shape("wandb_key", r"wandb_v1_[A-Za-z0-9_]{40,}", "docs.wandb.ai"),
    Shape("runpod_key", r"rpa_[A-Za-z0-9]{40,}", "docs.runpod.io: API keys"),
    Shape("vercel_key", r"vck_[A-Za-z0-9]{40,}", "vercel.com/docs/ai-gateway"),
    Shape("cursor_key", r"key_[0-9a-f]{64,}", "cursor.com/docs"),
    Shape("databricks_token", r"dapi[0-9a-f]{32,}", "docs.databricks.com: personal access tokens"),
    Shape("github_token", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{30,}", "docs.github.com: token formats"),
    Shape("slack_token", r"xox[abeoprs]-[A-Za-z0-9-]{20,}", "docs.slack.dev: token types"),
    Shape("token", r"eyJ[A-Za-z0-9_-]{20,}={0,2}(?:\.[A-Za-z0-9_-]+)*", "RFC 7519: JSON in base64 begins so"),
    Shape("private_key", rf"-----BEGIN[A-Z0-9 ]{{0,40}} PRIVATE KEY-----(?:{_LINE_END}[A-Za-z0-9+/=]{{24,}})*"
          rf"(?:{_LINE_END}[A-Za-z0-9+/=]{{0,24}}{_LINE_END}-----END[A-Z0-9 ]{{0,40}} PRIVATE KEY-----)?", "RFC 7468"),
    Shape("azure_signature", r"[A-Za-z0-9%+/]{40,}=*", "learn.microsoft.com/rest/api/storageservices: SAS",
          r"(?:[?&;\s\"]|\\u0026|%26)(?i:sig)(?:=|%3D)"),
    Shape("azure_key", r"[A-Za-z0-9+/]{40,}=*", "learn.microsoft.com/azure/storage: connection strings",
          r"(?i:AccountKey|SharedAccessKey)="),
    Shape("aws_signature", r"[A-Za-z0-9%+/]{40,}=*", "docs.aws.amazon.com: SigV4 in a query",
          r"(?i:X-Amz-(?:Signature|Security-Token))(?:=|%3D)"),
    Shape("aws_secret", r"[A-Za-z0-9+/]{40,}=*", "docs.aws.amazon.com/IAM: access keys",
          rf"(?i:secret[_-]?(?:access[_-]?)?key|session[_-]?token){_IS}"),
    Shape("api_key", r"[A-Za-z0-9_-]{20,}", "headers of Azure OpenAI, API Management, Anthropic and others",
          rf"(?i:api-?key|subscription-key){_IS}"),
    Shape("token", r"[A-Za-z0-9._~+/-]{20,}=*", "RFC 6750", r"(?i:bearer)(?:\s|%20|\+){1,4}"),
    Shape("token", r"[A-Za-z0-9+/]{16,}=*", "RFC 7617", rf"(?i:authorization){_IS}(?i:basic)(?:\s|%20|\+){{1,4}}"),
)  # fmt: skip
