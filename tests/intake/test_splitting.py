"""Splitting: every record of every shape comes out, once, in order, however the bytes arrive and whatever is broken."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.intake.limits import Limits
from seawall.intake.splitting import Bad, Piece, records
from seawall.model import Unreadable

SMALL = Limits(block_bytes=64, record_bytes=1 << 16)
KEYS = st.sampled_from(["a", "b", "id", "time", 'x"}', "},{"])
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='ab{}[]",:\\\né', max_size=8)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
OBJECTS = st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), max_size=8)
DATA = Path(os.environ.get("SEAWALL_TEST_DATA", Path(__file__).parents[2] / "../shared/data"))


def compact(value: Any) -> str:
    """Write JSON without a space, text as it is."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


FORMS: dict[str, Callable[[list[Any]], str]] = {
    "lines": lambda rows: "\n".join(map(compact, rows)),
    "lines with all there is": lambda rows: "\ufeff" + "".join(f"\r\n{json.dumps(row)}\r\n\0\0" for row in rows),
    "concatenated": lambda rows: "".join(map(compact, rows)),
    "pretty, one after another": lambda rows: "\n".join(json.dumps(row, indent=2) for row in rows),
    "array": compact,
    "array with spaces": json.dumps,
    "pretty array": lambda rows: json.dumps(rows, indent=3),
    "array, an element a line": lambda rows: "[\n" + ",\n".join(map(compact, rows)) + "\n]\n",
    "Records": lambda rows: compact({"Records": rows}),
    "pretty records": lambda rows: json.dumps({"records": rows, "meta": {"n": [1]}}, indent=1),
    "page": lambda rows: compact({"object": "page", "data": rows, "has_more": False, "next_page": None}),
    "value": lambda rows: compact({"value": rows, "nextLink": "x"}),
    "pages": lambda rows: "\n".join(compact({"data": [row], "has_more": True}) for row in rows),
    "capture": lambda rows: "\n".join(compact({"records": [row, row]}) for row in rows),
    "texts": lambda rows: compact([compact(row) for row in rows]),
    "text lines": lambda rows: "\n".join(compact(compact(row)) for row in rows),
    "log events": lambda rows: compact(
        {"owner": "1", "filters": ["x"], "logEvents": [{"id": "1", "message": compact(row)} for row in rows]}
    ),
    "looked up": lambda rows: json.dumps({"Events": [{"CloudTrailEvent": compact(row)} for row in rows]}, indent=1),
    "array of envelopes": lambda rows: compact([{"Records": [row]} for row in rows]),
}


def split(data: bytes, size: int = 1 << 20, limits: Limits = SMALL) -> list[Piece | Bad]:
    """Split bytes that arrive `size` at a time."""
    return [
        item for batch in records((data[i : i + size] for i in range(0, len(data), size)), limits) for item in batch
    ]


def good(items: Iterable[Piece | Bad]) -> list[Any]:
    """Return what the records say."""
    return [json.loads(item.data) for item in items if isinstance(item, Piece)]


def bad(items: Iterable[Piece | Bad]) -> list[Bad]:
    """Return what could not be read."""
    return [item for item in items if isinstance(item, Bad)]


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=15)
@given(rows=OBJECTS, size=st.integers(1, 40), block=st.sampled_from([16, 64, 1 << 20]))
def test_every_form_gives_the_same_records(form: str, rows: list[Any], size: int, block: int) -> None:
    """Whatever envelope they come in, and however the bytes are cut, the records come out in order and alone."""
    items = split(FORMS[form](rows).encode(), size, Limits(block_bytes=block))
    expected = [row for row in rows for _ in range(2)] if form == "capture" else rows
    assert [item.index for item in items] == list(range(len(items)))
    assert bad(items) == []
    assert good(items) == expected


