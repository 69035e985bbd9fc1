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
from seawall.sources.aws_record import ABSENT, Identity, Trail, caller, members, moment, tolerant, trail
from seawall.sources.base import Context, Ignored
from seawall.sources.prompts import without
from seawall.sources.rows import Row, order
from seawall.sources.values import digest_id, record_text, text

#: Secrets that CloudTrail logs (a session token) or that a broken logger might.
_SECRETS: Final = frozenset({
    "sessionToken", "secretAccessKey", "password", "oldPassword", "newPassword", "servicePassword",
    "serviceCredentialSecret", "serviceApiKeyValue", "signinToken", "clientSecret", "accessToken", "refreshToken",
})  # fmt: skip
#: Members of agent, prompt and gateway calls that can carry prompts or answers.
_CONTENT: Final = frozenset({
    "body", "inputText", "prompt", "promptOverrideConfiguration", "instruction", "instructions", "messages", "content",
    "outputText", "variants", "systemPrompt", "system", "input", "inputs", "textPrompt", "textPromptTemplate",
    "promptVariables", "query", "queries", "text", "sessionState", "sessionAttributes", "promptSessionAttributes",
    "sources", "documents", "tools", "toolConfig", "additionalModelRequestFields", "requestMetadata", "metadata",
    "output", "completion",
})  # fmt: skip
#: Parameters of model calls that hold neither; calls with no others are not searched.
_PLAIN: Final = frozenset({
    "modelId", "model", "stream", "service_tier", "max_tokens", "callWithBearerToken", "bearerTokenType",
    "guardrailIdentifier", "guardrailVersion", "modelIdentifier", "maxResults", "nextToken",
})  # fmt: skip
_NO_ANSWER: Final = (msgspec.Raw(b"null"), ABSENT)
_MODEL: Final = ("modelId", "model", "modelIdentifier", "foundationModelArn", "inferenceProfileIdentifier")
_GUARDRAIL: Final = ("guardrailIdentifier", "guardrailId", "guardrailArn")
#: What an act is about, the most telling first.
_RESOURCE: Final = (
    "serviceSpecificCredentialId", "accessKeyId", "roleArn", "userName", "roleName", "groupName", "policyArn",
    "guardrailIdentifier", "provisionedModelId", "provisionedModelName", "inferenceProfileIdentifier",
    "inferenceProfileName", "trailName", "name", "detectorId", "agreementRequestId",
)  # fmt: skip
#: How CloudTrail itself writes every record, and no other log of AWS does.
OPENING: Final = b'{"eventVersion":'
#: Parts no longer than this are read once for all records that have them.
_SHORT: Final = 2048


class _Kind(msgspec.Struct):
    """The members by which a record that carries both logs' words is told apart."""

    schema: str | None = msgspec.field(default=None, name="schemaType")


_KIND: Final = msgspec.json.Decoder(_Kind)


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """What a call's parameters say; `plain` where they hold neither secrets nor content."""

    model: str | None
    model_arn: str | None
    guardrail: str | None
    about: str | None
    bearer: bool | None
    plain: bool


class _Who(msgspec.Struct, frozen=True, gc=False):
    """What a record says of its caller."""

    account: str | None
    credential: str | None
    kind: CredentialKind | None
    session: str | None
    principal: str | None
    service: str | None
    by_service: bool


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
        if record.startswith(OPENING):
            return True
        at = record.find(b'"eventSource"')
        if at < 0:
            return b".amazonaws.com" in record and _matches_export(record.lower())
        if record.find(b".amazonaws.com", at, at + 128) < 0:
            return False
        return b'"ModelInvocationLog"' not in record or not is_invocation(record)

    def read(self, record: bytes, context: Context) -> list[Event] | Ignored:
        """Return the record's event; calls that touch neither AI services nor their keys are ignored."""
        found = self.rows(record, context)
        return found if isinstance(found, Ignored) else [Event(**dict(zip(_NAMES, row, strict=True))) for row in found]

    def rows(self, record: bytes, context: Context) -> list[Row] | Ignored:
        """Return what `read` does, as the values of the event's columns: an account's calls are many."""
        row, own = trail(record)
        found = _rows(row, own, context)
        if found is None:
            row, own = tolerant(record)
            found = _rows(row, own, context)
        if found is None:
            raise Unreadable("no readable userIdentity")
        return found


_NAMES: Final = order(CloudTrail.columns)


def _matches_export(low: bytes) -> bool:
    return b'"eventsource"' in low or b'"event source"' in low


