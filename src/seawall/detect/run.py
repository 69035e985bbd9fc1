"""Intake and engine together: paths in, a `Result` out. What `seawall detect` and `seawall demo` call."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import duckdb
import msgspec

from seawall.detect.correlated import Correlated
from seawall.detect.coverage import coverage
from seawall.detect.engine import Engine
from seawall.detect.findings import timestamp
from seawall.detect.history import NAME, History, from_lake, from_paths, of_lake
from seawall.detect.marking import own_rules
from seawall.detect.memory import closed
from seawall.detect.result import CredentialStory, Result
from seawall.detect.settings import Settings
from seawall.detect.sigma import SigmaRule
from seawall.detect.usage import CredentialUse, by_source, credentials, over_time, total_cost
from seawall.intake.read import Reading, Told
from seawall.model import SEVERITIES, Finding
from seawall.store import Views
from seawall.store.durable import completing
from seawall.store.home import Home
from seawall.store.kept import kept

#: Stories are told of so many credentials at most: a page with more is read by nobody.
STORIES: Final = 50
_SHORT: Final = (duckdb.OutOfMemoryException, duckdb.IOException)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to judge. Times are naive UTC.

    `paths`: logs; none means the lake of the data directory. `baseline`: history that teaches but does not alarm.
    `imported`: Sigma rules of others. `since`: show what is active from then on; what it rests on is read all the same.
    `until`: read nothing from then on. `engine`: what folds and runs the rules; the findings are the same.
    """

    paths: tuple[str, ...] = ()
    baseline: tuple[str, ...] = ()
    reading: Reading = Reading()
    settings: Settings = Settings()
    imported: tuple[SigmaRule | Correlated, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    workers: int = 2
    memory: str = "2GB"
    engine: Literal["duckdb", "spark"] = "duckdb"


def detect(request: Request, progress: Told | None = None) -> Result:
    """Read, fold, judge; the work is done in a temporary folder that is gone afterwards.

    `progress` is told how many bytes of the paths are read, of how many.

    Raises:
        UsageError: a path does not exist, or a file that was named cannot be read.
        IncompleteError: memory or the temporary folder's disk did not suffice.
    """
    with completing("cannot judge", *_SHORT), tempfile.TemporaryDirectory(prefix="seawall-") as name:
        if request.engine == "spark":
            return _on_spark(request, Path(name), progress)
        if request.paths:
            return _of_paths(request, Path(name), progress)
        return _of_lake(request, Home.open(), Path(name))


def _of_paths(request: Request, folder: Path, progress: Told | None) -> Result:
    with _fleeting(request) as views:
        views.spill(folder)
        paths, reading = request.paths, request.reading
        read = from_paths(views, paths, request.baseline, folder, reading, request.workers, progress)
        engine = _engine(views, request)
        engine.add(_until(views, request.until))
        return _result(engine, read, request)


def _of_lake(request: Request, home: Home, folder: Path) -> Result:
    """Judge what is new in the lake, in the views that stay; a run that stops at a time has views of its own."""
    with _fleeting(request) if request.until else _kept(request, home) as views:
        views.spill(folder)
        fresh = from_lake(views, home)
        engine = _engine(views, request)
        if fresh.events is None:
            engine.resume()
        else:
            engine.add(_until(views, request.until, fresh.events), fresh.version)
        result = _result(engine, of_lake(views, len(fresh.files)), request)
        if request.until is None:
            views.prune()
        return result


def _on_spark(request: Request, folder: Path, progress: Told | None) -> Result:
    """Judge everything at once, on Spark."""
    from seawall.detect import spark  # noqa: PLC0415 - an extra

    with spark.session(folder, workers=request.workers, memory=request.memory) as session, _fleeting(request) as views:
        views.spill(folder)
        if request.paths:
            paths, reading = request.paths, request.reading
            read = from_paths(views, paths, request.baseline, folder, reading, request.workers, progress)
            files = (*folder.glob("events/*.parquet"), *folder.glob("baseline/*.parquet"))
            log = spark.Log(tuple(map(str, files)), until=request.until)
        else:
            fresh = from_lake(views, Home.open())
            read = None
            log = spark.Log(fresh.files, once=True, until=request.until)
        engine = spark.SparkEngine(
            views, request.settings, sigma=own_rules(), imported=request.imported,
            spark=session, log=log, folder=folder,
        )  # fmt: skip
        engine.add(_until(views, request.until))
        return _result(engine, read or of_lake(views, len(log.files)), request)


def _fleeting(request: Request) -> Views:
    return Views(history=NAME, memory=request.memory, threads=request.workers)


def _kept(request: Request, home: Home) -> AbstractContextManager[Views]:
    return kept(home, history=NAME, memory=request.memory, threads=request.workers)


def _engine(views: Views, request: Request) -> Engine:
    return Engine(views, request.settings, sigma=own_rules(), imported=request.imported)


def _until(views: Views, until: datetime | None, events: str = NAME) -> str:
    """Return the relation of those of the events that come before a time."""
    if until is None:
        return events
    views.con.execute(
        f"CREATE OR REPLACE TEMP VIEW until AS SELECT * FROM {events} WHERE time < TIMESTAMPTZ '{until.isoformat()}+00'"
    )
    return "until"


def _result(engine: Engine, read: History, request: Request) -> Result:
    views, settings = engine.views, request.settings
    now = views.now()
    since = max(filter(None, (request.since, read.alarms_from)), default=None)
    found = engine.findings(NAME)
    active = _active(found, since)
    rested = {finding.id for finding in found if settings.accepts(finding, datetime.now(UTC).date())}
    standing = [finding for finding in found if finding.id in active - rested]
    used = credentials(views)
    return Result(
        findings=tuple(standing),
        accepted=tuple(finding for finding in found if finding.id in active & rested),
        credentials=tuple(used),
        stories=tuple(_stories(views, used, standing)),
        coverage=coverage(views, engine.rules.values()),
        tally=read.tally,
        cost_usd=total_cost(views, since or datetime.min, now) if now else None,  # noqa: DTZ901 - naive UTC
        judged_at=timestamp(datetime.now(UTC).replace(tzinfo=None, microsecond=0)),
        owners={owner.owner: owner.name for owner in settings.owners if owner.name},
        earlier=tuple(
            closed(finding) if finding.id in rested else finding for finding in found if finding.id not in active
        ),
    )


def _active(findings: Sequence[Finding], since: datetime | None) -> set[str]:
    """Return the ids of the findings whose activity reaches a time, and of the parts of the incidents among them."""
    active = {finding.id for finding in findings if since is None or _naive(finding.last_event_time) >= since}
    return active | {part for finding in findings if finding.id in active for part in finding.parts}


def _naive(moment: str) -> datetime:
    """Return a finding's time as naive UTC: as text, a whole second would come after its own fractions."""
    return datetime.fromisoformat(moment).replace(tzinfo=None)


def _stories(views: Views, used: Sequence[CredentialUse], findings: Sequence[Finding]) -> list[CredentialStory]:
    """Tell the stories of the credentials in incidents, the most severe first."""
    incidents = sorted(
        (finding for finding in findings if finding.parts), key=lambda finding: -SEVERITIES.index(finding.severity)
    )
    named = dict.fromkeys(
        (finding.owner_id, entity.value)
        for finding in incidents
        for entity in finding.entities
        if entity.type == "credential"
    )
    rows = {(use.owner_id, use.credential_id): use for use in used}
    stories = []
    for owner, subject in list(named)[:STORIES]:
        use = rows.get((owner, subject)) or next((each for each in used if each.credential_id == subject), None)
        if use is not None:
            key = use.owner_id or use.credential_id
            stories.append(
                CredentialStory(use, tuple(over_time(views, key, subject)), tuple(by_source(views, key, subject)))
            )
    return stories
