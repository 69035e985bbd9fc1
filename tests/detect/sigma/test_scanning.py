"""Rules over Parquet files: the same matches as on a table, and records read only where they must be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.detect.sigma import Index, load_text, scan

RULES = [
    {"eventName": "DeleteGuardrail", "eventSource": "bedrock.amazonaws.com"},
    {"eventName|startswith": "Create", "userIdentity.userName|contains": "kim"},
    [{"awsRegion": "eu-west-1"}, {"userIdentity.type": "Root"}],
    {"userIdentity.userName|fieldref": "requestParameters.userName", "errorCode": None},
]


def index(*selections: Any) -> Index:
    """Return an index of CloudTrail rules."""
    rules = [
        {
            "title": f"r{number}", "name": f"r{number}", "logsource": {"product": "aws", "service": "cloudtrail"},
            "detection": {"s": selection, "condition": "s"},
        }
        for number, selection in enumerate(selections)
    ]  # fmt: skip
    return Index(load_text("\n---\n".join(map(json.dumps, rules))).check().rules)


_names = st.sampled_from(["kim", "Kimberly", "lee", None])
_records = st.fixed_dictionaries({
    "eventName": st.sampled_from(["DeleteGuardrail", "CreateUser", "CreateRole", "GetUser"]),
    "eventSource": st.sampled_from(["bedrock.amazonaws.com", "iam.amazonaws.com"]),
    "awsRegion": st.sampled_from(["eu-west-1", "us-east-1"]),
    "userIdentity": st.fixed_dictionaries({"type": st.sampled_from(["Root", "IAMUser"]), "userName": _names}),
    "requestParameters": st.none() | st.fixed_dictionaries({"userName": _names}),
    "errorCode": st.sampled_from([None, "AccessDenied"]),
})  # fmt: skip


def table(records: list[dict[str, Any]], source: str = "aws.cloudtrail") -> pa.Table:
    """Return the events of records."""
    columns = {"operation": "eventName", "region": "awsRegion", "error_code": "errorCode"}
    made = {name: pa.array([record[key] for record in records], pa.string()) for name, key in columns.items()}
    raw = pa.array([json.dumps(record) for record in records], pa.string())
    return pa.table(made | {"raw": raw, "source": pa.array([source] * len(records), pa.string())})


def naive(record: dict[str, Any]) -> set[str]:
    """Return the rules that hold for a record, written out."""
    name, who = record["eventName"], record["userIdentity"]
    asked = (record["requestParameters"] or {}).get("userName")
    user = (who["userName"] or "").lower()
    held = [
        name == "DeleteGuardrail" and record["eventSource"].startswith("bedrock"),
        name.startswith("Create") and "kim" in user,
        record["awsRegion"] == "eu-west-1" or who["type"] == "Root",
        bool(user) and user == (asked or "").lower() and record["errorCode"] is None,
    ]
    return {f"r{number}" for number, one in enumerate(held) if one}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(_records, max_size=6), min_size=1, max_size=3), st.integers(1, 20))
def test_files_match_like_their_events(tmp_path: Path, parts: list[list[dict[str, Any]]], together: int) -> None:
    """Whatever the files and how many are taken at a time, the matches are those of each record alone."""
    files = []
    for number, part in enumerate(parts):
        files.append(str(tmp_path / f"{number}.parquet"))
        pq.write_table(table(part), files[-1])
    found: list[set[str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seawall.detect.sigma.scanning._MAX_RECORDS", together)
        for some, matched in scan(index(*RULES), files):
            rows: list[set[str]] = [set() for file in some for _ in range(pq.read_metadata(file).num_rows)]
            for rule, places in matched.rows.items():
                for place in places:
                    rows[place].add(rule)
            found += rows
    assert found == [naive(record) for part in parts for record in part]


class Counted:
    """A table that counts the records that are asked of it."""

    def __init__(self, events: pa.Table) -> None:
        self.events, self.num_rows, self.read = events, events.num_rows, 0

    def column(self, name: str) -> Any:
        """Return the column; of the records, one that counts."""
        return self if name == "raw" else self.events.column(name)

    def take(self, rows: pa.Array) -> Any:
        """Return the records of these rows."""
        self.read += len(rows)
        return self.events.column("raw").take(rows)


def test_records_are_read_only_where_columns_leave_it_open() -> None:
    """A rule that asks for an operation costs the records of that operation and no others, of its own log alone."""
    record = {"eventName": "GetUser", "awsRegion": None, "errorCode": None, "eventSource": "bedrock.amazonaws.com"}
    other = record | {"eventName": "DeleteGuardrail"}
    counted = Counted(pa.concat_tables([table([record] * 7 + [other] * 2), table([other] * 3, "openai.audit")]))
    assert index(RULES[0]).match(counted).rows["r0"].tolist() == [7, 8]
    assert counted.read == 2
