"""Looks for orders whose answer was lost: gathers evidence from the panel, has it judged, and writes the verdicts.

It runs in the thread that submits, so nothing is on its way while evidence is gathered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import structlog

from tracker.accounts.account import Account
from tracker.accounts.audit import flag_discrepancy
from tracker.accounts.ids import account_after_adopt
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.failed_check import hold_unchecked
from tracker.daemon.passes.own_ids import OwnIds
from tracker.lib import money
from tracker.lib.times import SECOND
from tracker.orders.answers import Balance, Failure, Missing, Report
from tracker.orders.change import OrderChange
from tracker.orders.ids import counter_of
from tracker.orders.ledger import Mark
from tracker.orders.order import Order, State
from tracker.panel.exchange import Exchange, Request
from tracker.reconciliation.candidates import Known, all_denied, ids_to_ask, possible_ids
from tracker.reconciliation.evidence import Findings, LostOrder, Readings, Ruling, Verdict, verdicts_on
from tracker.reconciliation.outcome import after_verdict
from tracker.reconciliation.schedule import next_check_at
from tracker.store import changes, evidence, orders
from tracker.store.database import StorageFault

log = structlog.get_logger(__name__)

WALLET_CALLS = 10
"""Status calls that one check spends on making sure that the wallet is still: more active orders than they hold
move it too often to be read."""

UNREAD = "the balance could not be read"

RETRY_DELAY = 30 * SECOND
"""How soon a check is tried again to which the panel answered nothing at all, or that failed here."""

TRIES = 3
"""Such checks before the account continues without one."""

Answers = Mapping[str, Report | Missing]
"""Panel order id -> what the panel says of it."""


class Reconcile:
    """Looks for the lost orders of one panel account. `poll` writes what the panel says of some active orders."""

    def __init__(self, context: PanelContext, poll: Callable[[list[Order]], None]) -> None:
        self.context = context
        self._poll = poll
        #: When each lost order was first seen, by a clock that nobody can set.
        self._seen_at: dict[int, int] = {}
        self._tries = 0
        #: No check before this, by a clock that nobody can set.
        self._not_before = 0
        self._has_failed = False
        self.own_ids = OwnIds(context, poll)

    def due_at(self) -> int | None:
        """Return when the next check is due; None when nothing is lost."""
        due_at = evidence.next_due_check(self.context.db, self.context.name)
        rest = self._not_before - self.context.elapsed()
        return due_at if due_at is None or rest <= 0 else max(self.context.now() + rest, due_at)

    def blocks(self) -> bool:
        """Tell whether submitting waits: a lost order was not looked for even once."""
        return evidence.unchecked(self.context.db, self.context.name)

    def run(self) -> None:
        """Look for the lost orders of the account; a fault of this program holds them, and nothing else."""
        try:
            self._check()
            self._has_failed = False
        except StorageFault:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is: the other orders of the account must not wait for it
            self._after_fault(error)

    def _after_fault(self, error: Exception) -> None:
        """Try a failed check again a few times; then hold the lost orders without one, and notify once."""
        context = self.context
        if not self._has_failed:
            log.error("order.evidence_failed", panel=context.name, exc_info=error)
        self._has_failed = True
        if not self._is_tried_again():
            hold_unchecked(context, error)

    def _check(self) -> None:
        """Gather evidence once, for all lost orders of the account, and write what it proves."""
        context = self.context
        found = evidence.lost_orders(context.db, context.name, context.now())
        lost_orders = [self._bracketed(self._dated(lost)) for lost in found]
        known = self._known(lost_orders)
        wallet, note = self._read_wallet(lost_orders)
        asked = self._ids_to_ask(lost_orders, known)
        answers = self._look_up(asked)
        if note == UNREAD and not answers and self._is_tried_again():
            return
        known = self._keep(answers, known)
        readings = Readings(
            at=context.now(),
            wallet=wallet,
            wallet_note=note,
            strangers={one: answer for one, answer in answers.items() if isinstance(answer, Report)},
            doubt=_doubt(context.account()),
        )
        lost_orders = [
            replace(lost, ids_denied=all_denied(lost, known), settled=self._has_settled(lost))
            for lost in lost_orders
        ]
        self._write(lost_orders, readings, verdicts_on(readings, lost_orders), asked)

    def _seen_for(self, lost: LostOrder) -> int:
        """Return how long the order has been known here as lost, by a clock that nobody can set."""
        elapsed = self.context.elapsed()
        return elapsed - self._seen_at.setdefault(lost.order.id, elapsed)

    def _dated(self, lost: LostOrder) -> LostOrder:
        """Date the loss no later than it was seen here: a clock that was ahead may have dated it."""
        return replace(lost, lost_at=min(lost.lost_at, self.context.now() - self._seen_for(lost)))

    def _has_settled(self, lost: LostOrder) -> bool:
        """Tell whether late arrivals have had their time, also by a clock that nobody can set."""
        waited = min(self.context.now() - lost.lost_at, self._seen_for(lost))
        return waited >= self.context.unknown.settle

    def _is_tried_again(self) -> bool:
        """Tell whether a check without any answer, or one that failed, is tried again soon, rather than counted."""
        self._tries = (self._tries + 1) % TRIES
        self._not_before = self.context.elapsed() + RETRY_DELAY if self._tries else 0
        return bool(self._tries)

    # -- readings -----------------------------------------------------------------------------------------

    def _known(self, lost_orders: Sequence[LostOrder]) -> Known:
        """Collect which ids are local orders' own, among those that matter to the lost ones."""
        db, panel = self.context.db, self.context.name
        owned = set(evidence.strangers(db, panel, acknowledged=True))
        newest = counter_of(self.context.account().newest_id)
        if newest is not None:
            owned.add(newest)
        owned |= evidence.owned_among(db, panel, possible_ids(lost_orders, max(owned, default=0)))
        return Known(frozenset(owned), evidence.denials(db, panel))

    def _bracketed(self, lost: LostOrder) -> LostOrder:
        """Note the first own id that was given when no late arrival was to be expected any more.

        Where ids do not grow, nothing lies between two of them, and nothing is known of them.
        """
        if not self.context.dialect.ids_grow:
            return replace(lost, newest_id=None)
        settled_at = lost.lost_at + self.context.unknown.settle
        context = self.context
        later = evidence.first_ids_since(context.db, context.name, settled_at, context.now())
        return replace(lost, ceiling=min((one for one in later if one > (lost.newest_id or 0)), default=None))

    def _read_wallet(self, lost_orders: Sequence[LostOrder]) -> tuple[Mark | None, str]:
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
        spent = context.account().spent
        second = self._balance()
        if first is None or second is None:
            return None, UNREAD
        if first.amount != second.amount:
            return None, f"it moved while it was read, from {first.amount:f} to {second.amount:f}"
        return Mark(second.amount, spent), "two equal readings"

    def _balance(self) -> Balance | None:
        dialect = self.context.dialect
        reading = dialect.read_balance(self._call(dialect.balance()))
        return None if isinstance(reading, Failure) else reading

    def _ids_to_ask(self, lost_orders: Sequence[LostOrder], known: Known) -> list[str]:
        """Return the ids to look up: those found before, and with `probe` those that were not asked about yet."""
        context = self.context
        if not context.dialect.ids_grow:
            return []
        fresh = ids_to_ask(lost_orders, known, context.ids_per_call) if context.unknown.probe else []
        numbers = [*evidence.strangers(context.db, context.name), *(int(one) for one in fresh)]
        owned = evidence.owned_among(context.db, context.name, numbers) | known.owned
        return list(dict.fromkeys(str(number) for number in numbers if number not in owned))

    def _look_up(self, asked: Sequence[str]) -> Answers:
        dialect, size = self.context.dialect, self.context.ids_per_call
        answers: dict[str, Report | Missing] = {}
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

    def _keep(self, answers: Answers, known: Known) -> Known:
        """Keep what was said of each id; a denial counts only below a higher own id."""
        db, panel, top = self.context.db, self.context.name, known.highest or 0
        denied = [int(one) for one, said in answers.items() if isinstance(said, Missing) and int(one) < top]
        found = [int(one) for one, said in answers.items() if isinstance(said, Report)]
        with db.transaction():
            evidence.keep_probes(db, panel, denied, found)
        return Known(known.owned, evidence.denials(db, panel))

    # -- verdicts -----------------------------------------------------------------------------------------

    def _write(
        self, lost_orders: Sequence[LostOrder], readings: Readings, findings: Findings, asked: Sequence[str]
    ) -> None:
        context, now = self.context, readings.at
        by_id = {lost.order.id: lost for lost in lost_orders}
        due = [
            one
            for one in findings.verdicts
            # An order that is only held again is checked on its schedule.
            if one.ruling is not Ruling.HOLD or _is_due(by_id[one.order_id].order, now)
        ]
        decided = [self._decide(verdict, by_id[verdict.order_id], readings) for verdict in due]
        with context.db.transaction():
            evidence.keep_check(context.db, due, _facts(readings, asked), now)
            for change in changes.apply(context.db, decided, now):
                self._note_own_id(change)
            self._flag_unexplained(findings)
        if not evidence.any_lost(context.db, context.name):
            evidence.forget_denials(context.db, context.name)

    def _decide(self, verdict: Verdict, lost: LostOrder, readings: Readings) -> OrderChange:
        context = self.context
        ruling = str(verdict.ruling)
        log.info("order.evidence_checked", panel=context.name, order=lost.order.id, ruling=ruling)
        report = readings.strangers.get(verdict.panel_order_id or "")
        next_at = next_check_at(lost.lost_at, context.unknown.looks, readings.at)
        return after_verdict(lost.order, verdict, report, self._resend_max(), readings.at, next_at)

    def _resend_max(self) -> Decimal | None:
        unknown = self.context.unknown
        return unknown.resend_max if unknown.resend == "when-proven-absent" else None

    def _note_own_id(self, change: OrderChange) -> None:
        panel_order_id = change.after.panel_order_id
        if panel_order_id is not None:
            self.context.update_account(partial(account_after_adopt, panel_order_id=panel_order_id))

    def _flag_unexplained(self, findings: Findings) -> None:
        """End automatic verdicts when the account has ids that no order here can explain."""
        if not findings.unexplained_ids:
            return
        ids = ", ".join(findings.unexplained_ids[:5])
        why = f"the account has orders that were not placed here: {ids}"
        evidence.keep_unexplained(self.context.db, self.context.name, findings.unexplained_ids)
        self.context.update_account(lambda account: flag_discrepancy(account, why, ids=ids))


def _is_due(order: Order, now: int) -> bool:
    return (order.due_at or 0) <= now


def _doubt(account: Account) -> str | None:
    """Say what contradicts that only orders of this queue move the wallet and get ids, and that ids grow."""
    return account.doubt or account.ids_doubt


def _facts(readings: Readings, asked: Sequence[str]) -> dict[str, Any]:
    found = {one: _report(report) for one, report in readings.strangers.items()}
    wallet = readings.wallet
    return {
        "balance": None if wallet is None else money.text(wallet.balance),
        "wallet": readings.wallet_note,
        "ids_asked": len(asked),
        "own_ids_found": found,
    }


def _report(report: Report) -> dict[str, Any]:
    return {"status": report.status_text, "charge": money.text(report.charge), "remains": report.remains}
