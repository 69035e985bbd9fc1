"""The loop of `seawall watch`: what arrives goes spool → lake → fold → judge → state, for ever; notices go out.

One thread runs the rounds; the HTTP endpoint acknowledges beside it, and each outlet has its courier. A round takes
all that has come since the last, so that a slow one makes the next larger and not later. What the disk refuses stops
nothing for good: everything is opened anew, as after a crash, until it works again.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final

import duckdb
import msgspec

from seawall.detect.engine import Engine
from seawall.detect.history import NAME, fresh_in
from seawall.detect.marking import own_rules
from seawall.detect.meters import Meters
from seawall.detect.outlets import Courier, Outlet
from seawall.detect.settings import Settings
from seawall.detect.sigma import SigmaRule
from seawall.intake.following import Follower
from seawall.intake.ingest import WAITING_BYTES, Ingester, Parcel
from seawall.intake.listening import Intake
from seawall.intake.read import Reading
from seawall.model import Finding, IncompleteError, Severity
from seawall.store import Views
from seawall.store.durable import completing
from seawall.store.home import Home
from seawall.store.kept import kept
from seawall.store.lake import worth
from seawall.store.outbox import Notice, Outbox

#: A round begins when so many records wait, or after so many seconds.
RECORDS: Final = 5_000
EVERY_S: Final = 1.0
#: Records of files in one round, about: a backlog of files must not keep the endpoint's records waiting.
_MANY: Final = 50_000
#: Rounds between two prunings of the views.
_PRUNED_EVERY: Final = 60
#: Seconds to wait for a command that holds the views.
_HELD_S: Final = 30.0
#: Seconds after which it is said that the state is held by somebody else; the first and the longest wait after errors.
_PATIENCE_S: Final = 2.0
_WAIT_S: Final = (1.0, 30.0)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to watch, and by which rules and settings."""

    paths: tuple[str, ...] = ()
    reading: Reading = Reading()
    settings: Settings = Settings()
    imported: tuple[SigmaRule, ...] = ()
    floor: Severity = "low"
    """Findings below it are not told."""
    memory: str = "2GB"
    workers: int = 2


