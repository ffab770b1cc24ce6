"""Retraces a wallet from reading to reading: what each of its moves was for, so that not a digit is left over. Pure.

Between two readings a wallet moves by what orders took, by refunds, by top-ups, and by what nobody here knows of. The
first is known from the orders. A refund is promised by an order's end, which is seen at a poll, often after the money
came. What is left over, the rest, is kept until it comes to nothing, or until it has stayed the same for so long that
it is believed: then a rise is a top-up, and a fall is refunds that never came, an order that was given up and charged
all the same, or unexplained. Each amount has one cause, so the causes add up to what the wallet moved by.

A refund is known to have come when the rest stayed the same while it fell due, or came to nothing. Those that fell due
while it changed are `loose`: a top-up may hide that one is missing. What is believed then says so of each of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple

from tracker.accounts.retraced import Move, Reading, Retraced, Standing, Unclear, Why
from tracker.accounts.sums import Amount, Some, Ways, joined, total_of, ways_to
from tracker.lib.times import DAY, HOUR
from tracker.orders.ledger import ZERO

BELIEVED_AFTER = HOUR
"""How long after it was first there a rest must be there again before it is believed: what is on its way changes."""

PATIENCE = DAY
"""How long a rest may keep changing before it is believed as it is, unless refunds that are near explain it."""

AHEAD = DAY
"""How long after the money came the end of an order may be seen, and"""

SEEN_WITHIN = 2 * HOUR
"""how long it takes at most while the wallet is being read: orders are polled as long, each at least every so often."""

ARRIVES = 2 * HOUR
"""How long after it was sent a lost order may be charged at most."""

NEAR = 200
"""Refunds that are considered at a time."""


class _Early(NamedTuple):
    """A refund that came before its order's end was seen, if the sum of that rise tells."""

    one: Amount
    since: int
    at: int
    awake: int
    #: Others whose sum would have explained the rise as well.
    twins: Some


def retrace(
    readings: Iterable[Reading],
    paid: Iterable[tuple[int, Decimal]],
    promises: Iterable[Amount],
    doubtful: Iterable[Amount],
    span: tuple[int, int],
) -> Retraced:
    """Retrace a wallet; all are in the order of their times, and reach about `AHEAD` beyond the span on both sides.

    `paid` is when orders were sent and what they took, `promises` are the refunds of orders that ended, `doubtful` is
    what orders may have taken that are unknown or were given up. The ends of the stretch are the last readings before
    the ends of the span.
    """
    promised = iter(promises)
    walk = _Walk(promised, doubtful, span)
    debits = iter(paid)
    debit = next(debits, None)
    for reading in readings:
        taken = ZERO
        while debit is not None and debit[0] <= reading.at:
            taken += debit[1]
            debit = next(debits, None)
        walk.read(reading, taken)
    for _ in chain(debits, promised):
        pass  # they are counted by whoever gives them
    return walk.found


