"""Judging: facts → matches, for the keys whose rows changed and no others.

For each rule key (owner, network) the changed keys' rows are laid out as scope tables, every rule of that key runs on
them, and its matches replace the stored ones from the earliest changed hour on. A rule looks back only, so what is
older stands. A match of the future (a sum whose bucket is still open) is stored and seen once now has passed it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic
from seawall.detect.confirm import confirm
from seawall.detect.evidence import forget
from seawall.store import VIEWS, Views

_KEY_COLUMN: Final = {"owner": "owner_key", "network": "src_net"}
_CHANGED: Final = {"owner": "changed_owner", "network": "changed_net"}
#: The longest that any rule may look back in `rollup` and `hits`.
LOOK_BACK: Final = "INTERVAL 48 HOUR"
_SCOPED: Final = {"rollup": "bucket", "hits": "known_at", "seen": None, "hourly": None}


def _sql(analytic: Analytic) -> str:
    find = analytic.find
    if isinstance(find, partial) and all(isinstance(each, str) for each in find.args):
        return _compiled(find.func, *find.args)  # a partial equals no other: by its parts, all engines share it
    return _compiled(find)


@lru_cache(maxsize=1024)
def _compiled(find: Callable[..., ir.Table], *arguments: str) -> str:
    collecting = gc.isenabled()
    gc.disable()  # Ibis makes so many short-lived nodes that looking for garbage among them is a quarter of the work
    try:
        return str(ibis.to_sql(find(*arguments), dialect="duckdb"))
    finally:
        if collecting:
            gc.enable()


def judge(views: Views, rules: Iterable[Analytic], by: str) -> None:
    """Run the rules over what changed since they last ran, and store their matches; all or nothing.

    `by` names the rules and settings: where they are not those that judged before, everything is judged.
    If anything was judged, leaves the temporary table `changed_matches` (rule, owner_key, subject, src_net): whose
    matches are different now.
    """
    everything = views.judged_by != by
    with views.changing():
        if everything or views.rows("SELECT 1 FROM changed_owner UNION ALL SELECT 1 FROM changed_net LIMIT 1"):
            _judge(views, list(rules), everything=everything)
        views.judged(by)


def _judge(views: Views, rules: Sequence[Analytic], *, everything: bool) -> None:
    forget(views)
    gone = "FROM matches WHERE rule NOT IN (SELECT unnest(?::VARCHAR[]))"  # by a rule that is no longer there
    views.con.execute(
        f"CREATE OR REPLACE TEMP TABLE changed_matches AS SELECT DISTINCT rule, owner_key, subject, src_net {gone}",
        [names := [rule.id for rule in rules]],
    )
    views.con.execute(f"DELETE {gone}", [names])
    by_key: dict[str, list[Analytic]] = {}
    for rule in rules:
        by_key.setdefault(rule.key, []).append(rule)
    for key, group in by_key.items():
        changed = None if everything else _CHANGED[key]
        _scope(views, key, changed)
        _store(views, group, changed)


def _scope(views: Views, key: str, changed: str | None) -> None:
    """Lay out the rows that the rules of this key may read, under the names the rules use."""
    column = _KEY_COLUMN[key]
    for view, time in _SCOPED.items():
        if column not in VIEWS[view]:
            continue
        only = ""
        if changed is not None:
            recent = f" AND v.{time} >= c.since - {LOOK_BACK}" if time else ""
            only = f" JOIN {changed} c ON v.{column} = c.key{recent}"
        network = "v.src_net" if "src_net" in VIEWS[view] else "NULL"
        _lay_out(
            views,
            view,
            "SELECT v.*, k.src_net IS NOT NULL AS known, coalesce(o.owner_group, v.owner_key) AS owner_group"
            f" FROM {view} v{only} LEFT JOIN known_nets k ON k.src_net = {network}"
            " LEFT JOIN owner_groups o ON o.owner_id = v.owner_id",
            stored=changed is not None,
        )
    _lay_out(views, "marks", "FROM marks SEMI JOIN scope_hits USING (call)", stored=False)


def _lay_out(views: Views, view: str, rows: str, *, stored: bool) -> None:
    """Name the rows `scope_VIEW`; a small scope is stored once, the whole view is read where it lies."""
    if stored:
        views.con.execute(f"CREATE OR REPLACE TEMP TABLE stored_{view} AS {rows}")
        rows = f"FROM stored_{view}"
    views.con.execute(f"CREATE OR REPLACE TEMP VIEW scope_{view} AS {rows}")


def _store(views: Views, rules: Sequence[Analytic], changed: str | None) -> None:
    """Replace the matches of the changed keys by rules of one key, and note whose are different."""
    column, names = _KEY_COLUMN[rules[0].key], [rule.id for rule in rules]
    since = "" if changed is None else f" JOIN {changed} c ON m.{column} = c.key AND m.opened_at >= c.since"
    views.con.execute("CREATE OR REPLACE TEMP TABLE found_all AS FROM matches LIMIT 0")
    for rule in rules:
        _find(views, rule, since)
        views.con.execute("INSERT INTO found_all BY NAME FROM found")
    views.con.execute(
        "CREATE OR REPLACE TEMP TABLE stood AS"
        f" SELECT m.* FROM matches m{since} WHERE m.rule IN (SELECT unnest(?::VARCHAR[]))",
        [names],
    )
    views.con.execute(
        """INSERT INTO changed_matches
        SELECT DISTINCT rule, owner_key, subject, src_net FROM (
            (FROM found_all EXCEPT FROM stood) UNION ALL (FROM stood EXCEPT FROM found_all))"""
    )
    only = "" if changed is None else f" USING {changed} c"
    later = "" if changed is None else " AND matches.key = c.key AND matches.opened_at >= c.since"
    views.con.execute(f"DELETE FROM matches{only} WHERE matches.rule IN (SELECT unnest(?::VARCHAR[])){later}", [names])
    views.con.execute("INSERT INTO matches FROM found_all")


def _find(views: Views, rule: Analytic, since: str) -> None:
    """Lay out the rule's matches from the changed times on, one an hour, subject and severity, as `found`."""
    column = _KEY_COLUMN[rule.key]
    views.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE found AS
        SELECT * REPLACE (max(last) OVER (PARTITION BY owner_key, subject, src_net, hour, severity) AS last) FROM (
            SELECT ? AS rule, m.{column} AS key, m.owner_key, m.owner_id, m.subject, m.src_net,
                   date_trunc('hour', m.opened_at) AS hour, m.opened_at, m.first, m.last, m.events,
                   coalesce(m.severity, ?) AS severity, coalesce(m.confidence, ?) AS confidence,
                   to_json(m.figures)::VARCHAR AS figures
            FROM ({_sql(rule)}) m{since}
            WHERE m.{column} IS NOT NULL)
        QUALIFY row_number() OVER (
            PARTITION BY owner_key, subject, src_net, hour, severity
            ORDER BY opened_at, confidence DESC, first, last, events, figures) = 1""",
        [rule.id, rule.severity, rule.confidence],
    )
    confirm(views, rule)
