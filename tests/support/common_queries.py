"""The statements that tracker runs again and again, and a database that remembers which these are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from tests.support.samples import NOW, a_draft, an_intent, claim_for_add, enqueued, prune_orders
from tracker.alerts.delivery import Breaker, Retry
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import DAY
from tracker.orders.change import OrderChange
from tracker.orders.order import State
from tracker.store import (
    accounts,
    attempts,
    catalogue,
    changes,
    cohorts,
    counters,
    deliveries,
    evidence,
    journal,
    losses,
    meters,
    order_history,
    orders,
    outbox,
    parts,
    paused_tags,
    polls,
    queue,
    recurring,
    refunded,
    standing,
    tag_counts,
)
from tracker.store.database import Database
from tracker.store.meters import CALLS


class Watched(Database):
    """A database that remembers the statements it runs."""

    def __init__(self, url: str, *subscriptions: Subscription) -> None:
        super().__init__(url, subscriptions)
        self.seen: dict[str, Any] = {}
        self._is_watching = False

    def watch(self) -> None:
        """Remember every statement from here on."""
        self._is_watching = True

    def sql(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement, and remember it with its values."""
        if self._is_watching:
            self.seen.setdefault(statement, values)
        return super().sql(statement, values)

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for many rows, and remember it with the first of them."""
        values = list(rows)
        if values:
            self.seen.setdefault(statement, values[0])
        return super().many(statement, values)

    def plans(self, explain: str) -> dict[str, list[str]]:
        """The plan of each statement that was seen, as its steps."""
        return {
            statement: [str(row[-1]) for row in self.engine.rows(f"{explain} {statement}", values)]
            for statement, values in list(self.seen.items())
            if statement.split()[0] in ("SELECT", "UPDATE", "DELETE")
        }


def common_reads(db: Database) -> None:
    """Run every query that the daemon and the commands run again and again."""
    order = orders.by_id(db, 1)
    assert order is not None
    queue.next_queued(db, "p", NOW)
    queue.next_queued_at(db, "p")
    queue.link_is_open(db, order)
    attempts.on_the_way(db, "p")
    attempts.unanswered(db, "p")
    orders.by_ref(db, "r")
    orders.owner(db, "p", "17")
    polls.due(db, "p", 100, NOW, NOW)
    polls.due(db, "p", 100, NOW, NOW, (NOW, 3, 7))
    polls.next_at(db, "p")
    polls.rechecks(db, "p", 100, NOW)
    polls.next_recheck_at(db, "p")
    for service in standing.services(db, "p"):
        standing.progressed_after(db, "p", service, NOW)
        standing.still_for(db, "p", service, NOW, NOW)
    orders.durations(db, "p", "4")
    orders.unlisted_words(db, "p")
    orders.any_in(db, [State.ACTIVE, State.UNKNOWN], "p")
    orders.any_in(db, [State.UNKNOWN])
    order_history.changes_of(db, order)
    attempts.was_sent(db, order)
    prune_orders(db, NOW, 500)
    list(orders.listed(db, limit=100))
    list(orders.listed(db, ["unknown"], limit=100))
    list(orders.listed(db, ["completed"], "p", limit=100))
    list(orders.listed(db, since=NOW, limit=100))
    counters.counts(db)
    evidence.any_lost(db, "p")
    losses.lost_orders(db, "p", NOW)
    losses.open_losses(db, "p")
    refunded.ended_since(db, "p", NOW)
    evidence.id_before(db, "p", 1)
    evidence.ids_after(db, "p", 1)
    evidence.sightings(db, "p", [104, 105])
    catalogue.find(db, "p", "4")
    accounts.read(db, "p")
    accounts.balances_since(db, "p", NOW - DAY)
    counters.alerts(db)
    counters.deliveries(db)
    meters.totals(db)
    meters.series(db, "p", CALLS, NOW)
    meters.counts(db, "p", CALLS, NOW)
    meters.over(db, "p", CALLS, NOW)
    meters.per_second(db, CALLS, NOW)
    journal.is_whole(db)
    outbox.remind(db, NOW)
    deliveries.next_outgoing(db, "ops", NOW)
    deliveries.next_due(db, "ops")
    outbox.prune(db, NOW, 500)
    outbox.listed(db)
    outbox.listed(db, target="ops")
    outbox.by_id(db, 1)
    queue.queued_plainly(db, "p")
    list(queue.queued_otherwise(db, "p"))
    parts.whole_of(db, "p", "17")
    parts.among(db, "p", range(500))
    parts.makers(db, "p")
    parts.any_subscribed(db, "p")
    orders.services_in_use(db, "p", ["4", "5"], NOW)
    evidence.owned_among(db, "p", range(500))
    evidence.checks(db, 1)
    list(orders.listed(db, ["queued"], "p", tag="july"))
    orders.expired(db, "p", 500, NOW)
    orders.next_expiry(db, "p")
    queue.held(db, "p")
    tag_counts.going_on(db)
    recurring.added(db)
    recurring.is_queued(db, "every:daily:2026-11-27T09:00Z")


def common_writes(db: Database) -> None:
    """Write every change that is written again and again."""
    enqueued(db, a_draft("https://x.example/new", ref="new", tags=("july",)), a_draft(panel_order_id="new"))
    paused_tags.pause(db, "july", NOW)
    paused_tags.resume(db, "july", NOW)
    queue.enqueue(db, [queue.Entry(a_draft("https://x.example/row"), "row")], NOW)
    fresh = orders.by_ref(db, "new")
    assert fresh is not None
    queue.postpone_link(db, fresh, NOW)
    claimed = claim_for_add(db, fresh, an_intent(), "USD")
    assert claimed is not None
    order = claimed[0].after
    lost = order._replace(state=State.UNKNOWN)
    notices = (Notice(Event.ORDER_UNKNOWN, "p", order.id), Notice(Event.BALANCE_LOW, "p"))
    changes.apply(db, [OrderChange(order, lost, "lost", notices=notices)], NOW)
    cohorts.postpone(db, [1, 2], NOW)
    ended = Notice(Event.ORDER_ADOPTED, "p", order.id, ends=Event.ORDER_UNKNOWN)
    changes.apply(db, [OrderChange(lost, lost._replace(state=State.ACTIVE), "found", notices=(ended,))], NOW)
    for mark in (
        partial(deliveries.mark_failed, retry=Retry(NOW, Breaker(1, NOW)), why="away", now=NOW),
        partial(deliveries.mark_sent, now=NOW),
    ):
        outgoing = deliveries.next_outgoing(db, "ops", NOW)
        assert outgoing is not None
        mark(db, outgoing)
    deliveries.mark_dead(db, "ops", NOW - DAY, "away")
    journal.count_new(db, NOW)
    meters.prune(db, NOW)
    outbox.requeue_dead(db, NOW)
