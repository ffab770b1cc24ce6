"""The daemon: builds the passes, runs them until it is told to stop, and stops in good order."""

from __future__ import annotations

import gc
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

import structlog

from tracker import __version__
from tracker.accounts.account import after_restore
from tracker.alerts.templates import own_texts
from tracker.config.settings import Config
from tracker.daemon.context import Client
from tracker.daemon.heartbeat import Heartbeat
from tracker.daemon.passes.deliver import Deliver
from tracker.daemon.scheduler import Pass, Scheduler
from tracker.daemon.systemd import notify_systemd
from tracker.daemon.worker import PanelWorker
from tracker.events import Event, Notice
from tracker.lib.clock import now
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.order import State
from tracker.store import changes, counters, daemons, epoch, evidence, incidents, orders, outbox
from tracker.store.accounts import read as read_account
from tracker.store.database import Database, StorageFault

log = structlog.get_logger(__name__)

MAIN_DELAY = 5.0
"""Seconds between two rounds of the main thread: clock, watchdog."""

IDLE_DELAY = 0.2
"""Seconds between two looks at whether all is done, with `--until-idle`."""

SLOW_PASS = 600.0
"""A pass that runs longer than this (seconds) is stuck: the watchdog of systemd is no longer fed."""

DRAIN_TIMEOUT = 5.0
"""Seconds that a stop waits for the last messages to be delivered."""

PRUNED_AT_A_TIME = 500

REMIND_DELAY = MINUTE
"""How often it is looked at the latest whether something is due that lasts."""

SLOW_HOUSEKEEPING = 120.0
"""Seconds without a write of housekeeping after which the daemon no longer counts as well."""

RESTORED = (
    "The database is older than the one that ran here: orders that it calls queued may have been sent since. Nothing "
    "is sent until you have compared it with the panel's own page and said `tracker resume`."
)


