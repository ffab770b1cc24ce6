"""Gathers what the panel says about lost orders: whether the wallet is still, and whose the ids near them are.

A part of the pass that sends: nothing is on its way meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from tracker.daemon.context import PanelContext
from tracker.orders.answers import Balance, Failure, Said
from tracker.orders.ledger import Mark
from tracker.orders.order import Order, State
from tracker.panel.exchange import Exchange, Request
from tracker.reconciliation.candidates import Known, ids_to_ask
from tracker.reconciliation.lost_order import LostOrder
from tracker.store import evidence, orders, refunded

log = structlog.get_logger(__name__)

WALLET_CALLS = 10
"""Status calls that one check spends on making sure that the wallet is still: more active orders than they hold
move it too often to be read."""

UNREAD = "the balance could not be read"

NOT_PROBED = "no id was asked about: `unknown: {probe: true}` is not in the config"
NOT_GROWING = "no id was asked about: the panel's ids do not grow"

Answers = Mapping[str, Said]
"""Panel order id -> what the panel says of it."""


class Gather:
    """Asks one panel about its lost orders. `poll` writes what the panel says of some active orders."""

    def __init__(self, context: PanelContext, poll: Callable[[list[Order]], None]) -> None:
        self.context = context
        self._poll = poll

    def wallet(self, lost_orders: Sequence[LostOrder]) -> tuple[Mark | None, str]:
        """Read the balance, poll every active order, and read it again; no mark unless both are equal."""
        context, size = self.context, self.context.ids_per_call
        if not any(lost.before and lost.expected_charge for lost in lost_orders):
            return None, "what it held before, or what the order costs, is not known"
        most = WALLET_CALLS * size
        active = list(orders.listed(context.db, [State.ACTIVE], context.name, limit=most + 1))
        if len(active) > most:
            return None, f"more than {most} active orders move it"
        first = self._balance()
        for start in range(0, len(active), size):
            self._poll(active[start : start + size])
        spent, at = context.account().spent, context.now()
        second = self._balance()
        if first is None or second is None:
            return None, UNREAD
        if first.amount != second.amount:
            return None, f"it moved while it was read, from {first.amount:f} to {second.amount:f}"
        return Mark(second.amount, spent, at), "two equal readings"

    def ended(self, lost_orders: Sequence[LostOrder]) -> list[Order]:
        """Return the orders that ended, perhaps with a refund, since the readings that came before the lost ones."""
        before = [lost.before.at for lost in lost_orders if lost.is_open and lost.before and lost.before.at]
        return refunded.ended_since(self.context.db, self.context.name, min(before)) if before else []

    def _balance(self) -> Balance | None:
        dialect = self.context.dialect
        reading = dialect.read_balance(self._call(dialect.balance()))
        return None if isinstance(reading, Failure) else reading

    def unasked(self) -> str | None:
        """Say why no ids near lost orders are asked about; None where they are."""
        if not self.context.dialect.ids_grow:
            return NOT_GROWING
        return None if self.context.unknown.probe else NOT_PROBED

    def ids_to_ask(self, lost_orders: Sequence[LostOrder], known: Known) -> list[str]:
        """Return the ids to look up: those found before, and with `probe` those that were not asked about yet."""
        context = self.context
        if not context.dialect.ids_grow:
            return []
        fresh = ids_to_ask(lost_orders, known, context.ids_per_call) if context.unknown.probe else []
        lowest = min((lost.newest_id or 0 for lost in lost_orders), default=0)
        known_before = (one for one in evidence.strangers(context.db, context.name) if one > lowest)
        numbers = [*known_before, *(int(one) for one in fresh)]
        owned = evidence.owned_among(context.db, context.name, numbers) | known.owned
        return list(dict.fromkeys(str(number) for number in numbers if number not in owned))

    def look_up(self, asked: Sequence[str]) -> Answers:
        """Ask the panel about ids, in full calls, until one fails."""
        dialect, size = self.context.dialect, self.context.ids_per_call
        answers: dict[str, Said] = {}
        for start in range(0, len(asked), size):
            ids = asked[start : start + size]
            items = dialect.read_status(self._call(dialect.status(ids)), ids)
            if isinstance(items, Failure):
                log.warning("panel.call_failed", panel=self.context.name, action="status", why=items.why)
                break
            answers.update(items)
        return answers

    def _call(self, request: Request) -> Exchange:
        return self.context.client.call(replace(request, is_evidence=True))
