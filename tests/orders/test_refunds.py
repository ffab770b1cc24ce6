"""What the wallet may have been given back for orders that ended, by table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.times import HOUR, MINUTE
from tracker.orders.ledger import CostRange, Mark, cost
from tracker.orders.order import Order, State
from tracker.orders.refunds import QUIET, unexplained_by_rule

LATER = NOW + HOUR


def ended(state: State, **values: Any) -> Order:
    """An order of 1000 that has ended."""
    known: dict[str, Any] = {
        "attempts": 1, "expected_charge": Decimal(1000), "charge": Decimal(1000), "remains": 40, "finished_at": NOW + MINUTE,
    }  # fmt: skip
    return an_order(state=state, **{**known, **values})


def sank(orders: Sequence[Order], amount: int, **before: Any) -> frozenset[Decimal]:
    """What is unexplained when the wallet sank by this, and these orders had just been paid before."""
    spans = [span for span in map(cost, orders) if span is not None]
    first = Mark(Decimal(50_000), CostRange(), NOW)
    paid = CostRange(
        sum((span.low for span in spans), Decimal(0)) - 1000 * len(orders),
        sum((span.high for span in spans), Decimal(0)) - 1000 * len(orders),
    )
    now = Mark(first.balance - amount, paid, LATER)
    return unexplained_by_rule(Mark(**{**_fields(first), **before}), now, orders)


def _fields(mark: Mark) -> dict[str, Any]:
    return {"balance": mark.balance, "spent": mark.spent, "at": mark.at}


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([ended(State.FAILED)], {0, 400, 1000}),
        ([ended(State.CANCELED, charge=Decimal(0))], {0, 400, 1000}),
        ([ended(State.CANCELED, remains=None)], {0, 1000}),
        ([ended(State.PARTIAL, charge=Decimal(599))], {0, 400, 401, 1000}),
        ([ended(State.FAILED), ended(State.FAILED)], {0, 800, 2000}),
        (
            [ended(State.FAILED, remains=100), ended(State.CANCELED, remains=None)],
            {0, 1000, 2000},
        ),
    ],
)
def test_orders_that_ended_alike_are_refunded_alike(orders: list[Order], expected: set[int]) -> None:
    assert sank(orders, 0) == expected
    assert sank(orders, 300) == {amount + 300 for amount in expected}


def test_an_order_that_has_only_just_ended_may_be_refunded_yet() -> None:
    assert sank([ended(State.FAILED, finished_at=LATER - QUIET)], 0) != set()
    assert sank([ended(State.FAILED, finished_at=LATER - QUIET + 1)], 0) == set()


def test_nothing_follows_where_the_orders_are_not_all_that_makes_it_a_range() -> None:
    assert sank([ended(State.FAILED, finished_at=NOW)], 0) == set()
    assert sank([ended(State.FAILED)], 0, spent=CostRange(Decimal(-1), Decimal(0))) == set()
    assert sank([ended(State.FAILED)], 0, spent=CostRange(unknowns=1)) == set()
    assert sank([ended(State.FAILED)], 0, at=None) == set()
