"""The passes of one config, and the scheduler that runs them: all that a reload replaces."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from tracker.config.settings import Config
from tracker.daemon.clock_guard import ClockGuard
from tracker.daemon.context import Client, OwnedClient, PanelContext, Pass
from tracker.daemon.file_watch import FileWatch
from tracker.daemon.heartbeat import Heartbeat
from tracker.daemon.meters import Meters, measured
from tracker.daemon.passes.adopt import adopted_or_refused
from tracker.daemon.passes.deliver import Deliver
from tracker.daemon.passes.expire import expire
from tracker.daemon.passes.housekeeping import Housekeeping, remind
from tracker.daemon.passes.keep_meters import KeepMeters
from tracker.daemon.passes.monthly import send_monthly
from tracker.daemon.passes.recur import Recur
from tracker.daemon.scheduler import Scheduler
from tracker.daemon.worker import PanelWorker
from tracker.lib.clock import awake, now
from tracker.lib.times import MINUTE, SECOND, seconds
from tracker.operations.limits import rules_of
from tracker.operations.refused import Refused
from tracker.operations.wording import wording_of
from tracker.orders.order import Order
from tracker.store.database import Database, StorageFault

log = structlog.get_logger(__name__)

HALTED_DELAY = SECOND
"""How soon it is checked again whether a pass may run, while the database's file is not where it was."""

SLOW_PASS = 10 * MINUTE
"""A pass that runs longer than this is stuck: the watchdog of systemd is no longer fed."""

SLOW_HOUSEKEEPING = 2 * MINUTE
"""How long housekeeping may write nothing before the daemon no longer counts as well."""

DRAIN_TIMEOUT = 5 * SECOND
"""How long a stop waits for the last messages to be delivered."""


@dataclass(frozen=True, slots=True)
class Keepers:
    """What goes on whatever the config: it keeps the database safe from the clock, the file system and age."""

    housekeeping: Housekeeping
    file: FileWatch
    clock: ClockGuard
    #: Looks for what commands have asked of this daemon.
    wishes: Pass
    #: Is set when the process ends, and not only the passes of a config.
    ending: threading.Event


class Crew:
    """Runs the passes of every panel and target of a config. `clients` maps a panel's name to its client."""

    def __init__(
        self, config: Config, db: Database, clients: Mapping[str, OwnedClient], keepers: Keepers
    ) -> None:
        self._config = config
        self._db = db
        self._clients = clients
        self._keepers = keepers
        self._stopping = threading.Event()
        #: Only where somebody may look at the figures.
        self._meters = None if config.web is None else KeepMeters(db, Meters(), now)
        self._workers = [PanelWorker(self._context(name, client)) for name, client in clients.items()]
        wording = wording_of(config, db)
        self._deliveries = [Deliver(target, db, now, self._stopping, wording) for target in config.alerts]
        self.scheduler = Scheduler(self._passes(), keepers.clock.note_step)

    def _context(self, panel: str, client: Client) -> PanelContext:
        config = self._config
        context = PanelContext(
            config.panels[panel],
            config.schedule,
            config.unknown,
            client,
            self._db,
            rules_of(config, panel),
            stopping=self._stopping,
            ending=self._keepers.ending,
            wake=lambda name: self.scheduler.wake(f"{name}:{panel}"),
            note_progress=lambda name: self.scheduler.note_progress(f"{name}:{panel}"),
        )
        return context if self._meters is None else measured(context, self._meters.measured)

    def _passes(self) -> dict[str, Pass]:
        passes: dict[str, Pass] = {
            "housekeeping": self._keepers.housekeeping.run,
            "wishes": self._keepers.wishes,
            "expire": lambda: expire(self._db, now()),
            "recur": Recur(self._config, self._db, now).run,
        }
        for worker in self._workers:
            passes |= {f"{name}:{worker.name}": run for name, run in worker.passes().items()}
        if self._deliveries:
            passes["remind"] = lambda: remind(self._db, now())
        if self._meters is not None:
            passes["meters"] = self._meters.run
        if self._config.report == "monthly":
            passes["report"] = lambda: send_monthly(self._config, self._db, now)
        passes = {name: self._halting(run) for name, run in passes.items()}
        passes |= {_delivery_pass(deliver): deliver.run for deliver in self._deliveries}
        if self._config.heartbeat is not None:
            passes["heartbeat"] = Heartbeat(self._config.heartbeat.reveal(), self.is_alive).beat
        return passes

    def _halting(self, run: Pass) -> Pass:
        """Let a pass do nothing while what it writes could be lost: the file of the database is not where it was."""
        return lambda: run() if self._keepers.file.change() is None else HALTED_DELAY

    def adopt(self, order: Order, panel_order_id: str, by: str) -> Order:
        """Take a panel's id as an unknown order's own, for a person; Refused says why it stays unknown."""
        if order.panel not in self._clients:
            raise Refused(f"the config has no panel {order.panel!r}")
        context = self._context(order.panel, self._clients[order.panel])
        return adopted_or_refused(context, order, panel_order_id, by)

    def start(self) -> None:
        """Start every pass."""
        self._db.on_alerts_committed = self._wake_deliveries
        self.scheduler.start()

    def _wake_deliveries(self) -> None:
        for deliver in self._deliveries:
            self.scheduler.wake(_delivery_pass(deliver))

    def is_stuck(self) -> bool:
        """Tell whether a pass hangs."""
        return self.scheduler.longest_run() >= SLOW_PASS

    def is_alive(self) -> bool:
        """Tell whether no pass hangs and the database can be written."""
        is_written = self._keepers.housekeeping.unwritten_for() < SLOW_HOUSEKEEPING
        is_well = is_written and self._keepers.file.change() is None
        return is_well and not self.is_stuck()

    # -- stopping -----------------------------------------------------------------------------------------

    def begin_stop(self) -> None:
        """Begin no more rounds; those that run end after the call that they wait for."""
        self._stopping.set()
        self.scheduler.begin_stop()

    def is_stopped(self) -> bool:
        """Tell whether no round runs any more."""
        return not self.scheduler.is_busy()

    def stop(self) -> None:
        """Wait for the rounds that run, however long: an add in flight is finished and recorded."""
        self.begin_stop()
        self.scheduler.stop()
        self._write_meters()
        self.close()

    def _write_meters(self) -> None:
        """Write the last figures, where that can be done: they are nothing to hold up a stop for."""
        if self._meters is None or self._keepers.file.change() is not None:
            return
        try:
            self._meters.run()
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))

    def close(self) -> None:
        """Close the clients: nothing is called any more."""
        for client in self._clients.values():
            client.close()

    def drain(self) -> None:
        """Give the targets a moment for the last message; it stays in the outbox of those that need longer."""
        threads = [threading.Thread(target=deliver.drain, daemon=True) for deliver in self._deliveries]
        for thread in threads:
            thread.start()
        until = awake() + DRAIN_TIMEOUT
        for thread in threads:
            thread.join(max(0.0, seconds(until - awake())))


def _delivery_pass(deliver: Deliver) -> str:
    return f"deliver:{deliver.name}"