BROKEN = [
    "{",
    '{"a":',
    '{"a":tru}',
    '{"a":"x',
    '{"a":{"b":1}',
    '{"a":1,}',
    "{]",
    '{"a" 1}',
    "nonsense",
    '{"a":1e}',
    "}{",
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("joint", ["\n", ",", ",\n  "])
@settings(max_examples=8)
@given(before=st.integers(0, 4), after=st.integers(1, 4), size=st.integers(1, 40))
def test_a_broken_one_costs_only_itself(broken: str, joint: str, before: int, after: int, size: int) -> None:
    """Between good lines or elements, a broken one loses none of them and is itself accounted for."""
    rows = [{"n": number, "x": [{"y": 1}, {"z": 2}]} for number in range(before + after)]
    parts = [compact(row) for row in rows]
    parts.insert(before, broken)
    text = joint.join(parts) if joint == "\n" else "[" + joint.join(parts) + "]"
    items = split(text.encode(), size)
    assert [row for row in good(items) if "n" in row] == rows
    assert len(bad(items)) >= 1
    assert len(items) == len(parts) or joint != "\n"


@settings(max_examples=50)
@given(st.integers(1, 40), st.sampled_from(["\n", ",", ",\n   "]), st.integers(0, 3), st.integers(1, 40))
def test_a_cut_one_costs_only_itself(cut: int, joint: str, before: int, size: int) -> None:
    """A record that was cut off anywhere does not take the next ones with it."""
    rows = [{"n": number, "x": [{"y": "a}"}, {"z": [2, {}]}], "w": None} for number in range(5)]
    parts = [compact(row) for row in rows]
    parts.insert(before, compact({"c": 1, "x": [{"y": "a}"}, {"z": [2, {}]}], "w": "{"})[:cut])
    text = joint.join(parts) if joint == "\n" else "[" + joint.join(parts) + "]"
    items = split(text.encode(), size)
    assert [row for row in good(items) if "n" in row] == rows
    assert bad(items)


@pytest.mark.parametrize("begin", [b"", b'[{"z":1},', b'{"Records":['])
@pytest.mark.parametrize(
    "unit",
    [b'{"a":1,\n', b'{"a":[\n', b'\\"},{"', b"{,", b'{"a":[{"b":1}],', b"\n{{", b'{"Records":[', b"}{", b'"', b"\0{"],
)
def test_hostile_repetition_is_linear(begin: bytes, unit: bytes) -> None:
    """Input made to be looked at again and again is not: a quadratic reader would need minutes for it."""
    before = time.process_time()
    split(begin + unit * (100_000 // len(unit)), limits=Limits())
    assert time.process_time() - before < 5


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([*BROKEN, '{"a":1}', "\xff", '"', "[", "]", ",", "\\", "\0"]), max_size=12),
    st.integers(1, 9),
)
def test_how_bytes_arrive_changes_nothing(parts: list[str], size: int) -> None:
    """Even of noise the same is read, whole or in drips; no exception, and every record is an object."""
    data = "\n".join(parts).encode("latin-1")
    whole = split(data)
    assert split(data, size) == whole
    assert all(isinstance(row, dict) for row in good(whole))


@settings(max_examples=50)
@given(st.binary(max_size=80), st.sampled_from([b"", b"{", b"[", b'{"Records":[', b"a,b\n", b"\xff\xfe"]))
def test_any_bytes_are_split_or_named(noise: bytes, begin: bytes) -> None:
    """No bytes raise; those that are neither padding nor a table's header nor brackets are never nothing."""
    items = split(begin + noise)
    assert items or begin not in {b"", b"{"} or not noise.strip(b" \t\r\n\0\x1e,\xef\xbb\xbf\xfe\xff[]")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested deeper than 64"),
        (b'{"a":[' + b"[" * 70 + b"]" * 70 + b"]}", "nested deeper than 64"),
        (b'{"a":"' + b"x" * 200_000 + b'"}', "longer than 65536 bytes"),
        (b"plain words", "not JSON"),
        (b'{"a":tru}', "not JSON"),
        (b"[5]", "not a record: a number"),
        (b"null", "not a record: null"),
        (b"true", "not a record: true"),
        (b"-1.5e3", "not a record: a number"),
        (b'"x"', "not a record: a text that holds no object"),
    ],
)
@pytest.mark.parametrize("place", ["line", "element"])
def test_reasons(text: bytes, reason: str, place: str) -> None:
    """What cannot be read is named with the reason, and its neighbours are read."""
    before, joint, after = (b"", b"\n", b"") if place == "line" else (b"[", b",", b"]")
    items = split(before + joint.join([b'{"n":1}', text, b'{"n":2}']) + after)
    assert good(items) == [{"n": 1}, {"n": 2}]
    assert {item.reason for item in bad(items)} <= {reason, "not a record: an array within an array", "not JSON"}
    assert max(len(item.sample) for item in bad(items)) <= SMALL.sample_bytes


@pytest.mark.parametrize(
    "text",
    [
        b'{"resourceSpans":[{"a":1}]}',
        b'{"object":"bucket","results":[{"a":1}]}',
        b'{"data":[1,2],"x":"y"}',
        b'{"id":"x","data":[]}',
        b'{"value":[{"a":1}],"other":{"x":1}}',
        b'{"a":{"records":1}}',
        b'{"data":{"a":1}}',
    ],
)
def test_records_that_look_like_envelopes_stay_whole(text: bytes) -> None:
    """An object is opened only where its array can be nothing but records."""
    assert [item.data for item in split(text) if isinstance(item, Piece)] == [text]


@pytest.mark.parametrize(
    "text", [b"", b"\n\n", b"\0\0", b"[]", b'{"Records":[]}', b'{"data":[],"has_more":false}', b"\xef\xbb\xbf"]
)
def test_nothing_is_not_bad(text: bytes) -> None:
    """An empty file, array or page holds no record and no error."""
    assert split(text) == []


def test_a_binary_file_is_one_bad() -> None:
    """A file that is no log is named once."""
    (item,) = split(b"\x7fELF\x02\x01\x01\0\n" * 500)
    assert isinstance(item, Bad)
    assert item.reason.startswith("not a log")


def test_a_text_is_one_bad() -> None:
    """A file of prose is named once, not line by line."""
    (item,) = split(b"Permission is hereby granted, free of charge,\nto any person.\n" * 500)
    assert isinstance(item, Bad)
    assert item.reason.startswith("not a log")


