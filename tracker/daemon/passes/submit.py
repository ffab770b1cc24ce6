"""The pass that sends what is queued: strictly one order of an account at a time, over all daemons.

Read this first: all of an `add` is here. The order of its steps is what keeps an order from being paid twice:
wait for a slot, record the intent durably on the connection that holds the lease, send once, keep the raw answer
durably, settle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog

from tracker.accounts.account import after_restore, calling_hold, submitting_hold
from tracker.accounts.add_answer import account_after_add
from tracker.accounts.ids import after_fit
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.adopt import Adopted, NotAdopted
from tracker.daemon.passes.reconcile import Reconcile
from tracker.daemon.restore_guard import NewestIntent
from tracker.lib.times import SECOND, seconds
from tracker.orders.answers import Accepted, AddAnswer, Reason, Refused, Service
from tracker.orders.catalogue import expected_charge, fault_in
from tracker.orders.change import Intent, OrderChange
from tracker.orders.order import Order, State
from tracker.orders.resolution import By
from tracker.orders.submission import after_add, after_check, after_crash, before_add
from tracker.panel.exchange import Exchange
from tracker.reconciliation.schedule import first_check_at
from tracker.store import attempts, catalogue, changes, orders, queue
from tracker.store.attempts import exchange_of, intent_of
from tracker.store.catalogue import Listed, NotListed, Unread
from tracker.store.database import StorageFault
from tracker.store.engines.engine import Lease

log = structlog.get_logger(__name__)
T = TypeVar("T")

ADD_MARGIN = 15 * SECOND
"""How long after its time limit an `add` may still be on the wire, clocks that differ included."""

LEASE_DELAY = 2 * SECOND
"""How soon to try again to be the one daemon that sends: another one may have died."""

WRITE_DELAY = SECOND
"""How soon the write of an answer is tried again that the disk refused."""


class Submit:
    """Sends the queued orders of one panel account. `run` runs in one thread at a time."""

    def __init__(
        self,
        context: PanelContext,
        reconcile: Reconcile,
        adopt: Callable[[Order, str, By], Adopted | NotAdopted],
        refresh: Callable[[], None],
    ) -> None:
        self.context = context
        self.reconcile = reconcile
        self._adopt = adopt
        self._refresh = refresh
        self._is_ready = False
        self._newest = NewestIntent()

    def run(self) -> int:
        """Send what is queued, unless another daemon does; return how long to wait, in microseconds."""
        context = self.context
        with context.db.lease(f"submit:{context.name}") as lease:
            if not lease.holds():
                return min(context.schedule.submit, LEASE_DELAY)
            if not self._is_ready:
                self._make_ready()
            elif context.db.shared:
                self._hold_if_behind()
                self.recover()
            return self._send_queued(lease)

    def _make_ready(self) -> None:
        """Settle what a dead process left, and read the wallet and the prices, before anything is sent."""
        self.recover()
        self._refresh()
        self._is_ready = True

    def _send_queued(self, lease: Lease) -> int:
        # The intent to send is written on the connection that holds the lease: when that is lost, nothing is sent.
        context = self.context
        while lease.holds() and not context.stopping.is_set():
            if self._is_check_due():
                self.reconcile.run()
            delay = self._held_for()
            if delay is not None:
                return delay
            self.reconcile.own_ids.confirm_first()
            placeable = self._next_placeable()
            if placeable is None:
                due_at = queue.next_queued_at(context.db, context.name)
                return context.delay_until(due_at, context.schedule.submit)
            # Before the intent is on record: the wait may be long, and what dies in it would be `unknown` for nothing.
            if not context.client.acquire_slot() or context.stopping.is_set():
                break
            if lease.holds() and submitting_hold(context.account(), context.now()) is None:
                self._send(*placeable)
        return context.schedule.submit

    # -- whether anything may be sent ---------------------------------------------------------------------

    def _is_check_due(self) -> bool:
        """Tell whether an evidence check is due; not while the panel is out of reach."""
        due_at, now = self.reconcile.due_at(), self.context.now()
        if due_at is None or due_at > now:
            return False
        account = self.context.account()
        return account.down_at is None and calling_hold(account, now) is None

    def _held_for(self) -> int | None:
        """Return how long nothing may be sent; None when an order may."""
        context = self.context
        hold = submitting_hold(context.account(), context.now())
        if hold is not None:
            return context.delay_until(hold.until, context.schedule.submit)
        if self.reconcile.blocks():
            return context.delay_until(self.reconcile.due_at(), context.schedule.submit)
        return None

    def _hold_if_behind(self) -> None:
        """Send nothing when the newest intent is gone: a standby took over that had not received it."""
        context, now = self.context, self.context.now()
        if self._newest.is_gone(context.db, now):
            log.error("database.stale_copy", panel=context.name)
            context.update_account(partial(after_restore, now=now))
            self._newest = NewestIntent()

    # -- which order --------------------------------------------------------------------------------------

    def _next_placeable(self) -> tuple[Order, Service | None] | None:
        """Return the next order that nothing known rules out; reject or postpone those before it."""
        context = self.context
        while (order := queue.next_queued(context.db, context.name, context.now())) is not None:
            service, fault = self._checked(order)
            if not self._reject_or_postpone(order, fault):
                return order, service
        return None

    def _reject_or_postpone(self, order: Order, fault: str | None) -> bool:
        """Reject an order that has a fault, or postpone one whose link is busy; False when it may be sent."""
        context, now = self.context, self.context.now()
        if fault is not None:
            changes.apply(context.db, [after_check(order, fault, now)], now)
        elif context.panel.same_link == "wait" and queue.link_is_open(context.db, order):
            queue.postpone_link(context.db, order, now + context.schedule.poll)
        else:
            return False
        return True

    def _checked(self, order: Order) -> tuple[Service | None, str | None]:
        """Return the order's service and what the catalogue has against the order, as far as it is known."""
        match catalogue.find(self.context.db, self.context.name, order.service):
            case Listed(service=service):
                return service, fault_in(order, service)
            case NotListed():
                return None, fault_in(order, None)
            case Unread():
                return None, None

    # -- the add ------------------------------------------------------------------------------------------

    def _send(self, order: Order, service: Service | None) -> None:
        context, account = self.context, self.context.account()
        known = account.balance, account.balance_at, account.newest_id, account.mark
        intent = Intent(context.now(), expected_charge(order, service), *known)
        # Durable before anything is sent.
        claimed = attempts.claim(context.db, before_add(order, intent, account.currency), intent)
        if claimed is None:
            return
        change, attempt_id = claimed
        self._newest = NewestIntent(attempt_id, intent.at)
        exchange = context.client.send_once(context.dialect.add(change.after))
        # Kept before it is read: what cannot be read may hold the only id of what was paid for.
        kept = self._persist(lambda: attempts.keep(context.db, attempt_id, exchange, context.now()))
        self._persist(lambda: self._settle(change.after, intent, kept))

    def _settle(self, order: Order, intent: Intent, exchange: Exchange) -> None:
        context, now = self.context, self.context.now()
        answer = self._fitting(context.dialect.read_add(exchange, intent.newest_id), intent)
        # If this is lost with the power, `recover` settles by the kept answer once more.
        with context.db.unsynced():
            change = after_add(order, answer, intent, now, context.schedule.poll)
            decide = partial(account_after_add, answer=answer, now=now)
            settled = [self._with_first_check(change)]
            written = changes.apply(context.db, settled, now, panel=context.name, decide=decide)
        if isinstance(answer, Accepted) and not written:
            self._adopt_late(order, answer.panel_order_id)
        if isinstance(answer, Refused) and answer.reason is Reason.FUNDS:
            context.wake("balance")

    def _fitting(self, answer: AddAnswer, intent: Intent) -> AddAnswer:
        """Believe no id that another order here has, or that does not fit the verified ones."""
        context = self.context
        if not isinstance(answer, Accepted):
            return answer
        owner = orders.owner(context.db, context.name, answer.panel_order_id)
        newest_id = self.reconcile.own_ids.floor_for(answer.panel_order_id, intent)
        return after_fit(answer, newest_id, None if owner is None else owner.id)

    def _with_first_check(self, change: OrderChange, not_before: int = 0) -> OrderChange:
        """Set when an order whose answer was lost is first looked for."""
        if change.after.state is not State.UNKNOWN:
            return change
        due_at = first_check_at(self.context.now(), self.context.unknown.looks, not_before)
        return replace(change, after=change.after._replace(due_at=due_at))

    def _adopt_late(self, order: Order, panel_order_id: str) -> None:
        """Take the answer to an `add` that another daemon has meanwhile called lost."""
        current = orders.by_id(self.context.db, order.id)
        if current is None or current.state is not State.UNKNOWN or current.attempts != order.attempts:
            return
        match self._adopt(current, panel_order_id, By.LATE_ANSWER):
            case NotAdopted(why=why):
                log.warning(
                    "answer.late",
                    panel=self.context.name,
                    order=order.id,
                    panel_order_id=panel_order_id,
                    why=why,
                )

    def _persist(self, write: Callable[[], T]) -> T:
        """Write an answer that money was spent for, however long the disk refuses it."""
        while True:
            try:
                return write()
            except StorageFault as fault:
                log.error("answer.write_failed", panel=self.context.name, why=str(fault))
                if self.context.stopping.wait(seconds(WRITE_DELAY)):
                    raise

    # -- what a dead process left -------------------------------------------------------------------------

    def recover(self) -> None:
        """Settle every order whose process died during its `add`: by the kept answer, or as unknown."""
        context = self.context
        for order, attempt in attempts.unanswered(context.db, context.name):
            intent = intent_of(attempt)
            kept = exchange_of(attempt, context.dialect.add(order))
            if kept is None:
                lost = self._with_first_check(after_crash(order, intent), self._over_at(intent))
                changes.apply(context.db, [lost], context.now())
            else:
                self._settle(order, intent, kept)

    def _over_at(self, intent: Intent) -> int:
        """Return when an `add` of a dead process is surely over; nothing is sent before.

        Another machine may have lost the database and not the panel.
        """
        return intent.at + self.context.panel.add_timeout + ADD_MARGIN if self.context.db.shared else 0
