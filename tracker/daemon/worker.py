"""The passes over one panel: recover and submit here, track in `tracking`, balance and services in `upkeep`.

Read this first.

A pass runs until nothing is due and returns how long it may rest, in microseconds. It claims or picks work
in the store, asks the panel once, has the answer read and judged by pure functions, and has the verdict
written by `changes.apply`. It knows no HTTP, no SQL and no wording of any panel.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TypeVar

import structlog

from tracker.accounts.account import Account, AccountChange, after_restore, calling_hold, submitting_hold
from tracker.accounts.submission import account_after_add
from tracker.config.settings import PanelConfig, Schedule, Unknown
from tracker.daemon.context import Client, delay_until
from tracker.daemon.passes.adopt import Adopt
from tracker.daemon.passes.balance import Upkeep
from tracker.daemon.passes.reconcile import Reconcile
from tracker.daemon.passes.track import Track
from tracker.lib.times import HOUR, SECOND
from tracker.orders.answers import Accepted, Reason, Refused, Service
from tracker.orders.catalogue import expected_charge, fault_in
from tracker.orders.change import Intent, OrderChange
from tracker.orders.order import Order, State
from tracker.orders.submission import after_add, after_check, after_crash, after_same_id
from tracker.panel.exchange import Exchange
from tracker.store import accounts, attempts, catalogue, changes, orders, queue
from tracker.store.attempts import exchange_of, intent_of
from tracker.store.database import Database, StorageFault
from tracker.store.engines.engine import Lease

log = structlog.get_logger(__name__)
T = TypeVar("T")

ADD_MARGIN = 15 * SECOND
"""How long after its time limit an `add` may still be on the wire, clocks that differ included."""

LEASE_DELAY = 2 * SECOND
"""How soon to try again to be the one daemon that sends: another one may have died."""


class PanelWorker:
    """Works for one panel account. Each pass may run in a thread of its own; `submit` only in one."""

    def __init__(
        self,
        panel: PanelConfig,
        schedule: Schedule,
        client: Client,
        db: Database,
        clock: Callable[[], int],
        stopping: threading.Event,
        wake: Callable[[str], None] = lambda _pass: None,
        unknown: Unknown = Unknown(),  # noqa: B008 - frozen
        elapsed: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
    ) -> None:
        self.name = panel.name
        self.panel = panel
        self.dialect = panel.dialect
        self.schedule = schedule
        self.client = client
        self.db = db
        self.now = clock
        self.stopping = stopping
        self.wake = wake
        self._ready = False
        #: The newest intent that was recorded here: its attempt and its time.
        self._newest: tuple[int, int] | None = None
        self.tracking = Track(panel, schedule, client.call, db, clock, stopping)
        self.track = self.tracking.track
        self.upkeep = Upkeep(panel, schedule, client.call, db, clock, wake)
        self.balance, self.services = self.upkeep.balance, self.upkeep.services
        self.adopt = Adopt(panel, client.call, db, clock).adopt
        self.inquiry = Reconcile(panel, unknown, client.call, self.tracking.look_at, db, clock, elapsed)

    # -- submit ---------------------------------------------------------------------------------------

    def submit(self) -> int:
        """Send what is queued, strictly one order at a time, over all daemons."""
        with self.db.lease(f"submit:{self.name}") as lease:
            if not lease.holds():
                return min(self.schedule.submit, LEASE_DELAY)
            if not self._ready:
                self._make_ready()
            elif self.db.shared:
                self._hold_if_behind()
                self.recover()
            return self._submit(lease)

    def _submit(self, lease: Lease) -> int:
        # The intent to send is written on the connection that holds the lease: when that is lost, nothing is sent.
        while lease.holds() and not self.stopping.is_set():
            if self._is_time_to_look(self._account()):
                self.inquiry.look()
            rest = self._held_for()
            if rest is not None:
                return rest
            placeable = self._next_placeable()
            if placeable is None:
                return self._rest_until(queue.next_queued_at(self.db, self.name), self.schedule.submit)
            # Before the intent is on record: the wait may be long, and what dies in it would be `unknown` for nothing.
            if not self.client.acquire_slot() or self.stopping.is_set():
                break
            if lease.holds() and submitting_hold(self._account(), self.now()) is None:
                self._send(*placeable)
        return self.schedule.submit

    def _held_for(self) -> int | None:
        """Return how long nothing may be sent; None when an order may."""
        hold = submitting_hold(self._account(), self.now())
        if hold is not None:
            return self._rest_until(hold.until, self.schedule.submit)
        if self.inquiry.blocks():
            return self._rest_until(self.inquiry.due_at(), self.schedule.submit)
        return None

    def _is_time_to_look(self, account: Account) -> bool:
        """Tell whether evidence about lost orders is due; not while the panel is out of reach."""
        due_at = self.inquiry.due_at()
        silent = account.down_at is not None or calling_hold(account, self.now()) is not None
        return due_at is not None and due_at <= self.now() and not silent

    def _make_ready(self) -> None:
        """Settle what a dead process left, and learn the wallet and the prices, before anything is sent."""
        self.recover()
        self.balance()
        self.services()
        self._ready = True

    def recover(self) -> None:
        """Settle every order that a dead process left in mid-add: by its kept answer, or as unknown."""
        for order, attempt in attempts.unanswered(self.db, self.name):
            intent = intent_of(attempt)
            kept = exchange_of(attempt, self.dialect.add(order))
            if kept is None:
                lost = self._to_be_looked_for(after_crash(order, intent), self._over_at(intent))
                changes.apply(self.db, [lost], self.now())
            else:
                self._settle(order, intent, kept)

    def _hold_if_behind(self) -> None:
        """Send nothing when the newest intent of ours is gone: a standby took over that had not heard of it."""
        if self._newest is None:
            return
        attempt, at = self._newest
        if self.now() - at < HOUR and not attempts.has_attempt(self.db, attempt):
            log.error("database.stale_copy", panel=self.name, attempt=attempt)
            self._judge(partial(after_restore, now=self.now()))
            self._newest = None

    def _over_at(self, intent: Intent) -> int:
        """Return when an `add` that nobody may stand behind any more is surely over; nothing is sent before.

        Another machine may have lost the database and not the panel.
        """
        return intent.at + self.panel.add_timeout + ADD_MARGIN if self.db.shared else 0

    def _next_placeable(self) -> tuple[Order, Service | None] | None:
        """Pick the next order that nothing known speaks against; reject or postpone those before it."""
        while (order := queue.next_queued(self.db, self.name, self.now())) is not None:
            service, is_read = self._listed(order)
            fault = fault_in(order, service) if is_read else None
            if fault is not None:
                changes.apply(self.db, [after_check(order, fault, self.now())], self.now())
            elif self.panel.same_link == "wait" and queue.link_is_open(self.db, order):
                queue.postpone_link(self.db, order, self.now() + self.schedule.poll)
            else:
                return order, service
        return None

    def _listed(self, order: Order) -> tuple[Service | None, bool]:
        """Return the line of the catalogue for an order, and whether the catalogue was ever read."""
        service = catalogue.service(self.db, self.name, order.service)
        if service is not None:
            return service, True
        if catalogue.services_at(self.db, self.name) is None:
            return None, False
        # Once more: it may have come in between, and an order must not be rejected for that.
        return catalogue.service(self.db, self.name, order.service), True

    def _send(self, order: Order, service: Service | None) -> None:
        account = self._account()
        intent = self._intent(expected_charge(order, service), account)
        claimed = attempts.claim(self.db, order, intent, account.currency)  # durable before a byte leaves
        if claimed is None:
            return
        change, attempt = claimed
        self._newest = attempt, intent.at
        exchange = self.client.send_once(self.dialect.add(change.after))
        # Kept before it is read: what cannot be read may hold the only id of what was paid for.
        kept = self._persist(lambda: attempts.keep(self.db, attempt, exchange, self.now()))
        self._persist(lambda: self._settle(change.after, intent, kept))

    def _intent(self, charge: Decimal | None, account: Account) -> Intent:
        known = account.balance, account.balance_at, account.newest_id, account.mark
        return Intent(self.now(), charge, *known)

    def _settle(self, order: Order, intent: Intent, exchange: Exchange) -> None:
        answer = self.dialect.read_add(exchange, intent.newest_id)
        now = self.now()
        # If this is lost with the power, `recover` settles by the kept answer once more.
        with self.db.unsynced():
            change = after_add(order, answer, intent, now, self.schedule.poll)
            if isinstance(answer, Accepted):
                change = self._refuse_same_id(change, answer.panel_order_id, intent)
            judge = partial(account_after_add, answer=answer, now=now)
            settled = [self._to_be_looked_for(change)]
            written = changes.apply(self.db, settled, now, panel=self.name, judge=judge)
        if isinstance(answer, Accepted) and not written:
            self._adopt_late(order, answer.panel_order_id)
        if isinstance(answer, Refused) and answer.reason is Reason.FUNDS:
            self.wake("balance")

    def _adopt_late(self, order: Order, panel_order_id: str) -> None:
        """Take the answer to an `add` that another daemon has given up for lost meanwhile."""
        stands = orders.by_id(self.db, order.id)
        if stands is not None and stands.state is State.UNKNOWN and stands.attempts == order.attempts:
            refused = self.adopt(stands, panel_order_id, "the panel's own answer, which came late")
            if isinstance(refused, str):
                log.warning("answer.late", panel=self.name, order=order.id, told=panel_order_id, why=refused)

    def _to_be_looked_for(self, change: OrderChange, not_before: int = 0) -> OrderChange:
        if change.after.state is not State.UNKNOWN:
            return change
        first = max(not_before, self.now() + self.inquiry.unknown.looks[0])
        return replace(change, after=change.after._replace(due_at=first))

    def _refuse_same_id(self, change: OrderChange, panel_order_id: str, intent: Intent) -> OrderChange:
        owner = orders.owner(self.db, self.name, panel_order_id)
        if owner is None:
            return change
        return after_same_id(change.before, panel_order_id, owner.id, intent)

    def _persist(self, write: Callable[[], T]) -> T:
        """Write an answer that money was spent for, however long the disk refuses it."""
        while True:
            try:
                return write()
            except StorageFault as fault:
                log.error("answer.write_failed", panel=self.name, why=str(fault))
                if self.stopping.wait(1.0):
                    raise

    # -- shared ---------------------------------------------------------------------------------------

    def _account(self) -> Account:
        return accounts.read(self.db, self.name)

    def _judge(self, judge: Callable[[Account], AccountChange]) -> None:
        changes.apply(self.db, [], self.now(), panel=self.name, judge=judge)

    def _rest_until(self, at: int | None, longest: int) -> int:
        return delay_until(at, self.now(), longest)
