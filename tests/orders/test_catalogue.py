"""What the catalogue says against an order, and what it costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import an_order
from tracker.orders.answers import Service
from tracker.orders.catalogue import fault_in
from tracker.orders.cost import expected_charge

FOLLOWERS = Service("4", "Followers", Decimal("30"), minimum=50, maximum=5000)
COMMENTS = Service("9", "Custom Comments", Decimal("2.5"), minimum=1, maximum=50, type="Custom Comments")
PACKAGE = Service("12", "Gold", Decimal("700"), type="Package")


@pytest.mark.parametrize(
    ("service", "values", "words"),
    [
        (FOLLOWERS, {"quantity": 50}, None),
        (FOLLOWERS, {"quantity": 5000}, None),
        (FOLLOWERS, {"quantity": 49}, "below the service's minimum of 50"),
        (FOLLOWERS, {"quantity": 5001}, "above the service's maximum of 5000"),
        (FOLLOWERS, {"quantity": None}, "the quantity is missing"),
        (None, {}, "no service 4"),
        (COMMENTS, {"quantity": 2, "comments": None}, "needs comments"),
        (COMMENTS, {"quantity": 2, "comments": "one\ntwo"}, None),
        (COMMENTS, {"quantity": None, "comments": "one\ntwo\n\n"}, None),
        (COMMENTS, {"quantity": 3, "comments": "one\ntwo"}, "2 comments for a quantity of 3"),
        (PACKAGE, {"quantity": None}, None),
    ],
)
def test_what_cannot_be_placed_is_said_with_what_to_change(
    service: Service | None, values: dict[str, Any], words: str | None
) -> None:
    fault = fault_in(an_order(**values), service)

    assert fault is None if words is None else words in (fault or "")


@pytest.mark.parametrize(
    ("service", "values", "charge"),
    [
        (FOLLOWERS, {"quantity": 100}, "3000"),
        (COMMENTS, {"quantity": None, "comments": "one\ntwo"}, "5.0"),
        (PACKAGE, {"quantity": None}, "700"),
        (Service("1", "x", Decimal("0.000001")), {"quantity": 3}, "0.000003"),
        (Service("1", "x", None), {"quantity": 3}, None),
        (None, {"quantity": 3}, None),
    ],
)
def test_the_expected_charge_is_exact(
    service: Service | None, values: dict[str, Any], charge: str | None
) -> None:
    assert expected_charge(an_order(**values), service) == (None if charge is None else Decimal(charge))
