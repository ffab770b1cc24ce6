"""Asks the panel which of the ids that it answered with are ours, where the polls that come anyway are too late."""

from __future__ import annotations

from collections.abc import Callable

from tracker.accounts.account import Account
from tracker.accounts.ids import after_fit, contradicts, floor, is_unproven
from tracker.daemon.context import PanelContext
from tracker.orders.answers import Accepted
from tracker.orders.change import Intent
from tracker.orders.order import Order, State
from tracker.store import orders, panel_ids


class OwnIds:
    """Has ids confirmed. `poll` asks about some active orders, and writes what the panel says of them."""

    def __init__(self, context: PanelContext, poll: Callable[[list[Order]], None]) -> None:
        self._context = context
        self._poll = poll
        self._asked: str | None = None

    def confirm_first(self, account: Account) -> None:
        """Ask about the newest order while no id of the account is confirmed: without one there is no evidence."""
        context = self._context
        if not context.dialect.ids_grow or not is_unproven(account) or account.answered_id == self._asked:
            return
        self._asked = account.answered_id
        last = orders.owner(context.db, context.name, account.answered_id or "")
        if last is not None:
            self._ask(last)

    def fits_plainly(self, answer: Accepted, intent: Intent) -> bool:
        """Tell whether an id fits all that is known here, and no other one need be asked about to know that."""
        context, ids_grow = self._context, self._context.dialect.ids_grow
        new = panel_ids.new_id(context.db, context.name, answer.panel_order_id)
        if new is None or new.is_known:
            return False
        if ids_grow and new.answered_id is not None and contradicts(answer.panel_order_id, new.answered_id):
            return False
        return after_fit(answer, intent.newest_id if ids_grow else None, owner=None) is answer

    def floor_for(self, panel_order_id: str, intent: Intent) -> str | None:
        """Return the id that a new one must be above; None where nothing is known, or ids do not grow.

        Where the new id and that of the answer before it contradict each other, the panel is asked about the one
        before: one of the two is wrong, and only `status` can tell which.
        """
        context = self._context
        if not context.dialect.ids_grow:
            return None
        answered_id = context.account().answered_id
        if answered_id is None or not contradicts(panel_order_id, answered_id):
            return intent.newest_id
        last = orders.owner(context.db, context.name, answered_id)
        if last is None or (last.submitted_at or 0) > intent.at:
            return intent.newest_id  # this answer came late: the other order was sent after it
        self._ask(last)
        return floor(intent.newest_id, orders.by_id(context.db, last.id))

    def _ask(self, order: Order) -> None:
        if order.state is State.ACTIVE and order.panel_status is None and not order.missing:
            self._poll([order])
