"""What an order counts under the limits on spending, by table."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.samples import an_order
from tracker.orders.order import State
from tracker.orders.spending import counted


@pytest.mark.parametrize(
    ("state", "charge", "before", "counts"),
    [
        (State.QUEUED, None, Decimal(30), None),
        (State.SUBMITTING, None, None, Decimal(30)),
        (State.UNKNOWN, None, Decimal(30), Decimal(30)),
        (State.ACTIVE, None, Decimal(30), Decimal(30)),
        (State.ACTIVE, Decimal(31), Decimal(30), Decimal(31)),
        (State.COMPLETED, Decimal(31), Decimal(31), Decimal(31)),
        (State.FAILED, Decimal(31), Decimal(31), Decimal(31)),
        (State.CANCELED, Decimal(31), Decimal(31), None),
        (State.REJECTED, None, Decimal(30), None),
        (State.DROPPED, None, Decimal(30), Decimal(30)),
        (State.DROPPED, None, None, None),
    ],
)
def test_what_is_not_known_to_be_free_counts_as_spent(
    state: State, charge: Decimal | None, before: Decimal | None, counts: Decimal | None
) -> None:
    order = an_order(state=state, charge=charge, expected_charge=Decimal(30), attempts=1)

    assert counted(order, before) == counts


@pytest.mark.parametrize(
    ("charge", "remains", "counts"),
    [
        (Decimal(30), 40, Decimal(18)),
        (Decimal(18), 40, Decimal(18)),
        (None, 100, Decimal(0)),
        (Decimal(30), None, Decimal(30)),
        (Decimal(30), 999, Decimal(0)),
        (Decimal(10), 33, Decimal("20.1")),
    ],
)
def test_of_a_partial_order_counts_what_was_delivered(
    charge: Decimal | None, remains: int | None, counts: Decimal
) -> None:
    order = an_order(
        state=State.PARTIAL,
        charge=charge,
        expected_charge=Decimal(30),
        remains=remains,
        attempts=1,
        units=100,
    )

    assert counted(order, Decimal(30)) == counts


def test_a_share_without_an_end_is_rounded_up() -> None:
    order = an_order(
        state=State.PARTIAL,
        charge=Decimal(1),
        expected_charge=Decimal(1),
        remains=1,
        attempts=1,
        units=3,
        quantity=3,
    )

    assert counted(order, Decimal(1)) == Decimal("0.666666666667")


def test_what_was_placed_elsewhere_counts_nothing() -> None:
    assert counted(an_order(state=State.ACTIVE, charge=Decimal(30), panel_order_id="9"), None) is None


def test_what_costs_nobody_knows_what_counts_nothing_until_it_is_known() -> None:
    assert counted(an_order(state=State.ACTIVE, attempts=1), None) is None
