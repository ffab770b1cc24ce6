"""Looks for orders whose answer was lost: gathers evidence from the panel, has it judged, and writes the verdicts.

It runs in the thread that submits, so nothing is on its way while evidence is gathered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import structlog

from tracker.accounts.account import Account
from tracker.accounts.audit import after_mark, flag_discrepancy
from tracker.accounts.ids import account_after_adopt
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.ask_again import AskAgain
from tracker.daemon.passes.failed_check import hold_unchecked
from tracker.daemon.passes.gather import UNREAD, Answers, Gather
from tracker.daemon.passes.loss_times import LossTimes
from tracker.daemon.passes.own_ids import OwnIds
from tracker.daemon.passes.read_list import ReadList
from tracker.daemon.passes.series import without_parts
from tracker.lib import money
from tracker.lib.times import SECOND
from tracker.orders.answers import Missing, Report
from tracker.orders.change import OrderChange
from tracker.orders.ids import counter_of
from tracker.orders.ledger import Mark
from tracker.orders.order import Order
from tracker.reconciliation.apart import Unsettled
from tracker.reconciliation.candidates import Known, all_denied, denials_of, matters, possible_ids
from tracker.reconciliation.evidence import Findings, Ruling, Verdict, fits_of, verdicts_on, with_wallet
from tracker.reconciliation.lost_order import LostOrder, Readings
from tracker.reconciliation.outcome import after_verdict
from tracker.reconciliation.pairs import pairs_in_order
from tracker.reconciliation.schedule import is_awaited, next_check_at
from tracker.store import attempts, changes, evidence
from tracker.store.database import StorageFault
from tracker.store.engines.engine import Lease
from tracker.store.evidence import OpenLoss

log = structlog.get_logger(__name__)

RETRY_DELAY = 30 * SECOND
"""How soon a check is tried again to which the panel answered nothing at all, or that failed here."""

TRIES = 3
"""Such checks before the account continues without one."""


class Reconcile:
    """Looks for the lost orders of one panel account. `poll` writes what the panel says of some active orders."""

    def __init__(self, context: PanelContext, poll: Callable[[list[Order]], None]) -> None:
        self.context = context
        self._poll = poll
        self.own_ids = OwnIds(context, poll)
        self._gather = Gather(context, poll)
        self._times = LossTimes(context)
        self._tries = 0
        #: No check before this, by a clock that nobody can set.
        self._not_before = 0
        self._has_failed = False
        self.ask_again = AskAgain(context)
        self._read_list = ReadList(context)

    def due_at(self) -> int | None:
        """Return when the next check is due; None when nothing is lost."""
        due_at = min((lost.due_at for lost in self._open()), default=None)
        rest = self._not_before - self.context.elapsed()
        return due_at if due_at is None or rest <= 0 else max(self.context.now() + rest, due_at)

    def blocks(self) -> bool:
        """Tell whether submitting waits: a lost order was not looked for yet, or is again in a moment."""
        return any(is_awaited(lost.checked_at, lost.due_at, lost.lost_at) for lost in self._open())

    def unsettled(self) -> list[Unsettled]:
        """Return the lost orders that may still arrive, if what looks like them is to wait (`unknown.apart`)."""
        if not self.context.unknown.apart:
            return []
        rests = [(lost, self._times.rest(lost)) for lost in self._open()]
        return [Unsettled(lost.order_id, lost.expected_charge, rest) for lost, rest in rests if rest]

    def _open(self) -> list[OpenLoss]:
        """Return the orders that are lost, each noted as seen from now on."""
        found = evidence.open_losses(self.context.db, self.context.name)
        for lost in found:
            self._times.note(lost)
        return found

    def run(self, lease: Lease) -> None:
        """Look for the lost orders of the account; a fault of this program holds them, and nothing else."""
        try:
            self._check(lease)
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

    def pairs(self, order: Order) -> list[tuple[LostOrder, str]]:
        """Return the lost orders that are known to have arrived, but not which is which; see `pairs_in_order`."""
        lost_orders = self._lost_orders()
        found = self._gather.look_up(self._gather.ids_to_ask([], self._known(lost_orders)))
        answers = without_parts(self.context, self._poll, found)
        fits = fits_of(self._readings(answers, None, ""), lost_orders)
        groups = [
            pairs_in_order(lost, lost_orders, fits) for lost in lost_orders if lost.order_id == order.id
        ]
        return groups[0] if groups else []

    def _check(self, lease: Lease) -> None:
        """Gather evidence once, for all lost orders of the account, and write what it proves."""
        for order_id in self.ask_again.run(lease):
            self._times.forget(order_id)  # it was on the wire once more: late arrivals count anew
        if self.context.dialect.orders_action is not None:
            self._read_list.run(self._lost_orders(), self._resend_max())
        lost_orders = self._lost_orders()
        known = self._known(lost_orders)
        wallet, note = self._gather.wallet(lost_orders)
        asked = self._gather.ids_to_ask(lost_orders, known)
        answers = without_parts(self.context, self._poll, self._gather.look_up(asked))
        if note == UNREAD and not answers and self._is_tried_again():
            return
        known = self._keep(answers, known, lost_orders)
        lost_orders = [replace(lost, ids_denied=all_denied(lost, known)) for lost in lost_orders]
        readings = self._readings(answers, wallet, note)
        self._write(lost_orders, readings, verdicts_on(readings, lost_orders), asked)

    def _readings(self, answers: Answers, wallet: Mark | None, note: str) -> Readings:
        context = self.context
        strangers = {one: answer for one, answer in answers.items() if isinstance(answer, Report)}
        return Readings(
            at=context.now(),
            wallet=wallet,
            wallet_note=note,
            strangers=strangers,
            sightings=evidence.sightings(context.db, context.name, [int(one) for one in strangers]),
            doubt=_doubt(context.account()),
            is_shared=context.panel.account == "shared",
        )

    def _is_tried_again(self) -> bool:
        """Tell whether a check without any answer, or one that failed, is tried again soon, rather than counted."""
        self._tries = (self._tries + 1) % TRIES
        self._not_before = self.context.elapsed() + RETRY_DELAY if self._tries else 0
        return bool(self._tries)

    # -- what is known already ----------------------------------------------------------------------------

    def _lost_orders(self) -> list[LostOrder]:
        context = self.context
        found = evidence.lost_orders(context.db, context.name, context.now())
        newest = attempts.newest(context.db)
        dated = [self._settled(self._times.dated(lost), newest) for lost in found]
        opened = [self._bracketed(lost) for lost in dated if lost.is_open]
        others = [lost for lost in dated if not lost.is_open and matters(lost, opened)]
        return opened + [self._bracketed(lost) for lost in others]

    def _settled(self, lost: LostOrder, newest_attempt: int) -> LostOrder:
        """Note the newest attempt at the moment when late arrivals had their time."""
        return lost if self._times.rest(lost) or lost.is_settled else replace(lost, settled_by=newest_attempt)

    def _bracketed(self, lost: LostOrder) -> LostOrder:
        """Note the last own id before it, and the first that was given after late arrivals had had their time.

        Where ids do not grow, nothing lies between two of them, and nothing is known of them.
        """
        context = self.context
        if not context.dialect.ids_grow:
            return replace(lost, newest_id=None)
        before, floor_attempt = evidence.id_before(context.db, context.name, lost.attempt_id) or (None, None)
        floor = max((one for one in (lost.newest_id, before) if one is not None), default=None)
        settled_by = lost.settled_by
        later = [] if settled_by is None else evidence.ids_after(context.db, context.name, settled_by)
        ceiling = min((one for one in later if one > (floor or 0)), default=None)
        return replace(lost, newest_id=floor, floor_attempt=floor_attempt, ceiling=ceiling)

    def _known(self, lost_orders: Sequence[LostOrder]) -> Known:
        """Collect which ids are local orders' own, among those that matter to the lost ones."""
        db, panel = self.context.db, self.context.name
        owned = set(evidence.strangers(db, panel, acknowledged=True))
        newest = counter_of(self.context.account().newest_id)
        if newest is not None:
            owned.add(newest)
        owned |= evidence.owned_among(db, panel, possible_ids(lost_orders, max(owned, default=0)))
        return Known(frozenset(owned), evidence.denials(db, panel))

    def _keep(self, answers: Answers, known: Known, lost_orders: Sequence[LostOrder]) -> Known:
        """Keep what was said of each id."""
        db, panel, newest = self.context.db, self.context.name, attempts.newest(self.context.db)
        arriving = [lost.attempt_id for lost in lost_orders if not lost.is_settled]
        past = min(arriving, default=newest + 1) - 1
        denied = [int(one) for one, said in answers.items() if isinstance(said, Missing)]
        found = [int(one) for one, said in answers.items() if isinstance(said, Report)]
        with db.transaction():
            evidence.keep_probes(db, panel, denials_of(denied, known.highest or 0, past), found, newest)
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
        absent = {one.order_id for one in findings.verdicts if one.ruling is Ruling.ABSENT}
        progress = [with_wallet(lost, findings) for lost in lost_orders]
        with context.db.transaction():
            evidence.keep_progress(context.db, progress, absent, now)
            if findings.mark is not None:
                context.update_account(partial(after_mark, mark=findings.mark))
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
        next_at = next_check_at(lost.lost_at, context.unknown.looks, context.unknown.settle, readings.at)
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
