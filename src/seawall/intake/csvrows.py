"""CSV with a header to records: a window of bytes in, batches of JSON objects of column → text out.

Exports of Log Analytics, Athena and CloudWatch Logs Insights; separated by comma, semicolon or tab. A cell may hold
line breaks within quotes. A row that cannot be read costs its first line only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from seawall.intake.limits import Limits
from seawall.intake.pieces import Bad, Batch, Piece, is_json
from seawall.intake.window import Window

_NAME: Final = re.compile(r"[@\w$][\w .:()\[\]/@$%-]{0,199}")
_SEPARATORS: Final = ",;\t"
#: CloudWatch Logs Insights: the whole record is text in this column.
_MESSAGE: Final = "@message"


class Header(msgspec.Struct, frozen=True):
    """The columns of a CSV file and what separates its cells."""

    columns: tuple[str, ...]
    separator: str


def header_of(window: Window) -> Header | None:
    """Return the header that the window stands on, or None where its first line is none.

    A header is two or more different names (or one that begins with `@`), and no JSON follows it.
    """
    line, _, rest = window.data[window.at : window.at + 65_536].partition(b"\n")
    if line.startswith((b"{", b"[")) or rest.lstrip().startswith(b'{"'):
        return None
    for separator in _SEPARATORS:
        cells = _cells(line, separator)
        if not cells or len(set(cells)) != len(cells) or not all(map(_NAME.fullmatch, cells)):
            continue
        if len(cells) > 1 or cells[0].startswith("@"):
            return Header(tuple(cells), separator)
    return None


def rows(window: Window, header: Header, limits: Limits) -> Iterator[list[Piece | Bad]]:
    """Yield the rows after the header in batches of what about one block holds."""
    csv.field_size_limit(max(csv.field_size_limit(), limits.record_bytes))  # the module's own is for all, and 128 KiB
    batch = Batch(limits)
    stop = window.data.find(b"\n", window.at)
    window.advance(stop + 1 if stop >= 0 else len(window.data))
    while True:
        _take(window, header, limits, batch)
        full = batch.full
        if batch.items:
            yield batch.take()
        if window.ended and not full:
            break
        if not full:
            window.grow()
    if window.failure is not None:
        batch.bad(window.failure, b"", window.line)
        yield batch.take()


def _take(window: Window, header: Header, limits: Limits, batch: Batch) -> None:
    """Take the rows that are whole in the window, or as many as fill a batch."""
    while len(window) and not batch.full:
        first, end = _row_end(window)
        if end < 0 and not window.ended and len(window) <= limits.record_bytes:
            return
        if end >= 0 and _row(window.data[window.at : end], header, window.line, batch):
            window.advance(min(end + 1, len(window.data)))
            continue
        reason = "a quote is not closed" if end < 0 else f"not a row of {len(header.columns)} columns in UTF-8"
        batch.bad(reason, window.data[window.at : first], window.line)
        window.advance(min(first + 1, len(window.data)))


def _row_end(window: Window) -> tuple[int, int]:
    """Return where the first line ends and where the row does: at a line break outside quotes, or -1."""
    data, begin = window.data, window.at
    first = -1
    quotes = 0
    while True:
        stop = data.find(b"\n", begin)
        if stop < 0:
            stop = len(data)
        quotes += data.count(b'"', begin, stop)
        first = stop if first < 0 else first
        if stop == len(data):
            return first, stop if window.ended and quotes % 2 == 0 else -1
        if quotes % 2 == 0:
            return first, stop
        begin = stop + 1


def _row(line: bytes, header: Header, number: int, batch: Batch) -> bool:
    """Add one row; False where it is none. A blank one is nothing."""
    if not line.strip(b" \t\r\0"):
        return True
    cells = _cells(line, header.separator)
    if cells is None or len(cells) != len(header.columns):
        return False
    row = dict(zip(header.columns, cells, strict=True))
    message = row.get(_MESSAGE, "").strip().encode()
    batch.value(message if message.startswith(b"{") and is_json(message) else msgspec.json.encode(row), number)
    return True


def _cells(line: bytes, separator: str) -> list[str] | None:
    try:
        return next(csv.reader([line.decode().strip("\r\0")], delimiter=separator, strict=True), None)
    except (csv.Error, UnicodeDecodeError):
        return None
