"""The pass that asks for refills and cancels: in full calls, each recorded before it is sent, and sent once.

It takes the steps of an `add` (submit.py): the lease, the rate limit, a durable intent, one request if the permit still
holds, the raw answer kept before it is read. A request whose answer was lost is unknown, and stays so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import structlog

from tracker.accounts.account import requests_hold
from tracker.accounts.breaker import after_failure, after_success
from tracker.daemon.context import PanelContext
from tracker.daemon.fencing import send_permit, was_dropped
from tracker.daemon.passes.persist import persist_requests
from tracker.lib.times import SECOND
from tracker.orders.answers import Failure
from tracker.orders.order import Order
from tracker.orders.request_answers import (
    RequestAnswer,
    RequestChange,
    after_answer,
    after_failed_call,
    after_loss,
    after_no_longer,
    after_not_sent,
)
from tracker.orders.requests import Kind, OrderRequest, order_fault
from tracker.orders.submission import ADD_MARGIN
from tracker.panel.exchange import Exchange
from tracker.store import orders, requests
from tracker.store.engines.engine import Lease
from tracker.store.kept_answers import exchange_of
from tracker.store.requests import Call

log = structlog.get_logger(__name__)

LEASE_DELAY = 2 * SECOND
"""How soon to try again to be the one daemon that asks."""

STOPPED = "tracker stopped before the panel's answer was recorded"

Pairs = Sequence[tuple[OrderRequest, Order]]
"""Requests, each with its order as it is now."""


class Requests:
    """Asks for the refills and cancels of one panel account. `run` runs in one thread at a time.

    `follow` looks at the refills under way, and `watch` at the counts of orders that are over.
    """

    def __init__(
        self, context: PanelContext, follow: Callable[[], None], watch: Callable[[], int | None]
    ) -> None:
        self.context = context
        self._follow = follow
        self._watch = watch

    def run(self) -> int:
        """Ask what is due, unless another daemon does; return how long to wait, in microseconds."""
        context = self.context
        with context.db.lease(f"requests:{context.name}") as lease:
            if not lease.holds():
                return min(context.schedule.submit, LEASE_DELAY)
            self._recover()
            hold = requests_hold(context.account(), context.now())
            if hold is not None:
                return context.delay_until(hold.until, context.schedule.submit)
            while lease.holds() and not context.stopping.is_set() and self._send_next(lease):
                pass
            if self._is_held():
                return context.schedule.submit
            self._follow()
            watch_at = self._watch()
            due = [at for at in (watch_at, requests.next_due(context.db, context.name)) if at is not None]
            return context.delay_until(min(due, default=None), context.schedule.submit)

    def _is_held(self) -> bool:
        context = self.context
        return context.stopping.is_set() or requests_hold(context.account(), context.now()) is not None

    # -- sending ------------------------------------------------------------------------------------------

    def _send_next(self, lease: Lease) -> bool:
        """Send one call, if one is due; tell whether to look for another."""
        context = self.context
        if self._is_held():
            return False
        waiting = requests.due(context.db, context.name, context.requests_per_call, context.now())
        if not waiting:
            return False
        ready = self._still_apt(self._with_orders(waiting))
        # Before the intent is on record: the wait may be long, and what dies in it would be unknown for nothing.
        if not ready:
            return True
        if not context.client.acquire_slot() or not lease.holds() or self._is_held():
            return False
        self._send(ready, lease)
        return True

    def _with_orders(self, found: Sequence[OrderRequest]) -> Pairs:
        known = {order.id: order for order in orders.some(self.context.db, [one.order_id for one in found])}
        return [(one, known[one.order_id]) for one in found if one.order_id in known]

    def _still_apt(self, pairs: Pairs) -> Pairs:
        """Give up what the orders are no longer apt for, and what would name an order twice."""
        faults = [(one, order_fault(order, one.kind)) for one, order in pairs]
        self._write(
            [after_no_longer(one, fault, self.context.now()) for one, fault in faults if fault is not None]
        )
        return [pair for pair, (_, fault) in zip(pairs, faults, strict=True) if fault is None]

    def _send(self, ready: Pairs, lease: Lease) -> None:
        context = self.context
        timeout = context.panel.add_timeout
        permit = send_permit(lease, context.elapsed, timeout)
        now = context.now()
        # Durable before anything is sent.
        asked = [one for one, _ in ready]
        call_id, claimed = requests.claim(context.db, context.name, asked, now, now + timeout + ADD_MARGIN)
        pairs = self._with_orders(claimed)
        if not pairs:
            return
        kind, ids = pairs[0][0].kind, _ids(pairs)
        exchange = context.client.send_once(context.dialect.asks(kind, ids), permit)
        log.info("requests.sent", panel=context.name, kind=str(kind), requests=len(ids), sent=exchange.sent)
        # Kept before it is read: it may hold the only ids of the refills.
        kept = persist_requests(
            context, lambda: requests.keep(context.db, call_id, exchange, context.now()), len(ids)
        )
        persist_requests(context, lambda: self._settle(pairs, kept), len(ids))

    # -- settling -----------------------------------------------------------------------------------------

    def _settle(self, pairs: Pairs, exchange: Exchange) -> None:
        """Write what the answer makes of each request, and of the account, in one transaction."""
        context, now = self.context, self.context.now()
        answer = context.dialect.read_requests(exchange, pairs[0][0].kind, _ids(pairs))
        changes = [self._decided(one, order, answer, exchange, now) for one, order in pairs]
        # The account first: in another order, two writers could wait for each other.
        with context.db.transaction():
            if isinstance(answer, Failure) and not self._says_nothing(exchange):
                context.update_account(partial(after_failure, failure=answer, now=now))
            elif not isinstance(answer, Failure):
                context.update_account(after_success)
            self._write(changes)

    def _says_nothing(self, exchange: Exchange) -> bool:
        """Tell whether a call did not leave for a reason that lies here: it says nothing of the panel."""
        return was_dropped(exchange) or (not exchange.sent and self.context.stopping.is_set())

    def _decided(
        self,
        request: OrderRequest,
        order: Order,
        answer: dict[str, RequestAnswer] | Failure,
        exchange: Exchange,
        now: int,
    ) -> RequestChange:
        if not exchange.sent:
            return after_not_sent(request, exchange.error or "nothing was sent", now)
        if isinstance(answer, Failure):
            return after_failed_call(request, order, answer, now)
        said = answer.get(order.panel_order_id or "")
        return after_answer(request, order, said, now, self.context.schedule.poll)

    def _write(self, changes: Sequence[RequestChange]) -> None:
        for change in requests.apply(self.context.db, changes, self.context.now()):
            after = change.after
            log.info(
                "request.state_changed", panel=after.panel, order=after.order_id, kind=str(after.kind),
                was=str(change.before.state), state=str(after.state), why=after.why,
            )  # fmt: skip

    # -- what a dead process left -------------------------------------------------------------------------

    def _recover(self) -> None:
        """Settle what a dead process left: by the answer that was kept, or as unknown."""
        context = self.context
        for call in requests.left(context.db, context.name):
            pairs = [
                pair
                for pair in self._with_orders(requests.sent_in(context.db, call.id))
                if pair[0].state == "sending"
            ]
            if not pairs:
                continue
            request = context.dialect.asks(Kind(call.kind), _ids(pairs))
            kept = exchange_of(call, request)
            if kept is not None:
                self._settle(pairs, kept)
            elif self._is_over(call):
                now = context.now()
                self._write([after_loss(one, order, STOPPED, now) for one, order in pairs])

    def _is_over(self, call: Call) -> bool:
        """Tell whether the request of a dead process is surely over; another machine may still send it."""
        return not self.context.db.shared or self.context.now() >= call.over_at


def _ids(pairs: Pairs) -> list[str]:
    return [order.panel_order_id or "" for _, order in pairs]
