"""Knows the lost orders of one panel account: which they are, how long they are lost, and which ids may be theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tracker.daemon.context import PanelContext
from tracker.daemon.passes.gather import Answers
from tracker.daemon.passes.loss_times import LossTimes
from tracker.orders.answers import Missing, Report
from tracker.orders.ids import counter_of
from tracker.reconciliation.apart import Unsettled
from tracker.reconciliation.candidates import Known, denials_of, matters, possible_ids
from tracker.reconciliation.lost_order import LostOrder
from tracker.reconciliation.schedule import is_awaited
from tracker.store import attempts, evidence, losses
from tracker.store.losses import OpenLoss, Since


class Losses:
    """The lost orders of one panel account, and what is kept of the ids near them."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context
        self.times = LossTimes(context)

    def open(self) -> list[OpenLoss]:
        """Return the orders that are lost, each noted as seen from now on."""
        found = losses.open_losses(self.context.db, self.context.name)
        for lost in found:
            self.times.note(lost)
        return found

    def unsettled(self, found: Sequence[OpenLoss]) -> list[Unsettled]:
        """Return which of the lost orders may still arrive, if what looks like them is to wait (`unknown.apart`).

        To be called before each order is sent: it keeps which of them cannot arrive any more, and what is sent after
        that cannot be taken for one of them.
        """
        self._keep_settled(found)
        if not self.context.unknown.apart:
            return []
        rests = [(lost, self.times.others_wait(lost)) for lost in found]
        return [Unsettled(lost.order_id, lost.expected_charge, rest) for lost, rest in rests if rest]

    def _keep_settled(self, found: Sequence[OpenLoss]) -> None:
        over = [lost.attempt_id for lost in found if not lost.is_settled and not self.times.rest(lost)]
        if over:
            db = self.context.db
            with db.transaction():
                evidence.keep_settled(db, over, attempts.newest(db))

    def due_at(self, found: Sequence[OpenLoss]) -> int | None:
        """Return when the next check of these is due; None when nothing is lost.

        At once when late arrivals have just had their time, before others go on: what is denied then, and found later,
        is an order's that was sent after that.
        """
        if any(not lost.is_settled and not self.times.rest(lost) for lost in found):
            return self.context.now()
        return min((lost.due_at for lost in found), default=None)

    def is_awaited(self, found: Sequence[OpenLoss]) -> bool:
        """Tell whether one of these was not looked for yet, or is again in a moment."""
        return any(is_awaited(one.checked_at, one.due_at, self.times.lost_at(one)) for one in found)

    def note_asked_again(self, order_id: int) -> None:
        """Count anew how long an order is lost: it was on the wire once more, and late arrivals count anew."""
        self.times.forget(order_id)

    def read(self) -> list[LostOrder]:
        """Return the lost orders, and those that a person has settled and that an id or a charge may still be of."""
        context, newest = self.context, attempts.newest(self.context.db)
        opened = [self._known(lost, newest) for lost in losses.open_orders(context.db, context.name)]
        since = self._since(opened)
        closed = losses.closed_orders(context.db, context.name, context.now(), since)
        dated = [self._settled(self.times.dated(lost), newest) for lost in closed]
        self.times.keep_only(
            {lost.order_id for lost in (*opened, *closed) if lost.is_open or not lost.is_settled}
        )
        return opened + [self._bracketed(lost) for lost in dated if matters(lost, opened)]

    def _known(self, lost: LostOrder, newest_attempt: int) -> LostOrder:
        return self._bracketed(self._settled(self.times.dated(lost), newest_attempt))

    def _since(self, opened: Sequence[LostOrder]) -> Since:
        """Return from when on others concern the open ones; see `matters`."""
        attempt = min((lost.floor_attempt or 0 for lost in opened), default=0)
        read_at = min((lost.before.at or 0 for lost in opened if lost.before is not None), default=0)
        return Since(attempt, max(0, read_at - self.context.unknown.settle))

    def _settled(self, lost: LostOrder, newest_attempt: int) -> LostOrder:
        """Note the newest attempt at the moment when late arrivals had their time."""
        return lost if self.times.rest(lost) or lost.is_settled else replace(lost, settled_by=newest_attempt)

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

    def known_ids(self, lost_orders: Sequence[LostOrder]) -> Known:
        """Collect which ids are local orders' own, among those that matter to the lost ones."""
        db, panel = self.context.db, self.context.name
        owned = set(evidence.strangers(db, panel, acknowledged=True))
        newest = counter_of(self.context.account().newest_id)
        if newest is not None:
            owned.add(newest)
        owned |= evidence.owned_among(db, panel, possible_ids(lost_orders, max(owned, default=0)))
        return Known(frozenset(owned), evidence.denials(db, panel))

    def keep_answers(self, answers: Answers, known: Known, lost_orders: Sequence[LostOrder]) -> Known:
        """Keep what was said of each id."""
        db, panel, newest = self.context.db, self.context.name, attempts.newest(self.context.db)
        arriving = [lost.attempt_id for lost in lost_orders if not lost.is_settled]
        past = min(arriving, default=newest + 1) - 1
        denied = [int(one) for one, said in answers.items() if isinstance(said, Missing)]
        found = [int(one) for one, said in answers.items() if isinstance(said, Report)]
        with db.transaction():
            evidence.keep_probes(db, panel, denials_of(denied, known.highest or 0, past), found, newest)
        return Known(known.owned, evidence.denials(db, panel))
