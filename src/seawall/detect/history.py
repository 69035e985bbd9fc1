"""All events that a run judges, as one DuckDB relation: read from paths, or from the lake where no path is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from seawall.intake.read import Reading, Told, to_parquet
from seawall.intake.tally import Tally
from seawall.store import Views
from seawall.store.home import Home
from seawall.store.lake import Lake, quoted, relation

#: The name of the relation.
NAME: Final = "history"


class History(NamedTuple):
    """`tally`: the account of what was read; `alarms_from`: where the baseline ends and alarms begin (naive UTC)."""

    tally: Tally
    alarms_from: datetime | None


def from_paths(
    views: Views,
    paths: Sequence[str],
    baseline: Sequence[str],
    folder: Path,
    reading: Reading,
    workers: int,
    progress: Told | None = None,
) -> History:
    """Read the paths into Parquet files in `folder` and name the relation of their events, each once."""
    (folder / "events").mkdir()
    (folder / "baseline").mkdir()
    files, tally = to_parquet(paths, folder / "events", reading, workers, progress)
    taught = to_parquet(baseline, folder / "baseline", reading, workers, progress)[0] if baseline else []
    _name(views, _files(files), _files(taught))
    return History(tally, _first(views, files) if taught else None)


class Fresh(NamedTuple):
    """What the lake has and the views do not: a relation (None: nothing), its version after it, and all its files."""

    events: str | None
    version: int
    files: tuple[str, ...]


def from_lake(views: Views, home: Home) -> Fresh:
    """Name the relations of the events in the lake, where each stands once already: of all, and of the new ones.

    Where the lake no longer tells which are new, or is another one, the views are emptied and all are new.
    """
    lake = Lake(home.lake)
    try:
        return fresh_in(views, lake)
    finally:
        lake.close()


def fresh_in(views: Views, lake: Lake) -> Fresh:
    """Name the relations of a lake that is open, as `from_lake` does."""
    views.follow(lake.id, lake.version)
    version, files = lake.version, lake.files() or []
    fresh = files if views.version is None else lake.files(views.version)
    if fresh is None:
        views.empty()
        views.follow(lake.id, version)
        fresh = files
    _relation(views, NAME, files)
    _relation(views, "fresh", fresh)
    return Fresh("fresh" if fresh else None, version, tuple(files))


def of_lake(views: Views, files: int) -> History:
    """Return the account of what the views hold of a lake of so many files."""
    counts = Counter(dict(views.rows("SELECT source, events FROM sources ORDER BY source")))
    return History(Tally(records=counts.total(), events=counts.total(), by_source=counts, files=files), None)


def _relation(views: Views, name: str, files: Sequence[str]) -> None:
    views.con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * EXCLUDE (day) FROM {relation(files)}")


def _name(views: Views, *relations: str) -> None:
    """Name the union of the relations; most digests stand once, only the others are told apart by all columns."""
    every = " UNION ALL BY NAME ".join(f"SELECT * FROM {each}" for each in relations)
    views.con.execute(f"CREATE OR REPLACE TEMP VIEW everything AS {every}")
    views.con.execute(
        "CREATE OR REPLACE TEMP TABLE twice AS SELECT digest FROM everything GROUP BY digest HAVING count(*) > 1"
    )
    views.con.execute(
        f"CREATE OR REPLACE TEMP VIEW {NAME} AS FROM everything ANTI JOIN twice USING (digest) UNION ALL"
        " (FROM everything SEMI JOIN twice USING (digest)"
        " QUALIFY row_number() OVER (PARTITION BY event_id, time, digest) = 1)"
    )


def _files(files: Sequence[Path]) -> str:
    """Return the relation of plain Parquet files; of none, an empty one."""
    listed = ", ".join(quoted(str(path)) for path in files)
    return f"read_parquet([{listed}])" if files else f"(SELECT * EXCLUDE (day) FROM {relation(())})"


def _first(views: Views, files: Sequence[Path]) -> datetime | None:
    """Return when the events that may alarm begin."""
    first: datetime | None = views.rows(f"SELECT min(time)::TIMESTAMP FROM {_files(files)}")[0][0]
    return first
