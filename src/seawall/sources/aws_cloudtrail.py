"""CloudTrail: who called which AWS API from where, for Bedrock and for the keys that reach it.

In: one CloudTrail record in any of the forms that `aws_record` knows. Out: one event, or why it is ignored. What its
log cannot tell: prompts, tokens and cost (Bedrock's invocation log has them, joined by `requestID`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec

from seawall.model import Activity, CredentialKind, Event, Outcome, Unreadable
from seawall.sources.aws_acts import activity_of, model_of, outcome_of, role_of, whence
from seawall.sources.aws_record import ABSENT, Identity, Trail, members, moment, trail
from seawall.sources.base import Context, Ignored
from seawall.sources.prompts import without
from seawall.sources.values import digest_id, record_text, text

#: Secrets that CloudTrail logs (a session token) or that a broken logger might.
_SECRETS: Final = frozenset({
    "sessionToken", "secretAccessKey", "password", "oldPassword", "newPassword", "servicePassword",
    "serviceCredentialSecret", "serviceApiKeyValue", "signinToken", "clientSecret", "accessToken", "refreshToken",
})  # fmt: skip
#: Members of agent, prompt and gateway calls that can carry prompts or answers.
_CONTENT: Final = frozenset({
    "body", "inputText", "prompt", "promptOverrideConfiguration", "instruction", "messages", "content",
    "outputText", "variants", "systemPrompt",
})  # fmt: skip
#: Parameters of model calls that hold neither; calls with no others are not searched.
_PLAIN: Final = frozenset({
    "modelId", "model", "stream", "service_tier", "max_tokens", "metadata", "callWithBearerToken", "bearerTokenType",
    "guardrailIdentifier", "guardrailVersion", "modelIdentifier", "maxResults", "nextToken",
})  # fmt: skip
_EMPTY: Final = frozenset({b"null", b"{}"})
_MODEL: Final = ("modelId", "model", "modelIdentifier", "foundationModelArn", "inferenceProfileIdentifier")
_GUARDRAIL: Final = ("guardrailIdentifier", "guardrailId", "guardrailArn")
#: What an act is about, the most telling first.
_RESOURCE: Final = (
    "serviceSpecificCredentialId", "accessKeyId", "roleArn", "userName", "roleName", "groupName", "policyArn",
    "guardrailIdentifier", "provisionedModelId", "provisionedModelName", "inferenceProfileIdentifier",
    "inferenceProfileName", "trailName", "name", "detectorId", "agreementRequestId",
)  # fmt: skip
_NOBODY: Final = Identity()
#: Parameters no longer than this are read once for all records that have them.
_SHORT: Final = 256


class _Kind(msgspec.Struct):
    """The members by which a record that carries both logs' words is told apart."""

    schema: str | None = msgspec.field(default=None, name="schemaType")


_KIND: Final = msgspec.json.Decoder(_Kind)


class _Asked(msgspec.Struct, frozen=True):
    """What a call's parameters say; `plain` where they hold neither secrets nor content. Nobody changes `members`."""

    members: dict[str, Any]
    model_id: str | None
    guardrail: str | None
    plain: bool


class CloudTrail:
    """Reads CloudTrail."""

    name = "aws.cloudtrail"
    title = "AWS CloudTrail"
    columns = frozenset({
        "request_id", "operation", "outcome", "error_code", "owner_id", "resource_id", "region", "credential_id",
        "credential_kind", "principal_id", "session_id", "src_ip", "user_agent", "via", "model", "request_count",
        "guardrail_id",
    })  # fmt: skip
    cannot_tell = (
        "It has no tokens, no cost and no prompt: Bedrock's model invocation log has them.",
        "Calls through the bedrock-mantle endpoint are data events: without a selector for them they are not logged.",
        "A Bedrock API key has no id of its own here: the user that it belongs to stands for it.",
        "Calls that an AWS service made for somebody carry the service's name instead of an address.",
    )
    switch_on = (
        "A trail for all regions with management events; advanced event selectors for the data events of "
        "bedrock-mantle, agents and flows."
    )

    def matches(self, record: bytes) -> bool:
        """Its records name an event source that is an AWS service; an invocation log that says so too is none."""
        at = record.find(b'"eventSource"')
        if at < 0:
            return b".amazonaws.com" in record and _matches_export(record.lower())
        if record.find(b".amazonaws.com", at, at + 128) < 0:
            return False
        return b'"ModelInvocationLog"' not in record or not is_invocation(record)

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """Return the record's event; calls that touch neither AI services nor their keys are ignored."""
        row, own = trail(record)
        if row.source is None or row.name is None:
            if row.kind == "AwsCloudTrailInsight":
                return Ignored("CloudTrail Insights")
            raise Unreadable("no eventSource or no eventName")
        activity = activity_of(row.source, row.name)
        if activity is None:
            return Ignored("calls of AWS services that reach no model")
        who = row.identity or _NOBODY
        if activity == "login" and who.type == "AWSService":
            return Ignored("roles assumed by AWS services")
        return [_event(row, own, activity, who, context)]


