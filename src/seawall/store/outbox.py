"""The outbox: what is to be told of findings, to whom, in order; and how far each followed file was read.

Findings that stand come in; a notice for each that is new or different goes to every outlet's queue, in the
transaction that reconciles the findings. A notice stays until its outlet says that it was delivered, so that each is
told at least once, whoever is killed when; its `key` tells one that comes twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from seawall.model import Finding, Severity, at_least
from seawall.store.state import FINDINGS, State

Change = Literal["opened", "changed", "withdrawn", "superseded", "closed"]
_METADATA: Final = sa.MetaData()
_TOLD: Final = sa.Table(
    "told",
    _METADATA,
    sa.Column("finding", sa.String, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("severity", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
)
_OUTBOX: Final = sa.Table(
    "outbox",
    _METADATA,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("outlet", sa.String, nullable=False, index=True),
    sa.Column("finding", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a number that was used comes never again: it is the order
)
_FOLLOWED: Final = sa.Table(
    "followed",
    _METADATA,
    sa.Column("file", sa.String, primary_key=True),
    sa.Column("place", sa.LargeBinary, nullable=False),
)


class Notice(msgspec.Struct, frozen=True):
    """What an outlet is told: a machine interface, one JSON object. `key` is the same whenever it is told again."""

    key: str
    change: Change
    finding: Finding
    reason: str | None = None
    """Why a finding is withdrawn."""


class Queued(msgspec.Struct, frozen=True):
    """A notice as it waits for one outlet; `body` is its JSON."""

    number: int
    finding: str
    key: str
    body: bytes


class Outbox(State):
    """The state with its outbox. One thread uses one of these; several may be open on one file."""

    def __init__(self, place: Path | str) -> None:
        """Open the state, creating what is missing; raises IncompleteError where it cannot be opened."""
        self._joined: sa.Connection | None = None
        super().__init__(place)
        with self._transaction() as con:
            _METADATA.create_all(con)

    def tell(
        self,
        findings: Collection[Finding],
        outlets: Iterable[str],
        *,
        floor: Severity = "low",
        silent: Collection[str] = (),
    ) -> list[Notice]:
        """Make `findings` what stands, and queue a notice of each that is new or different for every outlet.

        Different is what has another severity or status than was last told. What never reached `floor`, and the
        `silent` ones (accepted by an analyst), are not told, unless they were told before.

        Raises:
            IncompleteError: the database refuses; nothing is changed.
        """
        with self._transaction() as con:
            self._joined = con
            try:
                self.reconcile(findings)
                due = list(_due(con, {finding.id: finding for finding in findings}, floor, frozenset(silent)))
            finally:
                self._joined = None
            for notice in due:
                _note(con, notice)
                for outlet in outlets:
                    _queue(con, notice, outlet)
        return due

    def waiting(self, outlet: str, after: int = 0, limit: int = 100) -> list[Queued]:
        """Return the first notices that an outlet has not delivered, in order, from behind the number `after`."""
        query = (
            sa.select(_OUTBOX.c.number, _OUTBOX.c.finding, _OUTBOX.c.key, _OUTBOX.c.body)
            .where(_OUTBOX.c.outlet == outlet, _OUTBOX.c.number > after)
            .order_by(_OUTBOX.c.number)
            .limit(limit)
        )
        with self._transaction() as con:
            return [Queued(*row) for row in con.execute(query)]

    def delivered(self, numbers: Collection[int]) -> None:
        """Let go of notices: their outlet has them."""
        with self._transaction() as con:
            con.execute(_OUTBOX.delete().where(_OUTBOX.c.number.in_(numbers)))

    def lengths(self) -> dict[str, int]:
        """Return how many notices wait for each outlet that has any."""
        with self._transaction() as con:
            rows = con.execute(sa.select(_OUTBOX.c.outlet, sa.func.count()).group_by(_OUTBOX.c.outlet))
            return {outlet: count for outlet, count in rows}  # noqa: C416 - a row is no pair of known types

    def followed(self) -> dict[str, bytes]:
        """Return how far each followed file was read, as `follow` was told."""
        with self._transaction() as con:
            return {file: place for file, place in con.execute(sa.select(_FOLLOWED))}  # noqa: C416 - as above

    def follow(self, places: Mapping[str, bytes], gone: Collection[str] = ()) -> None:
        """Remember how far files were read, once what was read is durable; forget those that are gone."""
        with self._transaction() as con:
            con.execute(_FOLLOWED.delete().where(_FOLLOWED.c.file.in_([*places, *gone])))
            if places:
                con.execute(_FOLLOWED.insert(), [{"file": file, "place": place} for file, place in places.items()])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        if self._joined is not None:
            yield self._joined
        else:
            with super()._transaction() as con:
                yield con


def _due(
    con: sa.Connection, standing: Mapping[str, Finding], floor: Severity, silent: frozenset[str]
) -> Iterator[Notice]:
    """Yield what is to be told, in order of opening."""
    columns = (FINDINGS.c.id, FINDINGS.c.status, FINDINGS.c.superseded_by, FINDINGS.c.withdrawn_reason, FINDINGS.c.json)
    told = (_TOLD.c.version, _TOLD.c.severity, _TOLD.c.status.label("told_status"))
    both = FINDINGS.outerjoin(_TOLD, FINDINGS.c.id == _TOLD.c.finding)
    for row in con.execute(
        sa.select(*columns, *told).select_from(both).order_by(FINDINGS.c.opened_at, FINDINGS.c.id)
    ).all():
        finding = standing.get(row.id)
        if row.version is None:
            if finding is None or row.id in silent or not at_least(finding.severity, floor):
                continue
        elif row.status == row.told_status and (finding is None or finding.severity == row.severity):
            continue
        if finding is None:
            finding = msgspec.json.decode(row.json, type=Finding)
        key = f"{row.id}.{(row.version or 0) + 1}"
        yield Notice(key, _change(row), finding, row.withdrawn_reason)


def _change(row: Any) -> Change:
    if row.status == "withdrawn":
        return "superseded" if row.superseded_by else "withdrawn"
    if row.version is None or row.told_status == "withdrawn":
        return "opened"
    return "closed" if row.status == "closed" and row.told_status != "closed" else "changed"


def _note(con: sa.Connection, notice: Notice) -> None:
    finding, version = notice.finding, int(notice.key.rpartition(".")[2])
    con.execute(_TOLD.delete().where(_TOLD.c.finding == finding.id))
    con.execute(
        _TOLD.insert().values(finding=finding.id, version=version, severity=finding.severity, status=finding.status)
    )


def _queue(con: sa.Connection, notice: Notice, outlet: str) -> None:
    con.execute(
        _OUTBOX.insert().values(
            outlet=outlet, finding=notice.finding.id, key=notice.key, body=msgspec.json.encode(notice)
        )
    )
