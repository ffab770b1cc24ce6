"""Which settled orders still matter to a lost one, what waits for it, and what a denial proves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.times import SECOND
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import State
from tracker.reconciliation.apart import Unsettled, waits_for
from tracker.reconciliation.candidates import Denial, denials_of, matters
from tracker.reconciliation.lost_order import LostOrder
from tracker.reconciliation.schedule import QUICK, is_awaited

MARK = Mark(Decimal(5), CostRange(), NOW)


def lost(**values: Any) -> LostOrder:
    """A lost order whose last own id before it is that of attempt 10."""
    order = an_order(id=7, state=State.UNKNOWN)
    return LostOrder(order, 12, NOW, Decimal(5), 103, **{"floor_attempt": 10, **values})


@pytest.mark.parametrize(
    ("other", "open_orders", "does"),
    [
        ({"settled_by": None}, [], True), ({"settled_by": None, "is_absent": True}, [lost()], False), ({"settled_by": 9}, [], False),
        # By an id: it may have been given after the last one that is known to be below.
        ({"settled_by": 9}, [lost()], False), ({"settled_by": 10}, [lost()], True), ({"settled_by": 9}, [lost(floor_attempt=None)], True),
        ({"settled_by": 9}, [lost(), lost(floor_attempt=9)], True),
        # By its charge: it may have been charged after the reading.
        ({"settled_by": 9, "settles_at": NOW}, [lost(before=MARK)], False), ({"settled_by": 9, "settles_at": NOW + 1}, [lost(before=MARK)], True),
        ({"settled_by": 9, "settles_at": NOW}, [lost(before=Mark(Decimal(5), CostRange()))], True),
        ({"settled_by": 9, "settles_at": NOW + 1}, [lost()], False),
    ],
)  # fmt: skip
def test_a_settled_order_matters_while_an_id_or_a_charge_may_be_its_own(
    other: dict[str, Any], open_orders: list[LostOrder], does: bool
) -> None:
    assert matters(lost(**other), open_orders) is does


def test_only_a_denial_below_a_later_own_id_is_final() -> None:
    assert denials_of([104, 106, 105], 105, 9) == [
        Denial(104, True, 9), Denial(106, False, 9), Denial(105, False, 9),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("charge", "unsettled", "order_id"),
    [
        (Decimal(5), [], None), (Decimal(5), [Unsettled(1, Decimal(6), 9)], None), (Decimal("5.0"), [Unsettled(1, Decimal(5), 9)], 1),
        (None, [Unsettled(1, Decimal(6), 9)], 1), (Decimal(5), [Unsettled(1, None, 9)], 1),
        (Decimal(5), [Unsettled(1, Decimal(5), 8), Unsettled(2, None, 9), Unsettled(3, Decimal(6), 10)], 2),
    ],
)  # fmt: skip
def test_an_order_waits_for_the_lost_one_of_its_charge_that_may_arrive_longest(
    charge: Decimal | None, unsettled: list[Unsettled], order_id: int | None
) -> None:
    found = waits_for(charge, unsettled)

    assert (None if found is None else found.order_id) == order_id


@pytest.mark.parametrize(
    ("checked_at", "due_at", "awaited"),
    [
        (None, NOW + SECOND + QUICK, True), (NOW, NOW + QUICK, True), (NOW, NOW + QUICK + 1, False), (0, NOW + QUICK + 1, False),
    ],
)  # fmt: skip
def test_a_check_is_awaited_when_it_is_the_first_or_comes_quickly(
    checked_at: int | None, due_at: int, awaited: bool
) -> None:
    assert is_awaited(checked_at, due_at, NOW) is awaited
