"""The wallet and the catalogue on a real panel: what is reported before it costs money."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued
from tests.support.worker_stage import Calls, Stage
from tracker.accounts.account import AccountChange
from tracker.alerts.subscriptions import Subscription
from tracker.config.panel_settings import BalanceWatch
from tracker.daemon.passes.catalogue import MISSING_DELAY, replace_catalogue
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Balance, Service
from tracker.orders.change import OrderChange
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Series, State
from tracker.orders.submission import after_crash
from tracker.panel.exchange import Exchange, Request
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, catalogue, changes, outbox
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


# -- what a reading is compared with --------------------------------------------------------------------


def known(stage: Stage, **values: Any) -> None:
    """Set what is known of the account."""
    stage.context().update_account(lambda account: AccountChange(account._replace(**values)))


def in_flight(stage: Stage, link: str = "https://x.example/a") -> OrderChange:
    """An order whose request is on the wire."""
    (order,) = enqueued(stage.db, a_draft(link, service="2"))
    claimed = claim_for_add(stage.db, order)
    assert claimed is not None
    return claimed[0]


def lose(stage: Stage) -> None:
    changes.apply(stage.db, [after_crash(in_flight(stage).after, an_intent())], stage.now)


def test_a_low_balance_is_told_with_how_long_the_wallet_lasts(stage: Stage) -> None:
    stage.panel.state.withdraw(stage.panel.state.balance - 100)
    accounts.keep_balance(stage.db, "p", Balance(Decimal(120)), NOW - 2 * HOUR)
    worker = stage.fresh_worker(balance=BalanceWatch(low=Decimal(500)))
    for _ in range(2):
        worker.balance.run()

    (notice,) = notices(stage.db)
    assert (notice.event, notice.facts["runway"]) == (Event.BALANCE_LOW, "10 h")


@pytest.mark.parametrize(
    ("suspect_at", "is_compared"),
    [
        (NOW - 1, True),
        (NOW, True),
        (NOW + 1, False),
        (NOW + 2 * SECOND, False),  # it came while the wallet was read
        (NOW + 2 * SECOND + 1, True),  # by a clock that was ahead then
    ],
)
@pytest.mark.parametrize("is_lost", [True, False])
def test_only_a_reading_asked_for_after_a_refusal_in_unknown_words_shows_whether_funds_were_short(
    stage: Stage, suspect_at: int, is_compared: bool, is_lost: bool
) -> None:
    if is_lost:
        lose(stage)

    def slow(request: Request) -> Exchange:
        known(stage, suspect_charge=Decimal(10**9), suspect_at=suspect_at)
        stage.now += 2 * SECOND
        return stage.client.call(request)

    stage.fresh_worker(Calls(stage.client, slow)).balance.run()

    account = stage.context().account()
    assert account.short_at == (stage.now if is_compared and is_lost else None)
    assert (account.suspect_at is None) is (is_compared and not is_lost)


def test_a_reading_that_ends_a_suspicion_wakes_what_waited_for_it(stage: Stage) -> None:
    known(stage, suspect_charge=Decimal(1), suspect_at=NOW - SECOND)

    stage.worker.balance.run()

    assert stage.woken == ["submit", "track"]


def test_a_reading_is_no_mark_where_an_order_was_settled_while_it_was_made(stage: Stage) -> None:
    stage.share(False)
    sending = in_flight(stage)

    def meanwhile(request: Request) -> Exchange:
        back = sending.after._replace(state=State.QUEUED)
        changes.apply(stage.db, [OrderChange(sending.after, back, "refused")], NOW)
        return stage.client.call(request)

    stage.fresh_worker(Calls(stage.client, meanwhile)).balance.run()
    assert stage.context().account().mark is None

    stage.worker.balance.run()
    assert stage.context().account().mark is not None


def test_a_mark_names_the_orders_that_were_lost_by_then(stage: Stage) -> None:
    lose(stage)

    stage.worker.balance.run()

    assert stage.context().account().mark == Mark(stage.panel.state.balance, CostRange(), NOW, (1,))


@pytest.mark.parametrize(("poll", "wait"), [("1m", 10 * MINUTE), ("20m", 40 * MINUTE)])
def test_what_is_unexplained_must_last_for_two_polls(
    tmp_path: Path, panel: PracticePanel, poll: str, wait: int
) -> None:
    stage = Stage(tmp_path, panel, more=f"schedule: {{poll: {poll}}}\n")
    stage.share(False)
    stage.worker.balance.run()
    panel.state.withdraw(Decimal(7))
    stage.worker.balance.run()
    stage.now += wait - 1
    stage.worker.balance.run()
    assert stage.alerts() == []

    stage.now += 1
    stage.worker.balance.run()
    assert stage.alerts() == ["spend.unexplained"]
    stage.client.close()


@pytest.mark.parametrize("explained_by", ["others", "a subscription"])
def test_where_the_wallet_may_sink_by_itself_nothing_is_unexplained(stage: Stage, explained_by: str) -> None:
    worker = stage.fresh_worker(account="shared" if explained_by == "others" else "sole")
    if explained_by != "others":
        (order,) = enqueued(stage.db, a_draft(panel_order_id="7"))
        changes.apply(stage.db, [OrderChange(order, order._replace(series=Series.POSTS), "")], NOW)
    for _ in range(3):
        worker.balance.run()
        stage.panel.state.withdraw(Decimal(7))
        stage.now += HOUR

    account = stage.context().account()
    assert (stage.alerts(), account.odd_at) == ([], None)
    assert account.mark is not None
    assert account.mark.at == NOW + 2 * HOUR
    assert (account.base is None) is (explained_by == "others")
