"""GuardDuty's findings become alerts on the same credential that CloudTrail names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seawall.model import Event, Unreadable
from seawall.sources import Context, Ignored
from seawall.sources.aws_cloudtrail import CloudTrail
from seawall.sources.aws_guardduty import GuardDuty

LONG = "AKIA" + "EXAMPLE7" * 2
SHORT = "ASIA" + "EXAMPLE7" * 2
SOURCE = GuardDuty()


def finding(kind: str = "Impact:IAMUser/CostHarvesting", key: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a finding of the exported shape."""
    return {
        "schemaVersion": "2.0", "accountId": "111122223333", "region": "us-east-1", "partition": "aws", "id": "f-1",
        "arn": "arn:aws:guardduty:us-east-1:111122223333:detector/d-1/finding/f-1", "type": kind, "severity": 2,
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": key or {"accessKeyId": LONG, "principalId": "AIDAX", "userType": "IAMUser",
                                        "userName": "alice"},
            "modelDetails": [{"modelId": "arn:aws:bedrock:us-east-1::foundation-model/vendor.model"}],
        },
        "service": {
            "serviceName": "guardduty", "detectorId": "d-1", "count": 3, "eventFirstSeen": "2025-03-01T09:00:00.000Z",
            "eventLastSeen": "2025-03-01T10:00:00.000Z",
            "action": {"actionType": "AWS_API_CALL", "awsApiCallAction": {
                "api": "InvokeModel", "serviceName": "bedrock.amazonaws.com",
                "remoteIpDetails": {"ipAddressV4": "198.51.100.7", "country": {"countryName": "Nowhere"}}}},
            "additionalInfo": {"userAgent": {"fullUserAgent": "Boto3/1.40"}},
        },
        "createdAt": "2025-03-01T10:15:00.000Z", "updatedAt": "2025-03-01T10:20:00.000Z", "title": "t",
    }  # fmt: skip


def read(record: dict[str, Any]) -> Event:
    """Read a record that must become one event."""
    data = json.dumps(record).encode()
    assert SOURCE.matches(data)
    events = SOURCE.read(data, Context())
    assert isinstance(events, list)
    (event,) = events
    return event


def _capitals(tree: Any) -> Any:
    """Write names as the API answers them."""
    if isinstance(tree, list):
        return [_capitals(item) for item in tree]
    return {n[0].upper() + n[1:]: _capitals(v) for n, v in tree.items()} if isinstance(tree, dict) else tree


@pytest.mark.parametrize(
    "record",
    [
        finding(),
        _capitals(finding()),
        {"detail-type": "GuardDuty Finding", "source": "aws.guardduty", "detail": finding()},
    ],
    ids=["export", "api", "eventbridge"],
)
def test_the_forms_say_the_same(record: dict[str, Any]) -> None:
    """Whatever way a finding came, it is the same alert, at the time of the activity last seen."""
    event = read(record)
    filled = {name for name in event.__struct_fields__ if getattr(event, name) is not None}
    assert filled - {"event_id", "time", "source", "provider", "activity", "raw", "bucket_seconds"} <= SOURCE.columns
    assert (event.event_id, event.activity, event.operation) == ("f-1", "alert", "Impact:IAMUser/CostHarvesting")
    assert (event.credential_id, event.credential_kind, event.owner_id) == (LONG, "access_key", "111122223333")
    assert (event.src_ip, event.user_agent, event.model) == ("198.51.100.7", "Boto3/1.40", "vendor.model")
    assert event.time == 1_740_823_200_000_000


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({"accessKeyId": SHORT, "userType": "AssumedRole", "userName": "app"},
         ("arn:aws:iam::111122223333:role/app", "role", SHORT)),
        ({"accessKeyId": SHORT, "userType": "IAMUser", "userName": "alice"},
         ("arn:aws:iam::111122223333:user/alice", "unknown", SHORT)),
        ({"userType": "IAMUser", "userName": "BedrockAPIKey-1"},
         ("arn:aws:iam::111122223333:user/BedrockAPIKey-1", "bearer_key", None)),
        ({"userType": "Root", "userName": "Root"}, ("arn:aws:iam::111122223333:root", "unknown", None)),
        ({"userType": "AWSService", "userName": "x"}, (None, None, None)),
        ({"userName": ["odd"]}, (None, None, None)),
    ],
)  # fmt: skip
def test_credentials(key: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    """The credential is named as CloudTrail's events name it, as far as the finding says it."""
    event = read(finding(key=key))
    assert (event.credential_id, event.credential_kind, event.session_id) == expected


@pytest.mark.parametrize("kind", ["CryptoCurrency:EC2/BitcoinTool.B!DNS", "Policy:S3/BucketPublicAccessGranted"])
def test_findings_about_other_things_are_ignored(kind: str) -> None:
    """Hosts and buckets are ignored with a countable reason."""
    assert isinstance(SOURCE.read(json.dumps(finding(kind)).encode(), Context()), Ignored)


@pytest.mark.parametrize("member", ["type", "service"])
def test_a_finding_without_type_or_time_is_unreadable(member: str) -> None:
    """Without a type or a time a finding goes to quarantine."""
    record = finding() | {member: None, "createdAt": "", "updatedAt": ""}
    with pytest.raises(Unreadable):
        SOURCE.read(json.dumps(record).encode(), Context())


def test_calls_of_guardduty_belong_to_cloudtrail() -> None:
    """CloudTrail's record of a change to a detector is CloudTrail's, a finding is GuardDuty's, none is both."""
    call = json.dumps({
        "eventSource": "guardduty.amazonaws.com", "eventName": "DeleteDetector",
        "requestParameters": {"detectorId": "d-1"},
        "resources": [{"ARN": "arn:aws:guardduty:us-east-1:111122223333:detector/d-1"}],
    }).encode()  # fmt: skip
    own = json.dumps(finding()).encode()
    assert (CloudTrail().matches(call), SOURCE.matches(call)) == (True, False)
    assert (CloudTrail().matches(own), SOURCE.matches(own)) == (False, True)
