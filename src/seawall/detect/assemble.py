"""From matches to incidents: the last stage of judging."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from seawall.detect.analytic import Analytic
from seawall.detect.findings import entities, identity, ids, status, timestamp
from seawall.detect.incidents import Incident, Strike
from seawall.detect.match import Match, visible
from seawall.model import Finding
from seawall.store import Views
from seawall.store.totals import COST

#: What an incident is about: (owner key, subject), (owner key,) or (network,).
_Subject = tuple[str, ...]
#: What the use of the stolen keys cost, and when it was last.
_Toll = tuple[float | None, datetime | None]
_DAY_S: Final = 86_400


def incidents(views: Views, rule: Incident, rules: Mapping[str, Analytic], now: datetime) -> list[Finding]:
    """Return the incidents that a rule makes of the visible matches; `rules` are those that made the matches."""
    families = {name: each.family for name, each in rules.items()}
    found = visible(views, now, f"rule IN ({', '.join('?' * len(rule.reads))})", rule.reads)
    made: list[tuple[_Subject, Strike, Mapping[Match, str]]] = []
    for subject, group in _GROUPS[rule.key](found):
        matches = sorted(group, key=lambda match: (match.opened_at, match.rule))
        strikes = rule.assemble(matches, families)
        parts = ids(rules, matches) if strikes else {}
        made += [(subject, strike, parts) for strike in strikes]
    tolls = _tolls(views, [strike for _, strike, _ in made])
    return [
        _finding(rule, subject, strike, parts, now, tolls.get(place, (None, None)))
        for place, (subject, strike, parts) in enumerate(made)
    ]


def _by_credential(found: Iterable[Match]) -> Iterator[tuple[_Subject, list[Match]]]:
    """Yield the matches of each credential."""
    subjects: dict[tuple[str, str], list[Match]] = {}
    for match in found:
        if match.owner_key is not None and match.subject is not None:
            subjects.setdefault((match.owner_key, match.subject), []).append(match)
    yield from subjects.items()


def _by_owner(found: Iterable[Match]) -> Iterator[tuple[_Subject, list[Match]]]:
    """Yield the matches of each owner."""
    owners: dict[str, list[Match]] = {}
    for match in found:
        if match.owner_key is not None:
            owners.setdefault(match.owner_key, []).append(match)
    for owner, matches in owners.items():
        yield (owner,), matches


def _by_network(found: Iterable[Match]) -> Iterator[tuple[_Subject, list[Match]]]:
    """Yield the matches of each network, and those of its credentials that no log gives a network."""
    networks: dict[str, list[Match]] = {}
    nowhere: dict[tuple[str | None, str | None], list[Match]] = {}
    for match in found:
        if match.src_net is not None:
            networks.setdefault(match.src_net, []).append(match)
        elif match.subject is not None:
            nowhere.setdefault((match.owner_key, match.subject), []).append(match)
    for network, matches in networks.items():
        used = {(match.owner_key, match.subject) for match in matches if match.subject is not None}
        yield (network,), [*matches, *(match for key in sorted(used, key=str) for match in nowhere.get(key, ()))]


_GROUPS: Final = {"credential": _by_credential, "owner": _by_owner, "network": _by_network}


def _finding(
    rule: Incident, subject: _Subject, strike: Strike, parts: Mapping[Match, str], now: datetime, toll: _Toll
) -> Finding:
    lead = strike.parts[0]
    first, last = _begun(strike), max(part.last for part in strike.parts)
    total, last_use = toll
    cost = round(total, 2) if total else None
    last = max(last, last_use or last)
    days = max(1.0, (last - first).total_seconds() / _DAY_S)
    return Finding(
        id=identity(rule.id, subject, strike.opened_at),
        rule=rule.id,
        title=rule.title,
        severity=strike.severity,
        confidence=strike.confidence,
        opened_at=timestamp(strike.opened_at),
        severity_at=timestamp(strike.severity_at),
        first_event_time=timestamp(first),
        last_event_time=timestamp(last),
        owner_id=None if rule.key == "network" else lead.owner_id,
        credential_id=lead.subject if rule.key == "credential" else None,
        entities=entities(strike.parts, (rule.key,)),
        event_count=sum(part.events for part in strike.parts),
        parts=tuple(dict.fromkeys(parts[part] for part in strike.parts)),
        status=status(last, now),
        cost_usd=cost,
        cost_usd_per_day=None if cost is None else round(cost / days, 2),
        attack=rule.attack,
        atlas=rule.atlas,
        why=strike.why,
        next=rule.next,
    )


def _begun(strike: Strike) -> datetime:
    return min(part.first for part in strike.parts)


def _tolls(views: Views, strikes: Sequence[Strike]) -> dict[int, _Toll]:
    """Return the use of the stolen keys since each strike began, by its place: of its networks, where some are known.

    All strikes are asked for at once: each by itself would cost a look through the whole rollup.
    """
    rows = [
        (place, owner, subject, _begun(strike), sorted(strike.nets))
        for place, strike in enumerate(strikes)
        for owner, subject in {(part.owner_key, part.subject) for part in strike.parts if part.subject}
    ]
    if not rows:
        return {}
    found = views.rows(
        f"""SELECT place, {COST}::DOUBLE, max(last)
        FROM (SELECT unnest(?::BIGINT[]) AS place, unnest(?::VARCHAR[]) AS owner_key, unnest(?::VARCHAR[]) AS subject,
                     unnest(?::TIMESTAMP[]) AS since, unnest(?::VARCHAR[][]) AS nets)
        JOIN rollup USING (owner_key, subject)
        WHERE last >= since AND activity IN ('infer', 'usage') AND (len(nets) = 0 OR list_contains(nets, src_net))
        GROUP BY place""",
        [list(column) for column in zip(*rows, strict=True)],
    )
    return {place: (cost, used) for place, cost, used in found}
