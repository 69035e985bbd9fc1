"""The events behind findings: counted, and the first hundred named. Read from the log itself; views hold no ids.

What was read is kept in the view `proofs` until the finding or the calls behind it change, so that a finding costs its
evidence once. Calls that the views have forgotten are folded again from the history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from seawall.detect.analytic import Analytic
from seawall.model import Finding
from seawall.store import Views
from seawall.store.calls import CALL
from seawall.store.fold import temporary
from seawall.store.past import APART, recall

#: As many ids as a finding line holds.
IDS: Final = 100
#: No usage bucket is wider.
_WIDEST: Final = timedelta(days=32)


class Events(msgspec.Struct, frozen=True):
    """How many events prove a finding, and the first of their ids in order of time."""

    count: int = 0
    ids: tuple[str, ...] = ()


class Wanted(msgspec.Struct, frozen=True):
    """Which calls prove a finding: those of its owner, subject and network (None: any), in its time, of these kinds."""

    owner_id: str | None
    subject: str | None
    src_net: str | None
    first: datetime
    last: datetime
    activities: tuple[str, ...]


def evidence(
    views: Views, history: str, parts: Sequence[Finding], incidents: Sequence[Finding], rules: Mapping[str, Analytic]
) -> dict[str, Events]:
    """Return the events of each finding: finding id → events.

    They are the events of the calls of the finding's subject, within its time, whose activity the rule names; those of
    an incident are those of its parts, each once. `history` is the relation of all events.
    """
    wanted = {part.id: _wanted(part, rules[part.rule]) for part in parts}
    about = {name: _name(msgspec.json.encode(each)) for name, each in wanted.items()}
    made = {each.id: [part for part in each.parts if part in wanted] for each in incidents}
    about |= {name: _name("".join(sorted(about[part] for part in of)).encode()) for name, of in made.items()}
    kept = _kept(views, about)
    stale = wanted.keys() - kept.keys()
    unsure = {name: of for name, of in made.items() if name not in kept or not stale.isdisjoint(of)}
    look = stale.union(*unsure.values())
    found = _read(views, history, {name: wanted[name] for name in sorted(look)}) if look else {}
    proofs = {name: kept.get(name) or found.get(name, Events()) for name in wanted}
    united = {name: _united(views, of, proofs) for name, of in unsure.items()}
    proofs |= {name: united.get(name) or kept[name] for name in made}
    _keep(views, {name: (about[name], wanted.get(name), proofs[name]) for name in stale | unsure.keys()}, about)
    return proofs


def forget(views: Views) -> None:
    """Forget the evidence among whose calls something changed; an incident's goes with that of its parts."""
    views.con.execute(
        """DELETE FROM proofs WHERE EXISTS (
            SELECT 1 FROM changed_owner c WHERE c.since <= proofs.last
            AND (c.key = proofs.owner_id OR (proofs.owner_id IS NULL AND proofs.src_net IS NULL)))
        OR EXISTS (
            SELECT 1 FROM changed_net c WHERE c.since <= proofs.last
            AND c.key = proofs.src_net AND proofs.owner_id IS NULL)"""
    )


def proven(finding: Finding, events: Events) -> Finding:
    """Return the finding with its evidence."""
    return msgspec.structs.replace(finding, event_count=events.count, event_ids=events.ids)


def _wanted(finding: Finding, rule: Analytic) -> Wanted:
    nets = [entity.value for entity in finding.entities if entity.type == "network"]
    return Wanted(
        finding.owner_id,
        finding.credential_id,
        nets[0] if "network" in rule.subject and nets else None,
        datetime.fromisoformat(finding.first_event_time).replace(tzinfo=None),
        datetime.fromisoformat(finding.last_event_time).replace(tzinfo=None),
        tuple(rule.evidence),
    )


def _name(told: bytes) -> str:
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def _kept(views: Views, about: Mapping[str, str]) -> dict[str, Events]:
    """Return what was read before and still holds, by finding."""
    rows = views.rows("SELECT id, about, events, event_ids FROM proofs")
    return {name: Events(count, tuple(ids)) for name, told, count, ids in rows if about.get(name) == told}


