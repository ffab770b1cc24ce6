"""What is decided from times that a wrong clock wrote: nothing waits for them, and nothing is called old by them."""

from __future__ import annotations

from decimal import Decimal

from tests.support.samples import NOW, an_order
from tracker.accounts.account import Account
from tracker.accounts.audit import audit
from tracker.accounts.balance import is_stale
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.answers import Report
from tracker.orders.change import OrderChange
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import State
from tracker.orders.polling import (
    LONGEST_WAIT,
    DurationModel,
    Limits,
    PollThreshold,
    next_poll,
    next_recheck,
)
from tracker.orders.status import ServiceModel, StallLimit, Unchanged, after_poll

AHEAD = NOW + 3 * DAY
MODEL = ServiceModel(DurationModel(), StallLimit(DAY))
LIMITS = Limits(4.0, MINUTE, HOUR)
SAME = Report("Pending", State.ACTIVE)


def test_an_order_that_ended_ahead_is_checked_a_day_from_now() -> None:
    assert next_recheck(AHEAD, NOW) == NOW + DAY


def test_progress_that_is_dated_ahead_counts_from_now() -> None:
    order = an_order(state=State.ACTIVE, panel_status="Pending", progressed_at=AHEAD)

    change = after_poll(order, SAME, MODEL, LIMITS, NOW)

    assert isinstance(change, OrderChange)
    assert change.after.progressed_at == NOW
    assert change.after.due_at == next_poll(order, MODEL.durations, LIMITS, NOW)
    assert not change.moved


def test_progress_of_this_moment_is_not_dated_ahead() -> None:
    order = an_order(state=State.ACTIVE, panel_status="Pending", progressed_at=NOW)

    assert isinstance(after_poll(order, SAME, MODEL, LIMITS, NOW), Unchanged)


def test_an_order_stands_still_only_since_the_clock_was_set() -> None:
    order = an_order(state=State.ACTIVE, panel_status="Pending", progressed_at=NOW - 730 * DAY)

    after_step = after_poll(order, SAME, MODEL, LIMITS._replace(clock_set_at=NOW - HOUR), NOW)
    later = after_poll(order, SAME, MODEL, LIMITS._replace(clock_set_at=NOW - DAY), NOW)

    assert not isinstance(after_step, OrderChange)
    assert isinstance(later, OrderChange)
    assert later.after.stuck_at == NOW


def test_waits_of_years_or_less_than_none_hardly_move_the_mean() -> None:
    late = [an_order(checked_at=NOW - 730 * DAY), an_order(checked_at=AHEAD)]

    assert 0 <= PollThreshold().after_call(late, 2, NOW).mean_wait <= LONGEST_WAIT
    assert PollThreshold(moved_at=AHEAD).after_call(late, 2, NOW).moved_at == NOW


def test_a_balance_that_is_dated_ahead_is_stale() -> None:
    assert is_stale(Account("p", balance_at=AHEAD), HOUR, NOW)
    assert not is_stale(Account("p", balance_at=NOW + MINUTE), HOUR, NOW)


def test_a_discrepancy_that_is_dated_ahead_counts_from_now() -> None:
    mark = Mark(Decimal(90), CostRange())
    account = Account("p", base=Mark(Decimal(100), CostRange()), odd_at=AHEAD)

    assert audit(account, mark, NOW, HOUR, lost_orders=False).after.odd_at == NOW
