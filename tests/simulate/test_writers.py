"""What is written is what the providers write: fields, places, halves; and nothing real."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime
from typing import Any

import msgspec
import pytest

from seawall.simulate.times import iso, ticks
from seawall.sources import SOURCES, Context, Ignored
from simulate.conftest import records_of, text_of

RESERVED = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32")
]
#: Where each log puts the caller's address.
ADDRESSES = {
    "CloudTrail": ("sourceIPAddress",),
    "insights-logs-requestresponse": ("callerIpAddress",),
    "insights-logs-gatewaylogs": ("callerIpAddress",),
    "insights-activity-logs": ("callerIpAddress",),
    "cloudaudit.googleapis.com": ("protoPayload", "requestMetadata", "callerIp"),
    "audit_logs": ("actor", "session", "ip_address"),
    "activities": ("actor", "ip_address"),
    "spend_logs": ("requester_ip_address",),
}
#: The members without which a record is not one of its log.
MEMBERS = {
    "CloudTrail": "eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent "
    "requestParameters responseElements requestID eventID readOnly eventType managementEvent recipientAccountId "
    "eventCategory tlsDetails",
    "BedrockModelInvocationLogs": "schemaType schemaVersion timestamp accountId region requestId operation modelId "
    "identity input",
    "insights-logs-requestresponse": "Tenant callerIpAddress category correlationId durationMs event location "
    "operationName properties resourceId resultSignature time",
    "insights-logs-audit": "AssetIdentity Tenant category operationName properties resourceId time",
    "insights-logs-gatewaylogs": "time resourceId category operationName callerIpAddress correlationId durationMs "
    "isRequestSuccess resultType properties",
    "insights-logs-gatewayllmlogs": "time resourceId category operationName correlationId properties",
    "insights-activity-logs": "time resourceId operationName category resultType resultSignature callerIpAddress "
    "correlationId identity properties",
    "cloudaudit.googleapis.com": "insertId logName protoPayload receiveTimestamp resource severity timestamp",
    "completions": "object start_time end_time results",
    "audit_logs": "id type effective_at actor",
    "messages": "starting_at ending_at results",
    "activities": "id created_at organization_id type actor",
    "spend_logs": "request_id call_type api_key spend total_tokens prompt_tokens completion_tokens startTime endTime "
    "model custom_llm_provider metadata team_id end_user requester_ip_address status",
}


@pytest.mark.parametrize("log", sorted(MEMBERS))
def test_records_have_the_fields_of_their_log(logs: Any, log: str) -> None:
    """Each log occurs, and each of its records has the documented members."""
    found = logs.of(log)
    assert found
    wanted = set(MEMBERS[log].split())
    assert all(wanted <= record.keys() for record in found)


def test_every_file_belongs_to_a_known_log(logs: Any) -> None:
    """No file is written that no log explains."""
    assert {log for _, log, _ in logs.records} >= MEMBERS.keys()
    assert "?" not in {log for _, log, _ in logs.records}


def test_every_address_is_reserved(logs: Any) -> None:
    """Every address, full or masked, lies in a range reserved for documentation and tests."""
    seen = set()
    for _, log, record in logs.records:
        if log in ADDRESSES:
            value = record
            for name in ADDRESSES[log]:
                value = value[name]
            seen.add(str(value).replace("***", "0"))
    assert len(seen) > 100
    for text in seen:
        address = ipaddress.ip_address(text)
        assert any(address in known for known in RESERVED), text


def test_halves_of_a_call_are_seconds_apart(logs: Any) -> None:
    """Every invocation record has its CloudTrail half, of the same model and operation, at most 5 s earlier."""
    trail = {record["requestID"]: record for record in logs.of("CloudTrail")}
    invocations = logs.of("BedrockModelInvocationLogs")
    for record in invocations:
        half = trail[record["requestId"]]
        late = datetime.fromisoformat(record["timestamp"]) - datetime.fromisoformat(half["eventTime"])
        assert 0 <= late.total_seconds() <= 5
        assert (record["operation"], record["modelId"]) == (half["eventName"], half["requestParameters"]["modelId"])
    gateway = {record["correlationId"] for record in logs.of("insights-logs-gatewaylogs")}
    assert {record["correlationId"] for record in logs.of("insights-logs-gatewayllmlogs")} <= gateway


def test_buckets_grow_from_export_to_export(logs: Any) -> None:
    """Where usage is fetched several times a day, no export says less than an earlier one, and some more."""
    parts = [path for path, log, _ in logs.records if log in {"completions", "messages"} and "-part-" in path.name]
    grown = 0
    for path in set(parts):
        whole = {str(bucket): bucket for bucket in records_of(text_of(path.with_name(path.name[:10] + ".json")))}
        early = records_of(text_of(path))
        assert len(early) == len(whole)
        for bucket, last in zip(early, whole.values(), strict=True):
            counts = [sum(result["output_tokens"] for result in each["results"]) for each in (bucket, last)]
            assert counts[0] <= counts[1]
            grown += 0 < counts[0] < counts[1]
    assert grown


def test_bills_are_daily(logs: Any) -> None:
    """Both cost reports have buckets of a day, and amounts above nothing."""
    for log, first, last in (("costs", "start_time", "end_time"), ("cost_report", "starting_at", "ending_at")):
        buckets = logs.of(log)
        assert buckets
        for bucket in buckets:
            start, end = (bucket[name] for name in (first, last))
            seconds = end - start if isinstance(end, int) else _seconds(start, end)
            assert seconds == 86_400
            amounts = [result["amount"] for result in bucket["results"]]
            assert all(float(each["value"] if isinstance(each, dict) else each) > 0 for each in amounts)


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def test_what_is_delivered_twice_is_the_same(logs: Any) -> None:
    """A few CloudTrail files come twice, under another name, with the same records."""
    files = [path for path in logs.files if "CloudTrail" in path.parts]
    seen: dict[str, int] = {}
    for path in files:
        text = text_of(path)
        seen[text] = seen.get(text, 0) + 1
    assert set(seen.values()) == {1, 2}
    assert 0 < sum(count - 1 for count in seen.values()) < len(files) / 10


def test_mantle_calls_are_data_events(logs: Any) -> None:
    """Owners at the bedrock-mantle endpoint have data events that name model and kind of token, and no other log."""
    found = [record for record in logs.of("CloudTrail") if record["eventName"] == "CreateInference"]
    assert found
    invoked = {record["requestId"] for record in logs.of("BedrockModelInvocationLogs")}
    for record in found:
        assert (record["eventCategory"], record["managementEvent"]) == ("Data", False)
        assert record["requestID"] not in invoked
        bearer = record["requestParameters"]["callWithBearerToken"]
        assert bearer == ("bearerTokenType" in record["requestParameters"]) == ("accessKeyId" not in _who(record))


def _who(record: dict[str, Any]) -> dict[str, Any]:
    return dict(record["userIdentity"])


def test_a_gateway_writes_a_row_for_each_text(logs: Any) -> None:
    """Rows of prompts and answers follow the row of tokens under the same correlation id."""
    rows: dict[str, list[int]] = {}
    for record in logs.of("insights-logs-gatewayllmlogs"):
        rows.setdefault(record["correlationId"], []).append(record["properties"]["sequenceNumber"])
    assert {tuple(sorted(each)) for each in rows.values()} == {(0,), (0, 1, 2)}


def test_alerts_are_about_what_the_logs_tell(logs: Any) -> None:
    """Both clouds raise alerts, and GuardDuty's name an account of the world."""
    assert logs.of("GuardDuty")
    assert logs.of("SecurityAlert")
    accounts = {record["recipientAccountId"] for record in logs.of("CloudTrail")}
    assert {record["accountId"] for record in logs.of("GuardDuty")} <= accounts


