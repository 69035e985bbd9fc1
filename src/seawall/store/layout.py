"""The layout of the views: one word for all that decides what they hold. Views of another layout are made anew."""

from __future__ import annotations

import hashlib
from functools import cache

import duckdb

from seawall.store import totals
from seawall.store.calls import finished, joined, rows_of_events
from seawall.store.fold import HIT
from seawall.store.schema import VIEWS


@cache
def layout() -> str:
    """Return a hash of the tables, of the SQL that fills them, and of the engine, whose hashes are keys in them."""
    fold = (rows_of_events("batch"), joined("many"), finished("rows"), HIT)
    sums = (totals.rollup("calls"), totals.seen("facts"), totals.hourly("hours"))
    text = "\0".join((repr(VIEWS), *fold, *sums, duckdb.__version__))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
