"""What Azure's records have in common: resource ids, values inside objects, both names of a column. Pure."""

from __future__ import annotations

import re
from typing import Final

from seawall.sources.values import text

_SUBSCRIPTION: Final = re.compile(r"/subscriptions/([^/]{1,64})", re.IGNORECASE)


def said(value: object) -> str | None:
    """Return a text that may stand in an object as its `value`, as the Activity Log's API writes it."""
    return text(value.get("value") or value.get("localizedValue")) if isinstance(value, dict) else text(value)


def both_names(*names: str) -> frozenset[str]:
    """Return field names as services write them and as AzureDiagnostics does, with the type of a text column."""
    return frozenset(names) | {f"{name}_s" for name in names}


def subscription_of(resource: str) -> str | None:
    """Return the subscription of a resource id, in lower case."""
    found = _SUBSCRIPTION.match(resource, 0, 128)
    return found[1].lower() if found else None


def lowered(value: object) -> str | None:
    """Return a text in lower case: Azure's ids differ in case from log to log."""
    written = text(value)
    return written.lower() if written else None
