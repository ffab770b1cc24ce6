"""The daemon: builds the passes, runs them until it is stopped, and stops cleanly."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Mapping

import structlog

from tracker import __version__
from tracker.alerts.templates import own_texts
from tracker.config.settings import Config
from tracker.daemon import idle
from tracker.daemon.clock_guard import ClockGuard
from tracker.daemon.context import Client, PanelContext, Pass
from tracker.daemon.file_watch import FileWatch
from tracker.daemon.heartbeat import Heartbeat
from tracker.daemon.passes.deliver import Deliver
from tracker.daemon.passes.housekeeping import Housekeeping, remind
from tracker.daemon.restore_guard import RESTORED, RestoreGuard
from tracker.daemon.scheduler import Scheduler
from tracker.daemon.signals import Signals, Wish
from tracker.daemon.systemd import notify_systemd
from tracker.daemon.worker import PanelWorker
from tracker.events import Event, Notice
from tracker.lib.clock import awake, now
from tracker.lib.memory import return_freed_memory
from tracker.lib.times import MINUTE, SECOND, seconds
from tracker.orders.strays import stray_sentences
from tracker.store import counters, daemons, outbox
from tracker.store.database import Database, StorageFault
from tracker.store.instance_lock import InstanceLock

log = structlog.get_logger(__name__)

MAIN_DELAY = SECOND
"""How often the main thread looks at the clock and the file of the database, and feeds the watchdog."""

HALTED_DELAY = SECOND
"""How soon it is checked again whether a pass may run, while the database's file is not where it was."""

IDLE_DELAY = SECOND // 5
"""How often it is checked whether all is done, with `--until-idle`."""

SLOW_PASS = 10 * MINUTE
"""A pass that runs longer than this is stuck: the watchdog of systemd is no longer fed."""

DRAIN_TIMEOUT = 5 * SECOND
"""How long a stop waits for the last messages to be delivered."""

SLOW_HOUSEKEEPING = 2 * MINUTE
"""How long housekeeping may write nothing before the daemon no longer counts as well."""

IGNORED = {
    Wish.RELOAD: "the config cannot be read again while the daemon runs; restart it",
    Wish.NOTHING: "it means nothing to tracker",
}
"""Why a signal is ignored."""

GC_THRESHOLD = 20_000
"""New objects after which the collector looks for cycles: a sweep makes many objects and no cycles."""