def test_cloudtrail_tells_no_tokens_and_no_content(logs: Any) -> None:
    """A CloudTrail record of an inference names the model and nothing else of the request."""
    calls = [record for record in logs.of("CloudTrail") if "Invoke" in record["eventName"]]
    assert calls
    assert all(record["requestParameters"].keys() == {"modelId"} for record in calls)


def test_every_record_is_read_by_one_source(logs: Any) -> None:
    """Seawall's own sources read every record, each by exactly one, and know whose it is."""
    for path, _, record in logs.records:
        data = msgspec.json.encode(record)
        found = [source for source in SOURCES if source.matches(data)]
        assert len(found) == 1, (path, [source.name for source in found])
        named = re.search(r"organization=([^/]+)", str(path))
        events = found[0].read(data, Context(owner=named[1] if named else None))
        assert isinstance(events, Ignored) or all(event.owner_id for event in events)


def test_stolen_credentials_are_what_sources_call_them(logs: Any) -> None:
    """The credential of each theft is one that the sources find in the logs, with the truth's owner."""
    seen = set()
    for path, _, record in logs.records:
        data = msgspec.json.encode(record)
        named = re.search(r"organization=([^/]+)", str(path))
        source = next(source for source in SOURCES if source.matches(data))
        events = source.read(data, Context(owner=named[1] if named else None))
        seen |= set() if isinstance(events, Ignored) else {(event.owner_id, event.credential_id) for event in events}
    for theft in logs.truth("theft"):
        assert (theft["owner_id"], theft["credential_id"]) in seen


@pytest.mark.parametrize(
    ("time", "digits", "text"),
    [
        (0, 0, "1970-01-01T00:00:00Z"),
        (1_700_000_000_123_456, 3, "2023-11-14T22:13:20.123Z"),
        (1_700_000_000_123_456, 7, "2023-11-14T22:13:20.1234560Z"),
    ],
)
def test_times_are_written_as_the_logs_write_them(time: int, digits: int, text: str) -> None:
    """A time is told in UTC with as many digits as asked for."""
    assert iso(time, digits) == text


def test_ticks_count_from_year_one() -> None:
    """The .NET epoch is 1 January of year 1, in steps of 100 ns."""
    assert ticks(0) == (datetime(1970, 1, 1) - datetime(1, 1, 1)).days * 86_400 * 10_000_000  # noqa: DTZ001 - a difference
