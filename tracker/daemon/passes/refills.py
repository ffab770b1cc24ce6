"""Looks at the refills under way, in full calls, until the panel says how each ended. A part of the pass `requests`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import structlog

from tracker.accounts.breaker import after_failure
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.suspects import Suspects
from tracker.orders.answers import Failure, Reason
from tracker.orders.request_answers import RefillMissing, RefillSaid, after_refill_look
from tracker.orders.requests import OrderRequest
from tracker.store import orders, requests

log = structlog.get_logger(__name__)


class Refills:
    """Follows the refills of one panel account."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context
        self._suspects = Suspects(_id_of)

    def follow(self) -> None:
        """Look at what is due, and at what is due next as far as calls have room."""
        while not self.context.stopping.is_set() and (batch := self._batch()):
            if not self._look(batch):
                return

    def _batch(self) -> Sequence[OrderRequest]:
        """Return the refills of the next call, one for each id; none when none is due."""
        context, now = self.context, self.context.now()
        size = context.requests_per_call
        found = requests.under_way(context.db, context.name, size)
        if not found or (found[0].due_at or 0) > now:
            return []
        soonest = now - context.schedule.poll
        apt = [one for one in found if (one.due_at or 0) <= now or (one.checked_at or one.at) <= soonest]
        return self._suspects.apart([list({one.refill_id: one for one in apt}.values())])[0]

    def _look(self, batch: Sequence[OrderRequest]) -> bool:
        """Ask about refills in one call, and write what is said; False when nothing was."""
        context, ids = self.context, [_id_of(one) for one in batch]
        answer = context.dialect.read_refills(context.client.call(context.dialect.refill_status(ids)), ids)
        if isinstance(answer, Failure):
            log.warning("panel.call_failed", panel=context.name, action="refill_status", why=answer.why)
            self._note_failure(batch, answer)
            return False
        self._suspects.note_answer(batch)
        self._write(batch, answer)
        return True

    def _write(self, batch: Sequence[OrderRequest], answer: Mapping[str, RefillSaid]) -> None:
        context = self.context
        known = {order.id: order for order in orders.some(context.db, [one.order_id for one in batch])}
        now, paces = context.now(), (context.schedule.poll, context.schedule.poll_max)
        changes = [
            after_refill_look(one, known[one.order_id], answer.get(_id_of(one)), now, paces)
            for one in batch
            if one.order_id in known
        ]
        for change in requests.apply(context.db, changes, now):
            if change.after.state is not change.before.state:
                log.info(
                    "request.state_changed", panel=context.name, order=change.after.order_id, kind="refill",
                    was=str(change.before.state), state=str(change.after.state), why=change.after.why,
                )  # fmt: skip

    def _note_failure(self, batch: Sequence[OrderRequest], failure: Failure) -> None:
        """Put off what a failed call was about, and count it against the panel; or find the one refill that is why."""
        context, now = self.context, self.context.now()
        is_refusal = failure.reason in (Reason.RATE, Reason.ACCOUNT)
        if not is_refusal and not context.stopping.is_set() and self._suspects.is_found(batch):
            self._suspects.note_failure(batch)
            words = f"the panel fails whenever it is asked about this refill ({failure.why})"
            self._write(batch, {_id_of(batch[0]): RefillMissing(words)})
            return
        if not is_refusal:
            self._suspects.note_failure(batch)
        with context.db.transaction():
            context.update_account(partial(after_failure, failure=failure, now=now))
            requests.put_off(context.db, batch, now + context.schedule.poll)


def _id_of(request: OrderRequest) -> str:
    return request.refill_id or ""