def _keep(views: Views, new: Mapping[str, tuple[str, Wanted | None, Events]], standing: Mapping[str, str]) -> None:
    """Keep what was read; of findings that no longer stand, nothing."""
    rows: list[tuple[Any, ...]] = [
        (name, about, *((w.owner_id, w.src_net, w.last) if w else (None, None, None)), events.count, list(events.ids))
        for name, (about, w, events) in new.items()
    ]
    with views.changing():
        views.con.execute(
            "DELETE FROM proofs WHERE list_contains(?::VARCHAR[], id) OR NOT list_contains(?::VARCHAR[], id)",
            [list(new), list(standing)],
        )
        if rows:
            views.con.executemany("INSERT INTO proofs VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _read(views: Views, history: str, look: Mapping[str, Wanted]) -> dict[str, Events]:
    """Return the events of what is looked for; leaves `picked` (id, call, known_at, what_key, events)."""
    views.con.execute(
        "CREATE OR REPLACE TEMP TABLE wanted (id VARCHAR, owner_id VARCHAR, subject VARCHAR, src_net VARCHAR,"
        " first TIMESTAMP, last TIMESTAMP, activities VARCHAR[])"
    )
    rows = [(name, *msgspec.structs.astuple(each)[:-1], list(each.activities)) for name, each in look.items()]
    views.con.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    first = min(each.first for each in look.values())
    last = max(each.last for each in look.values())
    events = f"(SELECT * FROM {history} WHERE time BETWEEN {_moment(first - APART - _WIDEST)} AND {_moment(last)})"
    calls = "calls"
    if views.pruned is not None and first < views.pruned:
        calls = _recalled(views, events)
    temporary(views.con, "picked", _joined(calls, "call, r.known_at, r.what_key, r.events", _IN_TIME))
    counts = dict(views.rows("SELECT id, sum(events)::BIGINT FROM picked GROUP BY id"))
    temporary(
        views.con,
        "first_calls",
        f"SELECT id, call FROM picked QUALIFY row_number() OVER (PARTITION BY id ORDER BY known_at, what_key) <= {IDS}",
    )
    ids = views.rows(
        f"""SELECT f.id, list(e.event_id ORDER BY e.time, e.event_id)[:{IDS}] FROM first_calls f
        JOIN (SELECT event_id, time, {CALL} AS call FROM {events}) e USING (call) GROUP BY f.id"""
    )
    return {name: Events(counts[name], tuple(named)) for name, named in ids}


#: Which calls are a finding's, beside its key.
_IN_TIME: Final = (
    "r.known_at BETWEEN w.first AND w.last AND (w.subject IS NULL OR r.subject = w.subject)"
    " AND (w.src_net IS NULL OR r.src_net = w.src_net)"
    " AND (len(w.activities) = 0 OR list_contains(w.activities, r.activity))"
)


def _joined(rows: str, columns: str, where: str, subject: str = "r.subject") -> str:
    """Return SQL for the rows of a relation that each finding wants, joined by the one key that all of them have."""
    keys = (
        ("w.owner_id IS NOT NULL", "r.owner_id = w.owner_id"),
        ("w.owner_id IS NULL AND w.src_net IS NOT NULL", "r.src_net = w.src_net"),
        ("w.owner_id IS NULL AND w.src_net IS NULL AND w.subject IS NOT NULL", f"{subject} = w.subject"),
        ("w.owner_id IS NULL AND w.src_net IS NULL AND w.subject IS NULL", "TRUE"),
    )
    return " UNION ALL ".join(
        f"SELECT w.id, r.{columns} FROM (FROM wanted w WHERE {only}) w JOIN {rows} r ON {key} AND {where}"
        for only, key in keys
    )


def _recalled(views: Views, events: str) -> str:
    """Fold the calls of which a record may be wanted again, from the events; return their relation.

    A call is known no earlier than any of its records ends, and no later than a day and the wait for a partner after.
    """
    ends = "r.time::TIMESTAMP + to_seconds(r.bucket_seconds)"
    low = f"w.first - INTERVAL {int(APART.total_seconds()) + 3600} SECOND"
    subject = "coalesce(r.credential_id, r.principal_id)"
    near = f"(SELECT *, {CALL} AS call FROM {events})"
    mine = _joined(near, "call", f"{ends} BETWEEN {low} AND w.last", subject)
    temporary(views.con, "of_old", f"SELECT DISTINCT call FROM ({mine})")
    recall(views.con, events, "of_old", "recalled")
    return "recalled"


def _united(views: Views, parts: Sequence[str], proofs: Mapping[str, Events]) -> Events:
    """Return the events of an incident, each event of its parts once; to be called after its parts were read."""
    if not parts:
        return Events()
    ids = dict.fromkeys(name for part in parts for name in proofs[part].ids)
    counted = (
        "SELECT sum(events)::BIGINT FROM"
        " (SELECT DISTINCT call, events FROM picked WHERE list_contains(?::VARCHAR[], id))"
    )
    return Events(views.rows(counted, [list(parts)])[0][0] or 0, tuple(ids)[:IDS])


def _moment(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat()}+00'"
