"""What an operation of Azure's resource manager does, as far as it concerns AI services and the keys that reach them.

In: an operation's name and the id of what it was done to, both in lower case. Out: an activity, or None. Pure, cached.
Source: Azure's reference of permissions (resource provider operations).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from seawall.model import Activity

#: The services whose keys reach a model.
AI_SERVICES: Final = (
    "/providers/microsoft.cognitiveservices/", "/providers/microsoft.machinelearningservices/",
    "/providers/microsoft.apimanagement/",
)  # fmt: skip
_KEYS: Final[tuple[tuple[str, Activity], ...]] = (
    ("/listkeys/action", "list_keys"),
    ("/listsecrets/action", "list_keys"),
    ("/listvalue/action", "list_keys"),
    ("/regeneratekey/action", "change_key"),
    ("/regeneratekeys/action", "change_key"),
    ("/regenerateprimarykey/action", "change_key"),
    ("/regeneratesecondarykey/action", "change_key"),
)
#: By a part of the name of an operation that writes or deletes; the first that is there. `accounts/write` switches key
#: authentication on and opens networks, and only one of its records carries the body that says so: it is always
#: change_access, so that the records of one call agree.
_CHANGES: Final[dict[str, tuple[tuple[str, Activity], ...]]] = {
    "microsoft.cognitiveservices": (
        ("/raipolicies/", "change_guardrail"),
        ("/raiblocklists/", "change_guardrail"),
        ("/raitopics/", "change_guardrail"),
        ("/defenderforaisettings/", "change_logging"),
        ("/deployments/", "change_deployment"),
        ("/connections/", "change_access"),
        ("/accounts/write", "change_access"),
        ("/accounts/delete", "change_deployment"),
    ),
    "microsoft.machinelearningservices": (
        ("/connections/", "change_access"),
        ("endpoints/", "change_deployment"),
        ("/deployments/", "change_deployment"),
    ),
    "microsoft.apimanagement": (
        ("/subscriptions/write", "create_key"),
        ("/subscriptions/delete", "delete_key"),
        ("/diagnostics/", "change_logging"),
        ("/loggers/", "change_logging"),
    ),
}


@lru_cache(maxsize=16_384)
def activity_of(operation: str, resource: str) -> Activity | None:
    """Return what an operation does; None where it concerns neither AI services nor the keys that reach them."""
    service = operation.partition("/")[0]
    changes = operation.endswith(("/write", "/delete"))
    if service == "microsoft.insights" and "/diagnosticsettings/" in operation:
        return "change_logging" if changes and _reaches_ai(resource, service) else None
    if service == "microsoft.authorization":
        if operation == "microsoft.authorization/elevateaccess/action":
            return "change_access"
        return (
            "change_access" if "/roleassignments/" in operation and changes and _reaches_ai(resource, service) else None
        )
    if service == "microsoft.security":
        return "change_logging" if "/pricings/" in operation and changes and resource.endswith("/pricings/ai") else None
    return _of_ai_service(service, operation, changes)


def _of_ai_service(service: str, operation: str, changes: bool) -> Activity | None:
    if service not in _CHANGES:
        return None
    for ending, activity in _KEYS:
        if operation.endswith(ending):
            return activity
    found = next((activity for part, activity in _CHANGES[service] if part in operation), None) if changes else None
    # API Management serves any API: what is not about keys or logging says nothing of AI.
    return found or (None if service == "microsoft.apimanagement" else "other")


def _reaches_ai(resource: str, service: str) -> bool:
    """Say whether a setting or role assignment is on an AI service, or on a group or subscription that may hold one."""
    scope = resource.partition(f"/providers/{service}/")[0]
    return "/providers/" not in scope or any(name in f"{scope}/" for name in AI_SERVICES)
