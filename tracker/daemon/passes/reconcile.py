"""Looks for orders whose answer was lost: asks the panel, has the evidence judged, and writes the verdicts.

It runs in the thread that submits, so nothing is on its way while it looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from tracker.accounts.audit import flag_discrepancy
from tracker.accounts.submission import account_after_adopt
from tracker.daemon.context import PanelContext
from tracker.lib import money
from tracker.lib.times import SECOND
from tracker.orders.answers import Balance, Failure, Missing, Report
from tracker.orders.change import OrderChange
from tracker.orders.ledger import Mark
from tracker.orders.order import Order, State
from tracker.panel.exchange import Exchange, Request
from tracker.reconciliation.candidates import Known, all_denied, next_check_at, stretch_of, to_ask
from tracker.reconciliation.evidence import Findings, Readings, Ruling, judge
from tracker.reconciliation.outcome import after_check
from tracker.store import changes, evidence, orders
from tracker.store.evidence import Lost

log = structlog.get_logger(__name__)

WALLET_CALLS = 10
"""Status calls that one look spends on making sure that the wallet is still: more active orders than they hold
move it too often to be read."""

UNREAD = "the balance could not be read"

SILENT_DELAY = 30 * SECOND
"""How soon a look is tried again to which the panel said nothing at all."""

SILENT_TRIES = 3
"""Looks to which the panel said nothing before the account goes on without one."""


class Reconcile:
    """Looks for the lost orders of one panel account. `poll` writes what the panel says of some active orders."""

    def __init__(self, context: PanelContext, poll: Callable[[list[Order]], None]) -> None:
        self.context = context
        self._poll = poll
        self._seen_at: dict[int, int] = {}
        self._silent = 0
        self._not_before = 0

    def _call(self, request: Request) -> Exchange:
        return self.context.client.call(replace(request, is_evidence=True))

    def due_at(self) -> int | None:
        """Return when the next look is due; None when nothing is lost."""
        due_at = evidence.next_check_at(self.context.db, self.context.name)
        return None if due_at is None else max(self._not_before, due_at)

    def blocks(self) -> bool:
        """Tell whether submitting waits: a lost order was not looked for even once."""
        return evidence.unchecked(self.context.db, self.context.name)

    def run(self) -> None:
        """Gather evidence once, for all lost orders of the account, and write what it proves."""
        lost = evidence.lost_orders(self.context.db, self.context.name, self.context.now())
        lost = [self._with_ceiling(one) for one in lost]
        known = self._known(lost)
        wallet, note = self._read_wallet(lost)
        asked = self._asked(lost, known)
        answers = self._look_up(asked)
        if note == UNREAD and not answers and self._is_silent():
            return
        known = self._keep(asked, answers, known)
        readings = Readings(
            at=self.context.now(),
            wallet=wallet,
            wallet_note=note,
            strangers={one: told for one, told in answers.items() if isinstance(told, Report)},
            doubt=self.context.account().doubt,
        )
        proven = [
            replace(
                one,
                question=replace(
                    one.question, ids_denied=all_denied(one.question, known), settled=self._has_settled(one)
                ),
            )
            for one in lost
        ]
        findings = judge(readings, [one.question for one in proven])
        self._write(proven, readings, findings, asked)

    def _has_settled(self, lost: Lost) -> bool:
        """Tell whether late arrivals have had their time, also by a clock that nobody can set."""
        seen_at = self._seen_at.setdefault(lost.order.id, self.context.elapsed())
        waited = min(self.context.now() - lost.question.lost_at, self.context.elapsed() - seen_at)
        return waited >= self.context.unknown.settle

    def _is_silent(self) -> bool:
        """Tell whether the look is to be tried again: nothing was heard, and not for too long."""
        self._silent = (self._silent + 1) % SILENT_TRIES
        self._not_before = self.context.now() + SILENT_DELAY if self._silent else 0
        return bool(self._silent)

    # -- readings -------------------------------------------------------------------------------------

    def _known(self, lost: Sequence[Lost]) -> Known:
        """Collect which ids are local orders' own, in the stretch that matters to the lost ones."""
        owned = set(evidence.strangers(self.context.db, self.context.name, acknowledged=True))
        newest = self.context.account().newest_id
        if newest is not None:
            owned.add(int(newest))
        stretch = stretch_of([one.question for one in lost], max(owned, default=0))
        owned |= evidence.owned_among(self.context.db, self.context.name, stretch)
        return Known(frozenset(owned), evidence.denials(self.context.db, self.context.name))

    def _with_ceiling(self, lost: Lost) -> Lost:
        """Note the first own id that was given when no late arrival was to be expected any more."""
        settled = lost.question.lost_at + self.context.unknown.settle
        above = lost.question.newest_id or 0
        later = [
            one
            for one in evidence.first_ids_since(self.context.db, self.context.name, settled)
            if one > above
        ]
        return replace(lost, question=replace(lost.question, ceiling=min(later, default=None)))

    def _read_wallet(self, lost: Sequence[Lost]) -> tuple[Mark | None, str]:
        """Read the balance, follow every active order, and read it again; no mark unless both are equal."""
        if not any(one.question.before and one.question.expected_charge for one in lost):
            return None, "what it held before, or what the order costs, is not known"
        most = WALLET_CALLS * self.context.ids_per_call
        active = list(orders.listed(self.context.db, [State.ACTIVE], self.context.name, limit=most + 1))
        if len(active) > most:
            return None, f"more than {most} active orders move it"
        first = self._balance()
        for start in range(0, len(active), self.context.ids_per_call):
            self._poll(active[start : start + self.context.ids_per_call])
        spent = self.context.account().spent
        second = self._balance()
        if first is None or second is None:
            return None, UNREAD
        if first.amount != second.amount:
            return None, f"it moved while it was read, from {first.amount:f} to {second.amount:f}"
        return Mark(second.amount, spent), "two equal readings"

    def _balance(self) -> Balance | None:
        read = self.context.dialect.read_balance(self._call(self.context.dialect.balance()))
        return None if isinstance(read, Failure) else read

    def _asked(self, lost: Sequence[Lost], known: Known) -> list[str]:
        """Return the ids to look up: those found before, and with `probe` those that nobody asked about yet."""
        found = [str(number) for number in evidence.strangers(self.context.db, self.context.name)]
        fresh = (
            to_ask([one.question for one in lost], known, self.context.ids_per_call)
            if self.context.unknown.probe
            else []
        )
        numbers = [int(one) for one in (*found, *fresh)]
        owned = evidence.owned_among(self.context.db, self.context.name, numbers) | known.owned
        return list(dict.fromkeys(str(number) for number in numbers if number not in owned))

    def _look_up(self, asked: Sequence[str]) -> dict[str, Report | Missing]:
        answers: dict[str, Report | Missing] = {}
        for start in range(0, len(asked), self.context.ids_per_call):
            ids = asked[start : start + self.context.ids_per_call]
            read = self.context.dialect.read_status(self._call(self.context.dialect.status(ids)), ids)
            if isinstance(read, Failure):
                log.warning("panel.call_failed", panel=self.context.name, action="status", why=read.why)
                break
            answers.update(read)
        return answers

    def _keep(self, asked: Sequence[str], answers: dict[str, Report | Missing], known: Known) -> Known:
        """Keep what was said of each id; a denial counts only below a higher own id."""
        top = known.highest or 0
        denied = [int(one) for one, told in answers.items() if isinstance(told, Missing) and int(one) < top]
        found = [int(one) for one, told in answers.items() if isinstance(told, Report)]
        with self.context.db.transaction():
            evidence.keep_probes(self.context.db, self.context.name, denied, found)
        return Known(known.owned, evidence.denials(self.context.db, self.context.name))

    # -- verdicts -------------------------------------------------------------------------------------

    def _write(
        self, lost: Sequence[Lost], readings: Readings, findings: Findings, asked: Sequence[str]
    ) -> None:
        now = readings.at
        by_id = {one.order.id: one for one in lost}
        verdicts = [
            verdict
            for verdict in findings.verdicts
            if verdict.ruling is not Ruling.HOLD or (by_id[verdict.order_id].order.due_at or 0) <= now
        ]
        decided: list[OrderChange] = []
        for verdict in verdicts:
            one = by_id[verdict.order_id]
            report = readings.strangers.get(verdict.panel_order_id or "")
            next_at = next_check_at(one.question.lost_at, self.context.unknown.looks, now)
            resend_max = (
                self.context.unknown.resend_max
                if self.context.unknown.resend == "when-proven-absent"
                else None
            )
            decided.append(after_check(one.order, verdict, report, resend_max, now, next_at))
            log.info(
                "order.evidence_checked",
                panel=self.context.name,
                order=one.order.id,
                ruling=str(verdict.ruling),
            )
        with self.context.db.transaction():
            evidence.keep_check(self.context.db, verdicts, _facts(readings, asked), now)
            for change in changes.apply(self.context.db, decided, now):
                self._note_id(change)
            self._doubt(findings, now)
        if not evidence.any_lost(self.context.db, self.context.name):
            evidence.forget_denials(self.context.db, self.context.name)

    def _note_id(self, change: OrderChange) -> None:
        if change.after.panel_order_id is not None:
            panel_order_id = change.after.panel_order_id
            self.context.update_account(partial(account_after_adopt, panel_order_id=panel_order_id))

    def _doubt(self, findings: Findings, now: int) -> None:
        """End automatic verdicts when the account has ids that no order of ours can explain."""
        if not findings.unexplained_ids:
            return
        ids = ", ".join(findings.unexplained_ids[:5])
        why = f"the account has orders that were not placed here: {ids}"
        evidence.keep_unexplained(self.context.db, self.context.name, findings.unexplained_ids)
        self.context.update_account(lambda account: flag_discrepancy(account, why, ids=ids))


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
    return {"status": report.word, "charge": money.text(report.charge), "remains": report.remains}
