"""CloudTrail's records become events: who, from where, which act, and nothing that is secret."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.model import Event, Unreadable
from seawall.sources import Context, Ignored
from seawall.sources.aws_cloudtrail import CloudTrail

ACCOUNT = "111122223333"
LONG = "AKIA" + "EXAMPLE7" * 2
SHORT = "ASIA" + "EXAMPLE7" * 2
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/cli"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
KEY_USER = f"arn:aws:iam::{ACCOUNT}:user/BedrockAPIKey-ab12"
AS_ROLE = {
    "type": "AssumedRole", "arn": SESSION, "accountId": ACCOUNT, "accessKeyId": SHORT,
    "principalId": "AROAEXAMPLE:cli", "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}},
}  # fmt: skip
AS_USER = {"type": "IAMUser", "arn": USER, "accountId": ACCOUNT, "accessKeyId": LONG, "userName": "alice"}
SOURCE = CloudTrail()


def call(name: str = "InvokeModel", service: str = "bedrock", **members: Any) -> dict[str, Any]:
    """Return a record of CloudTrail's shape."""
    return {
        "eventVersion": "1.11", "eventSource": f"{service}.amazonaws.com", "eventName": name, "eventID": "e-1",
        "eventTime": "2025-03-01T10:00:00Z", "awsRegion": "us-east-1", "requestID": "r-1", "userIdentity": AS_ROLE,
        "sourceIPAddress": "198.51.100.7", "userAgent": "Boto3/1.40", "eventType": "AwsApiCall",
        "requestParameters": {"modelId": "vendor.model-v1:0"}, "responseElements": None,
        "recipientAccountId": ACCOUNT, **members,
    }  # fmt: skip


def read(record: dict[str, Any], **context: Any) -> Event:
    """Read a record that must become one event."""
    data = json.dumps(record).encode()
    assert SOURCE.matches(data)
    events = SOURCE.read(data, Context(**context))
    assert isinstance(events, list)
    (event,) = events
    return event


def test_a_call_of_a_model() -> None:
    """Every column that CloudTrail can fill is filled, and no other."""
    event = read(call())
    filled = {name for name in event.__struct_fields__ if getattr(event, name) is not None}
    assert filled - {"event_id", "time", "source", "provider", "activity", "raw", "bucket_seconds"} <= SOURCE.columns
    assert (event.activity, event.outcome, event.model) == ("infer", "success", "vendor.model-v1:0")
    assert (event.credential_id, event.credential_kind, event.session_id) == (ROLE, "role", SHORT)
    assert (event.principal_id, event.owner_id, event.src_ip) == (SESSION, ACCOUNT, "198.51.100.7")
    assert (event.event_id, event.request_id, event.time) == ("e-1", "r-1", 1_740_823_200_000_000)


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (AS_USER, (LONG, "access_key", None)),
        (AS_ROLE | {"sessionContext": None}, (f"arn:aws:iam::{ACCOUNT}:role/app", "role", SHORT)),
        (AS_USER | {"accessKeyId": SHORT}, (USER, "unknown", SHORT)),
        ({"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}, (f"arn:aws:iam::{ACCOUNT}:root", "unknown", None)),
        (AS_USER | {"arn": KEY_USER, "accessKeyId": ""}, (KEY_USER, "bearer_key", None)),
        (AS_USER | {"arn": KEY_USER}, (LONG, "access_key", None)),
        ({"type": "FederatedUser", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/f", "accessKeyId": SHORT,
          "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": USER}}}, (USER, "unknown", SHORT)),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, (None, None, None)),
        (None, (None, None, None)),
    ],
    ids=["key", "role without issuer", "session of a user", "root", "key user", "access key of a key user",
         "federated", "service", "nobody"],
)  # fmt: skip
def test_credentials(identity: dict[str, Any] | None, expected: tuple[str | None, ...]) -> None:
    """The credential is what one would revoke; a temporary key is a session of it."""
    event = read(call(userIdentity=identity))
    assert (event.credential_id, event.credential_kind, event.session_id) == expected


@pytest.mark.parametrize(
    "members",
    [
        {"additionalEventData": {"callWithBearerToken": True}},
        {"requestParameters": {"model": "vendor.model", "callWithBearerToken": True, "bearerTokenType": "ABSK"}},
        {"requestParameters": {"model": "vendor.model", "callWithBearerToken": "true"}},
    ],
    ids=["runtime", "mantle", "text"],
)
def test_a_bearer_key_is_its_user(members: dict[str, Any]) -> None:
    """Both endpoints' way to say that a Bedrock API key was used leads to the user that it belongs to."""
    event = read(call("CreateInference", "bedrock-mantle", userIdentity=AS_USER, **members))
    assert (event.activity, event.credential_id, event.credential_kind) == ("infer", USER, "bearer_key")


