"""What each modifier of Sigma means, as a table."""

from __future__ import annotations

import base64
import json
from typing import Any

import pyarrow as pa
import pytest

from seawall.detect.sigma import Index, load_text

# key, wanted, value of the column, does it match
TABLE: list[tuple[str, Any, Any, bool]] = [
    ("operation", "Invoke", "iNVOKE", True),
    ("operation", "Invoke", "Invoke2", False),
    ("operation", "Inv*", "Invoke", True),
    ("operation", "Inv?ke", "Invoke", True),
    ("operation", "Inv?ke", "Invooke", False),
    ("operation", "a*b", "a\nb", True),
    ("operation", r"a\*b", "a*b", True),
    ("operation", r"a\*b", "axb", False),
    ("operation", r"a\\*", "a\\anything", True),
    ("operation", r"C:\temp", "c:\\TEMP", True),
    ("operation", "a.c", "abc", False),
    ("operation", "", "", True),
    ("operation", "", None, False),
    ("operation", "*", "", True),
    ("operation", "*", None, False),
    ("operation", None, None, True),
    ("operation", None, "", False),
    ("operation", ["a", None], None, True),
    ("operation", True, "True", True),
    ("operation", False, "FALSE", True),
    ("operation", 7, "7", True),
    ("operation", 7, "7.0", True),
    ("operation", 7, "07", False),
    ("operation", 123456789012, "123456789012", True),
    ("operation", "9007199254740993", "9007199254740992", False),
    ("input_tokens", 7, 7, True),
    ("input_tokens", "7", 7, True),
    ("input_tokens|gt", 7, 7, False),
    ("input_tokens|gte", 7, 7, True),
    ("input_tokens|lt", 7.5, 7, True),
    ("input_tokens|lte", 6, 7, False),
    ("input_tokens|gt", 7, None, False),
    ("operation|gt", 7, "8", True),
    ("operation|gt", 7, "eight", False),
    ("operation|gt", 7, "1e400", True),
    ("operation|cased", "Invoke", "invoke", False),
    ("operation|cased", "Inv*", "Invoke", True),
    ("operation|contains", "vok", "InVOKe", True),
    ("operation|contains|cased", "vok", "InVOKe", False),
    ("operation|startswith", "inv", "Invoke", True),
    ("operation|startswith", "nv", "Invoke", False),
    ("operation|endswith", "OKE", "Invoke", True),
    ("operation|contains|all", ["in", "ke"], "Invoke", True),
    ("operation|contains|all", ["in", "xx"], "Invoke", False),
    ("operation|contains", "a*c", "xxabcxx", True),
    ("operation|neq", "a", "b", True),
    ("operation|neq", "a", None, True),
    ("operation|re", "^Inv.*e$", "Invoke", True),
    ("operation|re", "^inv", "Invoke", False),
    ("operation|re|i", "^inv", "Invoke", True),
    ("operation|re|m", "^b$", "a\nb", True),
    ("operation|re", "a.b", "a\nb", False),
    ("operation|re|s", "a.b", "a\nb", True),
    ("operation|re", "vok", "Invoke", True),
    ("operation|exists", True, "", True),
    ("operation|exists", False, None, True),
    ("operation|exists", True, None, False),
    ("src_ip|cidr", "198.18.0.0/15", "198.19.255.255", True),
    ("src_ip|cidr", "198.18.0.0/15", "198.20.0.0", False),
    ("src_ip|cidr", "198.18.0.0/15", "::ffff:198.18.0.1", True),
    ("src_ip|cidr", "198.18.0.0/15", "198.018.0.1", False),
    ("src_ip|cidr", "198.18.0.0/15", "198.18.0.xxx", False),
    ("src_ip|cidr", "2001:db8::/32", "2001:DB8:0::1", True),
    ("src_ip|cidr", "2001:db8::/32", "2001:db9::1", False),
    ("src_ip|cidr", "::/0", "198.18.0.1", False),
    ("operation|windash|contains", " -enc ", "run /ENC x", True),
    ("operation|windash|contains", " -enc ", "run enc x", False),
    ("operation|base64", "attack", base64.b64encode(b"attack").decode(), True),
    ("operation|base64offset|contains", "secret", base64.b64encode(b"my secret!").decode(), True),
    ("operation|base64offset|contains", "secret", base64.b64encode(b"mysecret!").decode(), True),
    ("operation|wide|base64offset|contains", "ping", base64.b64encode("a ping".encode("utf-16le")).decode(), True),
    ("operation|expand", "%keys%", "second", True),
    ("operation|expand", "%keys%", "third", False),
    ("operation|expand|contains", "x%keys%", "axFIRSTb", True),
    ("operation|expand|cased", "%keys%", "FIRST", False),
    ("operation|fieldref", "user_agent", "SAME", True),
    ("operation|fieldref", "user_agent", "other", False),
    ("operation|fieldref|endswith", "user_agent", "the same", True),
    ("operation|fieldref|contains", "user_agent", "samey", True),
    ("operation|fieldref", "region", None, False),
    ("time|hour", 13, 1_700_053_200_000_000, True),
    ("time|hour|gte", 14, 1_700_053_200_000_000, False),
    ("operation|year", 2023, "2023-11-15T13:00:00Z", True),
    ("operation|hour", 12, "2023-11-15T13:00:00+01:00", True),
    ("operation|hour", 12, "noon", False),
]


@pytest.mark.parametrize(("key", "wanted", "value", "expected"), TABLE, ids=lambda one: str(one)[:24])
def test_what_a_modifier_means(key: str, wanted: Any, value: Any, expected: bool) -> None:
    """Each row of the table holds, and its negation holds for exactly the other events."""
    rule = {
        "title": "t", "name": "yes", "logsource": {"product": "seawall"},
        "detection": {"s": {key: wanted}, "condition": "s"},
    }  # fmt: skip
    negated = rule | {"title": "n", "name": "no", "detection": {"s": {key: wanted}, "condition": "not s"}}
    text = json.dumps(rule) + "\n---\n" + json.dumps(negated)
    loaded = load_text(text, placeholders={"keys": ["first", "second"]}).check()
    number = isinstance(value, int)
    row: dict[str, Any] = {"operation": "", "user_agent": "Same", "region": None, "src_ip": None}
    columns = {name: pa.array([one], pa.string()) for name, one in row.items()}
    columns |= {name: pa.array([None], pa.int64()) for name in ("input_tokens", "time")}
    column = key.split("|", maxsplit=1)[0]
    columns[column] = pa.array([value], pa.int64() if number or column == "input_tokens" else pa.string())
    assert set(Index(loaded.rules).match(pa.table(columns)).rows) == {"yes" if expected else "no"}


def test_times_as_arrow_timestamps_are_times() -> None:
    """A `time` column of Arrow's own type reads as one in microseconds."""
    rule = "title: t\nname: t\nlogsource: {product: seawall}\ndetection: {s: {'time|hour': 13}, condition: s}\n"
    column = pa.array([1_700_053_200_000_000, None], pa.timestamp("us", "UTC"))
    matched = Index(load_text(rule).check().rules).match(pa.table({"time": column}))
    assert matched.rows["t"].tolist() == [0]