def test_a_truncated_array_keeps_its_elements() -> None:
    """What came before the cut is read; the cut is named."""
    items = split(b'{"Records":[{"a":1},{"a":2},{"a":')
    assert good(items) == [{"a": 1}, {"a": 2}]
    assert "cut off" in bad(items)[0].reason


def test_a_source_that_fails_keeps_what_it_gave() -> None:
    """The reason of a failing stream is a bad of its own, after all that was good."""

    def failing() -> Iterable[bytes]:
        yield b'{"a":1}\n{"a":2}\n'
        raise Unreadable("truncated gzip: the end is missing")

    items = [item for batch in records(failing(), SMALL) for item in batch]
    assert good(items) == [{"a": 1}, {"a": 2}]
    assert [item.reason for item in bad(items)] == ["truncated gzip: the end is missing"]


@pytest.mark.parametrize("cut", range(1, 40))
@pytest.mark.parametrize("form", [compact, lambda rows: compact({"Records": rows}), lambda rows: compact(rows)[1:-1]])
def test_a_cut_is_told_once(form: Callable[[list[Any]], str], cut: int) -> None:
    """Wherever a failing source ends within records, what is wrong is said once, with the source's own reason."""

    def failing() -> Iterable[bytes]:
        yield form([{"a": 1, "b": [{"c": "}"}]}, {"a": 2, "b": [{"c": "],"}]}]).encode()[:-cut]
        raise Unreadable("damaged gzip")

    items = [item for batch in records(failing(), SMALL) for item in batch]
    assert [item.reason for item in bad(items)] == ["damaged gzip"]
    assert isinstance(items[-1], Bad)
    assert all(set(row) == {"a", "b"} for row in good(items))


def test_a_line_of_broken_scalars_costs_linear_time() -> None:
    """Broken objects and what stands between them on one long line are looked at about once."""
    started = time.process_time()
    items = split(b'{"a":tru}x' * 60_000 + b'"' * 100_000, limits=Limits())
    assert not good(items)
    assert time.process_time() - started < 5


def test_a_stream_of_null_says_so() -> None:
    """JSON that is no record is told as what it is, alone in its stream too."""
    (item,) = bad(split(b"null\n"))
    assert item.reason == "not a record: null"


def test_lines_are_where_records_begin() -> None:
    """The line of a record is the one that an editor shows, in each shape."""
    lines = split(b'\n{"a":1}\r\n\nbad\n{"a":2}')
    assert [item.line for item in lines] == [2, 4, 5]
    pretty = split(json.dumps([{"a": 1}, {"a": 2}, {"a": 3}], indent=1).encode())
    assert [item.line for item in pretty] == [2, 5, 8]
    page = split(json.dumps({"data": [{"a": 1}, {"a": 2}], "has_more": False}, indent=1).encode())
    assert [item.line for item in page] == [3, 6]


def test_powershell_writes_utf_16() -> None:
    """A log that was redirected in PowerShell is read like any other."""
    assert good(split('{"a":"é"}\r\n{"a":2}\r\n'.encode("utf-16"), size=3)) == [{"a": "é"}, {"a": 2}]


MEMORY = """
import resource, sys
from seawall.intake.limits import Limits
from seawall.intake.splitting import records
def chunks(kind):
    if kind == "records":
        yield b'{"Records":['
        for _ in range(300):
            yield (b'{"a":"' + b"x" * 990 + b'"},') * 100
        yield b'{}]}'
    else:
        for _ in range(300):
            yield b"x" * 100_000
        yield b'\\n{"a":1}'
limits = Limits(block_bytes=1 << 17, record_bytes=1 << 20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pieces = sum(len(batch) for batch in records(chunks(sys.argv[1]), limits))
print(pieces, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(("kind", "count"), [("records", 30_001), ("long line", 2)])
def test_memory_is_bounded(kind: str, count: int) -> None:
    """30 MB in one envelope, or in one line, are read within a few of the small limits."""
    done = subprocess.run([sys.executable, "-c", MEMORY, kind], capture_output=True, text=True, check=True)
    pieces, grown_kib = map(int, done.stdout.split())
    assert pieces == count
    assert grown_kib < 12_000


@pytest.mark.data
def test_the_real_samples_come_out_whole() -> None:
    """Every record that the samples' own description counts is read, and nothing is bad."""
    if not DATA.is_dir():
        pytest.skip("the samples are not here (SEAWALL_TEST_DATA)")
    logs = DATA / "logs"
    delivery = [gzip.decompress(path.read_bytes()) for path in sorted((logs / "invictus/delivery").glob("*.gz"))]
    assert sorted(len(good(split(data, limits=Limits()))) for data in delivery) == [2, 26, 117]
    stratus = [split(path.read_bytes(), limits=Limits()) for path in sorted((logs / "stratus").glob("aws.*.json"))]
    assert (len(stratus), sum(map(len, stratus)), sum(len(bad(items)) for items in stratus)) == (35, 310, 0)
    trace = gzip.decompress((logs / "azure-llm-trace/AzureLLMInferenceTrace_code.csv.gz").read_bytes())
    assert len(good(split(trace, limits=Limits()))) == 8819
