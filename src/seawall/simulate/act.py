"""An act: one thing somebody does with a provider, before any log has written it down.

Thieves, owners and look-alikes make acts; writers turn them into native records.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

import msgspec

from seawall.model import CredentialKind, Outcome

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Credential(msgspec.Struct, kw_only=True, frozen=True):
    """What authenticates. `id` is the public id of DESIGN §4; `handle` is how the native log names it.

    `principal`: who the log says acts: an ARN, an e-mail, a user id. `scope`: the part of the owner it belongs to:
    an Azure resource, an OpenAI project, an Anthropic workspace, a LiteLLM key alias.
    """

    id: str
    kind: CredentialKind
    handle: str
    principal: str
    scope: str = ""


class Caller(msgspec.Struct, frozen=True):
    """With what, from where, by which client, and in which region of the provider somebody acts."""

    credential: Credential
    address: str
    agent: str
    region: str = ""


class Act(msgspec.Struct, kw_only=True):
    """One act; `time` is µs since 1970 UTC.

    `control` is the provider's own name of a control-plane act, with its parameters in `detail`; empty for a use of a
    model. `request` joins the records of one call, `event` is the id of its record where the log has one.
    """

    time: int
    credential: Credential
    address: str
    agent: str
    request: str
    event: str
    region: str = ""
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    images: int = 0
    outcome: Outcome = "success"
    category: str = ""
    user: str = ""
    prompt: str = ""
    control: str = ""
    detail: dict[str, Any] = {}


def new_id(rng: Random) -> str:
    """Return a random UUID as text."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
