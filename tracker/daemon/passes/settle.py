"""Settles an order by the answer to its `add`, or by what a dead process left of it. A part of the pass that sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import structlog

from tracker.accounts.add_answer import account_after_add
from tracker.accounts.ids import after_fit
from tracker.daemon.context import PanelContext
from tracker.daemon.fencing import was_dropped
from tracker.daemon.passes.adopt import Adopted, NotAdopted
from tracker.daemon.passes.own_ids import OwnIds
from tracker.daemon.passes.persist import persist
from tracker.daemon.restore_guard import REMEMBERED
from tracker.orders.answers import Accepted, AddAnswer, NotSent, Reason, Refused, Unanswered
from tracker.orders.change import Intent, OrderChange
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_never_sent
from tracker.orders.submission import ADD_MARGIN, after_add, after_crash
from tracker.panel.exchange import Exchange
from tracker.reconciliation.schedule import first_check_at
from tracker.store import attempts, changes, evidence, orders, parts
from tracker.store.attempts import intent_of
from tracker.store.kept_answers import exchange_of

log = structlog.get_logger(__name__)

PLAIN = 1024
"""Bytes of an answer that is read before it is kept: an id and a few more values. Whatever is longer is kept first."""

NOT_CONFIRMED = "the database did not confirm that the intent was recorded"


class Settle:
    """Writes what became of the orders of one panel account that were sent."""

    def __init__(
        self,
        context: PanelContext,
        adopt: Callable[[Order, str, By], Adopted | NotAdopted],
        own_ids: OwnIds,
    ) -> None:
        self.context = context
        self._adopt = adopt
        self._own_ids = own_ids
        #: The intents, each by its order and time, that nothing was sent on and that may be on record all the same.
        self._never_sent: dict[int, int] = {}

    def never_sent(self, order: Order, intent: Intent) -> None:
        """Remember that nothing is sent on an intent of which it is not known whether it was recorded."""
        self._never_sent[order.id] = intent.at
        log.warning("add.not_sent", panel=self.context.name, order=order.id, why=NOT_CONFIRMED)

    def keep_never_sent(self) -> None:
        """Keep that with the intent, once the database can be reached: whoever has called the order lost must know.

        An intent that is not there may still come: the database may be about to commit it.
        """
        now = self.context.now()
        for order_id, at in list(self._never_sent.items()):
            kept = attempts.keep_not_sent(self.context.db, order_id, at, NOT_CONFIRMED, now)
            if kept or now - at > REMEMBERED:
                del self._never_sent[order_id]

    def keep_and_settle(self, order: Order, attempt_id: int, intent: Intent, exchange: Exchange) -> None:
        """Keep the raw answer and write what it makes of the order: one after the other, or a plain one together."""
        context = self.context
        if self._settled_at_once(order, attempt_id, intent, exchange):
            return
        # Kept before it is read: what cannot be read may hold the only id of what was paid for.
        accepted_as = partial(self._accepted_as, intent, exchange)
        kept = persist(
            context,
            lambda: attempts.keep(context.db, attempt_id, exchange, context.now()),
            order,
            accepted_as,
        )
        persist(context, lambda: self._write(order, intent, kept), order, accepted_as)

    def _settled_at_once(self, order: Order, attempt_id: int, intent: Intent, exchange: Exchange) -> bool:
        """Keep a plain acceptance together with what it makes of the order, in one commit.

        False when it is none, or when anything is in the way of that: then the answer is kept by itself.
        """
        context = self.context
        try:
            answer = self._plain_acceptance(intent, exchange)
            if answer is None:
                return False
            with context.db.transaction():
                attempts.keep(context.db, attempt_id, exchange, context.now())
                return bool(self._apply(order, intent, exchange, answer))
        except Exception:  # noqa: BLE001  whatever it is: it must not cost the answer, and is met again when that is kept
            return False

    def _plain_acceptance(self, intent: Intent, exchange: Exchange) -> Accepted | None:
        """Return an acceptance that is short and that nothing here contradicts; None for any other answer."""
        if len(exchange.body) > PLAIN:
            return None
        answer = self.context.dialect.read_add(exchange, intent.newest_id)
        is_plain = isinstance(answer, Accepted) and self._own_ids.fits_plainly(answer, intent)
        return answer if isinstance(answer, Accepted) and is_plain else None

    def _write(self, order: Order, intent: Intent, exchange: Exchange) -> None:
        context = self.context
        answer = self._fitting(order, context.dialect.read_add(exchange, intent.newest_id), intent)
        # If this is lost with the power, `recover` settles by the kept answer once more.
        with context.db.unsynced():
            written = self._apply(order, intent, exchange, answer)
        if not written:
            self._settle_late(order, answer)
        if _is_about_funds(answer):
            context.wake("balance")

    def _apply(
        self, order: Order, intent: Intent, exchange: Exchange, answer: AddAnswer
    ) -> list[OrderChange]:
        """Write what an answer makes of the order and of the account; nothing when the order was changed meanwhile."""
        context, now = self.context, self.context.now()
        change = after_add(order, answer, intent, now, context.schedule.poll)
        decide = partial(account_after_add, answer=answer, now=now, expected_charge=intent.expected_charge)
        return changes.apply(
            context.db,
            [self._with_first_check(change)],
            now,
            panel=context.name,
            decide=None if was_dropped(exchange) else decide,
        )

    def _fitting(self, order: Order, answer: AddAnswer, intent: Intent) -> AddAnswer:
        """Believe no id that another order here has, or that does not fit the verified ones."""
        context = self.context
        if not isinstance(answer, Accepted):
            return answer
        owner = orders.owner(context.db, context.name, answer.panel_order_id)
        if owner is not None and owner.id == order.id:
            return answer  # written before, by a commit whose confirmation was lost
        newest_id = self._own_ids.floor_for(answer.panel_order_id, intent)
        whole = parts.whole_of(context.db, context.name, answer.panel_order_id)
        was_seen = self._was_seen_before(order, answer.panel_order_id)
        return after_fit(answer, newest_id, whole if owner is None else owner.id, was_seen)

    def _was_seen_before(self, order: Order, panel_order_id: str) -> bool:
        """Tell whether a check found the id before the order was sent: then it is a lost order's, or a stranger's.

        No check runs while an `add` is in flight. Another daemon may run one when it has called the order lost.
        """
        context = self.context
        if not evidence.was_seen(context.db, context.name, panel_order_id):
            return False
        current = orders.by_id(context.db, order.id)
        return current is not None and (current.state, current.attempts) == (State.SUBMITTING, order.attempts)

    def _with_first_check(self, change: OrderChange, not_before: int = 0) -> OrderChange:
        """Set when an order whose answer was lost is first looked for."""
        if change.after.state is not State.UNKNOWN:
            return change
        unknown = self.context.unknown
        due_at = first_check_at(self.context.now(), unknown.looks, unknown.settle, not_before)
        return replace(change, after=change.after._replace(due_at=due_at))

    def _settle_late(self, order: Order, answer: AddAnswer) -> None:
        """Take the answer to an `add` that another daemon has meanwhile called lost."""
        context, current = self.context, orders.by_id(self.context.db, order.id)
        is_lost = current is not None and (current.state, current.attempts) == (State.UNKNOWN, order.attempts)
        match answer:
            case NotSent(why=why) if current is not None and is_lost:
                changes.apply(context.db, [after_never_sent(current, why)], context.now())
            case Accepted(panel_order_id=panel_order_id) if current is None or (
                current.panel_order_id != panel_order_id
            ):
                moved = NotAdopted("the order was settled in another way meanwhile: it may be paid twice")
                late = self._adopt(current, panel_order_id, By.LATE_ANSWER) if current and is_lost else moved
                if isinstance(late, NotAdopted):
                    said = {"order": order.id, "panel_order_id": panel_order_id, "why": late.why}
                    log.error("answer.late", panel=context.name, **said)

    def _accepted_as(self, intent: Intent, exchange: Exchange) -> str | None:
        answer = self.context.dialect.read_add(exchange, intent.newest_id)
        return answer.panel_order_id if isinstance(answer, Accepted) else None

    # -- what a dead process left -------------------------------------------------------------------------

    def recover(self) -> None:
        """Settle every order whose process died during its `add`: by the kept answer, or as unknown.

        And queue those again that were called unknown before their process woke up and proved that it sent nothing.
        """
        context = self.context
        for order, why in attempts.never_sent(context.db, context.name):
            changes.apply(context.db, [after_never_sent(order, why)], context.now())
        for order, attempt in attempts.unanswered(context.db, context.name):
            intent = intent_of(attempt)
            kept = exchange_of(attempt, context.dialect.add(order, intent.request_key))
            if kept is None:
                lost = self._with_first_check(after_crash(order, intent), self._over_at(intent))
                changes.apply(context.db, [lost], context.now())
            else:
                self._write(order, intent, kept)

    def _over_at(self, intent: Intent) -> int:
        """Return when an `add` of a dead process is surely over; nothing is sent before.

        Another machine may have lost the database and not the panel.
        """
        return intent.at + self.context.panel.add_timeout + ADD_MARGIN if self.context.db.shared else 0


def _is_about_funds(answer: AddAnswer) -> bool:
    """Tell whether a fresh reading of the wallet decides what may be sent next."""
    if isinstance(answer, Unanswered):
        return answer.words is not None
    return isinstance(answer, Refused) and answer.reason is Reason.FUNDS
