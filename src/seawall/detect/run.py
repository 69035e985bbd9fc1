"""Intake and engine together: paths in, a `Result` out. What `seawall detect` and `seawall demo` call."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from seawall.detect.coverage import coverage
from seawall.detect.engine import Engine
from seawall.detect.findings import timestamp
from seawall.detect.marking import own_rules
from seawall.detect.result import CredentialStory, Result
from seawall.detect.settings import Settings
from seawall.detect.sigma import SigmaRule
from seawall.detect.usage import CredentialUse, by_source, credentials, over_time, total_cost
from seawall.intake.read import Reading, to_parquet
from seawall.intake.tally import Tally
from seawall.model import SEVERITIES, Finding
from seawall.store import Views

#: Stories are told of so many credentials at most: a page with more is read by nobody.
STORIES: Final = 50


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to judge. Times are naive UTC; findings outside them are not shown, what they rest on is read all the same.

    `baseline`: history that teaches but does not alarm: findings that opened within it are not shown.
    """

    paths: tuple[str, ...]
    baseline: tuple[str, ...] = ()
    reading: Reading = Reading()
    settings: Settings = Settings()
    imported: tuple[SigmaRule, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    workers: int = 2
    memory: str = "2GB"


def detect(request: Request) -> Result:
    """Read, fold, judge; the work is done in a temporary folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="seawall-") as name:
        folder = Path(name)
        (folder / "events").mkdir()
        (folder / "baseline").mkdir()
        files, tally = to_parquet(request.paths, folder / "events", request.reading, workers=request.workers)
        taught, _ = _baseline(request, folder / "baseline")
        with Views(folder / "views.duckdb", memory=request.memory, threads=request.workers) as views:
            views.con.execute("SET temp_directory = ?", [str(folder / "spill")])
            engine = Engine(views, request.settings, sigma=own_rules(), imported=request.imported)
            if files or taught:
                engine.add(_relation(views, [*files, *taught], request.until))
            return _result(engine, tally, request, _start(views, files) if taught else None)


def _baseline(request: Request, folder: Path) -> tuple[list[Path], Tally]:
    if not request.baseline:
        return [], Tally()
    return to_parquet(request.baseline, folder, request.reading, workers=request.workers)


def _relation(views: Views, files: Sequence[Path], until: datetime | None) -> str:
    """Name the relation of all events read, each once."""
    listed = ", ".join(f"'{path}'" for path in files)
    only = f"WHERE time < TIMESTAMPTZ '{until.isoformat()}+00'" if until else ""
    views.con.execute(f"CREATE OR REPLACE TEMP VIEW read AS SELECT * FROM read_parquet([{listed}]) {only}")
    # Most digests stand once; only the others are told apart by all that makes two rows one.
    views.con.execute(
        "CREATE OR REPLACE TEMP TABLE twice AS SELECT digest FROM read GROUP BY digest HAVING count(*) > 1"
    )
    views.con.execute(
        "CREATE OR REPLACE TEMP VIEW history AS FROM read ANTI JOIN twice USING (digest) UNION ALL"
        " (FROM read SEMI JOIN twice USING (digest)"
        " QUALIFY row_number() OVER (PARTITION BY event_id, time, digest) = 1)"
    )
    return "history"


def _start(views: Views, files: Sequence[Path]) -> datetime | None:
    """Return when the events that may alarm begin."""
    if not files:
        return None
    listed = ", ".join(f"'{path}'" for path in files)
    start: datetime | None = views.rows(f"SELECT min(time)::TIMESTAMP FROM read_parquet([{listed}])")[0][0]
    return start


def _result(engine: Engine, tally: Tally, request: Request, start: datetime | None) -> Result:
    views, settings = engine.views, request.settings
    now = views.now()
    since = max(filter(None, (request.since, start)), default=None)
    shown = [
        finding
        for finding in engine.findings("history")
        if since is None or finding.last_event_time >= timestamp(since)
    ]
    on = (now or datetime.now(UTC)).date()
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
        tally=tally,
        cost_usd=total_cost(views, since or datetime.min, now) if now else None,  # noqa: DTZ901 - naive UTC
        judged_at=timestamp(datetime.now(UTC).replace(tzinfo=None, microsecond=0)),
        owners={owner.owner: owner.name for owner in settings.owners if owner.name},
    )


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
