"""Which orders a status call asks about: full calls, what is due first, poison in calls of its own."""

from __future__ import annotations

import pytest

from tests.support.samples import NOW, an_order
from tracker.orders.batches import fill, pick
from tracker.orders.followed import Followed, followed
from tracker.orders.order import State


def due(*numbers: int) -> list[Followed]:
    return [_order(number, NOW - 100 + number) for number in numbers]


def early(*numbers: int) -> list[Followed]:
    return [_order(number, NOW + number) for number in numbers]


def over(*numbers: int) -> list[Followed]:
    return [_order(number, NOW - 1)._replace(is_active=False) for number in numbers]


def _order(number: int, due_at: int) -> Followed:
    return followed(an_order(id=number, state=State.ACTIVE, panel_order_id=str(number), due_at=due_at))


@pytest.mark.parametrize(
    ("candidates", "isolated", "rechecks", "calls"),
    [
        (due(1, 2, 3), set(), [], [[1, 2, 3]]),
        (due(1, 2, 3, 4), set(), [], [[1, 2, 3], [4]]),
        (due(1) + early(2, 3, 4), set(), [], [[1, 2, 3]]),
        (due(1, 2, 3) + early(4), set(), [], [[1, 2, 3]]),
        (due(1) + early(2), set(), over(8, 9), [[1, 2, 8]]),
        (due(1, 2, 3), set(), over(8), [[1, 2, 3]]),
        (due(1, 2, 3, 4), {"2"}, [], [[1, 3, 4], [2]]),
        (due(1) + early(2), {"2"}, [], [[1]]),
        (due(1), {"1"}, [], [[1]]),
        (early(1, 2), set(), over(8), []),
        ([], set(), over(8), []),
    ],
    ids=[
        "one full call",
        "a second call for what is left",
        "filled up with what is due next",
        "nothing early opens a call",
        "then with orders that are over",
        "which open no call either",
        "poison goes alone",
        "but not before it is due",
        "poison only",
        "nothing is due",
        "nothing at all",
    ],
)
def test_calls_are_full_and_ask_first_about_what_is_due(
    candidates: list[Followed], isolated: set[str], rechecks: list[Followed], calls: list[list[int]]
) -> None:
    picked = pick(candidates, isolated, 3, NOW)

    assert [[order.id for order in batch] for batch in fill(picked, rechecks, 3)] == calls
