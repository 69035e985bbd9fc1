"""The state: what was found and told, in SQLite. Findings in, what changed since the last time out.

Nothing is deleted: a finding that no longer stands is withdrawn with its reason, and names the one that took its place
where there is one. SQLAlchemy Core, so that the same statements run on another database by its URL.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from seawall.model import SEVERITIES, Finding
from seawall.store.durable import completing

_METADATA: Final = sa.MetaData()
FINDINGS: Final = sa.Table(
    "findings",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("rule", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("opened_at", sa.String, nullable=False),
    sa.Column("json", sa.LargeBinary, nullable=False),
    sa.Column("first_reported_at", sa.String),
    sa.Column("reported_severity", sa.String),
    sa.Column("withdrawn_reason", sa.String),
    sa.Column("superseded_by", sa.String),
)
CHECKPOINTS: Final = sa.Table(
    "checkpoints",
    _METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Column("written_at", sa.String, nullable=False),
)
#: Why a finding is withdrawn where the caller knows no better.
UNSUPPORTED: Final = "what is known now no longer supports it"
_DECODER: Final = msgspec.json.Decoder(Finding)
_BUSY_MS: Final = 30_000


class Changes(msgspec.Struct, frozen=True):
    """What a reconciliation did; `superseded` findings are withdrawn too, and name their successor."""

    opened: tuple[Finding, ...] = ()
    changed: tuple[Finding, ...] = ()
    withdrawn: tuple[Finding, ...] = ()
    superseded: tuple[Finding, ...] = ()


class State:
    """The state at a path, or at a database's URL; close it, or use it as a context manager."""

    def __init__(self, place: Path | str) -> None:
        """Open the state, creating what is missing.

        Raises:
            IncompleteError: it cannot be opened.
        """
        url = place if isinstance(place, str) else sa.URL.create("sqlite", database=str(place))
        self._engine = sa.create_engine(url)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _on_connect)
            sa.event.listen(self._engine, "begin", _on_begin)
        with self._transaction() as con:
            _METADATA.create_all(con)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def reconcile(self, findings: Iterable[Finding], *, reason: str = UNSUPPORTED) -> Changes:
        """Make `findings` what stands, in one transaction, and return what that changed.

        Args:
            findings: all that stand now; a vanished one is superseded by the one of the same rule and subject whose
                episode overlaps its own, else withdrawn.
            reason: why the vanished ones are withdrawn.

        Raises:
            IncompleteError: the database refuses; nothing is changed.
        """
        now = {finding.id: finding for finding in findings}
        with self._transaction() as con:
            rows = {row.id: row for row in con.execute(sa.select(FINDINGS))}
            before = {id_: _DECODER.decode(row.json) for id_, row in rows.items()}
            standing = {id_ for id_, row in rows.items() if row.status != "withdrawn"}
            gone = [before[id_] for id_ in sorted(standing - now.keys())]
            gone = [_ended(finding, _successor(finding, now.values())) for finding in gone]
            opened = [finding for id_, finding in now.items() if id_ not in standing]
            changed = [finding for id_, finding in now.items() if id_ in standing and finding != before[id_]]
            for finding in (*opened, *changed, *gone):
                _put(con, finding, known=finding.id in rows, reason=reason)
            for finding in gone:
                _hand_over(con, rows[finding.id], finding.superseded_by)
        return Changes(
            opened=_ordered(opened),
            changed=_ordered(changed),
            withdrawn=_ordered(finding for finding in gone if finding.superseded_by is None),
            superseded=_ordered(finding for finding in gone if finding.superseded_by is not None),
        )

    def findings(self, *statuses: str) -> list[Finding]:
        """Return the findings with one of these statuses (none given: all), in order of opening."""
        query = sa.select(FINDINGS.c.json).order_by(FINDINGS.c.opened_at, FINDINGS.c.id)
        if statuses:
            query = query.where(FINDINGS.c.status.in_(statuses))
        return self._decoded(query)

    def new_since_last_run(self) -> list[Finding]:
        """Return what stands and was never told, or was told as less severe, in order of opening."""
        query = (
            sa.select(FINDINGS.c.json, FINDINGS.c.reported_severity)
            .where(FINDINGS.c.status != "withdrawn")
            .order_by(FINDINGS.c.opened_at, FINDINGS.c.id)
        )
        with self._transaction() as con:
            rows = [(_DECODER.decode(data), told) for data, told in con.execute(query)]
        return [finding for finding, told in rows if told is None or _rank(told) < _rank(finding.severity)]

    def reported(self, findings: Iterable[Finding], now: datetime) -> None:
        """Say that these were told to somebody; to be called when the output is written, not before."""
        with self._transaction() as con:
            for finding in findings:
                con.execute(
                    FINDINGS.update()
                    .where(FINDINGS.c.id == finding.id)
                    .values(
                        first_reported_at=sa.func.coalesce(FINDINGS.c.first_reported_at, _text(now)),
                        reported_severity=finding.severity,
                    )
                )

    def current(self, finding_id: str) -> str:
        """Return the id of the finding that stands in the place of this one: itself, or who superseded it at last."""
        with self._transaction() as con:
            links = dict(
                con.execute(
                    sa.select(FINDINGS.c.id, FINDINGS.c.superseded_by).where(FINDINGS.c.superseded_by.is_not(None))
                ).all()
            )
        seen: set[str] = set()
        while finding_id in links and finding_id not in seen:
            seen.add(finding_id)
            finding_id = links[finding_id]
        return finding_id

    def withdrawal(self, finding_id: str) -> str | None:
        """Return why a finding is withdrawn; None where it stands or is not known."""
        with self._transaction() as con:
            return con.scalar(sa.select(FINDINGS.c.withdrawn_reason).where(FINDINGS.c.id == finding_id))

    def checkpoint(self, name: str) -> int | None:
        """Return the value last saved under a name, such as the lake's version that was folded."""
        with self._transaction() as con:
            return con.scalar(sa.select(CHECKPOINTS.c.value).where(CHECKPOINTS.c.name == name))

    def save_checkpoint(self, name: str, value: int, now: datetime) -> None:
        """Save a value under a name."""
        with self._transaction() as con:
            con.execute(CHECKPOINTS.delete().where(CHECKPOINTS.c.name == name))
            con.execute(CHECKPOINTS.insert().values(name=name, value=value, written_at=_text(now)))

    def _decoded(self, query: Any) -> list[Finding]:
        with self._transaction() as con:
            return [_DECODER.decode(data) for data in con.scalars(query)]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with completing("cannot read or write the state", DBAPIError), self._engine.begin() as con:
            yield con


