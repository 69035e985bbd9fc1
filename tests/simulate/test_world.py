"""The laws of a world: the seed decides, the sizes are kept, nothing real is in it."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.simulate import START, World, storm_week
from seawall.simulate.lookalikes import LOOKALIKES
from seawall.simulate.thieves import THIEVES


def digest(out: Path) -> str:
    """Return a hash of all files below `out`, names included."""
    total = hashlib.sha256()
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        total.update(str(path.relative_to(out)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def test_the_seed_decides_every_byte(tmp_path: Path) -> None:
    """Two worlds of one seed are the same bytes, written twice too; another seed is another world."""
    world = World.build(3, 3, 14)
    for name in ("a", "b"):
        world.write(tmp_path / name)
    World.build(3, 3, 14).write(tmp_path / "c")
    World.build(4, 3, 14).write(tmp_path / "d")
    marks = {name: digest(tmp_path / name) for name in "abcd"}
    assert marks["a"] == marks["b"] == marks["c"] != marks["d"]


@given(
    seed=st.integers(0, 2**32), days=st.integers(1, 20), owners=st.integers(1, 30),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)  # fmt: skip
@settings(max_examples=20, deadline=None)
def test_the_story_stays_within_the_world(seed: int, days: int, owners: int, start: datetime) -> None:
    """Of any size, a world has its owners, and thefts and look-alikes happen between its ends, on its owners."""
    world = World.build(seed, days, owners, start=start)
    end = world.start + days * 86_400_000_000
    ids = {owner.id for owner in world.owners}
    assert len(ids) == owners
    keys = [line.credential.id for owner in world.owners for line in owner.lines]
    assert len(set(keys)) == len(keys)
    for part in (*world.thefts, *world.lookalikes):
        assert part.owner.id in ids
        assert all(world.start <= act.time < end for act in part.acts)
    assert all(theft.acts for theft in world.thefts)
    assert all(world.start <= part.start <= part.end <= end for part in world.lookalikes)


def test_every_kind_has_its_part(world: World) -> None:
    """With enough owners every kind of thief and of look-alike occurs."""
    assert {theft.kind for theft in world.thefts} == {*THIEVES, "trial"}
    assert {part.kind for part in world.lookalikes} == set(LOOKALIKES)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_most_that_is_new_is_benign(seed: int) -> None:
    """In a world of the usual size look-alikes are several times as frequent as thefts."""
    world = World.build(seed, 14, 300)
    assert len(world.lookalikes) > 4 * len(world.thefts) > 0
    assert {theft.manner for theft in world.thefts} >= {"loud", "slow", "usage_only", "validate"}


def test_volume_multiplies_ordinary_calls(tmp_path: Path) -> None:
    """Three times the volume is about three times the records, with the thieves as they were."""
    small, large = (World.build(5, 2, 8, volume=volume, plan=("holiday",)) for volume in (1, 3))
    few, many = small.write(tmp_path / "s").records, large.write(tmp_path / "l").records
    assert 2 < many / few < 4


@pytest.mark.parametrize("seed", [1, 2139])
def test_a_storm_week_is_small_and_quick(tmp_path: Path, seed: int) -> None:
    """The demo's week: twelve owners, a ring over unrelated Azure keys, under 30,000 records and 5 s."""
    begun = time.process_time()
    written = storm_week(tmp_path, seed)
    assert time.process_time() - begun < 5
    assert 2_000 < written.records < 30_000
    assert len((tmp_path / "owners.csv").read_text().splitlines()) == 13
    told = (tmp_path / "truth.jsonl").read_text()
    assert all(
        f'"kind":"{kind}"' in told for kind in ("image_ring", "enumerator", "prober", "image_abuser", "usage_weakened")
    )


def test_the_default_start_is_a_monday() -> None:
    """Weeks of a world begin with a working day."""
    assert START.weekday() == 0
