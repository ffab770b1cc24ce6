"""Looks for orders whose answer was lost: gathers evidence from the panel, has it judged, and writes the verdicts.

It runs in the thread that submits, so nothing is on its way while evidence is gathered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from tracker.accounts.account import Account
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.ask_again import AskAgain
from tracker.daemon.passes.failed_check import hold_unchecked
from tracker.daemon.passes.gather import UNREAD, Answers, Gather
from tracker.daemon.passes.losses import Losses
from tracker.daemon.passes.own_ids import OwnIds
from tracker.daemon.passes.read_list import ReadList
from tracker.daemon.passes.series import without_parts
from tracker.daemon.passes.write_verdicts import WriteVerdicts
from tracker.lib.times import SECOND
from tracker.orders.answers import Report
from tracker.orders.ledger import Mark
from tracker.orders.order import Order
from tracker.reconciliation.candidates import all_denied
from tracker.reconciliation.evidence import fits_of, verdicts_on
from tracker.reconciliation.lost_order import LostOrder, Readings
from tracker.reconciliation.pairs import pairs_in_order
from tracker.store import evidence
from tracker.store.database import StorageFault
from tracker.store.engines.engine import Lease
from tracker.store.losses import OpenLoss

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
        self.losses = Losses(context)
        self._write_verdicts = WriteVerdicts(context)
        self._tries = 0
        #: No check before this, by a clock that nobody can set.
        self._not_before = 0
        self._has_failed = False
        self.ask_again = AskAgain(context)
        self._read_list = ReadList(context, poll)

    def due_at(self, lost: Sequence[OpenLoss]) -> int | None:
        """Return when the next check of these orders is due; None when nothing is lost."""
        due_at = self.losses.due_at(lost)
        rest = self._not_before - self.context.elapsed()
        return due_at if due_at is None or rest <= 0 else max(self.context.now() + rest, due_at)

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
        lost_orders = self.losses.read()
        found = self._gather.look_up(self._gather.ids_to_ask([], self.losses.known_ids(lost_orders)))
        answers = without_parts(self.context, self._poll, found)
        fits = fits_of(self._readings(answers, None, ""), lost_orders)
        groups = [
            pairs_in_order(lost, lost_orders, fits) for lost in lost_orders if lost.order_id == order.id
        ]
        return groups[0] if groups else []

    def _check(self, lease: Lease) -> None:
        """Gather evidence once, for all lost orders of the account, and write what it proves."""
        for order_id in self.ask_again.run(lease):
            self.losses.note_asked_again(order_id)
        if self.context.dialect.orders_action is not None:
            self._read_list.run(self.losses.read(), self._write_verdicts.resend_max)
        lost_orders = self.losses.read()
        known = self.losses.known_ids(lost_orders)
        wallet, note = self._gather.wallet(lost_orders)
        asked = self._gather.ids_to_ask(lost_orders, known)
        answers = without_parts(self.context, self._poll, self._gather.look_up(asked))
        if note == UNREAD and not answers and self._is_tried_again():
            return
        known = self.losses.keep_answers(answers, known, lost_orders)
        lost_orders = [replace(lost, ids_denied=all_denied(lost, known)) for lost in lost_orders]
        readings = replace(self._readings(answers, wallet, note), ended=self._gather.ended(lost_orders))
        self._write_verdicts.run(lost_orders, readings, verdicts_on(readings, lost_orders), asked)

    def _readings(self, answers: Answers, wallet: Mark | None, note: str) -> Readings:
        context = self.context
        strangers = {one: answer for one, answer in answers.items() if isinstance(answer, Report)}
        return Readings(
            at=context.now(),
            wallet=wallet,
            wallet_note=note,
            strangers=strangers,
            sightings=evidence.sightings(context.db, context.name, [int(one) for one in strangers]),
            unasked=self._gather.unasked(),
            doubt=_doubt(context.account()),
            is_shared=context.panel.account == "shared",
        )

    def _is_tried_again(self) -> bool:
        """Tell whether a check without any answer, or one that failed, is tried again soon, rather than counted."""
        self._tries = (self._tries + 1) % TRIES
        self._not_before = self.context.elapsed() + RETRY_DELAY if self._tries else 0
        return bool(self._tries)


def _doubt(account: Account) -> str | None:
    """Say what contradicts that only orders of this queue move the wallet and get ids, and that ids grow."""
    return account.doubt or account.ids_doubt
