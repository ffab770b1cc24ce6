"""Makes the statements of a month from what the store has, in one pass over its orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from decimal import Decimal
from typing import TypeVar

from tracker.accounts.retrace import AHEAD, retrace
from tracker.accounts.statement import By, Statement, Sums, statement
from tracker.accounts.sums import Amount
from tracker.lib.months import day_of, start_of
from tracker.orders.bill import Ended, Sent, bill
from tracker.store import accounts
from tracker.store import statement as store
from tracker.store.database import Database

T = TypeVar("T", Sent, Ended)

UNTAGGED = ""
"""The row of orders that bear no tag."""

Span = tuple[int, int]
Some = Sequence[Sent] | Sequence[Ended]
Keys = Callable[[Some], list[list[str]]]
"""Says in which rows each of some orders counts."""

Rest = Callable[[], None]
"""Is called after each page of orders: there the one who reads may rest, or raise to give up."""


def month_statement(
    db: Database, panel: str, span: Span, by: By = By.PANEL, zone: tzinfo | None = None, rest: Rest = lambda: None
) -> Statement:  # fmt: skip
    """Return the statement of one account over a span of time, from its begin to before its end."""
    currency = accounts.read(db, panel).currency
    tally = _Tally(span, _keys(db, by, zone), rest)
    until = span[1] + AHEAD
    with db.snapshot():
        since = min(span[0] - AHEAD, store.last_reading_at(db, panel, span[0]) or span[0])
        found = retrace(
            store.readings(db, panel, since, until),
            tally.sent(store.sent(db, panel, since, until)),
            tally.ended(store.ended(db, panel, since, until)),
            store.doubtful(db, panel, since, until),
            span,
        )
    return statement(panel, currency, tally.total, dict(sorted(tally.rows.items())), found, span)


def _keys(db: Database, by: By, zone: tzinfo | None) -> Keys:
    match by:
        case By.PANEL:
            return lambda some: [[]] * len(some)
        case By.SERVICE:
            return lambda some: [[one.service] for one in some]
        case By.DAY:
            days = _Days(zone)
            return lambda some: [[days.name(one.at)] for one in some]
        case By.TAG:
            return lambda some: _tags(db, some)


def _tags(db: Database, some: Some) -> list[list[str]]:
    known = store.tags(db, [one.id for one in some])
    return [known.get(one.id, [UNTAGGED]) for one in some]


class _Days:
    """Names the day of a time; times come in their order, so most are in the day of the one before."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._span, self._name = (0, 0), ""

    def name(self, at: int) -> str:
        if not self._span[0] <= at < self._span[1]:
            day = day_of(at, self._zone)
            begin = start_of(day, self._zone)
            self._span, self._name = (begin, start_of(day + timedelta(days=1), self._zone)), day.isoformat()
        return self._name


@dataclass
class _Tally:
    """Counts the orders of a span as they go by, those before and after it only for the wallet."""

    span: Span
    keys: Keys
    rest: Rest
    total: Sums = field(default_factory=Sums)
    rows: dict[str, Sums] = field(default_factory=dict)

    def sent(self, pages: Iterator[list[Sent]]) -> Iterator[tuple[int, Decimal]]:
        """Count what was sent; yield when, and what was taken for it."""
        for page in pages:
            begin, end = self.span
            within = [one for one in page if begin <= one.at < end]
            self.total.count_sent(within)
            for key, some in self._by_key(within):
                self._row(key).count_sent(some)
            yield from ((one.at, one.paid) for one in page if one.paid is not None and one.attempts)
            self.rest()

    def ended(self, pages: Iterator[list[Ended]]) -> Iterator[Amount]:
        """Count what ended otherwise than completed; yield what it promises to bring back."""
        for page in pages:
            begin, end = self.span
            within = [one for one in page if begin <= one.at < end]
            self.total.count_ended(within)
            for key, some in self._by_key(within):
                self._row(key).count_ended(some)
            for one in page:
                found = bill(one)
                if found is not None and found.refund:
                    yield Amount(one.at, found.refund, one.id, str(one.state), one.sent_at or 0)
            self.rest()

    def _by_key(self, some: list[T]) -> Iterable[tuple[str, list[T]]]:
        found: dict[str, list[T]] = {}
        for one, keys in zip(some, self.keys(some), strict=True):
            for key in keys:
                found.setdefault(key, []).append(one)
        return found.items()

    def _row(self, key: str) -> Sums:
        return self.rows.setdefault(key, Sums())
