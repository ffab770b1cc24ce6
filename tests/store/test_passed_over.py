"""Queued orders that are passed over for now, so that what can be paid behind them is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_order, enqueued
from tracker.orders.order import Order
from tracker.store import orders, queue
from tracker.store.database import Database
from tracker.store.queue import PassedOver


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return a_database(tmp_path)


def a_line(db: Database, *each: dict[str, Any]) -> list[Order]:
    return enqueued(db, *(a_draft(f"https://x.example/{n}", **values) for n, values in enumerate(each)))


def next_id(db: Database, passed: PassedOver, now: int = NOW) -> int | None:
    found = queue.next_queued(db, "p", now, passed)
    return None if found is None else found.id


def test_all_that_is_exactly_like_an_order_is_passed_over_with_it_and_nothing_else(db: Database) -> None:
    like: dict[str, Any] = {"quantity": 100}
    first, _, dearer, other, commented, with_fields, package = a_line(
        db, like, like, {"quantity": 200}, {"service": "5"}, {**like, "comments": "a"},
        {**like, "fields": {"runs": "2"}}, {"quantity": None},
    )  # fmt: skip

    passed, found = PassedOver(), []
    for order in (first, dearer, other, commented, with_fields, package):
        passed = passed.and_(order, 5)
        found.append(next_id(db, passed))

    assert found == [dearer.id, other.id, commented.id, with_fields.id, package.id, None]
    assert passed.kinds == {("4", 100), ("4", 200), ("5", 100)}
    assert passed.last == package


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({}, {("4", 100)}), ({"comments": "a"}, set()), ({"fields": {"runs": "2"}}, set()), ({"quantity": None}, set()),
        ({"comments": "a", "fields": {"runs": "2"}}, set()),
    ],
)  # fmt: skip
def test_only_what_has_a_quantity_and_nothing_else_is_like_another(
    values: dict[str, Any], kinds: set[tuple[str, int]]
) -> None:
    assert PassedOver().and_(an_order(**values), 1).kinds == kinds


def test_what_is_passed_over_waits_for_the_shortest_of_its_rests() -> None:
    order = an_order()

    assert PassedOver().rest is None
    assert PassedOver().and_(order, 9).rest == 9
    assert PassedOver().and_(order, 9).and_(order, 5).rest == 5
    assert PassedOver().and_(order, 5).and_(order, 9).rest == 5


def test_behind_the_one_that_is_passed_over_comes_what_is_due_later_or_was_queued_later(db: Database) -> None:
    due_later, commented, plain = a_line(db, {"comments": "a"}, {"comments": "b"}, {"comments": "c"})
    queue.postpone(db, due_later, NOW + 5)
    passed = PassedOver().and_(commented, 1)

    assert next_id(db, passed, NOW + 5) == plain.id
    passed = passed.and_(plain, 1)
    assert next_id(db, passed, NOW + 5) == due_later.id
    assert next_id(db, passed, NOW + 4) is None


def test_only_a_queued_order_is_postponed_and_no_other_with_it(db: Database) -> None:
    order, other, active = a_line(db, {}, {}, {"panel_order_id": "5"})

    queue.postpone(db, order, NOW + 7)
    queue.postpone(db, active, NOW + 7)

    assert [getattr(orders.by_id(db, one.id), "due_at", None) for one in (order, other, active)] == [
        NOW + 7,
        NOW,
        NOW,
    ]
