"""The ground truth speaks of what stands in the logs."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from itertools import pairwise
from typing import Any

from seawall.simulate import World
from seawall.simulate.truth import network


def test_every_stolen_call_is_in_the_logs(logs: Any) -> None:
    """Each event id, request id and usage hour of a theft occurs in a log, and no theft is without any."""
    text = {str(value) for _, _, record in logs.records for value in record.values() if isinstance(value, str)}
    hours = {(path.parts[-4], record.get("start_time")) for path, log, record in logs.records if log == "completions"}
    for theft in logs.truth("theft"):
        assert set(theft["event_ids"]) <= text
        assert set(theft["request_ids"]) <= text
        assert theft["event_ids"] or theft["request_ids"] or theft["usage_hours"]
        if theft["provider"] == "openai":
            assert {(f"organization={theft['owner_id']}", hour) for hour in theft["usage_hours"]} <= hours


def test_networks_of_thieves_are_in_the_geo_table(logs: Any) -> None:
    """Every network from which anybody acts has one row in geo.csv."""
    with (logs.out / "geo.csv").open() as lines:
        known = [row["network"] for row in csv.DictReader(lines)]
    assert len(known) == len(set(known))
    for theft in logs.truth("theft"):
        assert set(theft["networks"]) <= set(known)


def test_a_ring_spans_unrelated_owners(world: World) -> None:
    """The keys of one ring belong to at least three groups, share an egress, and take turns."""
    rings = defaultdict(list)
    for theft in world.thefts:
        if theft.kind in {"ring", "image_ring"}:
            rings[theft.campaign].append(theft)
    assert rings
    for thefts in rings.values():
        assert len({theft.owner.group for theft in thefts}) == len(thefts) >= 3
        assert len({frozenset(network(act.address) for act in theft.acts) for theft in thefts}) <= 3
        turns = sorted((act.time, theft.owner.id) for theft in thefts for act in theft.acts)
        changes = sum(one[1] != other[1] for one, other in pairwise(turns))
        assert changes > len(turns) / 5


def test_shared_egress_is_benign_too(world: World) -> None:
    """VPN, NAT and SaaS egress are shared by owners of at least two groups each."""
    for kind in ("vpn_egress", "nat_egress", "saas_egress"):
        assert len({part.owner.group for part in world.lookalikes if part.kind == kind}) >= 2


def test_a_drip_stays_at_home(world: World) -> None:
    """A drip comes from a home network in the owner's country, a few calls a day."""
    places = {place.network: place for place in world.places}
    for theft in world.thefts:
        if theft.kind == "drip":
            place = places[network(theft.acts[0].address)]
            assert (place.kind, place.country) == ("residential", theft.owner.country)
            assert max(sum(a.time // 86_400_000_000 == d for a in theft.acts) for d in range(30_000, 22_000, -1)) <= 24


def test_the_chain_invokes_within_the_hour(world: World) -> None:
    """An enumerator's first use of a model follows its last act of the chain within an hour."""
    for theft in world.thefts:
        if theft.kind == "enumerator":
            chain = [act.time for act in theft.acts if act.control]
            first = min(act.time for act in theft.acts if not act.control)
            assert 0 < first - max(chain) < 3_600_000_000


def test_owners_are_listed_once(logs: Any) -> None:
    """Owners.csv has a row for each owner, and truth speaks of no other."""
    with (logs.out / "owners.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    ids = [row["owner"] for row in rows]
    assert len(ids) == len(set(ids)) == 60
    assert {line["owner_id"] for word in ("theft", "benign") for line in logs.truth(word)} <= set(ids)
    assert json.loads(json.dumps(rows))[0].keys() == {"owner", "group", "name"}
