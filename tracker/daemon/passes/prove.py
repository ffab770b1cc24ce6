"""Looks, before the first order is sent, for orders that were sent and that the database does not know.

A folder or a machine that was rolled back, or a database that was copied elsewhere, calls orders queued that were sent
since. Always the wallet is compared with what the orders here cost; where that differs, or the database was moved, the
panel is asked about the ids just above the newest own one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

import structlog

from tracker.accounts.account import after_proof, after_restore, calling_hold
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.series import without_parts
from tracker.lib.times import SECOND
from tracker.orders.answers import Failure, Report, Unlisted
from tracker.orders.catalogue import Listed
from tracker.orders.cost import expected_charge
from tracker.orders.ledger import Mark, Range, unexplained
from tracker.orders.order import Order, State
from tracker.panel.exchange import Exchange, Request
from tracker.reconciliation.evidence import verdicts_on
from tracker.reconciliation.lost_order import Readings
from tracker.reconciliation.rollback import Signs, has_sunk, ids_above, why_behind
from tracker.store import attempts, catalogue, counters, evidence, losses, orders, queue

log = structlog.get_logger(__name__)

RETRY_DELAY = 30 * SECOND
"""How soon a panel is asked again that did not answer."""

TRIES = 3
"""After so many questions without an answer the account waits for the operator."""

ID_CALLS = 10
"""Status calls that are spent on ids, where each holds one id."""

POLLED, QUEUED = 1000, 200
"""Active orders that are polled to explain the wallet, and queued ones that are compared with it."""


class Unanswered(Exception):
    """The panel did not say what was asked."""


class Prove:
    """Compares one account with the database. `poll` writes what the panel says of some active orders."""

    def __init__(self, context: PanelContext, poll: Callable[[list[Order]], None]) -> None:
        self.context = context
        self._poll = poll
        self._unanswered = 0

    def run(self) -> int | None:
        """Hold the account if orders were sent that are not here; return how long to wait to find out."""
        context = self.context
        account = context.account()
        is_known = account.base is not None or account.newest_id is not None
        if account.restored_at is not None or not (is_known or account.unproven_why):
            context.update_account(after_proof)
            return None
        hold = calling_hold(account, context.now())
        if hold is not None or account.down_at is not None:
            return context.delay_until(hold.until if hold else None, context.schedule.submit)
        moved = account.unproven_at is not None
        try:
            self._judge(self._signs(moved))
        except Unanswered as why:
            return self._after_silence(str(why)) if moved else None
        return None

    def _judge(self, signs: Signs) -> None:
        context, why = self.context, why_behind(signs)
        if why is None:
            context.update_account(after_proof)
            return
        log.error("database.stale_copy", panel=context.name, why=why)
        context.update_account(partial(after_restore, now=context.now(), why=why))

    def _after_silence(self, why: str) -> int | None:
        """Ask again soon; after a few times leave it to the operator."""
        self._unanswered += 1
        if self._unanswered < TRIES:
            return RETRY_DELAY
        doubt = self.context.account().unproven_why or "it was moved or put back"
        words = f"{doubt}, and the panel could not be compared with it ({why})"
        log.error("database.stale_copy", panel=self.context.name, why=words)
        self.context.update_account(partial(after_restore, now=self.context.now(), why=words))
        return None

    # -- what the panel says ------------------------------------------------------------------------------

    def _signs(self, moved: bool) -> Signs:
        sank = self._sank()
        # While an order is lost the wallet shows nothing; the ids that no lost order can have still do.
        is_open = sank is None and self.context.account().base is not None
        if not moved and not is_open and not has_sunk(sank):
            return Signs(moved)
        asked = self._ids_to_ask()
        signs = Signs(moved, sank, self._strangers(asked), asked=bool(asked))
        return replace(signs, doubt=self._doubt()) if moved else replace(signs, queued=self._queued())

    def _doubt(self) -> str | None:
        """Return what shows that it may be another database, where it has orders that may be sent."""
        context = self.context
        return context.account().unproven_why if context.name in counters.panels_to_send(context.db) else None

    def _sank(self) -> Range | None:
        """Return by how much more the wallet sank than the orders here explain; what lost orders cost is open."""
        context = self.context
        if context.account().base is None or evidence.any_lost(context.db, context.name):
            return None
        sank = self._compared()
        if not has_sunk(sank):
            return sank
        # An order may cost something else than expected: its next poll shows it.
        active = list(orders.listed(context.db, [State.ACTIVE], context.name, limit=POLLED))
        for start in range(0, len(active), context.ids_per_call):
            self._poll(active[start : start + context.ids_per_call])
        return self._compared() if active else sank

    def _compared(self) -> Range | None:
        reading = self.context.dialect.read_balance(self._call(self.context.dialect.balance()))
        if isinstance(reading, Failure):
            raise Unanswered(f"the balance could not be read: {reading.why}")
        account = self.context.account()
        return (
            None if account.base is None else unexplained(account.base, Mark(reading.amount, account.spent))
        )

    def _ids_to_ask(self) -> list[str]:
        """Return the ids just above the newest own one; none where ids are no counter."""
        context = self.context
        if not context.dialect.ids_grow:
            return []
        seen = evidence.strangers(context.db, context.name, acknowledged=True)
        return ids_above(context.account().newest_id, seen, max(context.ids_per_call, ID_CALLS))

    def _strangers(self, asked: Sequence[str]) -> list[str]:
        """Return those of these ids that are the account's, and that not even a lost order can have."""
        context = self.context
        if not asked:
            return []
        owned = evidence.owned_among(context.db, context.name, [int(one) for one in asked])
        answers = self._look_up([one for one in asked if int(one) not in owned], context.ids_per_call)
        known = without_parts(context, self._poll, answers)
        found = {one: said for one, said in known.items() if isinstance(said, Report)}
        lost = losses.lost_orders(context.db, context.name, context.now())
        unexplained_ids = verdicts_on(Readings(at=context.now(), strangers=found), lost).unexplained_ids
        with context.db.transaction():
            newest = attempts.newest(context.db)
            evidence.keep_probes(context.db, context.name, [], [int(one) for one in found], newest)
            evidence.keep_unexplained(context.db, context.name, unexplained_ids)
        return list(unexplained_ids)

    def _look_up(self, asked: Sequence[str], size: int) -> dict[str, Report]:
        dialect, found = self.context.dialect, dict[str, Report]()
        for start in range(0, len(asked), size):
            ids = asked[start : start + size]
            items = dialect.read_status(self._call(dialect.status(ids)), ids)
            if isinstance(items, Failure):
                raise Unanswered(f"it was asked for orders above the newest own one: {items.why}")
            unclear = next((said for said in items.values() if isinstance(said, Unlisted)), None)
            if unclear is not None:
                raise Unanswered(
                    f"what it said of an order above the newest own one is not known: {unclear.words}"
                )
            found |= {one: said for one, said in items.items() if isinstance(said, Report)}
        return found

    def _call(self, request: Request) -> Exchange:
        return self.context.client.call(replace(request, is_evidence=True))

    def _queued(self) -> list[Decimal]:
        """Return what the next queued orders should cost, up to the first of which that is not known."""
        context, charges = self.context, list[Decimal]()
        for order in queue.next_in_line(context.db, context.name, QUEUED):
            found = catalogue.find(context.db, context.name, order.service)
            service = found.service if isinstance(found, Listed) else None
            charge = expected_charge(order, service, context.dialect.cost_rules)
            if charge is None:
                break
            charges.append(charge)
        return charges
