"""The store on a real database: what is written together, what is kept apart, and what is refused."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support import databases
from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued, prune_orders
from tracker.accounts.account import after_pause
from tracker.accounts.balance import after_balance
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import DAY, SECOND
from tracker.orders.answers import Accepted, Balance, Report, Service, Unanswered
from tracker.orders.catalogue import Listed, NotListed, Unread
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_drop, after_retry
from tracker.orders.status import Unchanged, after_status
from tracker.orders.submission import after_add
from tracker.panel.exchange import Exchange, Request
from tracker.store import (
    accounts,
    attempts,
    backup,
    catalogue,
    changes,
    counters,
    daemons,
    deliveries,
    kept_answers,
    order_history,
    orders,
    outbox,
    polls,
    queue,
)
from tracker.store.changes import IllegalMove
from tracker.store.database import Database, StorageFault
from tracker.store.instance_lock import InstanceLock

ALL = Subscription("ops")


def accepted(db: Database, order: Order, panel_order_id: str) -> Order:
    """Send an order and have it accepted."""
    claimed = claim_for_add(db, order, an_intent(), "Tomans")
    assert claimed is not None
    change = after_add(claimed[0].after, Accepted(panel_order_id), an_intent(), NOW, 60)
    return changes.apply(db, [change], NOW)[0].after


def test_an_order_reads_back_as_it_was_queued(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    draft = a_draft(ref="r", comments="one\ntwo", fields={"username": "ünï"}, quantity=None)

    (order,) = enqueued(db, draft)

    assert (order.ref, order.comments, order.fields, order.quantity) == (
        "r",
        "one\ntwo",
        {"username": "ünï"},
        None,
    )
    assert (order.state, order.created_at) == (State.QUEUED, NOW)


def test_the_same_ref_with_the_same_content_changes_nothing(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft(ref="r"))

    again = queue.enqueue(db, [queue.Entry(a_draft(ref="r"))], NOW)

    assert [(s.order_id, s.same) for s in again] == [(1, True)]
    assert len(list(orders.listed(db))) == 1


@pytest.mark.parametrize(
    "other", [{"quantity": 101}, {"service": "5"}, {"comments": "x"}, {"fields": {"a": "b"}}]
)
def test_the_same_ref_with_other_content_is_reported_as_different(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft(ref="r"))

    again = queue.enqueue(db, [queue.Entry(a_draft(ref="r", **other))], NOW)

    assert [s.same for s in again] == [False]


def test_a_ref_that_occurs_twice_in_one_batch_is_found(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    duplicates = queue.enqueue(
        db, [queue.Entry(a_draft(ref="r")), queue.Entry(a_draft(ref="r", quantity=5))], NOW
    )

    assert [(s.index, s.same) for s in duplicates] == [(1, False)]


def test_two_orders_never_share_a_panel_id(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    placed = a_draft(panel_order_id="104")
    enqueued(db, placed)

    again = queue.enqueue(db, [queue.Entry(replace(placed, link="https://other.example"))], NOW)

    assert [s.same for s in again] == [False]


def test_an_order_placed_elsewhere_is_active_from_the_start(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft(panel_order_id="104"))

    assert order.state is State.ACTIVE
    assert queue.next_queued(db, "p", NOW) is None
    assert order_history.changes_of(db, order)[0].after == "active"


def test_a_change_its_history_and_its_alerts_are_written_together(tmp_path: Path) -> None:
    db = a_database(tmp_path, ALL)
    (order,) = enqueued(db, a_draft())
    claimed = claim_for_add(db, order, an_intent())
    assert claimed is not None
    change = after_add(claimed[0].after, Unanswered("timed out"), an_intent(), NOW, 60)

    changes.apply(db, [change], NOW)

    found = orders.by_id(db, order.id)
    assert found is not None
    assert found.state is State.UNKNOWN
    assert [change.after for change in order_history.changes_of(db, found)] == [
        "queued",
        "submitting",
        "unknown",
    ]
    assert order_history.changes_of(db, found)[-1].evidence["balance_before"] == "5000"
    assert [d.notice.event for d in outbox.listed(db, "waiting")] == [Event.ORDER_UNKNOWN]


def test_a_change_that_fails_halfway_leaves_nothing(tmp_path: Path) -> None:
    db = a_database(tmp_path, ALL)
    (order,) = enqueued(db, a_draft())
    unwritable = Notice(Event.ORDER_REJECTED, facts={"what": object()})
    change = OrderChange(order, order._replace(state=State.REJECTED), "x", notices=(unwritable,))

    with pytest.raises(TypeError):
        changes.apply(db, [change], NOW)

    assert orders.by_id(db, order.id) == order
    assert len(order_history.changes_of(db, order)) == 1


def test_an_illegal_move_is_never_written(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft())

    with pytest.raises(IllegalMove):
        changes.apply(db, [OrderChange(order, order._replace(state=State.COMPLETED), "x")], NOW)


def test_an_order_that_was_polled_twice_at_once_changes_once(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft(panel_order_id="7"))
    done = after_status(order, Report("Completed", State.COMPLETED), NOW, NOW)
    assert done is not None

    assert changes.apply(db, [done, done], NOW) == [done]
    assert counters.counts(db) == {order.panel: {"completed": 1}}
    assert len(order_history.changes_of(db, order)) == 2


def test_a_change_that_was_decided_on_an_older_state_is_left_out(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft())
    changes.apply(db, [after_drop(order, By.OPERATOR, NOW)], NOW)

    assert claim_for_add(db, order, an_intent()) is None
    assert queue.next_queued(db, "p", NOW) is None


def test_only_one_claim_of_an_order_succeeds(tmp_path: Path) -> None:
    db, other = a_database(tmp_path), a_database(tmp_path)
    (order,) = enqueued(db, a_draft())

    assert claim_for_add(db, order, an_intent()) is not None
    assert claim_for_add(other, order, an_intent()) is None


def test_the_raw_answer_is_recorded_and_reads_back(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft())
    claimed = claim_for_add(db, order, an_intent())
    assert claimed is not None
    request = Request("add", {})
    answer = Exchange(
        request, True, 200, {"content-type": "text/html"}, b"\xff\x00<html>", whole=False, error="cut"
    )

    attempts.keep(db, claimed[1], answer, NOW)

    ((left, attempt),) = attempts.unanswered(db, "p")
    from tracker.store.attempts import intent_of
    from tracker.store.kept_answers import exchange_of

    assert left.id == order.id
    assert exchange_of(attempt, request) == answer
    assert intent_of(attempt) == an_intent()


def test_a_very_long_answer_is_cut_and_marked_as_not_whole(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft())
    claimed = claim_for_add(db, order, an_intent())
    assert claimed is not None

    kept = attempts.keep(db, claimed[1], Exchange(Request("add", {}), True, 200, {}, b"x" * 100_000), NOW)

    assert (len(kept.body), kept.whole) == (kept_answers.KEPT_BODY, False)


def test_the_queue_is_first_in_first_out_and_waits_for_a_busy_link(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    first, second = enqueued(db, a_draft("https://a.example"), a_draft("https://a.example"))
    third = enqueued(db, a_draft("https://b.example"), now=NOW + 1)[0]
    active = accepted(db, first, "104")

    waiting = queue.next_queued(db, "p", NOW + 1)
    assert waiting == second
    assert queue.link_is_open(db, second)
    queue.postpone_link(db, second, NOW + 100)
    assert queue.next_queued(db, "p", NOW + 1) == third

    done = after_status(active, Report("Done", State.COMPLETED), NOW, NOW)
    assert done is not None
    changes.apply(db, [done], NOW)
    assert not queue.link_is_open(db, second)
    assert queue.next_queued(db, "p", NOW + 100) == third


def test_polls_record_their_time_and_the_order_that_is_due_first_comes_first(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    links = (f"https://x.example/{n}" for n in range(5))
    enqueued(db, *(a_draft(link, panel_order_id=link[-1], comments="words") for link in links))

    changes.apply(db, [], NOW, unchanged=[Unchanged(NOW + 5, NOW + 50, 1), Unchanged(NOW + 5, NOW + 20, 2)])

    polled = polls.due(db, "p", 10, NOW + 9, 0)
    assert [order.id for order in polled] == [3, 4, 5, 2, 1]
    looked = orders.by_id(db, 1)
    assert looked is not None
    assert (looked.checked_at, looked.due_at) == (NOW + 5, NOW + 50)


def test_a_poll_without_news_changes_no_order_that_has_finished_meanwhile(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft(panel_order_id="1"))
    done = after_status(order, Report("Done", State.COMPLETED), NOW, NOW)
    assert done is not None
    changes.apply(db, [done], NOW)

    changes.apply(db, [], NOW, unchanged=[Unchanged(NOW + 5, NOW + 50, order.id)])

    found = orders.by_id(db, order.id)
    assert found is not None
    assert found.due_at == done.after.due_at


def test_a_change_of_an_account_keeps_what_others_have_written(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    reading = Balance(Decimal("12345678901234567890.123456789"), "Tomans")
    changes.update_account(db, "p", partial(after_balance, reading=reading, low=None, now=NOW), NOW)
    changes.update_account(db, "p", partial(after_pause, now=NOW), NOW)

    account = accounts.read(db, "p")
    assert account.balance == reading.amount
    assert account.paused_at == NOW


def test_a_catalogue_is_replaced_as_a_whole(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    catalogue.replace_catalogue(
        db, "p", [Service("4", "Old", Decimal("30")), Service("5", "Gone", None)], NOW
    )
    catalogue.replace_catalogue(db, "p", [Service("4", "New", Decimal("0.0000001"), 1, 10)], NOW + 1)

    assert catalogue.services(db, "p") == [Service("4", "New", Decimal("0.0000001"), 1, 10)]
    assert catalogue.services_at(db, "p") == NOW + 1


def test_a_service_is_listed_not_listed_or_in_a_catalogue_that_was_never_read(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    likes = Service("4", "Likes", Decimal("0.5"), 10, 1000, "Instagram", "Default", "fast")
    assert catalogue.find(db, "p", "4") == Unread()

    changes.update_account(db, "p", partial(after_pause, now=NOW), NOW)
    assert catalogue.find(db, "p", "4") == Unread()

    catalogue.replace_catalogue(db, "p", [likes], NOW)
    assert catalogue.find(db, "p", "4") == Listed(likes)
    assert catalogue.find(db, "p", "5") == NotListed()
    assert catalogue.find(db, "q", "4") == Unread()

    catalogue.replace_catalogue(db, "p", [], NOW)
    assert catalogue.find(db, "p", "4") == NotListed()


def test_a_notice_marked_as_once_is_posted_once(tmp_path: Path) -> None:
    db = a_database(tmp_path, ALL)
    for _ in range(3):
        outbox.post(db, [Notice(Event.ORDER_STUCK, once="word:p:x")], NOW)

    assert len(outbox.listed(db)) == 1


def test_targets_get_the_alerts_that_they_are_subscribed_to(tmp_path: Path) -> None:
    db = a_database(
        tmp_path, Subscription("money", ("balance.*",)), Subscription("desk", ("order.completed",)), ALL
    )
    outbox.post(db, [Notice(Event.BALANCE_LOW), Notice(Event.ORDER_COMPLETED), Notice(Event.PANEL_UP)], NOW)

    received = {(d.target, str(d.notice.event)) for d in outbox.listed(db)}
    assert received == {
        ("money", "balance.low"), ("desk", "order.completed"),
        ("ops", "balance.low"), ("ops", "order.completed"), ("ops", "panel.up"),
    }  # fmt: skip


def test_finished_orders_and_old_alerts_are_pruned_with_their_history(tmp_path: Path) -> None:
    db = a_database(tmp_path, ALL)
    first, second = enqueued(db, a_draft("https://a.example"), a_draft("https://b.example"))
    changes.apply(db, [after_drop(first, By.OPERATOR, NOW)], NOW)
    outbox.post(db, [Notice(Event.BALANCE_LOW), Notice(Event.PANEL_UP)], NOW)
    outgoing = deliveries.next_outgoing(db, "ops", NOW)
    assert outgoing is not None
    deliveries.mark_sent(db, outgoing, NOW)

    assert (prune_orders(db, NOW, 10), prune_orders(db, NOW + 1, 10)) == (0, 1)
    assert [order.id for order in orders.listed(db)] == [second.id]
    assert outbox.prune(db, NOW + 1, 10) == 1
    assert [d.state for d in outbox.listed(db)] == ["waiting"]


def test_an_id_never_comes_back_after_pruning(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft())
    changes.apply(db, [after_drop(order, By.OPERATOR, NOW)], NOW)
    prune_orders(db, NOW + 1, 10)

    assert enqueued(db, a_draft())[0].id > order.id


def test_a_dropped_order_that_was_sent_is_known_as_sent(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft())
    assert not attempts.was_sent(db, order)
    claim_for_add(db, order, an_intent())
    assert attempts.was_sent(db, order)


def test_a_retried_order_is_queued_again(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft())
    dropped = changes.apply(db, [after_drop(order, By.OPERATOR, NOW)], NOW)[0].after
    changes.apply(db, [after_retry(dropped, By.OPERATOR, NOW + 1)], NOW + 1)

    assert queue.next_queued(db, "p", NOW + 1) is not None


@pytest.mark.sqlite
def test_only_its_owner_can_read_the_database_and_its_backup(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    backup.backup(db, tmp_path / "copy.db")

    for name in ("tracker.db", "tracker.db-wal", "copy.db"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name
    assert sqlite3.connect(tmp_path / "copy.db").execute("SELECT COUNT(*) FROM orders").fetchone() == (1,)


@pytest.mark.sqlite
def test_the_pragmas_that_the_promises_depend_on_are_set(tmp_path: Path) -> None:
    db = a_database(tmp_path)

    assert db.sql("PRAGMA journal_mode") == [("wal",)]
    assert db.sql("PRAGMA synchronous") == [(2,)]
    assert db.sql("PRAGMA foreign_keys") == [(1,)]


def test_a_newer_schema_is_refused_with_a_clear_message(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    db.sql("INSERT INTO schema_migration (name, applied) VALUES ('9999_future', '2030-01-01')")
    db.close()

    with pytest.raises(StorageFault, match="newer tracker"):
        a_database(tmp_path)
    with pytest.raises(StorageFault, match="newer tracker"):
        Database(databases.url(tmp_path)).open_to_read()


@pytest.mark.sqlite
def test_a_file_that_is_not_a_database_is_refused_with_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "tracker.db").write_bytes(b"this is a text file, not a database at all" * 100)

    with pytest.raises(StorageFault, match="not a tracker database"):
        a_database(tmp_path)


@pytest.mark.sqlite
def test_a_missing_folder_is_refused_with_a_clear_message(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="No such file or directory"):
        a_database(tmp_path / "nowhere")


@pytest.mark.sqlite
def test_a_second_daemon_on_the_same_file_is_refused(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    refused = pytest.raises(StorageFault, match="another tracker daemon")
    with InstanceLock(db).held(), refused, InstanceLock(db).held():
        pass
    with InstanceLock(db).held():
        pass


def test_a_daemon_is_listed_until_it_stops_and_a_dead_one_until_another_starts(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    first = daemons.register(db, "1", NOW)
    daemons.heartbeat(db, first, NOW + SECOND)
    assert [(one.started_at, one.beat_at) for one in daemons.listed(db)] == [(NOW, NOW + SECOND)]

    second = daemons.register(db, "2", NOW + DAY)
    assert [one.version for one in daemons.listed(db)] == ["2"]

    daemons.deregister(db, second)
    assert daemons.listed(db) == []


@pytest.mark.parametrize("name", ["ref", "row"])
def test_an_order_that_was_placed_since_is_still_a_duplicate(tmp_path: Path, name: str) -> None:
    db = a_database(tmp_path)
    draft = a_draft(ref="r" if name == "ref" else None)
    entry = queue.Entry(draft, key="k" if name == "row" else None)
    queue.enqueue(db, [entry], NOW)
    order = orders.newest(db)
    claimed = claim_for_add(db, order, an_intent())
    assert claimed is not None
    placed = after_add(claimed[0].after, Accepted("77"), an_intent(), NOW, 1)
    assert changes.apply(db, [placed], NOW)

    (duplicate,) = queue.enqueue(db, [entry], NOW)
    assert duplicate.same
    (other,) = queue.enqueue(db, [queue.Entry(replace(draft, quantity=7), key=entry.key)], NOW)
    assert not other.same
    (elsewhere,) = queue.enqueue(db, [queue.Entry(replace(draft, ref=None, panel_order_id="77"))], NOW)
    assert not elsewhere.same
