"""Which log a rule is for and what its fields read, on records as their providers write them."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from seawall.detect.sigma import Index, load_text

CLOUDTRAIL = {
    "eventSource": "iam.amazonaws.com",
    "eventName": "UpdateLoginProfile",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/Kim"},
    "requestParameters": {
        "userName": "kim",
        "enable": False,
        "layers": ["one", "two"],
        "items": [{"k": 1}, {"k": "x"}],
    },
    "readOnly": False,
    "errorCode": None,
}
ACTIVITY = {"operationName": "Microsoft.CognitiveServices/accounts/listKeys/action", "category": "Administrative"}
REST = {
    "operationName": {"value": ACTIVITY["operationName"], "localizedValue": "List"},
    "category": {"value": "Policy"},
}
ROW = {"OperationNameValue": ACTIVITY["operationName"], "Properties": json.dumps({"message": "hello"})}
GCP = {
    "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity",
    "protoPayload": {
        "methodName": "google.iam.admin.v1.CreateServiceAccountKey",
        "authorizationInfo": [{"permission": "a.b", "granted": False}, {"permission": "c.d", "granted": True}],
    },
}
AWS, AZURE, GOOGLE = ("aws", "cloudtrail"), ("azure", "activitylogs"), ("gcp", "gcp.audit")
SOURCE = {"aws": "aws.cloudtrail", "azure": "azure.activity", "gcp": "gcp.vertex"}
TABLE: list[tuple[tuple[str, str], dict[str, Any], Any, bool]] = [
    (AWS, CLOUDTRAIL, {"eventName": "updateloginprofile", "errorCode": None}, True),
    (AWS, CLOUDTRAIL, {"eventname": "UpdateLoginProfile"}, True),
    (AWS, {"eventname": "UpdateLoginProfile"}, {"eventName": "UpdateLoginProfile"}, True),
    (AWS, CLOUDTRAIL, {"requestParameters.enable": "false"}, True),
    (AWS, CLOUDTRAIL, {"requestParameters.enable": False}, True),
    (AWS, CLOUDTRAIL, {"requestParameters.enable": True}, False),
    (AWS, CLOUDTRAIL, {"requestParameters|contains": '"userName":"kim"'}, True),
    (AWS, CLOUDTRAIL, {"requestParameters.layers": "two"}, True),
    (AWS, CLOUDTRAIL, {"requestParameters.layers|contains|all": ["one", "two"]}, True),
    (AWS, CLOUDTRAIL, {"requestParameters.items.k": 1}, True),
    (AWS, CLOUDTRAIL, {"requestParameters.items.k": "X"}, True),
    (AWS, CLOUDTRAIL, {"requestParameters.nothing|exists": False}, True),
    (AWS, CLOUDTRAIL, {"userIdentity.arn|fieldref|endswith": "requestParameters.userName"}, True),
    (AWS, CLOUDTRAIL, ["login?rofile"], True),
    (AWS, CLOUDTRAIL, ["logoutprofile"], False),
    (AWS, {"errorMessage": 'say "no"/é'}, ['say "no"/É'], True),
    (AZURE, ACTIVITY, {"operationName|endswith": "listkeys/action"}, True),
    (AZURE, REST, {"operationName|endswith": "listkeys/action", "CategoryValue": "policy"}, True),
    (AZURE, ROW, {"OperationName|endswith": "listkeys/action", "properties.message": "hello"}, True),
    (GOOGLE, GCP, {"gcp.audit.method_name|endswith": "CreateServiceAccountKey"}, True),
    (GOOGLE, GCP, {"data.protoPayload.authorizationInfo.permission": "c.d"}, True),
    (GOOGLE, GCP, {"data.protoPayload.logName|endswith": "activity"}, True),
]


def rule(product: str, service: str | None, selection: Any) -> str:
    """Return a rule file."""
    logsource = {"product": product} | ({"service": service} if service else {})
    detection = {"s": selection, "condition": "s"}
    return json.dumps({"title": "t", "name": "t", "logsource": logsource, "detection": detection})


def events(raw: Any, *sources: str) -> pa.Table:
    """Return a table with the same record from each source, and the columns that their readers fill from it."""
    text = raw if isinstance(raw, str) else json.dumps(raw)
    folded = {key.casefold(): value for key, value in raw.items()} if isinstance(raw, dict) else {}
    name = (
        folded.get("operationname") or folded.get("operationnamevalue") or folded.get("eventname") or folded.get("type")
    )
    name = name["value"] if isinstance(name, dict) else name or folded.get("protopayload", {}).get("methodName")
    row = {"raw": text, "operation": name, "region": folded.get("awsregion"), "error_code": folded.get("errorcode")}
    columns = {key: pa.array([value] * len(sources), pa.string()) for key, value in row.items()}
    return pa.table({"source": list(sources)} | columns)


@pytest.mark.parametrize(("log", "raw", "selection", "expected"), TABLE, ids=range(len(TABLE)))
def test_what_a_field_reads(log: tuple[str, str], raw: Any, selection: Any, expected: bool) -> None:
    """Each row holds on records of the rule's own log, and no rule matches those of another."""
    index = Index(load_text(rule(*log, selection)).check().rules)
    assert not index.blind
    matched = index.match(events(raw, "openai.audit", SOURCE[log[0]], "openai.audit")).rows
    assert matched.get("t", pa.array([])).tolist() == ([1] if expected else [])


