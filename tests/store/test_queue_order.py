"""In which order the queue is sent: by priority, then by who has waited longest; and what is not to be sent yet."""

from __future__ import annotations

from pathlib import Path

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.lib.times import HOUR
from tracker.orders.order import Order
from tracker.store import queue
from tracker.store.database import Database


def sent_in_turn(db: Database, now: int = NOW) -> list[str]:
    """The links of what may be sent, in the order in which it would be; nothing is sent."""
    passed, found = queue.PassedOver(), []
    while (order := queue.next_queued(db, "p", now, passed)) is not None:
        found.append(order.link.rpartition("/")[2])
        passed = queue.PassedOver(order, rest=1)
    return found


def put(db: Database, name: str, now: int = NOW, **more: object) -> Order:
    (order,) = enqueued(db, a_draft(f"https://x.example/{name}", **more), now=now)
    return order


def test_what_has_a_higher_priority_goes_first_and_then_what_has_waited_longest(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    for name, priority in (("a", 0), ("b", 5), ("c", -3), ("d", 5), ("e", 0)):
        put(db, name, priority=priority)

    assert sent_in_turn(db) == ["b", "d", "a", "e", "c"]
    assert [order.link[-1] for order in queue.next_in_line(db, "p", 3)] == ["b", "d", "a"]


def test_an_order_that_is_not_to_be_sent_yet_holds_up_no_other(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    put(db, "later", priority=9, not_before=NOW + HOUR)
    put(db, "now")

    assert sent_in_turn(db) == ["now"]
    queue.begin(db, "p", NOW + HOUR - 1)
    assert sent_in_turn(db, NOW + HOUR) == ["now"]
    queue.begin(db, "p", NOW + HOUR)
    assert sent_in_turn(db, NOW + HOUR) == ["later", "now"]


def test_the_next_time_at_which_something_may_be_sent_is_known(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    assert queue.next_queued_at(db, "p") is None

    put(db, "later", not_before=NOW + HOUR)
    assert queue.next_queued_at(db, "p") == NOW + HOUR

    put(db, "low", priority=-1)
    assert queue.next_queued_at(db, "p") == NOW


def test_the_tags_of_several_orders_go_to_each_of_them(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    drafts = [
        a_draft(f"https://x.example/{n}", tags=tags) for n, tags in enumerate([("a", "b"), (), ("b", "b")])
    ]
    found = enqueued(db, *drafts)

    kept = sorted((order_id, tag) for tag, order_id in db.sql("SELECT tag, order_id FROM tags"))
    assert kept == [(found[0].id, "a"), (found[0].id, "b"), (found[2].id, "b")]
