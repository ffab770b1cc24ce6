"""The tags of orders in the queue: what is counted, paused, listed and told of them."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.common_queries import Watched
from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued, prune_orders
from tracker.accounts.limits import Scope
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event
from tracker.lib.times import DAY, HOUR
from tracker.orders.change import OrderChange, about_order
from tracker.orders.order import Order, State
from tracker.store import (
    changes,
    order_pages,
    orders,
    outbox,
    paused_tags,
    queue,
    spending,
    tag_counts,
    tag_edits,
)
from tracker.store.database import Database


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return a_database(tmp_path, Subscription("ops"), Subscription("july", tags=("july",)))


def put(db: Database, *names: str, **more: object) -> list[Order]:
    return enqueued(db, *(a_draft(f"https://x.example/{name}", **more) for name in names))


def move(db: Database, order: Order, *states: State) -> Order:
    for state in states:
        done = state in (State.COMPLETED, State.PARTIAL)
        after = order._replace(state=state, finished_at=NOW if done else None)
        assert changes.apply(db, [OrderChange(order, after, "so")], NOW)
        order = after
    return order


def ends(db: Database) -> list[dict[str, int]]:
    """The counts of orders that were told of tags that are over, oldest first."""
    told = [one.notice for one in outbox.listed(db, target="ops") if one.notice.event is Event.TAG_ENDED]
    return [notice.facts["orders"] for notice in told][::-1]


def test_the_end_of_a_tag_is_told_once_and_again_when_more_was_added(db: Database) -> None:
    first, second = put(db, "a", "b", tags=("july",))
    put(db, "untagged")
    move(db, first, State.SUBMITTING, State.ACTIVE, State.COMPLETED)
    assert ends(db) == []
    assert tag_counts.going_on(db) == {"july": {"queued": 1, "completed": 1}}

    over = move(db, second, State.SUBMITTING, State.UNKNOWN, State.DROPPED)
    assert ends(db) == [{"completed": 1, "dropped": 1}]
    assert tag_counts.going_on(db) == {}

    move(db, over, State.QUEUED, State.SUBMITTING, State.ACTIVE, State.PARTIAL)
    assert ends(db) == [{"completed": 1, "dropped": 1}, {"completed": 1, "partial": 1}]


def test_the_end_is_written_with_the_last_change_or_not_at_all(db: Database) -> None:
    (order,) = put(db, "a", tags=("july",))
    order = move(db, order, State.SUBMITTING, State.ACTIVE)

    def interrupted() -> None:
        with db.transaction():
            move(db, order, State.COMPLETED)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert ends(db) == []
    assert tag_counts.going_on(db) == {"july": {"active": 1}}
    move(db, order, State.COMPLETED)
    assert ends(db) == [{"completed": 1}]


def test_of_the_last_two_that_end_at_once_in_two_daemons_one_tells_it(db: Database, tmp_path: Path) -> None:
    first, second = put(db, "a", "b", tags=("july",))
    first = move(db, first, State.SUBMITTING, State.ACTIVE)
    second = move(db, second, State.SUBMITTING, State.UNKNOWN)
    other = a_database(tmp_path, Subscription("ops"))
    thread = threading.Thread(target=lambda: move(other, second, State.DROPPED))

    with db.transaction():
        move(db, first, State.COMPLETED)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(60)

    assert ends(db) == [{"completed": 1, "dropped": 1}]


def test_orders_with_several_tags_count_for_each(db: Database) -> None:
    (order,) = put(db, "a", tags=("july", "vip"))
    put(db, "b", tags=("vip",))

    move(db, order, State.SUBMITTING, State.ACTIVE, State.COMPLETED)

    assert tag_counts.going_on(db) == {"vip": {"queued": 1, "completed": 1}}
    assert ends(db) == [{"completed": 1}]
    assert orders.by_id(db, order.id) == order._replace(state=State.COMPLETED, finished_at=NOW)


def test_what_is_pruned_is_no_longer_counted(db: Database) -> None:
    first, second = put(db, "a", "b", tags=("july",))
    move(db, first, State.SUBMITTING, State.ACTIVE, State.COMPLETED)
    assert prune_orders(db, NOW + 1) == 1

    move(db, second, State.SUBMITTING, State.ACTIVE, State.COMPLETED)
    assert ends(db) == [{"completed": 1}]


def test_orders_of_a_paused_tag_are_never_claimed_whenever_they_were_queued(db: Database) -> None:
    (order,) = put(db, "a", tags=("july", "vip"))
    assert paused_tags.pause(db, "july", NOW) == 1
    assert paused_tags.pause(db, "vip", NOW) == 0
    (later,) = put(db, "later", tags=("vip",))
    put(db, "free")

    assert claim_for_add(db, order) is None
    assert [later.held, queue.held(db, "p")] == ["tag_paused", {"tag_paused": 2}]
    found = queue.next_queued(db, "p", NOW)
    assert found is not None
    assert found.link.endswith("free")

    assert paused_tags.resume(db, "july", NOW) == 0
    assert paused_tags.resume(db, "vip", NOW) == 2
    assert claim_for_add(db, order) is not None


def test_what_was_held_for_its_time_is_held_for_its_tag_when_that_has_come(db: Database) -> None:
    (order,) = put(db, "a", tags=("july",), not_before=NOW + HOUR)
    paused_tags.pause(db, "july", NOW)
    queue.begin(db, "p", NOW + HOUR)
    found = queue.next_queued(db, "p", NOW + HOUR)

    assert found is not None
    assert paused_tags.hold(db, found)
    assert queue.next_queued(db, "p", NOW + HOUR) is None
    paused_tags.resume(db, "july", NOW + HOUR)
    assert queue.next_queued(db, "p", NOW + HOUR) == order._replace(held=None)


def test_what_is_resumed_before_its_time_waits_for_that(db: Database) -> None:
    paused_tags.pause(db, "july", NOW)
    put(db, "a", tags=("july",))
    db.sql("UPDATE orders SET not_before = ?", (NOW + HOUR,))

    assert paused_tags.resume(db, "july", NOW) == 1
    assert queue.held(db, "p") == {"time": 1}


def test_what_has_expired_is_never_claimed(db: Database) -> None:
    (order,) = put(db, "a", expires_at=NOW + 1)

    assert claim_for_add(db, order, an_intent(at=NOW + 1)) is None
    assert claim_for_add(db, order, an_intent(at=NOW)) is not None


def test_a_list_by_tag_has_its_orders_page_by_page(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_pages, "PAGE", 2)
    tagged = put(db, *map(str, range(5)), tags=("july",))
    put(db, "other", tags=("vip",))
    move(db, tagged[3], State.SUBMITTING)

    def ids(**wanted: object) -> list[int]:
        return [order.id for order in orders.listed(db, tag="july", **wanted)]  # type: ignore[arg-type]

    assert ids() == [order.id for order in tagged[::-1]]
    assert ids(states=["queued"], panel="p") == [order.id for order in tagged[::-1] if order != tagged[3]]
    assert ids(panel="other") == ids(since=NOW + 1) == []
    assert ids(limit=2, before=(NOW, tagged[3].id)) == [tagged[2].id, tagged[1].id]


def test_tags_can_be_put_on_orders_and_taken_away(db: Database) -> None:
    first, second = put(db, "a", "b", tags=("july",))
    move(db, first, State.SUBMITTING, State.ACTIVE, State.COMPLETED)

    edited = tag_edits.edit(db, second.id, ("vip", "vip"), frozenset({"july"}), NOW)

    assert edited is not None
    assert edited.tags == ("vip",)
    assert orders.by_id(db, second.id) == edited
    assert [order.id for order in orders.listed(db, tag="vip")] == [second.id]
    assert tag_counts.going_on(db) == {"vip": {"queued": 1}}
    assert ends(db) == [{"completed": 1}]
    assert tag_edits.edit(db, 999, ("x",), frozenset(), NOW) is None


def test_an_order_that_loses_a_paused_tag_goes_on_and_one_that_gets_it_waits(db: Database) -> None:
    first, second = put(db, "a", "b", tags=("july",))
    (later,) = enqueued(db, a_draft("https://x.example/later", not_before=NOW + DAY))
    paused_tags.pause(db, "july", NOW)

    def edit(order: Order, add: tuple[str, ...] = (), remove: str = "") -> str | None:
        edited = tag_edits.edit(db, order.id, add, frozenset({remove}), NOW)
        assert edited is not None
        return edited.held

    assert edit(first, ("vip",), "july") is None
    assert edit(first, ("july",)) == "tag_paused"
    assert edit(second, ("vip",)) == "tag_paused"
    paused_tags.pause(db, "vip", NOW)
    assert edit(second, (), "july") == "tag_paused"
    assert edit(second, (), "vip") is None
    assert edit(later, ("july",)) == edit(later, (), "july") == "time"


def test_an_order_counts_for_the_tags_that_it_got_while_it_was_being_sent(db: Database) -> None:
    (order,) = put(db, "a", tags=("june",))
    tag_edits.edit(db, order.id, ("july",), frozenset({"june"}), NOW)

    assert claim_for_add(db, order, an_intent(expected_charge=Decimal(300))) is not None

    assert tag_counts.going_on(db) == {"july": {"submitting": 1}}
    spent = {tag: spending.total(db, Scope(tag=tag), 0) for tag in ("june", "july")}
    assert spent == {"june": 0, "july": 300}


def test_a_target_with_tags_gets_only_what_is_about_them(db: Database) -> None:
    tagged, other = put(db, "a", tags=("july",)) + put(db, "b", tags=("vip",))
    with db.transaction():
        outbox.post(db, [about_order(Event.ORDER_FAILED, one) for one in (tagged, other)], NOW)
    move(db, tagged, State.SUBMITTING, State.ACTIVE, State.COMPLETED)

    got = [str(one.notice.event) for one in outbox.listed(db, target="july")][::-1]
    assert got == ["order.failed", "tag.ended"]
    assert outbox.listed(db, target="july")[1].notice.order_id == tagged.id


@pytest.mark.sqlite
def test_what_is_asked_of_tags_is_found_by_indexes(tmp_path: Path) -> None:
    db = Watched(f"sqlite:///{tmp_path}/tracker.db")
    db.open()
    put(db, "a", tags=("july",), expires_at=NOW + HOUR)
    db.watch()
    list(orders.listed(db, ["queued"], "p", tag="july"))
    orders.expired(db, "p", 10, NOW)
    orders.next_expiry(db, "p")
    queue.held(db, "p")
    paused_tags.pause(db, "july", NOW)
    paused_tags.resume(db, "july", NOW)
    (order,) = orders.listed(db)
    move(db, order, State.SUBMITTING, State.ACTIVE, State.COMPLETED)

    plans = db.plans("EXPLAIN QUERY PLAN")
    assert len(plans) > 10
    for statement, steps in plans.items():
        assert not any(
            step.startswith(("SCAN orders", "SCAN tags")) and "INDEX" not in step for step in steps
        ), statement
    db.close()


def test_a_high_order_is_found_at_once_behind_ten_thousand_low_ones_that_are_passed_over(
    tmp_path: Path,
) -> None:
    db = Watched(f"sqlite:///{tmp_path}/tracker.db")
    db.open()
    rows = [("p", "4", f"https://x.example/{n}", 100, f"{n}") for n in range(10_000)]
    assert queue.enqueue_simple(db, rows, NOW)
    db.sql("UPDATE orders SET priority = id % 3")
    db.sql("UPDATE orders SET priority = 9, held = 'time', not_before = ? WHERE id % 10 = 0", (NOW + HOUR,))
    (high,) = enqueued(db, a_draft("https://x.example/high", priority=5, service="5"))
    passed = queue.PassedOver()

    db.watch()
    steps: list[None] = []
    db._db.connection().set_progress_handler(lambda: steps.append(None), 10)
    found = queue.next_queued(db, "p", NOW, passed)
    assert found == high
    passed = passed.and_(high, 1)
    low = queue.next_queued(db, "p", NOW, passed)
    db._db.connection().set_progress_handler(None, 10)

    assert low is not None
    assert low.priority == 2
    # Ten steps of SQLite's machine each: reading ten thousand rows takes a hundred thousand.
    assert len(steps) < 200
    for plan in db.plans("EXPLAIN QUERY PLAN").values():
        assert ["orders_queued" in step for step in plan] == [True], plan
    db.close()
