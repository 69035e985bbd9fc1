"""Calls of the past: bring back what `calls` forgot, from the history of all events.

`bring_back`, so that late events fold right: in `calls`, whole again, every call that they belong to, and every other
call of the cells that those leave or enter. `hits_anew`, so that other rules may mark old calls. `recall`, so that the
calls behind old findings can be looked at.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import duckdb

from seawall.store.calls import CALL, PARTNER_WAIT, bucket_of, finished, joined, rows_of_events
from seawall.store.fold import HIT, temporary

#: The records of one call lie no further apart than this; a day is some thousand times what is usual.
APART: Final = timedelta(days=1)


def bring_back(con: duckdb.DuckDBPyConnection, late: str, batch: str, history: str) -> None:
    """Bring the calls that folding `late` concerns back into the view `calls`.

    Two steps: from the late events to the other records of their calls; from the buckets that any of these may stand
    in to all calls of the same owners there. A call of bucket b has a record in b or, if it waited for its partner,
    15 minutes before b. What the batch itself brings is left out of the history, and calls that are there stay.

    Args:
        con: the connection that holds the views.
        late: relation of the batch's events that may meet calls which were pruned.
        batch: relation of all new events.
        history: relation of all events, each once; those of the batch may be among them.
    """
    low, high = con.execute(f"SELECT min(time)::TIMESTAMP, max(time)::TIMESTAMP FROM {late}").fetchall()[0]
    if low is None:
        return
    # Two steps, each as long as a call may be, and the wait for a partner: nothing further off can matter.
    reach = 2 * APART + timedelta(hours=1)
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW earlier AS FROM {history} ANTI JOIN {batch} USING (event_id, time, digest)"
        f" WHERE time BETWEEN TIMESTAMPTZ '{low - reach}+00' AND TIMESTAMPTZ '{high + reach}+00'"
    )
    temporary(con, "arrived", _places(late))
    temporary(con, "stood", _places("earlier"))
    temporary(con, "kin", "FROM arrived UNION ALL FROM stood SEMI JOIN arrived USING (call)")
    temporary(con, "places", "SELECT place FROM kin UNION SELECT waited AS place FROM kin")
    temporary(
        con,
        "wanted",
        "SELECT DISTINCT call FROM stood"
        " WHERE (place IN (FROM places) OR waited IN (FROM places)) AND call NOT IN (SELECT call FROM calls)",
    )
    recall(con, "earlier", "wanted", "recalled")
    con.execute("INSERT INTO calls BY NAME FROM recalled")
    for used in ("arrived", "stood", "kin", "places", "wanted", "recalled"):
        con.execute(f"DROP TABLE {used}")


def hits_anew(con: duckdb.DuckDBPyConnection, history: str | None) -> None:
    """Make `hits` agree with `marks`; with a `history`, calls that `calls` forgot are looked for there."""
    con.execute(f"DELETE FROM hits WHERE NOT coalesce({HIT}, FALSE)")
    temporary(con, "wanted", "SELECT DISTINCT call FROM marks ANTI JOIN hits USING (call)")
    con.execute("INSERT INTO hits BY NAME FROM calls SEMI JOIN wanted USING (call)")
    if history is not None:
        con.execute("DELETE FROM wanted WHERE call IN (SELECT call FROM calls)")
        recall(con, history, "wanted", "recalled")
        con.execute("INSERT INTO hits BY NAME FROM recalled")
        con.execute("DROP TABLE recalled")
    con.execute("DROP TABLE wanted")


def recall(con: duckdb.DuckDBPyConnection, events: str, wanted: str, name: str) -> None:
    """Lay out, as the temporary table `name`, the calls of the relation `events` whose `call` is in `wanted`."""
    mine = f"(FROM (SELECT *, {CALL} AS call FROM {events}) SEMI JOIN {wanted} USING (call))"
    temporary(con, "many", rows_of_events(mine))
    temporary(con, name, finished(f"({joined('many')})"))
    con.execute("DROP TABLE many")


def _places(events: str) -> str:
    """Return SQL for the calls of events and the two buckets of its owner that each may stand in."""
    place = "hash(provider, owner_id, {})"
    return f"""
        SELECT {CALL} AS call, {place.format(bucket_of("time::TIMESTAMP"))} AS place,
               {place.format(bucket_of(f"time::TIMESTAMP + {PARTNER_WAIT}"))} AS waited
        FROM {events}"""