def _put(con: sa.Connection, finding: Finding, *, known: bool, reason: str) -> None:
    values = {
        "rule": finding.rule,
        "status": finding.status,
        "opened_at": finding.opened_at,
        "json": msgspec.json.encode(finding),
        "withdrawn_reason": _reason(finding, reason),
        "superseded_by": finding.superseded_by,
    }
    if known:
        con.execute(FINDINGS.update().where(FINDINGS.c.id == finding.id).values(values))
    else:
        con.execute(FINDINGS.insert().values(id=finding.id, **values))


def _reason(finding: Finding, reason: str) -> str | None:
    if finding.status != "withdrawn":
        return None
    return f"superseded by {finding.superseded_by}" if finding.superseded_by else reason


def _hand_over(con: sa.Connection, row: Any, successor: str | None) -> None:
    """What was told of a superseded finding was told of its successor: it is the same episode, with another start."""
    if successor is not None and row.first_reported_at is not None:
        con.execute(
            FINDINGS.update()
            .where(FINDINGS.c.id == successor, FINDINGS.c.first_reported_at.is_(None))
            .values(first_reported_at=row.first_reported_at, reported_severity=row.reported_severity)
        )


def _ended(finding: Finding, successor: str | None) -> Finding:
    return msgspec.structs.replace(finding, status="withdrawn", superseded_by=successor)


def _successor(gone: Finding, standing: Iterable[Finding]) -> str | None:
    """Return the id of the first finding of the same rule and subject whose episode overlaps."""
    subject, (first, last) = _subject(gone), _episode(gone)
    candidates = [
        (begins, each.id)
        for each in standing
        if each.rule == gone.rule and _subject(each) == subject
        for begins, ends in [_episode(each)]
        if begins <= last and first <= ends
    ]
    return min(candidates)[1] if candidates else None


def _subject(finding: Finding) -> tuple[Any, ...]:
    parts = sorted((entity.type, entity.value) for entity in finding.entities if entity.role == "subject")
    return finding.owner_id, finding.credential_id, tuple(parts)


def _episode(finding: Finding) -> tuple[datetime, datetime]:
    """Return when it was active. As times: as text, a whole second would come after its own fractions."""
    return datetime.fromisoformat(finding.first_event_time), datetime.fromisoformat(finding.last_event_time)


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (datetime.fromisoformat(finding.opened_at), finding.id)))


def _rank(severity: str) -> int:
    ranks: Sequence[str] = SEVERITIES
    return ranks.index(severity)


def _text(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own: `_on_begin` does
    for pragma in ("journal_mode = WAL", "synchronous = FULL", f"busy_timeout = {_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _on_begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # what is read here may be written here
