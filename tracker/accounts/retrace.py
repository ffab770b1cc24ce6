"""Retraces a wallet from reading to reading: what each of its moves was for, so that not a digit is left over. Pure.

Between two readings a wallet moves by what orders took, by refunds, by top-ups, and by what nobody here knows of. The
first is known from the orders. A refund is promised by an order's end, which is seen at a poll, often after the money
came. What is left over, the rest, is kept until it comes to nothing, or until it has stayed the same for so long that
it is believed: then a rise is a top-up, and a fall is refunds that never came, an order that was given up and charged
all the same, or unexplained. Each amount has one cause, so the causes add up to what the wallet moved by.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple

from tracker.accounts.sums import Amount, adding_up_to
from tracker.lib.times import DAY, HOUR
from tracker.orders.ledger import ZERO

BELIEVED_AFTER = HOUR
"""How long after it was first there a rest must be there again before it is believed: what is on its way changes."""

PATIENCE = DAY
"""How long a rest may keep changing before it is believed as it is, unless refunds that are near explain it."""

AHEAD = DAY
"""How long after the money came the end of an order may be seen."""

ARRIVES = 2 * HOUR
"""How long after it was sent a lost order may be charged at most."""

NEAR = 200
"""Refunds that are considered at a time."""

EARLIER = 50
"""Rests before the one that is believed which are considered as a part of it."""


class Reading(NamedTuple):
    """What was in the wallet at a time."""

    at: int
    amount: Decimal


class Move(NamedTuple):
    """A move of the wallet that no order explains; `at` is the reading that showed it."""

    at: int
    amount: Decimal


@dataclass
class Standing:
    """The wallet at one end of the stretch, and what was counted from the first reading until then."""

    reading: Reading
    #: What orders took.
    paid: Decimal
    #: What refunds brought.
    refunded: Decimal
    #: What has no cause yet.
    rest: Decimal


@dataclass
class Retraced:
    """What the moves of a wallet were for."""

    opening: Standing | None = None
    closing: Standing | None = None
    top_ups: list[Move] = field(default_factory=list)
    unexplained: list[Move] = field(default_factory=list)
    #: What unknown orders, and such that were given up, took all the same; dated as the wallet showed it.
    lost: list[Amount] = field(default_factory=list)
    #: Refunds that did not come, dated as they were promised; and those that may still come.
    owed: list[Amount] = field(default_factory=list)
    undecided: list[Amount] = field(default_factory=list)

    def between(self, moves: Iterable[Move | Amount]) -> Decimal:
        """Return the sum of those that are dated between both ends."""
        if self.opening is None or self.closing is None:
            return ZERO
        begin, end = self.opening.reading.at, self.closing.reading.at
        return sum((one.amount for one in moves if begin < one.at <= end), ZERO)


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
        self._paid = self._refunded = self._moved = ZERO
        #: Whether a promise has come near since sums were tried last.
        self._is_news = False
        self._rest = ZERO
        #: The rests since the last time that there was none, and when each was there first.
        self._rests: dict[Decimal, int] = {}
        #: What was left over before each top-up.
        self._earlier: dict[Move, frozenset[Decimal]] = {}

    def read(self, reading: Reading, paid: Decimal) -> None:
        """Take the next reading; `paid` is what orders took since the one before."""
        if self._last is not None:
            self._paid += paid
            self._moved += reading.amount - self._last.amount + paid
        self._last = reading
        self._take_promises(reading.at)
        standing = Standing(reading, self._paid, self._refunded, self._moved)
        if self.found.opening is None or reading.at <= self._span[0]:
            self.found.opening = standing
        if reading.at < self._span[1]:
            self.found.closing = Standing(reading, self._paid, self._refunded, self._moved)
        self._settle(reading.at)
        self.found.undecided = self._due

    def _take_promises(self, at: int) -> None:
        while self._next is not None and self._next.at <= at + AHEAD:
            self._ahead.append(self._next)
            self._is_news = True
            self._ahead_sum += self._next.amount
            self._next = next(self._promises, None)
        while self._ahead and self._ahead[0].at <= at:
            one = self._ahead.popleft()
            self._ahead_sum -= one.amount
            self._due.append(one)
            self._due_sum += one.amount

    def _settle(self, at: int) -> None:
        rest = self._moved - self._due_sum
        if rest == ZERO or self._came_early(rest, at):
            self._all_came()
            return
        self._rest = rest
        seen_at, since = self._rests.setdefault(rest, at), next(iter(self._rests.values()))
        is_near = ZERO < rest <= self._ahead_sum
        if at - seen_at >= BELIEVED_AFTER or (at - since >= PATIENCE and not is_near):
            self._believe(rest, seen_at)

    # -- refunds that came ----------------------------------------------------------------------------------

    def _all_came(self) -> None:
        """Take all refunds that are due as come."""
        for one in self._due:
            self._book(one.at, one.amount, is_refund=True)
        self._due, self._due_sum, self._rest, self._rests = [], ZERO, ZERO, {}

    def _came_early(self, rest: Decimal, at: int) -> bool:
        """Put a rise to refunds whose promise is yet to be seen."""
        if rest == self._rest and not self._is_news:
            return False
        self._is_news = False
        early = adding_up_to(rest, [one for one in islice(self._ahead, NEAR) if one.sent_at < at])
        for one in early:
            self._ahead.remove(one)
            self._ahead_sum -= one.amount
            self._book(at, one.amount, is_refund=True)
        return bool(early)

    def _came_late(self, amount: Decimal, at: int) -> bool:
        """Put a rise to refunds that were given up; only one that stays, as an order may be charged a little late."""
        late = adding_up_to(amount, self.found.owed[-NEAR:])
        for one in late:
            self.found.owed.remove(one)
            self._book(at, one.amount, is_refund=True)
        return bool(late)

    # -- rests that are believed ----------------------------------------------------------------------------

    def _believe(self, rest: Decimal, at: int) -> None:
        """Put a rest to its most likely causes, dated by the reading that showed it."""
        for part in self._parts(rest):
            if part > ZERO:
                if not self._came_late(part, at):
                    self._put_in(part, at)
            elif not (self._was_no_top_up(-part) or self._is_owed(-part)):
                self._took(-part, at)
        self._all_came()

    def _parts(self, rest: Decimal) -> list[Decimal]:
        """Return a rest, or two rests that came one after the other, where refunds that are missing explain one."""
        earlier = [one for one in self._rests if one != rest][-EARLIER:]
        pairs = [(one, rest - one) for one in earlier]
        if rest < ZERO and (self._missing(-rest) or not pairs):
            return [rest]
        found = next(
            ((a, b) for a, b in pairs if any(one < ZERO and self._missing(-one) for one in (a, b))), None
        )
        return [rest] if found is None else sorted(found)

    def _missing(self, amount: Decimal) -> list[Amount]:
        return adding_up_to(amount, self._due[-NEAR:])

    def _put_in(self, amount: Decimal, at: int) -> None:
        move = Move(at, amount)
        self.found.top_ups.append(move)
        self._earlier[move] = frozenset(one for one in self._rests if ZERO < one < amount)
        self._book(at, amount)

    def _is_owed(self, missing: Decimal) -> bool:
        owed = self._missing(missing)
        self._set_aside(owed)
        self.found.owed += owed
        return bool(owed)

    def _took(self, missing: Decimal, at: int) -> None:
        lost = adding_up_to(missing, [one for one in self._doubtful if at - ARRIVES <= one.at <= at])
        self._doubtful = [one for one in self._doubtful if one not in lost]
        self.found.lost += [one._replace(at=at) for one in lost]
        if not lost:
            self.found.unexplained.append(Move(at, missing))
        self._book(at, -missing)

    def _was_no_top_up(self, missing: Decimal) -> bool:
        """Tell whether a refund that is missing came long ago and was taken for a top-up, and put that right."""
        for came in reversed(self.found.top_ups):
            if came.amount == missing or missing in self._earlier[came]:
                sent = [one for one in self._due[-NEAR:] if one.sent_at < came.at]
                if whose := adding_up_to(missing, sent):
                    self._was_refund(came, whose, missing)
                    return True
        return False

    def _was_refund(self, came: Move, whose: list[Amount], missing: Decimal) -> None:
        self.found.top_ups.remove(came)
        if came.amount > missing:
            less = Move(came.at, came.amount - missing)
            self.found.top_ups.append(less)
            self._earlier[less] = frozenset()
        self._set_aside(whose)
        self._refunded += missing
        for one in self._standings(came.at):
            one.refunded += missing

    def _set_aside(self, some: list[Amount]) -> None:
        self._due = [one for one in self._due if one not in some]
        self._due_sum -= sum((one.amount for one in some), ZERO)

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
