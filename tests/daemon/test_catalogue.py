"""What is reported of a catalogue that changed: which services, how many more, and whose orders are stranded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.alerts.subscriptions import Subscription
from tracker.daemon.passes.catalogue import IN_USE, NAMED, replace_catalogue
from tracker.events import Event, Notice
from tracker.orders.answers import Service
from tracker.orders.change import OrderChange
from tracker.orders.order import State
from tracker.store import catalogue, changes, outbox


@pytest.mark.parametrize(("count", "more"), [(1, None), (NAMED, None), (NAMED + 2, 2)])
def test_changes_are_named_with_the_orders_that_they_strand(
    tmp_path: Path, count: int, more: int | None
) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    before = [Service(str(number), "Likes", Decimal(1), 1, 100) for number in range(count)]
    replace_catalogue(db, "p", before, NOW)
    enqueued(
        db,
        *(
            a_draft(f"https://x.example/{one.id}", service=one.id, ref="mine" if one.id == "0" else None)
            for one in before
        ),
    )

    replace_catalogue(db, "p", [replace(one, maximum=50) for one in before], NOW + 1)

    what = [f"{one.id} (Likes): maximum 100 is now 50" for one in before]
    fault = "the quantity 100 is above the service's maximum of 50"
    stranded = [f"order {number + 1}{' (mine)' if number == 0 else ''}: {fault}" for number in range(count)]
    facts = {
        "count": count, "changes": what[:NAMED], "more": more, "stranded_count": count, "stranded": stranded[:NAMED],
    }  # fmt: skip
    (posted,) = outbox.listed(db)
    assert (posted.notice, posted.at) == (Notice(Event.SERVICE_CHANGED, "p", facts=facts), NOW + 1)
    assert catalogue.services_at(db, "p") == NOW + 1


@pytest.mark.parametrize(("ago", "is_reported"), [(IN_USE, True), (IN_USE + 1, False)])
def test_a_service_counts_as_used_for_a_month_after_its_last_order(
    tmp_path: Path, ago: int, is_reported: bool
) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    likes = Service("4", "Likes", Decimal(1))
    replace_catalogue(db, "p", [likes], NOW)
    (order,) = enqueued(db, a_draft(panel_order_id="7"))
    done = order._replace(state=State.COMPLETED, finished_at=NOW - ago)
    changes.apply(db, [OrderChange(order, done, "")], NOW)

    replace_catalogue(db, "p", [replace(likes, price=Decimal(2))], NOW)

    assert [one.notice.facts["stranded_count"] for one in outbox.listed(db)] == (
        [None] if is_reported else []
    )
