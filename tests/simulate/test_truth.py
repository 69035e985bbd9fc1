"""The ground truth speaks of what stands in the logs."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from itertools import pairwise
from typing import Any

from seawall.simulate import World
from seawall.simulate.act import DAY
from seawall.simulate.times import iso
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
    homes = {place.network for place in world.places if place.kind == "residential"}
    for theft in world.thefts:
        if theft.ring and theft.manner != "trial":
            rings[theft.campaign].append(theft)
    assert rings
    for thefts in rings.values():
        assert len({theft.owner.group for theft in thefts}) == len(thefts) >= 3
        assert len({frozenset(network(act.address) for act in theft.acts) for theft in thefts}) <= 3
        assert thefts[0].kind != "home_ring" or homes >= {network(act.address) for act in thefts[0].acts}
        turns = sorted((act.time, theft.owner.id) for theft in thefts for act in theft.acts)
        changes = sum(one[1] != other[1] for one, other in pairwise(turns))
        assert changes > len(turns) / 5


def test_creators_try_the_keys_first(world: World) -> None:
    """A trial is a few calls per key of a ring, from one place of its own, days before the ring begins."""
    begins = {theft.campaign: min(act.time for act in theft.acts) for theft in world.thefts if theft.manner == "loud"}
    trials = [theft for theft in world.thefts if theft.manner == "trial"]
    assert trials
    for trial in trials:
        assert len({network(act.address) for act in trial.acts}) == 1
        assert len(trial.acts) < 5
        assert max(act.time for act in trial.acts) < begins[trial.campaign] - DAY


def test_a_dormant_key_sleeps_and_a_new_one_is_young(world: World) -> None:
    """A dormant key's owner uses it no more when the thief comes; a newborn one is days old."""
    for theft in (theft for theft in world.thefts if theft.kind in {"dormant", "newborn"}):
        first = min(act.time for act in theft.acts)
        line = next(line for line in theft.owner.lines if line.credential == theft.credential)
        if theft.kind == "dormant":
            assert line.end < first
        if theft.kind == "newborn":
            assert line.start < first < line.start + 3 * DAY


def test_what_is_switched_off_is_not_told(logs: Any, world: World) -> None:
    """After a saboteur has switched Azure's diagnostics off, no call of that owner is in the log."""
    dark = {owner.id: iso(owner.dark_from, 7) for owner in world.owners if owner.dark_from < world.start + 9 * DAY}
    for record in logs.of("insights-logs-requestresponse"):
        assert record["time"] < dark.get(record["resourceId"].split("/")[2].lower(), "9")


def test_benign_days_are_counted(logs: Any) -> None:
    """Each credential's days of use are told, none beyond the world's length, and none of a theft of all its days."""
    uses = logs.truth("use")
    assert len(uses) > 100
    assert all(1 <= use["days"] <= 7 for use in uses)
    assert len({(use["owner_id"], use["credential_id"]) for use in uses}) == len(uses)


def test_loot_has_a_price(logs: Any) -> None:
    """What was taken is worth something, and much use is worth more than a trial."""
    loot = defaultdict(list)
    for theft in logs.truth("theft"):
        assert theft["log"] == ("buckets" if theft["provider"] in {"openai", "anthropic"} else "calls")
        loot[theft["manner"]].append(theft["loot_usd"])
    assert min(loot["loud"] + loot["usage_only"]) > 0
    assert sum(loot["loud"]) / len(loot["loud"]) > sum(loot["trial"]) / len(loot["trial"])


def test_a_drip_stays_at_home(world: World) -> None:
    """A drip comes from a home network in the owner's country, a few calls a day."""
    places = {place.network: place for place in world.places}
    for theft in world.thefts:
        if theft.kind in {"drip", "mimic"}:
            for place in {places[network(act.address)] for act in theft.acts}:
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
    assert len(ids) == len(set(ids)) == 70
    assert {line["owner_id"] for word in ("theft", "benign") for line in logs.truth(word)} <= set(ids)
    assert json.loads(json.dumps(rows))[0].keys() == {"owner", "group", "name"}
