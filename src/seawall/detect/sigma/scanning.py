"""Rules over Parquet files of events, such as the lake's: only the columns that rules read, as their dictionaries.

In: an `Index` and files. Out: their matches, of one or several files at a time. A text column in Parquet is a
dictionary already: taken as it is, no text is looked at twice. The records (`raw`) are by far the most of a file and
are read only where a rule wants one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from seawall.detect.sigma.bitmap import Index, Matches

#: Files are taken together until there are so many rows for each leaf that is decided on them, but not more than that:
#: records take a kilobyte or two each, and as much again as text.
_ROWS_PER_LEAF: Final = 256
_MAX_ROWS: Final = 1_000_000
_MAX_RECORDS: Final = 200_000


def scan(index: Index, files: Iterable[str]) -> Iterator[tuple[Sequence[str], Matches]]:
    """Yield files with the places of the rows that the rules match in them, one after the other.

    Raises:
        OSError: a file cannot be read.
        KeyError: it lacks a column that the rules read.
    """
    cost = index.cost
    enough = min(_MAX_RECORDS if "raw" in cost.columns else _MAX_ROWS, cost.leaves * _ROWS_PER_LEAF)
    together: list[str] = []
    rows = 0
    for file in files:
        there = pq.read_metadata(file).num_rows
        if together and rows + there > enough:
            yield together, index.match(_Files(together, cost.columns))
            together, rows = [], 0
        together.append(file)
        rows += there
    if together:
        yield together, index.match(_Files(together, cost.columns))


class _Files:
    """Files as `Index.match` reads a table: its columns, of which the records come when they are asked for."""

    def __init__(self, files: Iterable[str], columns: Iterable[str]) -> None:
        at_once = [name for name in columns if name != "raw"]
        # what is no text is left as it is
        self._files = [pq.ParquetFile(file, memory_map=True, read_dictionary=at_once) for file in files]
        self._read = pa.concat_tables([file.read(at_once, use_threads=False) for file in self._files])
        self.num_rows = sum(file.metadata.num_rows for file in self._files)

    def column(self, name: str) -> Any:
        """Return a column."""
        if name != "raw":
            return self._read.column(name)
        return pa.chunked_array(
            [chunk for file in self._files for chunk in file.read([name], use_threads=False).column(name).chunks],
            pa.string(),
        )
