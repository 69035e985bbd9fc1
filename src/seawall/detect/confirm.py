"""A rule's second step: look at the calls behind a candidate one by one, which the views cannot tell apart.

The views name subject and window; the calls with a prompt are folded again from the history of all events. A
rule with a `confirm` gives the match back as it is, changed, or not at all. Without a history, candidates stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from seawall.detect.analytic import Analytic, Call
from seawall.detect.match import COLUMNS, Match
from seawall.sources.prompts import similarity
from seawall.store import Views
from seawall.store.calls import finished, joined, rows_of_events

#: As many calls are looked at for one candidate, the latest first.
CALLS: Final = 10_000
_FIELDS: Final = ", ".join(Call.__struct_fields__)
#: Half of the three-word runs in common: the same request in other words, and not another request.
ALIKE: Final = 0.5


def confirm(views: Views, rule: Analytic) -> None:
    """Replace the rule's candidates in the temporary table `found` by what its second step leaves of them."""
    if rule.confirm is None or views.history is None or not views.rows("SELECT 1 FROM found LIMIT 1"):
        return
    if not _look(views):
        return
    rows = views.rows(f"SELECT {', '.join(COLUMNS)} FROM found")
    for candidate in (Match(*row) for row in rows):
        kept = rule.confirm(candidate, calls(views, candidate))
        where = "owner_key = ? AND subject = ? AND src_net IS NOT DISTINCT FROM ? AND opened_at = ? AND severity = ?"
        place = [
            candidate.owner_key, candidate.subject, candidate.src_net, candidate.opened_at, candidate.severity,
        ]  # fmt: skip
        if kept is None:
            views.con.execute(f"DELETE FROM found WHERE {where}", place)
        elif kept != candidate:
            values = [kept.confidence, kept.figures, *place]
            views.con.execute(f"UPDATE found SET confidence = ?, figures = ? WHERE {where}", values)


def _look(views: Views) -> bool:
    """Lay out the calls that any candidate may concern (`looked_at`), once; say whether there is a sketch among them.

    The history is read once, and only the events of the candidates' owners within the candidates' times.
    """
    views.con.execute(
        "CREATE OR REPLACE TEMP TABLE candidates AS SELECT owner_key AS owner, min(first) - INTERVAL 1 HOUR AS low,"
        " max(opened_at) + INTERVAL 1 HOUR AS high FROM found GROUP BY owner_key"
    )
    events = (
        f"(SELECT h.* FROM {views.history} h JOIN candidates c"
        " ON coalesce(h.owner_id, h.credential_id, h.principal_id) = c.owner"
        " AND h.time::TIMESTAMP BETWEEN c.low AND c.high)"
    )
    views.con.execute(f"CREATE OR REPLACE TEMP TABLE records AS {rows_of_events(events)}")
    views.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE looked_at AS
        SELECT * FROM ({finished(f"({joined('records')})")}) WHERE prompt_sketch IS NOT NULL"""
    )
    return bool(views.rows("SELECT count(*) FROM looked_at")[0][0])


def calls(views: Views, match: Match) -> list[Call]:
    """Return the calls of a match's subject (from its network, if it has one) in its window, in order."""
    rows = views.rows(
        f"""SELECT {_FIELDS} FROM looked_at WHERE owner_key = ?
        AND subject = ? AND (?::VARCHAR IS NULL OR src_net = ?) AND known_at BETWEEN ? AND ?
        ORDER BY known_at DESC, what_key DESC LIMIT {CALLS}""",
        [match.owner_key, match.subject, match.src_net, match.src_net, match.first, match.opened_at],
    )
    return [Call(*row) for row in reversed(rows)]


def reworded(match: Match, looked_at: Sequence[Call]) -> Match | None:
    """Confirm a retry loop: some prompt that got through is alike to one that was refused before it.

    Where no log keeps sketches of prompts on either side, the match stands as it is.
    """
    refused: list[bytes] = []
    through: list[bytes] = []
    best = 0.0
    for call in looked_at:
        if call.prompt_sketch is None:
            continue
        if call.outcome == "filtered":
            refused.append(call.prompt_sketch)
        elif call.outcome in {None, "success"}:
            through.append(call.prompt_sketch)
            best = max([best, *(similarity(call.prompt_sketch, earlier) for earlier in refused[-100:])])
    if not refused or not through:
        return match
    if best < ALIKE:
        return None
    figures = msgspec.json.decode(match.figures) | {"alike": round(best, 2)}
    confidence = max(match.confidence, 0.6)
    return msgspec.structs.replace(match, confidence=confidence, figures=msgspec.json.encode(figures).decode())
