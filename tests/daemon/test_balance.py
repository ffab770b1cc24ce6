"""The wallet and the catalogue on a real panel: what is reported before it costs money."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.alerts.subscriptions import Subscription
from tracker.daemon.passes.catalogue import MISSING_DELAY, replace_catalogue
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR
from tracker.orders.answers import Service
from tracker.orders.order import State
from tracker.store import catalogue, outbox
from tracker.store.database import Database

LIKES = Service("4", "Likes", Decimal("0.5"), 10, 1000)
VIEWS = Service("5", "Views", Decimal("0.1"), 10, 1000)
IDLE = Service("6", "Nobody's", Decimal(1), 1, 5)


@pytest.fixture
def db(tmp_path: Path) -> Database:
    db = a_database(tmp_path, Subscription("ops"))
    replace_catalogue(db, "p", [LIKES, VIEWS, IDLE], NOW)
    enqueued(db, a_draft(service="4"), a_draft("https://x.example/b", service="4", ref="big", quantity=900))
    return db


def notices(db: Database) -> list[Notice]:
    return [one.notice for one in outbox.listed(db)]


def test_a_change_of_a_service_in_use_is_reported_with_the_orders_that_can_no_longer_be_placed(
    db: Database,
) -> None:
    assert notices(db) == []
    changed = [replace(LIKES, price=Decimal("0.75"), maximum=500), VIEWS, replace(IDLE, price=Decimal(9))]
    assert replace_catalogue(db, "p", changed, NOW + HOUR, frozenset()) == frozenset()

    [notice] = notices(db)
    assert notice.event is Event.SERVICE_CHANGED
    assert notice.facts["changes"] == ["4 (Likes): price 0.5 is now 0.75, maximum 1000 is now 500"]
    assert notice.facts["stranded"] == [
        "order 2 (big): the quantity 900 is above the service's maximum of 500"
    ]
    replace_catalogue(db, "p", changed, NOW + 2 * HOUR, frozenset())
    assert len(notices(db)) == 1


def test_a_service_that_vanishes_is_believed_at_the_second_reading(db: Database) -> None:
    doubtful = replace_catalogue(db, "p", [VIEWS], NOW, frozenset())
    assert doubtful == {"4"}
    assert notices(db) == []
    assert catalogue.service(db, "p", "4") == LIKES
    assert catalogue.service(db, "p", "6") is None  # nobody uses it

    assert replace_catalogue(db, "p", [VIEWS], NOW + HOUR, doubtful) == frozenset()
    [notice] = notices(db)
    assert notice.facts["changes"] == ["4 (Likes): is gone"]
    assert notice.facts["stranded_count"] == 2


def test_services_of_the_last_month_count_as_used(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    replace_catalogue(db, "p", [LIKES], NOW)
    enqueued(db, a_draft(service="4"), now=NOW - 31 * DAY)
    db.sql("UPDATE orders SET state = 'completed'")
    replace_catalogue(db, "p", [replace(LIKES, price=Decimal(1))], NOW)
    assert notices(db) == []


def test_the_panels_own_changes_come_through_the_pass(stage: Stage) -> None:
    stage.worker.catalogue.run()
    enqueued(stage.db, a_draft(service="2"))
    gone = stage.panel.state.services.pop(2)
    stage.now += DAY
    assert stage.worker.catalogue.run() == MISSING_DELAY
    stage.panel.state.services[2] = gone
    stage.worker.catalogue.run()
    assert stage.alerts() == []


def test_a_queue_that_the_wallet_cannot_pay_is_reported_before_anything_is_sent(stage: Stage) -> None:
    stage.worker.catalogue.run()
    listed = catalogue.service(stage.db, "p", "2")
    assert listed is not None
    price = listed.price
    assert price is not None
    stage.panel.state.deposit(price * 150 - stage.panel.state.balance)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2") for n in range(2)))
    stage.worker.balance.run()

    [notice] = notices(stage.db)
    assert notice.event is Event.BALANCE_SHORT
    assert Decimal(notice.facts["missing"]) == price * 50
    stage.worker.submit.run()
    assert stage.order(1).state is State.ACTIVE  # what can be paid goes out

    stage.panel.state.deposit(price * 200)
    stage.worker.balance.run()
    stage.worker.balance.run()
    assert stage.alerts() == [
        "balance.short"
    ]  # the panel has refused an order since: one must go through first
    stage.worker.submit.run()
    assert stage.alerts() == ["balance.short", "balance.ok"]