class Supervisor:
    """Runs the passes of every panel and target. `clients` maps a panel's name to its client."""

    def __init__(self, config: Config, db: Database, clients: dict[str, Client]) -> None:
        self.config = config
        self.db = db
        self.stopping = threading.Event()
        self.workers = [
            PanelWorker(
                panel,
                config.schedule,
                clients[name],
                db,
                now,
                self.stopping,
                self._waker(name),
                config.unknown,
            )
            for name, panel in config.panels.items()
        ]
        texts = own_texts(config.templates)
        self.tellers = [Deliver(target, db, now, self.stopping, texts) for target in config.alerts]
        self._kept_at = time.monotonic()
        self.scheduler = Scheduler(self._passes())
        self._id = self._epoch = 0

    def _waker(self, panel: str) -> Callable[[str], None]:
        return lambda name: self.scheduler.wake(f"{name}:{panel}")

    def _passes(self) -> dict[str, Pass]:
        passes: dict[str, Pass] = {"housekeeping": self._keep_house}
        for worker in self.workers:
            for name in ("submit", "track", "balance", "services"):
                passes[f"{name}:{worker.name}"] = getattr(worker, name)
        for teller in self.tellers:
            passes[f"tell:{teller.name}"] = teller.run
        if self.tellers:
            passes["remind"] = self._remind
        if self.config.heartbeat is not None:
            passes["heartbeat"] = Heartbeat(self.config.heartbeat.reveal(), self._is_alive).beat
        return passes

    # -- running --------------------------------------------------------------------------------------

    def run(self, until_idle: bool = False) -> int:
        """Work until a signal comes, or until nothing is left to do; return the exit code.

        StorageFault when another daemon works on the same database.
        """
        with daemons.InstanceLock(self.db).taken():
            self._start()
            try:
                return self._wait(until_idle)
            finally:
                self._stop()

    def _start(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        held = self._hold_if_restored()
        self._id = daemons.register(self.db, __version__, now())
        self._post(Event.DAEMON_STARTED, **({"held": RESTORED} if held else {}))
        self.db.on_alerts_committed = self._wake_tellers
        log.info("daemon.started", version=__version__, panels=[worker.name for worker in self.workers])
        tune_gc()
        self.scheduler.start()
        notify_systemd("READY=1")

    def _hold_if_restored(self) -> bool:
        """Send nothing from an older copy of the database until a person says so."""
        behind = epoch.is_behind(self.db)
        if behind:
            self._hold()
        self._epoch = epoch.advance(self.db)
        return behind

    def _hold(self) -> None:
        log.error("database.stale_copy", what=RESTORED)
        for panel in self.config.panels:
            judge = partial(after_restore, now=now())
            changes.apply(self.db, [], now(), panel=panel, judge=judge)

    def _watch_epoch(self) -> None:
        """Hold when the database went back in time under a running daemon: a fail-over to a standby that lagged."""
        number = epoch.advance(self.db)
        if number <= self._epoch:
            self._hold()
        self._epoch = number

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        log.info("daemon.stopping", signal=signal.Signals(number).name)
        self.stopping.set()

    def _wait(self, until_idle: bool) -> int:
        rest = IDLE_DELAY if until_idle else MAIN_DELAY
        while not self.stopping.wait(rest):
            self.scheduler.watch_clock()
            if self.scheduler.longest_run() < SLOW_PASS:
                notify_systemd("WATCHDOG=1")
            if until_idle:
                code = self._idle_code()
                if code is not None:
                    return code
        return 0

    def _idle_code(self) -> int | None:
        try:
            return idle_code(self.db, self.config)
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))
            return None

    def _stop(self) -> None:
        notify_systemd("STOPPING=1")
        self.stopping.set()
        self.scheduler.stop()
        try:
            self._post(Event.DAEMON_STOPPED)
            self._say_goodbye()
            daemons.deregister(self.db, self._id)
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))
        log.info("daemon.stopped")

    def _say_goodbye(self) -> None:
        """Give the targets a moment for the last message; it stays in the outbox of those that need longer."""
        threads = [threading.Thread(target=teller.drain, daemon=True) for teller in self.tellers]
        for thread in threads:
            thread.start()
        until = time.monotonic() + DRAIN_TIMEOUT
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _post(self, event: Event, **more: str) -> None:
        facts = {"version": __version__, "host": socket.gethostname(), "orders": self._totals(), **more}
        with self.db.transaction():
            outbox.post(self.db, [Notice(event, facts=facts)], now())

    def _totals(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for states in counters.counts(self.db).values():
            for state, count in states.items():
                totals[state] = totals.get(state, 0) + count
        return totals

    def _wake_tellers(self) -> None:
        for teller in self.tellers:
            self.scheduler.wake(f"tell:{teller.name}")

    def _remind(self) -> int:
        """Post the reminders of what lasts, and the ends of what has calmed down."""
        outbox.remind(self.db, now())
        due = incidents.next_due(self.db, now())
        return REMIND_DELAY if due is None else min(REMIND_DELAY, max(SECOND, due - now()))

    def _is_alive(self) -> bool:
        """Tell whether every pass goes on and the database can be written."""
        return (
            self.scheduler.longest_run() < SLOW_PASS and time.monotonic() - self._kept_at < SLOW_HOUSEKEEPING
        )

    def _keep_house(self) -> int:
        """Show life, and prune a little of what the retention no longer keeps."""
        daemons.heartbeat(self.db, self._id, now())
        self._kept_at = time.monotonic()
        self._watch_epoch()
        kept = self.config.retention
        orders.prune(self.db, now() - kept.finished, PRUNED_AT_A_TIME)
        outbox.prune(self.db, now() - kept.alerts, PRUNED_AT_A_TIME)
        return daemons.HEARTBEAT_EVERY


def idle_code(db: Database, config: Config) -> int | None:
    """Return the exit code of `run --until-idle` when nothing is left to do by itself; None while something is."""
    alerts = counters.alerts(db)
    if alerts["waiting"] or orders.any_in(db, [State.SUBMITTING]):
        return None
    waiting = False
    for panel in config.panels:
        account = read_account(db, panel)
        if config.unknown.probe and evidence.unchecked(db, panel):
            return None
        moves = orders.any_in(db, [State.QUEUED], panel), orders.any_in(db, [State.ACTIVE], panel)
        stopped = (
            any(at is not None for at in (account.paused_at, account.refused_at, account.restored_at)),
            account.refused_at is not None,
        )
        if any(left and not still for left, still in zip(moves, stopped, strict=True)):
            return None
        waiting = waiting or any(moves)
    person = waiting or alerts["dead"] > 0 or orders.any_in(db, [State.UNKNOWN])
    return 4 if person else 0


GC_THRESHOLD = 20_000
"""New objects after which the collector looks for cycles: a sweep makes many objects and no cycles."""


def tune_gc() -> None:
    """Let the collector pass over all that is loaded by now, and come less often: a tenth of the cost of a sweep."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 20)