@pytest.mark.parametrize(
    ("record", "columns"),
    [
        (call(errorCode="AccessDenied"), {"outcome": "denied", "error_code": "AccessDenied"}),
        (call(errorCode=""), {"outcome": "success", "error_code": None}),
        (call(sourceIPAddress="cloudformation.amazonaws.com"), {"src_ip": None, "via": "cloudformation.amazonaws.com"}),
        (call(sourceIPAddress="098.051.100.007"), {"src_ip": "098.051.100.007", "via": None}),
        (call(vpcEndpointId="vpce-1"), {"via": "vpce-1"}),
        (call(userAgent="[Boto3/1.26]"), {"user_agent": "Boto3/1.26"}),
        (call(requestParameters={"modelId": "arn:aws:bedrock:us-east-1:1:inference-profile/us.vendor.m"}),
         {"model": "us.vendor.m", "resource_id": "arn:aws:bedrock:us-east-1:1:inference-profile/us.vendor.m"}),
        (call("UpdateGuardrail", requestParameters={"guardrailIdentifier": "g1"}),
         {"activity": "change_guardrail", "guardrail_id": "g1", "resource_id": "g1"}),
        (call("CreateAccessKey", "iam", requestParameters={"userName": "bob"},
              responseElements={"accessKey": {"accessKeyId": LONG, "userName": "bob"}}),
         {"activity": "create_key", "resource_id": LONG}),
        (call("CreateServiceSpecificCredential", "iam", requestParameters={"userName": "bob"}, responseElements={
            "serviceSpecificCredential": {"serviceSpecificCredentialId": "ACCAX"}}), {"resource_id": "ACCAX"}),
        (call("DeleteAccessKey", "iam", requestParameters={"userName": "bob", "accessKeyId": LONG}),
         {"activity": "delete_key", "resource_id": LONG}),
        (call("StopLogging", "cloudtrail", requestParameters={"name": "main"}),
         {"activity": "change_logging", "operation": "StopLogging", "resource_id": "main", "provider": "aws.bedrock"}),
        (call("ConsoleLogin", "signin", requestParameters=None, responseElements={"ConsoleLogin": "Failure"}),
         {"activity": "login", "outcome": "denied"}),
        (call(userIdentity={"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}),
         {"owner_id": ACCOUNT, "principal_id": None}),
        (call(requestParameters="odd", responseElements=[1]), {"model": None, "activity": "infer"}),
        (call(eventID=None), {"request_id": "r-1"}),
    ],
)  # fmt: skip
def test_columns(record: dict[str, Any], columns: dict[str, Any]) -> None:
    """Each oddity of the log leads to the column values that it means."""
    event = read(record)
    assert {name: getattr(event, name) for name in columns} == columns


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (call("GetObject", "s3"), "reach no model"),
        (call("GetUser", "iam"), "reach no model"),
        (
            call("AssumeRole", "sts", userIdentity={"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}),
            "services",
        ),
    ],
)
def test_ignored(record: dict[str, Any], reason: str) -> None:
    """What concerns no model and no key is ignored with a countable reason."""
    answer = SOURCE.read(json.dumps(record).encode(), Context())
    assert isinstance(answer, Ignored)
    assert reason in answer.reason


def _athena() -> dict[str, Any]:
    struct = (
        f"{{type=AssumedRole, principalid=AROAEXAMPLE:cli, arn={SESSION}, accountid={ACCOUNT}, invokedby=null, "
        f"accesskeyid={SHORT}, username=null, sessioncontext={{attributes={{mfaauthenticated=false, creationdate=x}}, "
        f"sessionissuer={{type=Role, arn={ROLE}, accountid={ACCOUNT}}}}}}}"
    )
    columns = {name.lower(): value for name, value in call().items()}
    return columns | {
        "useridentity": struct,
        "requestparameters": '{"modelId":"vendor.model-v1:0"}',
        "responseelements": "",
        "errorcode": "",
    }


def _log_analytics() -> dict[str, Any]:
    return {
        "TimeGenerated [UTC]": "", "TimeGenerated": "2025-03-01T10:00:00.0000000Z", "AwsEventId": "e-1",
        "AwsRequestId_": "r-1", "EventSource": "bedrock.amazonaws.com", "EventName": "InvokeModel",
        "AwsRegion": "us-east-1", "SourceIpAddress": "198.51.100.7", "UserAgent": "Boto3/1.40",
        "RequestParameters": '{"modelId":"vendor.model-v1:0"}', "UserIdentityType": "AssumedRole",
        "UserIdentityArn": SESSION, "UserIdentityAccountId": ACCOUNT, "UserIdentityAccessKeyId": SHORT,
        "UserIdentityPrincipalid": "AROAEXAMPLE:cli", "SessionIssuerArn": ROLE, "RecipientAccountId": ACCOUNT,
    }  # fmt: skip


@pytest.mark.parametrize(
    "record",
    [
        _athena(),
        _log_analytics(),
        {"version": "0", "source": "aws.bedrock", "detail-type": "AWS API Call via CloudTrail", "detail": call()},
        {"EventId": "e-1", "EventName": "InvokeModel", "EventSource": "bedrock.amazonaws.com",
         "CloudTrailEvent": json.dumps(call())},
        {name.lower(): value for name, value in call().items()},
        call() | {"awsRegion": ["us-east-1"]},
    ],
    ids=["athena", "log analytics", "eventbridge", "lookup-events", "lower case", "odd shape"],
)  # fmt: skip
def test_exports_say_the_same(record: dict[str, Any]) -> None:
    """Whatever export a record went through, the event agrees with CloudTrail's own in everything but `raw`."""
    own, exported = read(call()), read(record)
    differing = {name for name in own.__struct_fields__ if getattr(own, name) != getattr(exported, name)}
    assert differing <= {"raw", "region"}


def test_no_session_token_is_kept() -> None:
    """CloudTrail logs the token that AssumeRole hands out; it is a secret and goes, opted in or not."""
    token = "tok" + "en" * 30
    record = call("AssumeRole", "sts", responseElements={"credentials": {"sessionToken": token, "accessKeyId": SHORT}})
    for keep in (False, True):
        raw = read(record, keep_content=keep).raw or ""
        assert token not in raw
        assert SHORT in raw


def test_agents_words_are_not_kept() -> None:
    """Calls of agents and gateways can carry prompts: they leave `raw` unless the operator opted in."""
    record = call("InvokeMcp", "bedrock-agentcore", requestParameters={"body": {"params": "zq-content"}})
    assert "zq-content" not in (read(record).raw or "")
    assert "zq-content" in (read(record, keep_content=True).raw or "")


@pytest.mark.parametrize(
    "record",
    [
        b'{"eventSource":{"value":"Administrative"},"eventName":{"value":"x"},"resourceId":"/subscriptions/1"}',
        b'{"messages":"\\"eventSource\\": \\"iam.amazonaws.com\\""}',
        b'{"schemaType":"ModelInvocationLog","input":{"inputBodyJson":{"eventSource":"iam.amazonaws.com"}}}',
    ],
    ids=["azure", "in a text", "in a prompt"],
)
def test_other_logs_are_left_alone(record: bytes) -> None:
    """Records of other logs are not claimed, even where a user wrote CloudTrail's words into them."""
    assert not SOURCE.matches(record)


def test_metadata_cannot_disown_a_record() -> None:
    """A caller who writes the invocation log's words into a call's metadata is still seen."""
    event = read(call(requestParameters={"model": "m", "metadata": {"schemaType": "ModelInvocationLog"}}))
    assert event.activity == "infer"


@pytest.mark.parametrize("written", [None, "", "...", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_record_without_a_plausible_time_is_unreadable(written: str | None) -> None:
    """A call whose time is missing or absurd goes to quarantine with a reason."""
    with pytest.raises(Unreadable, match="time"):
        SOURCE.read(json.dumps(call(eventTime=written)).encode(), Context())


def _real(samples: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((samples / "logs" / "stratus").glob("aws.*.json")):
        yield from json.loads(path.read_text())
    with gzip.open(samples / "logs" / "invictus" / "cloudtrail-2023-07-10.jsonl.gz", "rt") as lines:
        yield from map(json.loads, lines)
    for name in ("cloudtrail_bedrock", "cloudtrail_other"):
        for line in (samples / "logs" / "panther" / f"{name}.jsonl").read_text().splitlines():
            yield json.loads(line)["log"]


@pytest.mark.data
def test_every_real_record_is_accounted_for(samples: Path) -> None:
    """Each record of the real samples is an event or ignored, but for four without time or source."""
    seen: Counter[str] = Counter()
    for record in _real(samples):
        data = json.dumps(record).encode()
        if not SOURCE.matches(data):
            seen["unclaimed"] += 1
            continue
        try:
            answer = SOURCE.read(data, Context())
        except Unreadable:
            seen["unreadable"] += 1
            continue
        seen["ignored" if isinstance(answer, Ignored) else "events"] += 1
    assert seen.total() == 310 + 2900 + 4 + 308
    assert (seen["unclaimed"], seen["unreadable"]) == (1, 3)
    assert seen["events"] > 200


@pytest.mark.data
def test_the_real_attack_is_told_in_order(samples: Path) -> None:
    """Stratus' Bedrock attack: availability sweep, unlock, one invocation, by one role from one address."""
    path = samples / "logs" / "stratus" / "aws.impact.bedrock-invoke-model.json"
    events = [read(record) for record in json.loads(path.read_text())]
    assert Counter(event.activity for event in events) == {"list_models": 11, "unlock_model": 3, "infer": 1}
    assert len({(event.credential_id, event.session_id, event.src_ip, event.model) for event in events}) <= 2
    assert max(events, key=lambda event: event.time).activity == "infer"


def test_a_csv_of_athena_is_read(tmp_path: Path) -> None:
    """A row that went through a CSV file, as intake hands it on, is read like the record."""
    row = _athena()
    path = tmp_path / "athena.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    with path.open(newline="") as file:
        (again,) = csv.DictReader(file)
    assert read(again).credential_id == ROLE
