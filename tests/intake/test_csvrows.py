"""CSV rows: each row is one object of column → text, and a bad one costs its own line."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.intake.limits import Limits
from seawall.intake.splitting import Bad, Piece, records

CELLS = st.text(alphabet='ab ,;\t"\n{}é', max_size=6)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6)


def split(data: bytes, size: int = 1 << 20, limits: Limits | None = None) -> list[Piece | Bad]:
    """Split bytes that arrive `size` at a time."""
    chunks = (data[i : i + size] for i in range(0, len(data), size))
    return [item for batch in records(chunks, limits or Limits(block_bytes=64)) for item in batch]


def good(items: list[Piece | Bad]) -> list[object]:
    """Return what the rows say."""
    return [json.loads(item.data) for item in items if isinstance(item, Piece)]


@settings(max_examples=50)
@given(ROWS, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 30))
def test_rows_come_back_as_they_were_written(
    rows: list[tuple[str, str, str]], separator: str, ending: str, quoted: bool, size: int
) -> None:
    """Whatever the cells hold, line breaks and quotes too, and however the file is cut, they are read."""
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=separator, lineterminator=ending, quoting=quoting)
    writer.writerow(["TimeGenerated [UTC]", "_ResourceId", "properties_s"])
    writer.writerows(rows)
    items = split(out.getvalue().encode("utf-8-sig"), size)
    cells = [tuple(row.values()) for row in good(items) if isinstance(row, dict)]
    assert [item for item in items if isinstance(item, Bad)] == []
    assert [row for row in cells if "".join(row).strip()] == [row for row in rows if "".join(row).strip()]


@pytest.mark.parametrize("broken", [b"1", b"1,2,3", b'"1,2', b'1"",2"', b"\xff,2", b'"1"x,2'])
def test_a_bad_row_costs_itself(broken: bytes) -> None:
    """A row with too few or too many cells, a stray quote or bad text leaves its neighbours alone."""
    items = split(b"a,b\n1,2\n" + broken + b"\n3,4\n5,6\n")
    assert good(items) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}, {"a": "5", "b": "6"}]
    assert [item.line for item in items if isinstance(item, Bad)] == [3]


def test_lines_count_breaks_within_cells() -> None:
    """A row's line is the one that an editor shows."""
    items = split(b'a,b\n"x\ny",1\n"z",2\n')
    assert [(item.line, item.index) for item in items] == [(2, 0), (4, 1)]


def test_insights_rows_are_the_message_itself() -> None:
    """CloudWatch Logs Insights exports hold the whole record in `@message`."""
    assert good(split(b'@timestamp,@message\n2024,"{""a"":1}"\n2024,text\n')) == [
        {"a": 1},
        {"@timestamp": "2024", "@message": "text"},
    ]


@pytest.mark.parametrize(
    "text", [b"one\ntwo\n", b"a,a\n1,2\n", b"a,,b\n1,2,3\n", b"hello, world!\nx\n", b'x,y\n{"a":1}\n']
)
def test_what_has_no_header_is_no_csv(text: bytes) -> None:
    """Prose, empty or repeated column names are not taken for a header."""
    assert not any("x" in row or "a" in row for row in good(split(text)) if isinstance(row, dict) and row != {"a": 1})


def test_long_cells_are_read_up_to_the_limit() -> None:
    """A prompt longer than the csv module's own bound is read; an endless quote is bounded."""
    assert len(good(split(b"a,b\n1," + b"x" * 200_000 + b"\n"))) == 1
    limits = Limits(block_bytes=1 << 12, record_bytes=1 << 14)
    items = split(b'a,b\n1,"' + b"x\n" * 20_000 + b"3,4\n", limits=limits)
    assert good(items) == [{"a": "3", "b": "4"}]
