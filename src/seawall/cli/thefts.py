"""Which incidents tell of one theft, so that a reader meets it once.

In: the incidents of a run. Out: thefts, the worst first. A network that uses keys of many owners explains the incidents
of each of those keys there; two such networks with a key in common are one pool. Weak ones (below medium) tie nothing
together: a shared exit would.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from seawall.model import SEVERITIES, Finding, at_least


class Theft(msgspec.Struct, frozen=True):
    """What happened: the incident that explains most of it, and the others that tell of the same."""

    lead: Finding
    others: tuple[Finding, ...] = ()

    @property
    def incidents(self) -> tuple[Finding, ...]:
        """All its incidents."""
        return (self.lead, *self.others)


class _Pool(NamedTuple):
    """The incidents of networks that have keys in common, and those keys."""

    keys: set[str]
    members: list[Finding]


def is_strong(incident: Finding) -> bool:
    """Say whether an incident is at medium or above."""
    return at_least(incident.severity, "medium")


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which they deserve a look."""
    return sorted(findings, key=_weight)


def thefts(incidents: Iterable[Finding]) -> list[Theft]:
    """Return the thefts that these incidents tell of."""
    ordered = worst_first(incidents)
    left = [each for each in ordered if not _is_pool(each)]
    told = []
    for pool in _pools(each for each in ordered if _is_pool(each)):
        nets = named(pool.members, "network")
        same = [each for each in left if is_strong(each) and each.credential_id in pool.keys
                and not nets.isdisjoint(named([each], "network"))]  # fmt: skip
        left = [each for each in left if each not in same]
        lead, *others = worst_first(pool.members)
        told.append(Theft(lead, (*others, *same)))
    told += map(Theft, left)
    return sorted(told, key=_order)


def _order(theft: Theft) -> tuple[int, int, tuple[int, float, str, str]]:
    """Return the place of a theft: the worst first; of equally bad ones, that of which more incidents tell."""
    first = min(map(_weight, theft.incidents))
    return first[0], -len(theft.incidents), first


def since(incident: Finding) -> str:
    """Return when a theft began: a pool is none before it could be told from an exit that people share."""
    about_people = incident.owner_id is not None or incident.credential_id is not None
    return incident.first_event_time if about_people else incident.opened_at


def named(findings: Iterable[Finding], kind: str) -> set[str]:
    """Return the entities of one type that findings name."""
    return {entity.value for finding in findings for entity in finding.entities if entity.type == kind}


def _weight(finding: Finding) -> tuple[int, float, str, str]:
    return -SEVERITIES.index(finding.severity), -finding.confidence, finding.opened_at, finding.id


def _is_pool(incident: Finding) -> bool:
    """Say whether an incident is about a network, and strong enough to explain others."""
    about = any(entity.type == "network" and entity.role == "subject" for entity in incident.entities)
    return about and incident.credential_id is None and is_strong(incident)


def _pools(incidents: Iterable[Finding]) -> list[_Pool]:
    """Return the networks that have keys in common, together."""
    pools: list[_Pool] = []
    for incident in incidents:
        keys = named([incident], "credential")
        shared = [pool for pool in pools if not keys.isdisjoint(pool.keys)]
        pools = [pool for pool in pools if keys.isdisjoint(pool.keys)]
        members = [incident, *(each for pool in shared for each in pool.members)]
        pools.append(_Pool(keys.union(*(pool.keys for pool in shared)), members))
    return pools