class Supervisor:
    """Runs the passes of every panel and target. `clients` maps a panel's name to its client."""

    def __init__(self, config: Config, db: Database, clients: Mapping[str, Client]) -> None:
        self.config = config
        self.db = db
        self.stopping = threading.Event()
        self._signals = Signals()
        self._lock = InstanceLock(db)
        self._file = FileWatch(db, self._lock, config.panels)
        self._guard = RestoreGuard(db, config.panels)
        self._clock_guard = ClockGuard(db, config, now, awake, lambda: self.scheduler.wake_all())
        self._housekeeping = Housekeeping(db, config.retention, self._guard, self._clock_guard)
        self.workers = [PanelWorker(self._context(name, client)) for name, client in clients.items()]
        texts = own_texts(config.templates)
        self.deliveries = [Deliver(target, db, now, self.stopping, texts) for target in config.alerts]
        self.scheduler = Scheduler(self._passes(), self._clock_guard.note_step)

    def _context(self, panel: str, client: Client) -> PanelContext:
        config = self.config
        return PanelContext(
            config.panels[panel],
            config.schedule,
            config.unknown,
            client,
            self.db,
            stopping=self.stopping,
            wake=lambda name: self.scheduler.wake(f"{name}:{panel}"),
            note_progress=lambda name: self.scheduler.note_progress(f"{name}:{panel}"),
        )

    def _passes(self) -> dict[str, Pass]:
        passes: dict[str, Pass] = {"housekeeping": self._housekeeping.run}
        for worker in self.workers:
            passes |= {f"{name}:{worker.name}": run for name, run in worker.passes().items()}
        if self.deliveries:
            passes["remind"] = lambda: remind(self.db, now())
        passes = {name: self._halting(run) for name, run in passes.items()}
        passes |= {_delivery_pass(deliver): deliver.run for deliver in self.deliveries}
        if self.config.heartbeat is not None:
            passes["heartbeat"] = Heartbeat(self.config.heartbeat.reveal(), self._is_alive).beat
        return passes

    def _halting(self, run: Pass) -> Pass:
        """Let a pass do nothing while what it writes could be lost: the file of the database is not where it was."""
        return lambda: run() if self._file.change() is None else HALTED_DELAY

    def run(self, until_idle: bool = False) -> int:
        """Work until a signal comes, or until nothing is left to do; return the exit code.

        StorageFault when another daemon works on the same database.
        """
        with self._lock.held():
            self._start()
            try:
                return self._wait(until_idle)
            finally:
                self._stop()

    # -- starting -----------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._signals.receive()
        self._file.start()
        is_restored = self._guard.check_at_start(now())
        self._clock_guard.check(now())
        self._housekeeping.daemon_id = daemons.register(self.db, __version__, now())
        self._post(Event.DAEMON_STARTED, **({"held": RESTORED} if is_restored else {}))
        self.db.on_alerts_committed = self._wake_deliveries
        log.info("daemon.started", version=__version__, panels=[worker.name for worker in self.workers])
        for sentence in stray_sentences(counters.counts(self.db), self.config.panels):
            log.warning("panel.not_in_config", what=sentence)
        return_freed_memory()
        tune_gc()
        self.scheduler.start()
        notify_systemd("READY=1")

    def _wake_deliveries(self) -> None:
        for deliver in self.deliveries:
            self.scheduler.wake(_delivery_pass(deliver))

    # -- running ------------------------------------------------------------------------------------------

    def _wait(self, until_idle: bool) -> int:
        delay = seconds(IDLE_DELAY if until_idle else MAIN_DELAY)
        while not self._stop_asked(delay):
            self.scheduler.watch_clock()
            self._file.check(now())
            if self.scheduler.longest_run() < SLOW_PASS:
                notify_systemd("WATCHDOG=1")
            if until_idle:
                code = self._idle_code()
                if code is not None:
                    return code
        return 0

    def _stop_asked(self, delay: float) -> bool:
        """Wait for a signal; tell whether it asks for a stop. Those that come after that change nothing."""
        received = self._signals.next(delay)
        if received is None:
            return False
        name, wish = received
        if wish is Wish.STOP:
            log.info("daemon.stopping", signal=name)
            return True
        log.warning("signal.ignored", signal=name, why=IGNORED[wish])
        return False

    def _idle_code(self) -> int | None:
        try:
            if self._file.change() is not None:
                return None if counters.alerts(self.db)["waiting"] else idle.NEEDS_OPERATOR
            return idle.exit_code(self.config, self.db)
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))
            return None

    def _is_alive(self) -> bool:
        """Tell whether no pass hangs and the database can be written."""
        is_written = self._housekeeping.unwritten_for() < SLOW_HOUSEKEEPING
        is_well = is_written and self._file.change() is None
        return is_well and self.scheduler.longest_run() < SLOW_PASS

    # -- stopping -----------------------------------------------------------------------------------------

    def _stop(self) -> None:
        notify_systemd("STOPPING=1")
        self.stopping.set()
        self.scheduler.stop()
        try:
            if self._file.change() is None:
                self._say_goodbye()
            else:
                self._file.check(now())
                self._file.keep_copy(now())  # again: an answer may have come since
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))
        log.info("daemon.stopped")

    def _say_goodbye(self) -> None:
        self._post(Event.DAEMON_STOPPED)
        self._drain()
        daemons.deregister(self.db, self._housekeeping.daemon_id)
        self.db.checkpoint()  # so that a backup that is put in the file's place finds no log of another

    def _drain(self) -> None:
        """Give the targets a moment for the last message; it stays in the outbox of those that need longer."""
        threads = [threading.Thread(target=deliver.drain, daemon=True) for deliver in self.deliveries]
        for thread in threads:
            thread.start()
        until = awake() + DRAIN_TIMEOUT
        for thread in threads:
            thread.join(max(0.0, seconds(until - awake())))

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


def _delivery_pass(deliver: Deliver) -> str:
    return f"deliver:{deliver.name}"


def tune_gc() -> None:
    """Keep the collector off all that is loaded by now, and let it come less often: a tenth of the cost of a sweep."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 20)