class Live:
    """A watch over one data directory; `run` is its loop, `stop` ends it after the round."""

    def __init__(
        self,
        home: Home,
        plan: Plan,
        outlets: Sequence[Outlet],
        meters: Meters,
        said: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.intake = Intake()
        self.meters = meters
        self._home, self._plan, self._said = home, plan, said
        self._couriers = [Courier(home.state, outlet, self.failed) for outlet in outlets]
        self._stop, self._wake = threading.Event(), threading.Event()
        self._records = 0
        self._stood: list[Finding] | None = None
        self._unread: set[str] = set()
        self._rounds = 0
        self._wait = _WAIT_S[0]

    @property
    def stopping(self) -> bool:
        """Whether it was told to end."""
        return self._stop.is_set()

    @property
    def ready(self) -> bool:
        """Whether what arrives can be stored."""
        return self.intake.ready

    def stop(self) -> None:
        """End when the round that runs is over."""
        self._stop.set()
        self._wake.set()

    def failed(self, where: str, what: str) -> None:
        """Count something that went wrong, and say it."""
        self.meters.failed(where.partition(":")[0])
        self._said(f"{where}: {what}")

    def run(self) -> None:
        """Watch until `stop`.

        Raises:
            UsageError: a path does not exist.
            IncompleteError: it cannot even begin: another ingester is at work, the disk refuses.
        """
        begun = False
        while not self.stopping:
            try:
                with self._opened() as (ingester, engine, outbox, follower):
                    if not begun:
                        begun = True
                        for courier in self._couriers:
                            courier.start()
                    while not self.stopping:
                        self._round(ingester, engine, outbox, follower)
                        self._rest()
            except IncompleteError as error:
                if not begun:
                    raise
                self.failed("storage", error.message)
                self._stop.wait(self._wait)
                self._wait = min(_WAIT_S[1], 2 * self._wait)
        for courier in self._couriers:
            courier.stop()

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[Ingester, Engine, Outbox, Follower]]:
        plan, home = self._plan, self._home
        with contextlib.ExitStack() as closing:
            ingester = closing.enter_context(
                Ingester.opened(home, plan.reading, batch=RECORDS, told=self.meters.account)
            )
            outbox = closing.enter_context(Outbox(home.state))
            follower = Follower(plan.paths, plan.reading, outbox.followed())
            views = closing.enter_context(self._views())
            closing.enter_context(completing("cannot judge", duckdb.Error))
            engine = Engine(views, plan.settings, sigma=own_rules(), imported=plan.imported)
            self._stood = None
            self.intake.attach(lambda parcels: self._acknowledge(ingester, parcels), lambda: ingester.backlog)
            closing.callback(self.intake.detach)
            yield ingester, engine, outbox, follower

    @contextlib.contextmanager
    def _views(self) -> Iterator[Views]:
        """Open the views that stay, once a command that holds them ends; in memory where it takes long."""
        plan, until = self._plan, time.monotonic() + _HELD_S
        while True:
            with kept(self._home, history=NAME, memory=plan.memory, threads=plan.workers) as views:
                held = not views.rows("SELECT path FROM duckdb_databases() WHERE path IS NOT NULL")
                if not held or time.monotonic() > until or self.stopping:
                    if held:
                        self._said("another process holds the views: they are folded in memory")
                    yield views
                    return
            self._stop.wait(0.5)

    def _acknowledge(self, ingester: Ingester, parcels: Sequence[Parcel]) -> None:
        ingester.acknowledge(parcels)
        self.meters.arrived()
        self._records += sum(len(parcel.items) for parcel in parcels)
        if self._records >= RECORDS:
            self._wake.set()

    def _rest(self) -> None:
        """Wait until there is enough for a round."""
        if self._records < RECORDS:
            self._wake.wait(EVERY_S)
        if not self.stopping:
            self._wake.clear()

    def _round(self, ingester: Ingester, engine: Engine, outbox: Outbox, follower: Follower) -> None:
        self._follow(ingester, outbox, follower)
        if not self.intake.ready:
            raise IncompleteError("cannot write to the spool", hint="see the message before this one")
        since, self._records = self.meters.taken(), 0
        first = self._stood is None
        if ingester.backlog:
            with self._timed("lake"):
                ingester.drain()
                ingester.lake.compact(date.max, worth)
            ingester.account.tally.unread_by_reason.clear()  # it would grow with what strangers write
        self.meters.set("seawall_spool_bytes", ingester.backlog)
        if first or ingester.lake.version != engine.views.version:
            self._judge(engine, ingester, first=first)
            self._tell(engine, outbox)
            self._rounds += 1
            self.meters.add("seawall_batches_total", 1)
            if self._rounds % _PRUNED_EVERY == 0:
                engine.views.prune()
        if since is not None:
            self.meters.set("seawall_lag_seconds", time.monotonic() - since)
        self.meters.replace("seawall_outbox_length", "outlet", self._lengths(outbox))
        self._wait = _WAIT_S[0]

    def _follow(self, ingester: Ingester, outbox: Outbox, follower: Follower) -> None:
        """Read what is new in the files; where each ends is remembered when what was read is durable."""
        places: dict[str, bytes] = {}
        for read in follower.poll():
            if read.parcels:
                self._acknowledge(ingester, read.parcels)
            if read.place is not None:
                places[read.file] = read.place
            if self.stopping or (read.place is not None and self._records >= _MANY):
                break  # the rest is read in the next round
            if ingester.backlog > WAITING_BYTES:
                ingester.drain()
        unread = {each.name: each.reason for each in follower.unread if not each.ignored}
        for name in unread.keys() - self._unread:
            self.failed("files", f"{name}: {unread[name]}")
        self._unread = set(unread)
        gone = follower.gone()
        if places or gone:
            with self._patient():
                outbox.follow(places, gone)

    def _judge(self, engine: Engine, ingester: Ingester, *, first: bool) -> None:
        """Fold and judge what the lake has and the views do not."""
        with self._timed("fold"):
            fresh = fresh_in(engine.views, ingester.lake)
            if fresh.events is not None:
                engine.add(fresh.events, fresh.version)
            elif first:
                engine.resume()
        if (now := engine.views.now()) is not None:
            self.meters.set("seawall_now_timestamp_seconds", now.replace(tzinfo=UTC).timestamp())

    def _tell(self, engine: Engine, outbox: Outbox) -> None:
        with self._timed("findings"):
            found = engine.findings(NAME)
        if found == self._stood:
            return
        with self._timed("state"), self._patient():
            notices = self._told(found, outbox)
        self._stood = found
        self.meters.findings(found)
        if notices:
            for courier in self._couriers:
                courier.wake()

    def _told(self, found: list[Finding], outbox: Outbox) -> list[Notice]:
        on = datetime.now(UTC).date()
        accepted = {
            finding.id
            for finding in found
            if any(
                each.covers(finding.rule, finding.credential_id, finding.id, on)
                for each in self._plan.settings.accepted
            )
        }
        standing = [
            msgspec.structs.replace(finding, status="closed") if finding.id in accepted else finding
            for finding in found
        ]
        outlets = [courier.name for courier in self._couriers]
        return outbox.tell(standing, outlets, floor=self._plan.floor, silent=accepted)

    def _lengths(self, outbox: Outbox) -> dict[str, float]:
        with self._patient():
            lengths = outbox.lengths()
        return {courier.name.partition(":")[0]: lengths.get(courier.name, 0) for courier in self._couriers}

    @contextlib.contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.meters.add("seawall_batch_seconds_total", time.perf_counter() - began, stage=stage)

    @contextlib.contextmanager
    def _patient(self) -> Iterator[None]:
        """Say so where the state keeps us waiting."""
        timer = threading.Timer(_PATIENCE_S, self.failed, ("state", "another process holds the database: waiting"))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
