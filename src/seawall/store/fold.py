"""The fold: what new events make of the views. A connection and a relation of events in; the tables changed.

Every row of every view is computed anew for the keys that changed, from the view below it: the order and the batching
of what came before leave no trace. Call it within a transaction.
"""

from __future__ import annotations

from typing import Final

import duckdb

from seawall.store import totals
from seawall.store.calls import CALL, finished, joined, rows_of_calls, rows_of_events
from seawall.store.schema import VIEWS

#: A call that matters one by one: every act but plain use, and use that was refused or filtered.
HIT: Final = (
    "activity NOT IN ('infer', 'usage', 'cost', 'other')"
    " OR (activity = 'infer' AND outcome IN ('denied', 'invalid', 'filtered'))"
)


def fold(con: duckdb.DuckDBPyConnection, batch: str, *, first: bool) -> None:
    """Fold the relation `batch` of new events; `first` where the views are empty.

    Adds what changed to `changed_owner` and `changed_net`: (key, since), each key once.
    """
    _pair(con, batch)
    after = _finish(con, first=first)
    if first:
        for statement in (totals.rollup("calls"), totals.seen(None), totals.hourly(None)):
            con.execute(statement)
    else:
        _update_rollup(con)
        _update_totals(con)
    _add_hits(con, after)
    _changes(con, after)
    _tell(con, batch)


def _pair(con: duckdb.DuckDBPyConnection, batch: str) -> None:
    """Lay out what the batch's calls were (`calls_before`), its calls of one row, and the rows of all others."""
    temporary(con, "incoming", f"SELECT {CALL} AS call, count(*) AS n FROM {batch} GROUP BY ALL")
    temporary(con, "calls_before", "SELECT * FROM calls SEMI JOIN incoming USING (call)")
    temporary(con, "repeated", "SELECT call FROM incoming WHERE n > 1 UNION SELECT call FROM calls_before")
    told = f"(SELECT *, {CALL} AS call FROM {batch})"
    alone, again = (f"(FROM {told} {kind} JOIN repeated USING (call))" for kind in ("ANTI", "SEMI"))
    con.execute(f"CREATE OR REPLACE TEMP VIEW single AS {rows_of_events(alone)}")
    temporary(con, "many", f"{rows_of_events(again)} UNION ALL BY NAME ({rows_of_calls('calls_before')})")


def _finish(con: duckdb.DuckDBPyConnection, *, first: bool) -> str:
    """Replace the calls that were by what they are now; return the relation of those that changed."""
    after = finished(f"(FROM single UNION ALL BY NAME ({joined('many')}))")
    if first:
        con.execute(f"INSERT INTO calls BY NAME {after}")
        con.execute("DROP TABLE many")
        return "calls"
    temporary(con, "calls_after", after)
    con.execute("DROP TABLE many")
    for view in ("calls", "hits"):
        con.execute(f"DELETE FROM {view} WHERE call IN (SELECT call FROM calls_before)")
    con.execute("INSERT INTO calls BY NAME FROM calls_after")
    return "calls_after"


def _update_rollup(con: duckdb.DuckDBPyConnection) -> None:
    """Compute the cells that calls left or entered, and lay out their rows before and after (`rollup_changed`).

    A cell that calls only entered grows by them; any other is computed anew from all of its calls.
    """
    temporary(con, "cells", "SELECT cell FROM calls_before UNION SELECT cell FROM calls_after")
    temporary(con, "rollup_changed", "FROM rollup SEMI JOIN cells USING (cell)")
    temporary(
        con,
        "grown",
        "SELECT cell FROM calls_after EXCEPT SELECT cell FROM calls_before"
        f" EXCEPT SELECT cell FROM rollup_changed WHERE NOT ({totals.EXACT})"
        f" EXCEPT SELECT cell FROM calls_after GROUP BY cell HAVING sum(abs(cost_usd)) > {totals.DEAR}",
    )
    con.execute("DELETE FROM rollup WHERE cell IN (SELECT cell FROM rollup_changed)")
    temporary(
        con,
        "calls_in_cells",
        "FROM calls_after SEMI JOIN grown USING (cell) UNION ALL BY NAME"
        " FROM calls SEMI JOIN (FROM cells EXCEPT FROM grown) USING (cell)",
    )
    con.execute(totals.rollup("calls_in_cells"))
    con.execute(totals.grown("rollup_changed", "grown"))
    con.execute("INSERT INTO rollup_changed FROM rollup SEMI JOIN cells USING (cell)")


def _update_totals(con: duckdb.DuckDBPyConnection) -> None:
    """Compute the facts and the hours of the rollup rows that changed."""
    temporary(con, "facts", "SELECT DISTINCT fact FROM rollup_changed")
    con.execute("DELETE FROM seen WHERE fact IN (SELECT fact FROM facts)")
    con.execute(totals.seen("facts"))
    temporary(con, "hours", f"SELECT DISTINCT {totals.HOUR} FROM rollup_changed WHERE {totals.USE}")
    con.execute(
        "DELETE FROM hourly USING hours h WHERE hourly.owner_key = h.owner_key AND hourly.subject = h.subject"
        " AND hourly.hour = h.hour AND hourly.width = h.width"
    )
    con.execute(totals.hourly("hours"))


def _add_hits(con: duckdb.DuckDBPyConnection, after: str) -> None:
    """Add those of the stored calls that are hits: found by few columns, and set side by side before they are stored.

    Rows picked out of many are stored dearly, a few to a vector: eight times what they cost from a table of their own.
    """
    which = f"SELECT rowid FROM {after} WHERE {HIT} UNION SELECT c.rowid FROM {after} c SEMI JOIN marks USING (call)"
    temporary(con, "hits_now", f"FROM {after} WHERE rowid IN ({which})")
    con.execute("INSERT INTO hits BY NAME FROM hits_now")
    con.execute("DROP TABLE hits_now")


def _changes(con: duckdb.DuckDBPyConnection, after: str) -> None:
    for name, key in (("changed_owner", "owner_key"), ("changed_net", "src_net")):
        temporary(
            con,
            "changed",
            f"SELECT key, min(since) AS since FROM (FROM {name} UNION ALL"
            f" SELECT {key}, date_trunc('hour', known_at) FROM calls_before UNION ALL"
            f" SELECT {key}, date_trunc('hour', known_at) FROM {after}) WHERE key IS NOT NULL GROUP BY key",
        )
        con.execute(f"DELETE FROM {name}")
        con.execute(f"INSERT INTO {name} FROM changed")


def _tell(con: duckdb.DuckDBPyConnection, batch: str) -> None:
    """Add what the batch tells of its sources to `sources`: how many events, from when to when, columns filled."""
    columns = [column for column in VIEWS["sources"] if column not in {"source", "events", "first", "last"}]
    counts = ", ".join(f"count({column}) AS {column}" for column in columns)
    sums = ", ".join(f"sum({column})::BIGINT AS {column}" for column in ("events", *columns))
    temporary(
        con,
        "sources_now",
        f"SELECT source, min(first) AS first, max(last) AS last, {sums} FROM (FROM sources UNION ALL BY NAME"
        f" SELECT source, min(time)::TIMESTAMP AS first, max(time)::TIMESTAMP AS last, count(*) AS events, {counts}"
        f" FROM {batch} GROUP BY source) GROUP BY source",
    )
    con.execute("DELETE FROM sources")
    con.execute("INSERT INTO sources BY NAME FROM sources_now")


def temporary(con: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """Store the rows of a query as a temporary table, in place of an older one of that name."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