def _matches_export(low: bytes) -> bool:
    return b'"eventsource"' in low or b'"event source"' in low


def is_invocation(record: bytes) -> bool:
    """Say whether the record itself, not a part of it, has a `schemaType`: Bedrock's invocation log."""
    try:
        return _KIND.decode(record).schema is not None
    except (msgspec.DecodeError, RecursionError):
        return False


def _event(row: Trail, own: bytes, activity: Activity, who: Identity, context: Context) -> Event:
    asked = _asked(row.parameters)
    address, service = whence(row.address) if row.address else (None, None)
    credential, kind, session = _credential(who, bearer=_bearer(row, asked.members))
    return Event(
        event_id=row.id or digest_id(own),
        time=moment(row.time or ""),
        source=CloudTrail.name,
        provider="aws.bedrock",
        activity=activity,
        request_id=row.request_id or None,
        raw=_raw(own, row, activity, context, plain=asked.plain),
        operation=row.name,
        outcome=_outcome(row),
        error_code=row.error or None,
        owner_id=_owner(who, row) or context.owner,
        resource_id=_resource(row, activity, asked),
        region=row.region or None,
        credential_id=credential,
        credential_kind=kind,
        principal_id=who.arn or who.principal_id or None,
        session_id=session,
        src_ip=address,
        user_agent=_agent(row.agent),
        via=service or who.invoked_by or row.endpoint or None,
        model=model_of(asked.model_id) if asked.model_id else None,
        request_count=1,
        guardrail_id=asked.guardrail,
    )


def _asked(parameters: msgspec.Raw) -> _Asked:
    data = bytes(parameters)
    return _read_once(data) if len(data) <= _SHORT else _read(data)


def _read(parameters: bytes) -> _Asked:
    found = members(msgspec.Raw(parameters))
    plain = found.keys() <= _PLAIN and parameters[:1] in {b"{", b"n"}
    return _Asked(found, _first(found, _MODEL), _first(found, _GUARDRAIL), plain)


_read_once: Final = lru_cache(maxsize=4096)(_read)


def _first(parameters: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in parameters and (found := text(parameters[name])):
            return found
    return None


def _owner(who: Identity, row: Trail) -> str | None:
    """Return the caller's account; an anonymous caller has none, the account that was called has."""
    return who.account_id if who.account_id and who.account_id.isdigit() else row.recipient or None


def _bearer(row: Trail, parameters: dict[str, Any]) -> bool:
    """Say whether the call came with a Bedrock API key; the two endpoints say so in different places."""
    said = parameters.get("callWithBearerToken")
    if said is None and row.additional is not ABSENT:
        said = members(row.additional).get("callWithBearerToken")
    return said is not None and str(said).lower() == "true"


def _credential(who: Identity, *, bearer: bool) -> tuple[str | None, CredentialKind | None, str | None]:
    """Return what one would revoke, its kind, and the temporary key it was used through."""
    key = who.access_key_id or ""
    session = key if key.startswith("ASIA") else None
    issuer = who.session_context.session_issuer if who.session_context else None
    holder = (issuer and issuer.arn) or (role_of(who.arn) if who.arn else None)
    if holder and ":user/" in holder and (bearer or _is_key_user(holder, key)):
        return holder, "bearer_key", session
    if key.startswith("AKIA"):
        return key, "access_key", None
    if not holder:
        return None, None, session
    return holder, "role" if ":role/" in holder else "unknown", session


def _is_key_user(user: str, key: str) -> bool:
    """Say whether this is the user that AWS makes for a Bedrock API key, used through that key and no other."""
    return user.rpartition("/")[2].startswith("BedrockAPIKey-") and not key.startswith("AKIA")


def _outcome(row: Trail) -> Outcome:
    """A failed sign-in has no error code; the answer says it."""
    if row.name == "ConsoleLogin" and members(row.response).get("ConsoleLogin") == "Failure":
        return "denied"
    return outcome_of(row.error)


def _resource(row: Trail, activity: Activity, asked: _Asked) -> str | None:
    """Return what was acted on: the key that was made, the model's ARN, else what the parameters name."""
    if activity == "create_key":
        for made in members(row.response).values():
            found = _first(made, _RESOURCE[:2]) if isinstance(made, dict) else None
            if found:
                return found
    if asked.model_id and asked.model_id.startswith("arn:"):
        return asked.model_id
    return None if activity == "infer" else _first(asked.members, _RESOURCE)


def _agent(agent: str | None) -> str | None:
    """Return the user agent without the square brackets that the console's own calls are logged in."""
    if agent and agent[0] == "[" and agent[-1] == "]":
        agent = agent[1:-1]
    return agent or None


def _raw(own: bytes, row: Trail, activity: Activity, context: Context, *, plain: bool) -> str:
    """Return the record as text without secrets and content; a call with plain parameters and no answer has neither."""
    if plain and bytes(row.response) in _EMPTY:
        return record_text(own)
    content = activity in {"infer", "other"} and not context.keep_content
    return without(own, _SECRETS | _CONTENT if content else _SECRETS)