BLIND = [
    ("aws", "cloudtrail", {"status": "x"}, "no field 'status'"),
    ("seawall", None, {"eventName": "x"}, "no field 'eventName'"),
    ("seawall", None, {"prompt_sketch": "x"}, "no field 'prompt_sketch'"),
    ("seawall", None, {"region|fieldref": "elsewhere"}, "no field 'elsewhere'"),
    ("windows", "security", {"EventID": 1}, "no source reads"),
    ("azure", "signinlogs", {"ResultType": 50126}, "no source reads"),
]


@pytest.mark.parametrize(("product", "service", "selection", "what"), BLIND, ids=range(len(BLIND)))
def test_a_rule_that_cannot_see_is_blind_and_says_so(product: str, service: Any, selection: Any, what: str) -> None:
    """A field or log that nobody reads blinds the rule, with a located problem; the rule is not evaluated."""
    index = Index(load_text(rule(product, service, selection), "b.yml").check().rules)
    assert index.cost.rules == 0
    assert [(one.file, one.line, what in one.what) for one in index.blind] == [("b.yml", 1, True)]


def test_a_source_that_appears_opens_a_blind_rule() -> None:
    """The same rule is bound where a source for its log is read, and reads either place of its fields."""
    loaded = load_text(rule("azure", "signinlogs", {"ResultType": 50126})).check()
    index = Index(loaded.rules, frozenset({"azure.entra_signin"}))
    for raw in ({"resultType": "50126"}, {"properties": {"ResultType": 50126}}):
        assert index.match(events(raw, "azure.entra_signin")).rows["t"].tolist() == [0]


def test_a_rule_for_one_of_our_sources_applies_to_it_alone() -> None:
    """Product `seawall` is every event, its service one source; product and service of a source are its own record."""
    table = events({"type": "key.created"}, "openai.audit", "litellm")
    ours = load_text(rule("seawall", "litellm", {"source|exists": True})).check().rules
    theirs = load_text(rule("openai", "audit", {"type": "key.created"})).check().rules
    every = load_text(rule("seawall", None, {"source|exists": True})).check().rules
    assert [Index(one).match(table).rows["t"].tolist() for one in (ours, theirs, every)] == [[1], [0], [0, 1]]


def test_a_record_that_is_no_json_is_counted() -> None:
    """Broken records match no path, are counted where a rule had to read them, and stop nothing."""
    index = Index(load_text(rule("aws", "cloudtrail", {"eventType|exists": False})).check().rules)
    matched = index.match(events("{broken", "aws.cloudtrail", "litellm"))
    assert matched.unreadable == 1
