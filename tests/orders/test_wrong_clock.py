"""What is decided from times that a wrong clock wrote: nothing waits for them, and nothing is called old by them."""

from __future__ import annotations

from decimal import Decimal

from tests.support.samples import NOW, an_order
from tracker.accounts.account import Account
from tracker.accounts.audit import audit
from tracker.accounts.balance import is_stale
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.followed import followed
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import State
from tracker.orders.polling import (
    LONGEST_WAIT,
    PollThreshold,
    next_recheck,
)
from tracker.orders.status import StallLimit, after_future_progress, after_stall

AHEAD = NOW + 3 * DAY


def test_an_order_that_ended_ahead_is_checked_a_day_from_now() -> None:
    assert next_recheck(AHEAD, NOW) == NOW + DAY


def test_progress_that_is_dated_ahead_counts_from_now() -> None:
    change = after_future_progress(an_order(state=State.ACTIVE, progressed_at=AHEAD), NOW)

    assert change.after.progressed_at == NOW
    assert not change.moved


def test_an_order_stands_still_only_since_the_clock_was_set() -> None:
    order = an_order(state=State.ACTIVE, progressed_at=NOW - 730 * DAY, checked_at=NOW)

    later = after_stall(order, StallLimit(DAY), NOW, clock_set_at=NOW - DAY)

    assert after_stall(order, StallLimit(DAY), NOW, clock_set_at=NOW - HOUR) is None
    assert later is not None
    assert later.after.stuck_at == NOW


def test_waits_of_years_or_less_than_none_hardly_move_the_mean() -> None:
    late = [followed(an_order(checked_at=at)) for at in (NOW - 730 * DAY, AHEAD)]

    assert 0 <= PollThreshold().after_call(late, 2, NOW).mean_wait <= LONGEST_WAIT
    assert PollThreshold(moved_at=AHEAD).after_call(late, 2, NOW).moved_at == NOW


def test_a_balance_that_is_dated_ahead_is_stale() -> None:
    assert is_stale(Account("p", balance_at=AHEAD), HOUR, NOW)
    assert not is_stale(Account("p", balance_at=NOW + MINUTE), HOUR, NOW)


def test_a_discrepancy_that_is_dated_ahead_counts_from_now() -> None:
    mark = Mark(Decimal(90), CostRange())
    account = Account("p", base=Mark(Decimal(100), CostRange()), odd_at=AHEAD)

    assert audit(account, mark, NOW, HOUR, lost_orders=False).after.odd_at == NOW