class _Walk:
    """Where a walk along the readings is."""

    def __init__(self, promises: Iterator[Amount], doubtful: Iterable[Amount], span: tuple[int, int]) -> None:
        self.found = Retraced()
        self._promises = promises
        self._next = next(self._promises, None)
        self._doubtful = list(doubtful)
        self._span = span
        #: Refunds whose promise is seen later than now, and soon; and those that were promised and not settled.
        self._ahead: deque[Amount] = deque()
        self._due: list[Amount] = []
        self._ahead_sum = self._due_sum = ZERO
        self._last: Reading | None = None
        self._began_at = 0
        #: For how long the wallet was being read in all.
        self._awake = 0
        self._paid = self._refunded = self._moved = ZERO
        #: Whether a promise has come near since sums were tried last.
        self._is_news = False
        self._rest = ZERO
        #: The rests since the last time that there was none, and when each was there first; and the reading before.
        self._rests: dict[Decimal, int] = {}
        self._since = 0
        #: Refunds that are not known to have come, also such that were taken for come early.
        self._loose: dict[int, Amount] = {}
        self._early: dict[int, _Early] = {}
        #: What fell due at each of the last readings.
        self._lately: deque[tuple[int, Some]] = deque()
        #: How long the wallet had been read at each top-up.
        self._put_in_awake: list[int] = []

    def read(self, reading: Reading, paid: Decimal) -> None:
        """Take the next reading; `paid` is what orders took since the one before."""
        before = self._last
        if before is None:
            self._began_at, before = reading.at, reading
        else:
            self._paid += paid
            self._moved += reading.amount - before.amount + paid
            self._awake += min(reading.at - before.at, HOUR)
        self._last = reading
        fresh = self._take_promises(reading.at)
        if before is reading:
            self._due, self._due_sum, fresh = [], ZERO, ()  # whether they came before, nothing shows
        standing = Standing(reading, self._paid, self._refunded, self._moved)
        if self.found.opening is None or reading.at <= self._span[0]:
            self.found.opening = standing
        if reading.at < self._span[1]:
            self.found.closing = Standing(reading, self._paid, self._refunded, self._moved)
        self._settle(reading.at, before.at, fresh)
        self.found.undecided = self._due

    def _take_promises(self, at: int) -> Some:
        """Take the promises that are near, and return those that are due by now."""
        while self._next is not None and self._next.at <= at + AHEAD:
            self._ahead.append(self._next)
            self._is_news = True
            self._ahead_sum += self._next.amount
            self._next = next(self._promises, None)
        fresh: list[Amount] = []
        while self._ahead and self._ahead[0].at <= at:
            fresh.append(self._ahead.popleft())
        fell_due = total_of(fresh)
        self._ahead_sum -= fell_due
        self._due += fresh
        self._due_sum += fell_due
        if fresh:
            self._lately.append((self._awake, tuple(fresh)))
        while self._lately and not self._rests and self._lately[0][0] < self._awake - SEEN_WITHIN:
            self._lately.popleft()
        return tuple(fresh)

    def _settle(self, at: int, before: int, fresh: Some) -> None:
        rest = self._moved - self._due_sum
        if rest == ZERO or self._came_early(rest, before, at):
            self._all_came(at)
            return
        if rest != self._rest:
            self._loose |= {one.order_id: one for one in fresh}
        if not self._rests:
            self._since = before
        self._rest = rest
        seen_at, since = self._rests.setdefault(rest, at), next(iter(self._rests.values()))
        is_near = ZERO < rest <= self._ahead_sum
        if at - seen_at >= BELIEVED_AFTER or (at - since >= PATIENCE and not is_near):
            self._believe(rest, seen_at)
            self._loose.clear()
            self._all_came(at)

    # -- refunds that came ----------------------------------------------------------------------------------

    def _all_came(self, at: int) -> None:
        """Take all refunds that are due as come."""
        for one in self._due:
            self._book(one.at, one.amount, is_refund=True)
        self._due, self._due_sum, self._rest, self._rests = [], ZERO, ZERO, {}
        self._loose = {key: one for key, one in self._loose.items() if one.at > at}
        for early in [one for one in self._early.values() if one.one.at <= at]:
            del self._early[early.one.order_id]
            if self._awake - early.awake > SEEN_WITHIN:
                self._unclear(Why.LATE, early.at, early.one.amount, (early.one,), early.since)

    def _came_early(self, rest: Decimal, before: int, at: int) -> bool:
        """Put a rise to refunds whose promise is yet to be seen."""
        if rest == self._rest and not self._is_news:
            return False
        self._is_news = False
        found = ways_to(rest, [one for one in islice(self._ahead, NEAR) if one.sent_at < at])
        for one in found.first:
            self._ahead.remove(one)
            self._ahead_sum -= one.amount
            self._early[one.order_id] = _Early(one, before, at, self._awake, found.all)
            self._loose[one.order_id] = one
            self._book(at, one.amount, is_refund=True)
        return bool(found.first)

    # -- rests that are believed ----------------------------------------------------------------------------

    def _believe(self, rest: Decimal, at: int) -> None:
        """Put a rest to its most likely cause, dated by the reading that showed it."""
        if rest > ZERO:
            if not self._came_late(rest, at):
                self._put_in(rest, at)
        else:
            self._fell(-rest, at)

    def _came_late(self, amount: Decimal, at: int) -> bool:
        """Put a rise to refunds that were given up; only one that stays, as an order may be charged a little late."""
        found = ways_to(amount, self.found.owed[-NEAR:])
        for one in found.all:
            self.found.owed.remove(one)
            self._book(at, one.amount, is_refund=True)
        if len(found.ways) == 1:
            self._unclear(Why.LATE, at, amount, found.first)
        elif found.ways:
            still = total_of(found.all) - amount
            self._unclear(Why.WHICH, at, still, found.all)
            self._book(at, -still)
        return bool(found.ways)

    def _put_in(self, amount: Decimal, at: int) -> None:
        self.found.top_ups.append(Move(at, amount))
        self._put_in_awake.append(self._awake)
        self._book(at, amount)
        self._unclear(Why.TOP_UP, at, amount, tuple(self._loose.values()))

    def _fell(self, missing: Decimal, at: int) -> None:
        refunds, lost = self._missing(missing), self._taken(missing, at)
        if refunds.only and not lost.ways and not self._may_be_hidden(refunds.only, missing):
            self._owe(refunds.only)
        elif refunds.ways:
            many = Why.BEFORE if refunds.only else Why.WHICH
            self._unclear(Why.ORDER if lost.ways else many, at, missing, self._all_that_fit(refunds))
            self._book(at, -missing)
        elif lost.ways or not (both := ways_to(missing, [*self._loose.values(), *self._charged(at)])).ways:
            self._took(missing, lost.first, at)
        else:
            refunds = Ways(
                tuple(tuple(one for one in way if one.order_id in self._loose) for way in both.ways)
            )
            self._unclear(Why.ORDER, at, missing, refunds.all)
            self._book(at, -missing)

    def _missing(self, amount: Decimal) -> Ways:
        """Find refunds that may be what is missing: loose ones, or others that others have come in the place of."""
        found = ways_to(amount, list(self._loose.values()))
        if not found.ways:
            return found
        twins = (early.twins for key, early in self._early.items() if key in self._loose)
        lately = (some for _, some in self._lately)
        others = (ways_to(amount, some).ways for some in chain(twins, lately))
        equal = ((one,) for one in self._equal_to(found.all))
        return Ways(tuple(dict.fromkeys(chain(found.ways, *others, equal))), found.may_be_others)

    def _equal_to(self, some: Sequence[Amount]) -> Some:
        """Return those of late that are as large as one of some: one may have come for the other."""
        amounts = {one.amount for one in some}
        return tuple(
            one for _, fresh in self._lately for one in fresh if one.amount in amounts and one not in some
        )

    def _all_that_fit(self, found: Ways) -> Some:
        return joined((found.all, tuple(self._loose.values()) if found.may_be_others else ()))

    def _may_be_hidden(self, some: Some, amount: Decimal) -> bool:
        """Tell whether refunds may have come as a part of a top-up, before the ends of their orders were seen."""
        lately = self._awake - 2 * SEEN_WITHIN
        if lately <= 0 and any(one.sent_at < self._began_at for one in some):
            return True  # also before the first reading
        return any(
            top_up.amount == amount or (top_up.amount > one.amount and awake >= lately)
            for top_up, awake in zip(self.found.top_ups, self._put_in_awake, strict=True)
            for one in some
            if one.sent_at < top_up.at
        )

    def _owe(self, some: Some) -> None:
        for one in some:
            early = self._early.pop(one.order_id, None)
            if early is not None:
                self._book(early.at, -one.amount, is_refund=True)
        keys = {one.order_id for one in some}
        self._due = [one for one in self._due if one.order_id not in keys]
        self._due_sum = total_of(self._due)
        self.found.owed += some

    # -- what else the wallet sinks by ----------------------------------------------------------------------

    def _charged(self, at: int) -> list[Amount]:
        return [one for one in self._doubtful if at - ARRIVES <= one.at <= at]

    def _taken(self, missing: Decimal, at: int) -> Ways:
        return ways_to(missing, self._charged(at))

    def _took(self, missing: Decimal, lost: Some, at: int) -> None:
        self._doubtful = [one for one in self._doubtful if one not in lost]
        self.found.lost += [one._replace(at=at) for one in lost]
        if not lost:
            self.found.unexplained.append(Move(at, missing))
            self._unclear(Why.LOSS, at, missing, tuple(self._loose.values()))
        self._book(at, -missing)

    def _unclear(
        self, why: Why, at: int, amount: Decimal, some: Sequence[Amount], since: int | None = None
    ) -> None:
        if some:
            others = () if why is Why.LATE else self._equal_to(some)
            began = self._since if since is None else since
            self.found.unclear.append(Unclear(why, began, at, amount, joined((tuple(some), others))))

    def _book(self, at: int, amount: Decimal, is_refund: bool = False) -> None:
        """Take an amount that has found its cause out of the rest; the ends of the stretch have it from its date on."""
        refund = amount if is_refund else ZERO
        self._moved -= amount
        self._refunded += refund
        for one in self._standings(at):
            one.rest -= amount
            one.refunded += refund

    def _standings(self, since: int) -> Iterator[Standing]:
        ends = (self.found.opening, self.found.closing)
        return (one for one in ends if one is not None and since <= one.reading.at)
