"""The events behind findings: counted, and the first hundred named. Read from the log itself; views hold no ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from seawall.detect.analytic import Analytic
from seawall.model import Finding
from seawall.store import Views
from seawall.store.calls import CALL

#: As many ids as a finding line holds.
IDS: Final = 100


class Events(msgspec.Struct, frozen=True):
    """How many events prove a finding, and the first of their ids in order of time."""

    count: int = 0
    ids: tuple[str, ...] = ()


def evidence(
    views: Views, history: str, findings: Iterable[Finding], rules: Mapping[str, Analytic]
) -> dict[str, Events]:
    """Return the events of each finding that is not an incident: finding id → events.

    They are the events of the calls of the finding's subject, within its time, whose activity the rule names.
    `history` is the relation of all events.
    """
    wanted = [_wanted(finding, rules[finding.rule]) for finding in findings]
    if not wanted:
        return {}
    views.con.execute(
        "CREATE OR REPLACE TEMP TABLE wanted (id VARCHAR, owner_id VARCHAR, subject VARCHAR, src_net VARCHAR,"
        " first TIMESTAMP, last TIMESTAMP, activities VARCHAR[])"
    )
    views.con.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?, ?, ?, ?)", wanted)
    views.con.execute(
        """CREATE OR REPLACE TEMP TABLE picked AS
        SELECT w.id, c.call, c.known_at, c.what_key, c.events FROM wanted w JOIN calls c
        ON (w.subject IS NULL OR c.subject = w.subject) AND (w.owner_id IS NULL OR c.owner_id = w.owner_id)
        AND (w.src_net IS NULL OR c.src_net = w.src_net) AND c.known_at BETWEEN w.first AND w.last
        AND (len(w.activities) = 0 OR list_contains(w.activities, c.activity))"""
    )
    counts = dict(views.rows("SELECT id, sum(events)::BIGINT FROM picked GROUP BY id"))
    views.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE first_calls AS SELECT id, call FROM picked
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY known_at, what_key) <= {IDS}"""
    )
    rows = views.rows(
        f"""SELECT f.id, list(e.event_id ORDER BY e.time, e.event_id)[:{IDS}] FROM first_calls f
        JOIN (SELECT event_id, time, {CALL} AS call FROM {history}) e USING (call) GROUP BY f.id"""
    )
    return {key: Events(counts[key], tuple(ids)) for key, ids in rows}


def _wanted(finding: Finding, rule: Analytic) -> tuple[object, ...]:
    nets = [entity.value for entity in finding.entities if entity.type == "network"]
    return (
        finding.id,
        finding.owner_id,
        finding.credential_id,
        nets[0] if "network" in rule.subject and nets else None,
        finding.first_event_time,
        finding.last_event_time,
        list(rule.evidence),
    )


def united(views: Views, incidents: Iterable[Finding], proofs: Mapping[str, Events]) -> dict[str, Events]:
    """Return the events of incidents, each event of their parts once; to be called after `evidence`."""
    whole = {}
    for incident in incidents:
        ids = dict.fromkeys(name for part in incident.parts if part in proofs for name in proofs[part].ids)
        count = 0
        if proofs:
            counted = (
                "SELECT sum(events)::BIGINT FROM (SELECT DISTINCT call, events FROM picked WHERE list_contains(?, id))"
            )
            count = views.rows(counted, [list(incident.parts)])[0][0] or 0
        whole[incident.id] = Events(count, tuple(ids)[:IDS])
    return whole


def proven(finding: Finding, events: Events) -> Finding:
    """Return the finding with its evidence."""
    return msgspec.structs.replace(finding, event_count=events.count, event_ids=events.ids)