def is_invocation(record: bytes) -> bool:
    """Say whether the record itself, not a part of it, has a `schemaType`: Bedrock's invocation log."""
    try:
        return _KIND.decode(record).schema is not None
    except (msgspec.DecodeError, RecursionError):
        return False


def _rows(row: Trail, own: bytes, context: Context) -> list[Row] | Ignored | None:
    """Return what the record comes to, or None where its caller is not in CloudTrail's own shape."""
    if row.source is None or row.name is None:
        if row.kind == "AwsCloudTrailInsight":
            return Ignored("CloudTrail Insights")
        raise Unreadable("no eventSource or no eventName")
    activity = activity_of(row.source, row.name)
    if activity is None:
        if own.startswith(OPENING) and ".amazonaws.com" not in row.source:
            raise Unreadable("its eventSource is no AWS service")
        return Ignored("calls of AWS services that reach no model")
    given, identity = bytes(row.parameters), bytes(row.identity)
    asked = _asked_once(given) if len(given) <= _SHORT else _asked(given)
    bearer = asked.bearer if asked.bearer is not None or row.additional is ABSENT else _bearer(row.additional)
    who = _who_once(identity, bearer) if len(identity) <= _SHORT else _who(identity, bearer)
    if who is None:
        return None
    if activity == "login" and who.by_service:
        return Ignored("roles assumed by AWS services")
    address, service = whence(row.address) if row.address else (None, None)
    return [(
        row.id or digest_id(own),
        moment(row.time or ""),
        CloudTrail.name,
        "aws.bedrock",
        activity,
        row.request_id or None,
        record_text(own) if asked.plain and row.response in _NO_ANSWER else _raw(own, activity, context),
        row.name,
        _outcome(row) if row.error or row.name == "ConsoleLogin" else "success",
        row.error or None,
        who.account or row.recipient or context.owner,
        asked.model_arn if activity == "infer" else _resource(row, activity, asked),
        row.region or None,
        who.credential,
        who.kind,
        who.principal,
        who.session,
        address,
        _unwrapped(row.agent) if row.agent and row.agent[0] == "[" else row.agent or None,
        service or who.service or row.endpoint or None,
        asked.model,
        1,
        asked.guardrail,
    )]  # fmt: skip


def _asked(parameters: bytes) -> _Asked:
    found = members(msgspec.Raw(parameters))
    model, bearer = _first(found, _MODEL), found.get("callWithBearerToken")
    return _Asked(
        model=model_of(model) if model else None,
        model_arn=model if model and model.startswith("arn:") else None,
        guardrail=_first(found, _GUARDRAIL),
        about=_first(found, _RESOURCE),
        bearer=None if bearer is None else _is_true(bearer),
        plain=found.keys() <= _PLAIN and parameters[:1] in {b"{", b"n"},
    )


def _who(identity: bytes, bearer: bool | None) -> _Who | None:
    found = caller(identity)
    if found is None:
        return None
    credential, kind, session = _credential(found, bearer=bearer or False)
    return _Who(
        account=found.account_id if found.account_id and found.account_id.isdigit() else None,
        credential=credential,
        kind=kind,
        session=session,
        principal=found.arn or found.principal_id or None,
        service=found.invoked_by or None,
        by_service=found.type == "AWSService",
    )


_asked_once: Final = lru_cache(maxsize=4096)(_asked)
_who_once: Final = lru_cache(maxsize=4096)(_who)


def _first(parameters: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in parameters and (found := text(parameters[name])):
            return found
    return None


def _bearer(additional: msgspec.Raw) -> bool:
    """Say whether the call came with a Bedrock API key: the two endpoints say so in different places."""
    return _is_true(members(additional).get("callWithBearerToken"))


def _is_true(said: object) -> bool:
    return str(said).lower() == "true"


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
    return outcome_of(row.error) if row.error else "success"


def _resource(row: Trail, activity: Activity, asked: _Asked) -> str | None:
    """Return what was acted on: the key that was made, the model's ARN, else what the parameters name."""
    if activity == "create_key":
        for made in members(row.response).values():
            found = _first(made, _RESOURCE[:2]) if isinstance(made, dict) else None
            if found:
                return found
    return asked.model_arn or asked.about


def _unwrapped(agent: str) -> str | None:
    """Return the user agent without the square brackets that the console's own calls are logged in."""
    return (agent[1:-1] if agent[-1] == "]" else agent) or None


def _raw(own: bytes, activity: Activity, context: Context) -> str:
    """Return the record as text without secrets and content; plain parameters and no answer have neither."""
    content = activity in {"infer", "other"} and not context.keep_content
    return without(own, _SECRETS | _CONTENT if content else _SECRETS)
