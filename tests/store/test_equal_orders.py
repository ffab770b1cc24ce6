"""Orders that ask for the same as one that was just under way, and wait for the end of its window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued
from tracker.lib.times import MINUTE
from tracker.orders.change import OrderChange
from tracker.orders.order import Draft, Order, State
from tracker.panel.exchange import Exchange, Request
from tracker.store import asks, attempts, changes, equal_orders, queue
from tracker.store.database import Database

WINDOW, LONGEST = 10 * MINUTE, 2 * MINUTE
EARLIEST = NOW - 2 * (WINDOW + LONGEST)
ADD = Request("add", {})


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return a_database(tmp_path)


def moved(db: Database, order: Order, state: State, **after: Any) -> Order:
    change = OrderChange(order, order._replace(state=state, **after), "")
    return changes.apply(db, [change], NOW)[0].after


def sent(db: Database, draft: Draft, at: int, answered_at: int | None = None) -> tuple[Order, int]:
    """Send an order; without an answer it stays on the way."""
    (order,) = enqueued(db, draft)
    claimed = claim_for_add(db, order, an_intent(at=at))
    assert claimed is not None
    if answered_at is None:
        return claimed[0].after, claimed[1]
    attempts.keep(db, claimed[1], Exchange(ADD, True, 200), answered_at)
    return moved(db, claimed[0].after, State.ACTIVE, panel_order_id="5"), claimed[1]


def queued(db: Database, **values: Any) -> Order:
    (order,) = enqueued(db, a_draft(**values))
    return order


def found(db: Database, order: Order) -> tuple[int, int] | None:
    """The id of the equal order, and until when it was under way."""
    equal = equal_orders.equal_sent(db, order, NOW, WINDOW, LONGEST)
    return None if equal is None else (equal[0].id, equal[1])


@pytest.mark.parametrize(
    ("at", "answered_at", "until"),
    [
        (NOW - 1, None, NOW - 1), (NOW - WINDOW + 1, None, NOW - WINDOW + 1), (NOW - WINDOW, None, None),
        # What counts is when it was over; its answer may have taken its time.
        (NOW - WINDOW - LONGEST, NOW - WINDOW + 1, NOW - WINDOW + 1), (NOW - WINDOW - LONGEST, NOW - WINDOW, None),
        (EARLIEST, NOW - 5, NOW - 5), (EARLIEST - 1, NOW - 5, None),
        # By a clock that was set back since: never longer than one window from now on.
        (NOW + WINDOW, None, NOW + WINDOW), (NOW + WINDOW + 1, None, None), (NOW - 5, NOW + WINDOW + 5, NOW + WINDOW),
    ],
)  # fmt: skip
def test_an_order_is_equal_until_its_window_is_over(
    db: Database, at: int, answered_at: int | None, until: int | None
) -> None:
    other, _ = sent(db, a_draft(), at, answered_at)

    assert found(db, queued(db)) == (None if until is None else (other.id, until))


def test_an_order_that_is_asked_again_is_under_way_until_that_is_over(db: Database) -> None:
    other, attempt_id = sent(db, a_draft(), NOW - WINDOW - 5)
    lost = moved(db, other, State.UNKNOWN)
    order = queued(db)
    assert found(db, order) is None

    assert asks.record(db, lost, attempt_id, NOW - WINDOW, NOW - MINUTE) is not None
    assert asks.record(db, lost, attempt_id, NOW - WINDOW, NOW - 2 * MINUTE) is not None

    assert found(db, order) == (other.id, NOW - MINUTE)


@pytest.mark.parametrize(
    ("values", "is_equal"),
    [
        ({}, True), ({"link": "http://www.x.example/a/"}, True), ({"link": "https://x.example/b"}, False),
        ({"quantity": 101}, False), ({"service": "5"}, False), ({"panel": "q"}, False),
    ],
)  # fmt: skip
def test_equal_is_what_asks_the_same_panel_for_the_same(
    db: Database, values: dict[str, Any], is_equal: bool
) -> None:
    other, _ = sent(db, a_draft(), NOW - 5)

    assert found(db, queued(db, **values)) == ((other.id, NOW - 5) if is_equal else None)


def test_an_order_is_not_equal_to_itself_nor_to_one_that_was_refused(db: Database) -> None:
    order, _ = sent(db, a_draft(), NOW - 5)
    assert found(db, order) is None

    moved(db, order, State.REJECTED)
    assert found(db, queued(db)) is None


def test_of_several_equal_orders_the_one_that_was_under_way_last_counts(db: Database) -> None:
    sent(db, a_draft(), NOW - 9)
    last, _ = sent(db, a_draft(), NOW - 20, NOW - 3)
    sent(db, a_draft(), NOW - 4)

    assert found(db, queued(db)) == (last.id, NOW - 3)


def test_what_waits_is_listed_with_its_equal_and_until_when(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(equal_orders, "SHOWN", 3)
    one, _ = sent(db, a_draft("https://x.example/1"), NOW - 5)
    two, _ = sent(db, a_draft("https://x.example/2"), NOW - 7)
    late, due, early, alone, elsewhere, beyond = (
        queued(db, link=f"https://x.example/{name}", panel=panel)
        for name, panel in (("1", "p"), ("1", "p"), ("2", "p"), ("3", "p"), ("1", "q"), ("1", "p"))
    )
    for order, due_at in ((late, NOW + 9), (due, NOW), (early, NOW + 1), (alone, NOW + 2), (elsewhere, NOW + 1), (beyond, NOW + 10)):  # fmt: skip
        queue.postpone(db, order, due_at)

    waiting = equal_orders.waiting_for_equal(db, "p", NOW, WINDOW, LONGEST)

    assert [(order.id, equal.id, until) for order, equal, until in waiting] == [
        (early.id, two.id, NOW - 7 + WINDOW),
        (late.id, one.id, NOW - 5 + WINDOW),
    ]
