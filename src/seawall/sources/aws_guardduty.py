"""GuardDuty's findings about credentials and models, as alerts.

In: one finding, as exported, inside an EventBridge event, or as the API answers (names with a capital). Out: one event
of activity `alert`, at the time of the activity last seen. What its log cannot tell: the calls behind a finding.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.model import CredentialKind, Event, Unreadable
from seawall.sources.aws_acts import model_of, whence
from seawall.sources.base import Context, Ignored
from seawall.sources.prompts import without
from seawall.sources.values import decode, digest_id, record_text, text, time_us

_ANY: Final = msgspec.json.Decoder()
#: Finding types about who holds a credential, or about models; others speak of hosts, buckets, clusters.
_CONCERNS: Final = (":iamuser/", ":iam/", "bedrock", "sagemaker", "promptinjection", "model")
#: What a guardrail's details could quote.
_CONTENT: Final = frozenset({"prompt", "inputText", "outputText", "match", "matches", "content"})


class GuardDuty:
    """Reads GuardDuty findings."""

    name = "aws.guardduty"
    title = "Amazon GuardDuty findings"
    columns = frozenset({
        "operation", "owner_id", "resource_id", "region", "credential_id", "credential_kind", "principal_id",
        "session_id", "src_ip", "user_agent", "via", "model", "guardrail_id",
    })  # fmt: skip
    cannot_tell = (
        "It shows conclusions, not calls: how often and for how much a key was used stands in other logs.",
        "A finding about a role names it without its path: such a role does not join with CloudTrail's.",
    )
    switch_on = "GuardDuty in each region with AI Protection, and the export of its findings to S3 or EventBridge."

    def matches(self, record: bytes) -> bool:
        """Its records have an ARN of GuardDuty and name the detector; CloudTrail's records of GuardDuty do so too."""
        return b":guardduty:" in record and b'"eventSource"' not in record and b'etectorId"' in record

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """Return the finding as an alert; findings about hosts and storage are ignored.

        Raises:
            Unreadable: no JSON object, no type or no time.
        """
        tree = decode(_ANY, record)
        finding = _Tree(tree)
        if finding.at("detail").members:
            finding = finding.at("detail")
        kind = finding.text("type")
        if kind is None:
            raise Unreadable("no finding type")
        if not any(word in kind.lower() for word in _CONCERNS):
            return Ignored("GuardDuty findings that concern no credential and no model")
        raw = record_text(record) if context.keep_content else without(record, _CONTENT)
        return [_event(finding, kind, raw, context)]


class _Tree:
    """An object whose members are found whatever the case of their first letter; absent ones are empty."""

    def __init__(self, value: Any) -> None:
        self.members: dict[str, Any] = value if isinstance(value, dict) else {}

    def get(self, name: str) -> Any:
        """Return a member, None where there is none."""
        found = self.members.get(name)
        return self.members.get(name[0].upper() + name[1:]) if found is None else found

    def at(self, *path: str) -> _Tree:
        """Return the object at a path; of a list, the first."""
        tree = self
        for name in path:
            value = tree.get(name)
            tree = _Tree(value[0] if isinstance(value, list) and value else value)
        return tree

    def text(self, name: str) -> str | None:
        """Return a member that is text or number."""
        return text(self.get(name))


def _event(finding: _Tree, kind: str, raw: str, context: Context) -> Event:
    service, resource = finding.at("service"), finding.at("resource")
    call = service.at("action", "awsApiCallAction")
    when = service.text("eventLastSeen") or finding.text("updatedAt") or finding.text("createdAt")
    owner = finding.text("accountId")
    key = resource.at("accessKeyDetails")
    credential, credential_kind, session = _credential(key, owner, finding.text("arn") or "")
    remote = call.at("remoteIpDetails")
    address, via = whence(remote.text("ipAddressV4") or remote.text("ipAddressV6") or "")
    model_id = resource.at("modelDetails").text("modelId")
    return Event(
        event_id=finding.text("id") or digest_id(raw.encode()),
        time=time_us(when or ""),
        source=GuardDuty.name,
        provider="aws.bedrock",
        activity="alert",
        raw=raw,
        operation=kind,
        owner_id=owner or context.owner,
        resource_id=finding.text("arn"),
        region=finding.text("region"),
        credential_id=credential,
        credential_kind=credential_kind,
        principal_id=key.text("principalId"),
        session_id=session,
        src_ip=address,
        user_agent=service.at("additionalInfo", "userAgent").text("fullUserAgent"),
        via=via or call.at("remoteAccountDetails").text("serviceName"),
        model=model_of(model_id) if model_id else None,
        guardrail_id=resource.at("bedrockGuardrailDetails", "guardrails").text("guardrailId"),
    )


def _credential(key: _Tree, owner: str | None, arn: str) -> tuple[str | None, CredentialKind | None, str | None]:
    """Return (what one would revoke, its kind, temporary key), as CloudTrail's events name them."""
    key_id, name, kind = key.text("accessKeyId") or "", key.text("userName"), key.text("userType")
    session = key_id if key_id.startswith("ASIA") else None
    if key_id.startswith("AKIA"):
        return key_id, "access_key", None
    if not owner or not name:
        return None, None, session
    partition = arn.split(":", 2)[1] if arn.startswith("arn:aws") else "aws"
    if kind in {"AssumedRole", "Role"}:
        return f"arn:{partition}:iam::{owner}:role/{name}", "role", session
    if kind == "IAMUser":
        made_for_key = name.startswith("BedrockAPIKey-")
        return f"arn:{partition}:iam::{owner}:user/{name}", "bearer_key" if made_for_key else "unknown", session
    return (f"arn:{partition}:iam::{owner}:root", "unknown", session) if kind == "Root" else (None, None, session)
