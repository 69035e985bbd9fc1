"""LiteLLM's virtual keys: their public id, and the members of its records that can hold a secret."""

from __future__ import annotations

import hashlib
from typing import Final

from seawall.sources.content import secrets_of
from seawall.sources.values import text

#: Members that can hold a virtual key, a provider's key or a header with one; they never reach `raw`.
SECRETS: Final = secrets_of("litellm")


def virtual_key(written: object) -> str | None:
    """Return the id of a virtual key: as LiteLLM logs it, its SHA-256; some records hold the key itself.

    The hash of a key that stands in the clear is LiteLLM's own, so that both name the same credential.
    """
    known = text(written)
    if known is None or not known.removeprefix("Bearer ").startswith("sk-"):
        return known
    return hashlib.sha256(known.removeprefix("Bearer ").encode()).hexdigest()
