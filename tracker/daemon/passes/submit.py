"""The pass that sends what is queued: strictly one order of an account at a time, over all daemons.

Read this first, then settle.py: all of an `add` is in these two. The order of its steps is what keeps an order from
being paid twice: wait for a slot, record the intent durably on the connection that holds the lease, send once if the
lease still holds and the intent is fresh (fencing.py), keep the raw answer durably, settle.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import structlog

from tracker.accounts.account import Account, after_restore, calling_hold, submitting_hold
from tracker.daemon.context import PanelContext
from tracker.daemon.fencing import send_permit
from tracker.daemon.passes.hold import Hold
from tracker.daemon.passes.listed_words import settle_by_listed_words
from tracker.daemon.passes.reconcile import Reconcile
from tracker.daemon.passes.settle import Settle
from tracker.daemon.restore_guard import NewestIntent
from tracker.lib.times import SECOND
from tracker.orders.answers import Service
from tracker.orders.catalogue import Listed, known_refusal
from tracker.orders.change import Intent
from tracker.orders.cost import Estimate, estimate
from tracker.orders.order import Order
from tracker.orders.resolution import after_expiry
from tracker.orders.submission import after_check, before_add
from tracker.reconciliation.apart import waits_for
from tracker.store import attempts, catalogue, changes, epoch, paused_tags, queue
from tracker.store.database import StorageFault
from tracker.store.engines.engine import Lease
from tracker.store.losses import OpenLoss
from tracker.store.queue import PassedOver

log = structlog.get_logger(__name__)

LEASE_DELAY = 2 * SECOND
"""How soon to try again to be the one daemon that sends: another one may have died."""

KEY_BYTES = 16
"""Random bytes of an idempotency key: no two attempts, of whatever daemon, have the same."""


class Placeable(NamedTuple):
    """An order that nothing rules out, and what it comes to."""

    order: Order
    cost: Estimate


class Submit:
    """Sends the queued orders of one panel account. `run` runs in one thread at a time."""

    def __init__(
        self,
        context: PanelContext,
        reconcile: Reconcile,
        settle: Settle,
        refresh: Callable[[], bool],
        prove: Callable[[], int | None],
    ) -> None:
        self.context = context
        self.reconcile = reconcile
        self._settle = settle
        self._refresh = refresh
        self._prove = prove
        self._is_settled = False
        self._is_ready = False
        #: An exception ended a round amid an `add`: what it left is settled before the next one is sent.
        self._is_cut_off = False
        #: The panel told the wallet or the prices since the start, or since the operator stopped the account: who
        #: stops it may have changed much, and what is sent to a wrong address is money in doubt.
        self._is_heard = False
        self._newest = NewestIntent()
        self._hold = Hold(context)

    def run(self) -> int:
        """Send what is queued, unless another daemon does; return how long to wait, in microseconds."""
        context = self.context
        self._settle.keep_never_sent()
        with context.db.lease(f"submit:{context.name}") as lease:
            if not lease.holds():
                return min(context.schedule.submit, LEASE_DELAY)
            if not self._is_ready:
                delay = self._make_ready()
                if delay is not None:
                    return delay
            else:
                self._hold_if_behind()
                if context.db.shared or self._is_cut_off:
                    self._settle.recover()
                    self._is_cut_off = False
            return self._send_queued(lease)

    def _make_ready(self) -> int | None:
        """Settle what a dead process left, read the wallet and the prices, and compare them with the database.

        Returns how long to wait when that cannot be done yet; nothing is sent before.
        """
        if not self._is_settled:
            self._settle.recover()
            settle_by_listed_words(self.context)
            self._is_heard = self._refresh() and not self._waits_for_person()  # then it is read again
            self._is_settled = True
        delay = self._prove()
        self._is_ready = delay is None
        return delay

    def _waits_for_person(self) -> bool:
        hold = submitting_hold(self.context.account(), self.context.now())
        return hold is not None and hold.person

    def _send_queued(self, lease: Lease) -> int:
        # The intent to send is written on the connection that holds the lease: when that is lost, nothing is sent.
        context = self.context
        self._hold.review()
        while lease.holds() and not context.stopping.is_set():
            lost = self._lost_orders(lease)
            account = self._free_account(lost)
            if isinstance(account, int):
                return account
            self.reconcile.own_ids.confirm_first(account)
            placeable = self._next_placeable(lost)
            if isinstance(placeable, int):
                return placeable
            # Before the intent is on record: the wait may be long, and what dies in it would be `unknown` for nothing.
            if not context.client.acquire_slot() or context.stopping.is_set():
                break
            account = context.account()
            if lease.holds() and submitting_hold(account, context.now()) is None:
                self._is_cut_off = True
                self._send(placeable, account, lease)
                self._is_cut_off = False
        return context.schedule.submit

    # -- whether anything may be sent ---------------------------------------------------------------------

    def _lost_orders(self, lease: Lease) -> list[OpenLoss]:
        """Return the lost orders of the account, after an evidence check where one is due."""
        lost = self.reconcile.losses.open()
        if self._is_check_due(lost):
            self.reconcile.run(lease)
            lost = self.reconcile.losses.open()
        return lost

    def _is_check_due(self, lost: Sequence[OpenLoss]) -> bool:
        """Tell whether an evidence check is due; not while the panel is out of reach."""
        due_at, now = self.reconcile.due_at(lost), self.context.now()
        if due_at is None or due_at > now:
            return False
        account = self.context.account()
        return account.down_at is None and calling_hold(account, now) is None

    def _free_account(self, lost: Sequence[OpenLoss]) -> Account | int:
        """Return the account as it is, when an order may be sent from it, or how long nothing may be."""
        context, account = self.context, self.context.account()
        hold = submitting_hold(account, context.now())
        if hold is not None:
            self._is_heard = self._is_heard and not hold.person
            return context.delay_until(hold.until, context.schedule.submit)
        if not self._is_heard:
            self._is_heard = self._refresh()
            return self._free_account(lost) if self._is_heard else self._unheard_for()
        if self.reconcile.losses.is_awaited(lost):
            return context.delay_until(self.reconcile.due_at(lost), context.schedule.submit)
        return account

    def _unheard_for(self) -> int:
        """Return how long to wait before a panel is asked again that told neither its wallet nor its prices."""
        hold = submitting_hold(self.context.account(), self.context.now())
        return self.context.delay_until(hold.until if hold else None, self.context.schedule.submit)

    def _hold_if_behind(self) -> None:
        """Send nothing when the newest intent is gone: a standby took over, or a copy was written over the file."""
        context, now = self.context, self.context.now()
        if self._newest.is_gone(context.db, context.elapsed()) or self._is_put_back():
            log.error("database.stale_copy", panel=context.name)
            context.update_account(partial(after_restore, now=now))
            self._newest = NewestIntent()

    def _is_put_back(self) -> bool:
        """Tell whether the database was put back under this daemon; the heartbeat makes it this run's again."""
        return self.context.account().restored_at is None and epoch.has_gone_back(self.context.db)

    # -- which order --------------------------------------------------------------------------------------

    def _next_placeable(self, lost: Sequence[OpenLoss]) -> Placeable | int:
        """Return the next order that nothing rules out, or how long to wait; reject or postpone those before it.

        What could not be told apart from a lost order that may still arrive is passed over, and keeps its place.
        """
        context, unsettled = self.context, self.reconcile.losses.unsettled(lost)
        queue.begin(context.db, context.name, context.now())
        self._hold.review_if_due()
        passed = PassedOver()
        while (order := queue.next_queued(context.db, context.name, context.now(), passed)) is not None:
            service, fault = self._checked(order)
            if fault is None and self._hold.holds(order):
                continue
            cost = estimate(order, service, context.dialect.cost_rules)
            waiting = None if fault else waits_for(cost.charge, unsettled)
            if waiting is not None:
                passed = passed.and_(order, waiting.rest)
            elif not self._reject_or_postpone(order, fault):
                return Placeable(order, cost)
        if passed.rest is not None:
            return min(passed.rest, context.schedule.submit)
        return context.delay_until(queue.next_queued_at(context.db, context.name), context.schedule.submit)

    def _reject_or_postpone(self, order: Order, fault: str | None) -> bool:
        """Reject an order that has a fault, or postpone one whose link is busy; False when it may be sent."""
        context, now = self.context, self.context.now()
        if order.expires_at is not None and order.expires_at <= now:
            changes.apply(context.db, [after_expiry(order, now)], now)
        elif paused_tags.hold(context.db, order):
            return True
        elif fault is not None:
            changes.apply(context.db, [after_check(order, fault, now)], now)
        elif context.panel.same_link == "wait" and queue.link_is_open(context.db, order):
            queue.postpone_link(context.db, order, now + context.schedule.poll)
        elif (until := self.reconcile.ask_again.equal_until(order)) is not None:
            queue.postpone(context.db, order, until)
        else:
            return False
        return True

    def _checked(self, order: Order) -> tuple[Service | None, str | None]:
        """Return the order's service, and why the order would be refused, as far as both are known."""
        found = catalogue.find(self.context.db, self.context.name, order.service)
        service = found.service if isinstance(found, Listed) else None
        return service, known_refusal(order, found, self.context.dialect.cost_rules)

    # -- the add ------------------------------------------------------------------------------------------

    def _send(self, placeable: Placeable, account: Account, lease: Lease) -> None:
        context, (order, cost) = self.context, placeable
        permit = send_permit(lease, context.elapsed, context.panel.add_timeout)
        known = account.balance, account.balance_at, account.newest_id, account.mark
        key, digest = self._request_marks(order)
        intent = Intent(context.now(), cost.charge, *known, cost.units, cost.series, key, digest)
        # Durable before anything is sent.
        try:
            change = before_add(order, intent, account.currency)
            claimed = attempts.claim(context.db, change, intent, self._hold.caps(order, intent.at))
        except StorageFault:
            self._settle.never_sent(order, intent)
            raise
        if claimed is None:
            return
        change, attempt_id = claimed
        self._newest = NewestIntent(attempt_id, context.elapsed())
        self.reconcile.ask_again.note_sent(attempt_id, permit.made_at)
        request = context.dialect.add(change.after, intent.request_key)
        exchange = context.client.send_once(request, permit)
        if not exchange.sent:
            log.warning("add.not_sent", panel=context.name, order=order.id, why=exchange.error)
        self._settle.keep_and_settle(change.after, attempt_id, intent, exchange)

    def _request_marks(self, order: Order) -> tuple[str | None, str | None]:
        """Return the idempotency key of a new attempt, and what tells its request from others; None where no use."""
        dialect = self.context.dialect
        if not dialect.may_ask_again:
            return None, None
        key = secrets.token_hex(KEY_BYTES) if dialect.idempotency_field is not None else None
        return key, self.context.digest_of(dialect.add(order, key))
