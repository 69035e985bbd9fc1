"""Rows: a tuple says what the Event says, for every source, and a source that makes rows itself says the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.intake.limits import Limits
from seawall.intake.opening import Stream, streams
from seawall.intake.splitting import Piece, records
from seawall.model import COLUMNS, Event, Unreadable
from seawall.sources import SOURCES, Context, Ignored, Source
from seawall.sources.aws_cloudtrail import CloudTrail
from seawall.sources.rows import SOURCE, TIME, HasRows, order, row_reader

DATA = Path(os.environ.get("SEAWALL_TEST_DATA", Path(__file__).parents[2] / "../shared/data"))
EMPTY = {field.name: field.default for field in msgspec.structs.fields(Event)}
RECORD = {
    "eventVersion": "1.11", "eventTime": "2026-01-31T09:30:59Z", "eventSource": "bedrock.amazonaws.com",
    "eventName": "Converse", "eventID": "e-1", "requestID": "r-1", "awsRegion": "us-east-1", "userAgent": "aws-cli/2",
    "sourceIPAddress": "192.0.2.1", "recipientAccountId": "111122223333", "responseElements": None,
    "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/app/i-1"},
    "requestParameters": {"modelId": "m"},
}  # fmt: skip
ODD: st.SearchStrategy[Any] = st.sampled_from([
    None, "", 5, 1.0, True, [], {}, "[x]", "[", " y ", '{"a":1}', "{a=b}", "AWS Internal", "ConsoleLogin",
    "CreateAccessKey", "AssumeRole", "iam.amazonaws.com", "aws:s3", {"type": "AWSService", "accountId": "1"},
    {"accountId": 5}, {"accessKeyId": "AKIA1"}, {"callWithBearerToken": "true", "guardrailIdentifier": "g"},
    {"accessKey": {"accessKeyId": "AKIA2"}}, {"modelId": "arn:aws:bedrock:::foundation-model/m", "body": "words"},
    {"sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::1:user/BedrockAPIKey-1"}}, "invokedBy": "x"},
])  # fmt: skip
CHANGES = st.dictionaries(st.sampled_from([*RECORD, "errorCode", "additionalEventData", "detail"]), ODD, max_size=4)


def told(source: Source, record: bytes, context: Context) -> Any:
    """Return what `read` says: every column of every event, or why there is none."""
    try:
        found = source.read(record, context)
    except Unreadable as error:
        return str(error)
    return found if isinstance(found, Ignored) else [msgspec.structs.asdict(event) for event in found]


def rowed(source: Source, record: bytes, context: Context) -> Any:
    """Return what the rows say, in the same form."""
    try:
        found = row_reader(source)(record, context)
    except Unreadable as error:
        return str(error)
    if isinstance(found, Ignored):
        return found
    return [EMPTY | dict(zip(order(source.columns), row, strict=True)) for row in found]


@given(changes=CHANGES, owner=st.sampled_from([None, "o"]), kept=st.booleans(), lower=st.booleans())
@settings(max_examples=50)
def test_rows_are_events(changes: dict[str, Any], owner: str | None, *, kept: bool, lower: bool) -> None:
    """Whatever a CloudTrail record holds, its rows say what its events say, once as after a thousand others."""
    whole = RECORD | changes
    record = json.dumps({key.lower(): value for key, value in whole.items()} if lower else whole).encode()
    context = Context(owner=owner, keep_content=kept)
    first = rowed(CloudTrail(), record, context)
    assert first == told(CloudTrail(), record, context) == rowed(CloudTrail(), record, context)


def samples() -> Iterator[bytes]:
    """Yield the records of the real samples."""
    for stream in streams([DATA / "logs" / each for each in ("stratus", "panther", "invictus")], Limits()):
        if isinstance(stream, Stream):
            for items in records(stream.open(), Limits()):
                yield from (item.data for item in items if isinstance(item, Piece))


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="SEAWALL_TEST_DATA is not there")
def test_no_source_fills_what_it_does_not_declare() -> None:
    """Of every real record, every source's rows say all that its events say: no column is lost."""
    read = 0
    for record in samples():
        for source in SOURCES:
            if source.matches(record):
                assert rowed(source, record, Context()) == told(source, record, Context())
                read += 1
    assert read > 1000


def test_where_time_and_source_are() -> None:
    """Every source's rows have both in the same place, and are in the order of the lake's columns."""
    for source in SOURCES:
        names = order(source.columns)
        assert (names[TIME], names[SOURCE]) == ("time", "source")
        assert list(names) == sorted(names, key=COLUMNS.index)
        assert source.columns <= set(names)
    assert isinstance(CloudTrail(), HasRows)
