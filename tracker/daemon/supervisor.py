"""The daemon: runs the passes of a config until it is stopped, reads it again when asked, and stops cleanly."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

import structlog

from tracker import __version__
from tracker.config.settings import Config
from tracker.daemon import idle
from tracker.daemon.chat import DaemonChat
from tracker.daemon.clock_guard import ClockGuard
from tracker.daemon.context import OwnedClient
from tracker.daemon.crew import Crew, Keepers
from tracker.daemon.file_watch import FileWatch
from tracker.daemon.page import DaemonPage
from tracker.daemon.passes.housekeeping import Housekeeping
from tracker.daemon.reload import NotReloaded, Reloaded, read_again
from tracker.daemon.restore_guard import RESTORED, RestoreGuard
from tracker.daemon.signals import Signals, Wish
from tracker.daemon.systemd import notify_reloading, notify_systemd
from tracker.events import Event, Notice
from tracker.lib import logs
from tracker.lib.clock import awake, now
from tracker.lib.memory import return_freed_memory
from tracker.lib.times import SECOND, seconds
from tracker.operations.recurring import stray_rules
from tracker.orders.strays import stray_sentences
from tracker.store import counters, daemons, deliveries, outbox
from tracker.store.database import Database, StorageFault
from tracker.store.instance_lock import InstanceLock
from tracker.web.site import Doors

log = structlog.get_logger(__name__)

MAIN_DELAY = SECOND
"""How often the main thread looks at the clock and the file of the database, and feeds the watchdog."""

WISH_DELAY = SECOND
"""How often it is looked for what a command asks of the daemon."""

STOPPED_DELAY = SECOND // 20
"""How often it is checked whether the rounds that run have ended, for a reload."""

IDLE_DELAY = SECOND // 5
"""How often it is checked whether all is done, with `--until-idle`."""

TOLD_EVERY = 15 * SECOND
"""How often `--until-idle` tells what it still waits for."""

GC_THRESHOLD = 20_000
"""New objects after which the collector looks for cycles: a sweep makes many objects and no cycles."""


class Source(NamedTuple):
    """Where configs and clients come from: the command line builds both."""

    #: Reads the config file anew; ConfigError when it is wrong.
    read: Callable[[], Config]
    #: Makes a client for each panel of a config, by the panel's name.
    connect: Callable[[Config], Mapping[str, OwnedClient]]


class Supervisor:
    """Runs the passes of a config, and of those that take its place. One for a process."""

    def __init__(self, config: Config, db: Database, source: Source) -> None:
        self.config = config
        self.db = db
        self._source = source
        self._signals = Signals()
        self._lock = InstanceLock(db)
        self._file = FileWatch(db, self._lock, config.panels)
        self._guard = RestoreGuard(db, config.panels)
        self._clock_guard = ClockGuard(db, config, now, awake, lambda: self._crew.scheduler.wake_all())
        self._housekeeping = Housekeeping(db, config.retention, self._guard, self._clock_guard)
        self._ending = threading.Event()
        #: The newest wish of a command that the main thread knows of.
        self._noted_wish = 0
        self._reload_again = False
        self._crew = self._crew_of(config)
        doors = Doors(
            adopt=lambda order, panel_id, by: self._crew.adopt(order, panel_id, by),
            is_alive=lambda: self._crew.is_alive(),
            rounds=lambda: self._crew.scheduler.rounds(),
        )
        self._page = DaemonPage(db, doors, awake)
        self._chat = DaemonChat(db, doors.adopt, awake)

    def _crew_of(self, config: Config) -> Crew:
        keepers = Keepers(self._housekeeping, self._file, self._clock_guard, self._note_wish, self._ending)
        return Crew(config, self.db, self._source.connect(config), keepers)

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
        log.info("daemon.started", version=__version__, panels=list(self.config.panels))
        self._warn_of_strays()
        return_freed_memory()
        tune_gc()
        self._crew.start()
        self._page.follow(self.config)
        self._chat.follow(self.config)
        notify_systemd("READY=1")

    def _warn_of_strays(self) -> None:
        orders = stray_sentences(counters.counts(self.db), self.config.panels)
        for sentence in (*orders, *stray_rules(self.config, self.db)):
            log.warning("panel.not_in_config", what=sentence)

    # -- running ------------------------------------------------------------------------------------------

    def _wait(self, until_idle: bool) -> int:
        delay, told_at = seconds(IDLE_DELAY if until_idle else MAIN_DELAY), awake()
        while not self._stop_asked(delay):
            self._crew.scheduler.watch_clock()
            self._stay_well()
            if until_idle:
                code = self._idle_code()
                if code is not None:
                    return code
                if awake() - told_at >= TOLD_EVERY:
                    self._tell_what_is_left()
                    told_at = awake()
        return 0

    def _stay_well(self) -> None:
        """Look at the database's file, and feed the watchdog unless a pass hangs."""
        self._file.check(now())
        self._page.check()
        if not self._crew.is_stuck():
            notify_systemd("WATCHDOG=1")

    def _stop_asked(self, delay: float) -> bool:
        """Wait for a signal; tell whether it asks for a stop. Those that come after that change nothing."""
        received = self._signals.next(delay)
        if received is None:
            return False
        name, wish = received
        if wish is Wish.STOP:
            log.info("daemon.stopping", signal=name)
            return True
        if wish is Wish.RELOAD:
            return self._reload()
        self._ignore(name)
        return False

    def _idle_code(self) -> int | None:
        try:
            if self._file.change() is not None:
                return None if counters.alerts(self.db)["waiting"] else idle.NEEDS_OPERATOR
            return idle.exit_code(self.config, self.db)
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))
            return None

    def _tell_what_is_left(self) -> None:
        try:
            log.info("daemon.waiting", left=idle.left_to_do(self.config, self.db))
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))

    # -- reloading ----------------------------------------------------------------------------------------

    def _note_wish(self) -> int:
        """Have the main thread read the config again when a command asks for it; return how long to wait."""
        wish = daemons.reload_wish(self.db, self._housekeeping.daemon_id)
        if wish is not None and wish > self._noted_wish:
            self._noted_wish = wish
            self._signals.ask_for_reload()
        return WISH_DELAY

    def _reload(self) -> bool:
        """Put the config that is in the file now in the place of the one in force; a wrong one changes nothing.

        Tells whether a stop was asked for meanwhile.
        """
        notify_reloading()
        found, is_stopped = read_again(self.config, self._source.read), False
        try:
            wish = daemons.reload_wish(self.db, self._housekeeping.daemon_id)
            if isinstance(found, Reloaded):
                is_stopped = not self._replace_crew(found)
            else:
                self._refuse(found)
            if wish is not None and not is_stopped:
                daemons.answer_reload(self.db, self._housekeeping.daemon_id, wish, found.facts)
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))
        notify_systemd("READY=1")
        return is_stopped

    def _refuse(self, found: NotReloaded) -> None:
        log.error("config.refused", faults=found.faults)
        facts = {"host": socket.gethostname(), "faults": found.faults}
        with self.db.transaction():
            outbox.post(self.db, [Notice(Event.CONFIG_REFUSED, facts=facts)], now())

    def _replace_crew(self, found: Reloaded) -> bool:
        """Let the rounds that run end, an add in flight too, and go on with the passes of the new config.

        False when a stop was asked for before they had ended.
        """
        crew = self._crew_of(found.config)
        self._crew.begin_stop()
        while not self._crew.is_stopped():
            if self._stop_asked_again():
                crew.close()
                return False
            self._stay_well()
        self._crew.stop()
        self._crew = crew
        self._follow(found.config)
        gc.collect()  # it closes the files of the database that the threads that have ended had open: see below
        for target in found.moved_targets:
            deliveries.try_now(self.db, target, now())
        crew.start()
        log.info("config.reloaded", changed=found.changed, needs_restart=found.needs_restart)
        self._warn_of_strays()
        if self._reload_again:
            self._reload_again = False
            self._signals.ask_for_reload()
        return True

    def _stop_asked_again(self) -> bool:
        """Wait a moment for a signal that asks for a stop; what others ask for is done when the reload has ended."""
        received = self._signals.next(seconds(STOPPED_DELAY))
        if received is None:
            return False
        name, wish = received
        if wish is Wish.STOP:
            log.info("daemon.stopping", signal=name)
        elif wish is Wish.RELOAD:
            self._reload_again = True  # the file may have changed since it was read
        else:
            self._ignore(name)
        return wish is Wish.STOP

    def _ignore(self, name: str) -> None:
        log.warning("signal.ignored", signal=name, why="it means nothing to tracker")

    def _follow(self, config: Config) -> None:
        """Let all that outlives a reload go by the new config."""
        if config.log != self.config.log:
            logs.setup(config.log.level, config.log.format)
        self.config = config
        self.db.subscriptions = tuple(target.subscription for target in config.alerts)
        self._file.panels = self._guard.panels = tuple(config.panels)
        self._clock_guard.config = config
        self._housekeeping.retention = config.retention
        self._page.follow(config)
        self._chat.follow(config)

    # -- stopping -----------------------------------------------------------------------------------------

    def _stop(self) -> None:
        notify_systemd("STOPPING=1")
        self._ending.set()
        self._crew.begin_stop()
        self._page.close()
        self._chat.close()
        self._crew.stop()
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
        self._crew.drain()
        daemons.deregister(self.db, self._housekeeping.daemon_id)
        self.db.checkpoint()  # so that a backup that is put in the file's place finds no log of another

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


def tune_gc() -> None:
    """Keep the collector off all that is loaded by now, and let it come less often: a tenth of the cost of a sweep.

    So it must be called where threads end: a connection to SQLite refers to itself, and stays open until it comes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 20)
