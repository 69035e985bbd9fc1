"""Puts records into files: JSON lines, gzip, pages. The same records make the same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

encode: Final = msgspec.json.Encoder().encode


def put(path: Path, data: bytes) -> None:
    """Write a file, making its folders."""
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def put_gzip(path: Path, data: bytes) -> None:
    """Write a gzip file without a time in its header."""
    put(path, gzip.compress(data, 1, mtime=0))


def put_lines(path: Path, records: Iterable[bytes]) -> None:
    """Write JSON lines."""
    put(path, b"\n".join(records) + b"\n")


def put_page(path: Path, page: dict[str, Any]) -> None:
    """Write one page of an API's answer."""
    put(path, encode(page))
