"""Intake and engine together: paths in, a `Result` out. What `seawall detect` and `seawall demo` call."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from seawall.detect.coverage import coverage
from seawall.detect.engine import Engine
from seawall.detect.findings import timestamp
from seawall.detect.history import NAME, History, from_lake, from_paths
from seawall.detect.marking import own_rules
from seawall.detect.result import CredentialStory, Result
from seawall.detect.settings import Settings
from seawall.detect.sigma import SigmaRule
from seawall.detect.usage import CredentialUse, by_source, credentials, over_time, total_cost
from seawall.intake.read import Reading, Told
from seawall.model import SEVERITIES, Finding
from seawall.store import Views
from seawall.store.durable import completing
from seawall.store.home import Home

#: Stories are told of so many credentials at most: a page with more is read by nobody.
STORIES: Final = 50
_SHORT: Final = (duckdb.OutOfMemoryException, duckdb.IOException)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to judge. Times are naive UTC.

    `paths`: logs; none means the lake of the data directory. `baseline`: history that teaches but does not alarm.
    `imported`: Sigma rules of others. `since`: show what is active from then on; what it rests on is read all the same.
    `until`: read nothing from then on.
    """

    paths: tuple[str, ...] = ()
    baseline: tuple[str, ...] = ()
    reading: Reading = Reading()
    settings: Settings = Settings()
    imported: tuple[SigmaRule, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    workers: int = 2
    memory: str = "2GB"


def detect(request: Request, progress: Told | None = None) -> Result:
    """Read, fold, judge; the work is done in a temporary folder that is gone afterwards.

    `progress` is told how many bytes of the paths are read, of how many.

    Raises:
        UsageError: a path does not exist, or a file that was named cannot be read.
        IncompleteError: memory or the temporary folder's disk did not suffice.
    """
    with completing("cannot judge", *_SHORT), tempfile.TemporaryDirectory(prefix="seawall-") as name:
        folder = Path(name)
        with Views(history=NAME, memory=request.memory, threads=request.workers) as views:
            views.con.execute("SET temp_directory = ?", [str(folder / "spill")])
            if request.paths:
                paths, reading = request.paths, request.reading
                read = from_paths(views, paths, request.baseline, folder, reading, request.workers, progress)
            else:
                read = from_lake(views, Home.open())
            engine = Engine(views, request.settings, sigma=own_rules(), imported=request.imported)
            engine.add(_until(views, request.until))
            return _result(engine, read, request)


def _until(views: Views, until: datetime | None) -> str:
    """Return the relation of the events before a time."""
    if until is None:
        return NAME
    views.con.execute(
        f"CREATE OR REPLACE TEMP VIEW until AS SELECT * FROM {NAME} WHERE time < TIMESTAMPTZ '{until.isoformat()}+00'"
    )
    return "until"


def _result(engine: Engine, read: History, request: Request) -> Result:
    views, settings = engine.views, request.settings
    now = views.now()
    since = max(filter(None, (request.since, read.alarms_from)), default=None)
    shown = [finding for finding in engine.findings(NAME) if since is None or _naive(finding.last_event_time) >= since]
    on = datetime.now(UTC).date()
    accepted = [
        finding
        for finding in shown
        if any(each.covers(finding.rule, finding.credential_id, finding.id, on) for each in settings.accepted)
    ]
    standing = [finding for finding in shown if finding not in accepted]
    used = credentials(views)
    return Result(
        findings=tuple(standing),
        accepted=tuple(accepted),
        credentials=tuple(used),
        stories=tuple(_stories(views, used, standing)),
        coverage=coverage(views, engine.rules.values()),
        tally=read.tally,
        cost_usd=total_cost(views, since or datetime.min, now) if now else None,  # noqa: DTZ901 - naive UTC
        judged_at=timestamp(datetime.now(UTC).replace(tzinfo=None, microsecond=0)),
        owners={owner.owner: owner.name for owner in settings.owners if owner.name},
    )


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
