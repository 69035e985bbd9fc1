"""Makes the credentials of an owner, in the forms of each provider; key-like ids are drawn, never written down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from random import Random
from typing import Final

from seawall.model import CredentialKind
from seawall.simulate.act import Credential, new_id
from seawall.simulate.services import Service

_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ALNUM: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"
_TASKS: Final = ("chat", "search", "support", "etl", "agents", "review", "ingest", "reports", "labs", "copilot")


def letters(rng: Random, count: int, alphabet: str = _ALNUM) -> str:
    """Draw `count` characters."""
    return "".join(rng.choices(alphabet, k=count))


def owner_id(rng: Random, service: Service, short: str) -> str:
    """Return an account id as the provider of `service` writes it."""
    match service:
        case "aws":
            return f"{rng.randrange(10**11, 10**12)}"
        case "azure" | "apim":
            return new_id(rng)
        case "gcp":
            return f"{short}-{rng.randrange(100, 1000)}"
        case "openai":
            return "org-" + letters(rng, 24)
        case "anthropic":
            return "org_01" + letters(rng, 22)
        case "litellm":
            return f"team-{short}"


def _aws(rng: Random, owner: str, task: str) -> Credential:
    kind = rng.choices(("access_key", "role", "bearer_key"), (60, 25, 15))[0]
    root = f"arn:aws:iam::{owner}:"
    if kind == "role":
        name = f"{task}-role-{rng.randrange(10**4, 10**5)}"
        session = f"arn:aws:sts::{owner}:assumed-role/{name}/{task}-{rng.randrange(10**6):06d}"
        return Credential(id=f"{root}role/{name}", kind="role", handle=name, principal=session)
    user = "BedrockAPIKey-" + letters(rng, 4, "abcdefghijklmnopqrstuvwxyz0123456789") if kind == "bearer_key" else task
    if kind == "bearer_key":
        return Credential(id=f"{root}user/{user}", kind="bearer_key", handle="", principal=f"{root}user/{user}")
    key = "AKIA" + letters(rng, 16, _BASE32)
    return Credential(id=key, kind="access_key", handle=key, principal=f"{root}user/{user}")


def _azure(rng: Random, owner: str, task: str) -> Credential:
    name = f"{task}-openai-{rng.randrange(10**3, 10**4)}"
    resource = f"/subscriptions/{owner}/resourcegroups/rg-{task}/providers/microsoft.cognitiveservices/accounts/{name}"
    return Credential(id=resource, kind="resource", handle="", principal="", scope=resource)


def _apim(rng: Random, owner: str, _task: str) -> Credential:
    service = (
        f"/subscriptions/{owner}/resourcegroups/rg-gateway/providers/microsoft.apimanagement/service/gw-{owner[:6]}"
    )
    name = f"{rng.getrandbits(96):024x}"
    return Credential(id=name, kind="subscription", handle=name, principal="", scope=service)


def _gcp(rng: Random, owner: str, task: str) -> Credential:
    mail = f"{task}-{rng.randrange(10, 100)}@{owner}.iam.gserviceaccount.com"
    key = f"//iam.googleapis.com/projects/{owner}/serviceAccounts/{mail}/keys/{rng.getrandbits(160):040x}"
    return Credential(id=key, kind="service_account_key", handle=key, principal=mail)


def _openai(rng: Random, _owner: str, task: str) -> Credential:
    return Credential(
        id="key_" + letters(rng, 16),
        kind="api_key",
        handle=task,
        principal="user-" + letters(rng, 24),
        scope="proj_" + letters(rng, 24),
    )


def _anthropic(rng: Random, _owner: str, task: str) -> Credential:
    return Credential(
        id="apikey_01" + letters(rng, 22),
        kind="api_key",
        handle=task,
        principal="user_01" + letters(rng, 22),
        scope="wrkspc_01" + letters(rng, 22),
    )


def _litellm(rng: Random, owner: str, task: str) -> Credential:
    digest = hashlib.sha256(f"{owner}:{rng.random()}".encode()).hexdigest()
    return Credential(id=digest, kind="virtual_key", handle=digest, principal=task, scope=f"{task}-key")


_MAKERS: Final[dict[Service, Callable[[Random, str, str], Credential]]] = {
    "aws": _aws, "azure": _azure, "apim": _apim, "gcp": _gcp, "openai": _openai, "anthropic": _anthropic,
    "litellm": _litellm,
}  # fmt: skip


def make(rng: Random, service: Service, owner: str) -> Credential:
    """Make a credential that programs use."""
    return _MAKERS[service](rng, owner, rng.choice(_TASKS))


def session(rng: Random, service: Service, owner: str, name: str) -> Credential:
    """Make what a person or a pipeline acts with in the provider's control plane; `name` is its role or mailbox."""
    if service == "aws":
        role = f"arn:aws:iam::{owner}:role/{name}"
        acting = f"arn:aws:sts::{owner}:assumed-role/{name}/{name}-{rng.randrange(1000):03d}"
        return Credential(id=role, kind="role", handle=name, principal=acting)
    kind: CredentialKind = "unknown"
    user = {"openai": "user-" + letters(rng, 24), "anthropic": "user_01" + letters(rng, 22)}.get(service, "")
    mail = f"{name}-{rng.randrange(100)}@example.com"
    return Credential(id=mail if service == "gcp" else user or mail, kind=kind, handle=user, principal=mail)
