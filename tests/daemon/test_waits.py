"""How long each pass of a panel waits, what it waits for, and whom it wakes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.support.samples import NOW, a_draft, an_intent, claim_for_add, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.account import AccountChange
from tracker.config.panel_settings import BalanceWatch
from tracker.daemon.passes.balance import CONFIRM_DELAY, OTHERS_DELAY, PROBE_DELAY
from tracker.daemon.passes.catalogue import FAILURE_DELAY, MISSING_DELAY
from tracker.daemon.passes.submit import LEASE_DELAY
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.change import OrderChange
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.submission import after_crash
from tracker.store import accounts, catalogue, changes
from tracker.store.attempts import intent_of, last_attempt

SUBMIT = 5 * SECOND


def known(stage: Stage, **values: Any) -> None:
    """Set what is known of the account."""
    stage.context().update_account(lambda account: AccountChange(account._replace(**values)))


def queue(stage: Stage, count: int = 1, now: int = NOW) -> None:
    enqueued(stage.db, *(a_draft(f"https://x.example/{now}/{n}", service="2") for n in range(count)), now=now)


def lose(stage: Stage) -> None:
    """Lose the answer of an order."""
    (order,) = enqueued(stage.db, a_draft("https://x.example/lost", service="2"))
    claimed = claim_for_add(stage.db, order, an_intent(balance=None))
    assert claimed is not None
    changes.apply(stage.db, [after_crash(claimed[0].after, an_intent())], stage.now)


# -- submitting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "wait"),
    [
        ({"paused_at": NOW}, SUBMIT),
        ({"hold_until": NOW + 2 * SECOND}, 2 * SECOND),
        ({"hold_until": NOW + HOUR}, SUBMIT),
    ],
)
def test_a_held_account_sends_nothing_and_is_looked_at_again_when_the_hold_ends(
    stage: Stage, values: dict[str, Any], wait: int
) -> None:
    stage.worker.submit.run()
    known(stage, **values)
    queue(stage)

    assert stage.worker.submit.run() == wait
    assert stage.panel.requests.count("add") == 0


@pytest.mark.parametrize(("ahead", "wait"), [(2 * SECOND, 2 * SECOND), (HOUR, SUBMIT)])
def test_submitting_waits_for_the_order_that_may_be_sent_next(stage: Stage, ahead: int, wait: int) -> None:
    queue(stage, now=NOW + ahead)

    assert stage.worker.submit.run() == wait
    assert stage.panel.requests.count("add") == 0


def test_with_an_empty_queue_it_is_looked_at_again_after_the_interval(stage: Stage) -> None:
    assert stage.worker.submit.run() == SUBMIT


@pytest.mark.parametrize(
    ("name", "every", "wait"),
    [
        ("submit", HOUR, LEASE_DELAY), ("submit", SECOND, SECOND), ("balance", HOUR, OTHERS_DELAY),
        ("balance", SECOND, SECOND), ("catalogue", HOUR, OTHERS_DELAY), ("catalogue", SECOND, SECOND),
    ],
)  # fmt: skip
def test_while_another_daemon_holds_the_lease_it_is_tried_again_soon(
    stage: Stage, name: str, every: int, wait: int
) -> None:
    queue(stage)
    schedule = msgspec.structs.replace(stage.config.schedule, submit=every, services=every)
    stage.config = msgspec.structs.replace(stage.config, schedule=schedule)
    worker = stage.fresh_worker(balance=BalanceWatch(every=every))

    with stage.without_lease(f"{'services' if name == 'catalogue' else name}:p"):
        assert worker.passes()[name]() == wait

    assert list(stage.panel.requests) == []


def test_the_wallet_and_the_prices_are_read_once_before_the_first_order(stage: Stage) -> None:
    for _ in range(2):
        queue(stage, now=stage.now)
        stage.worker.submit.run()
        stage.now += 1

    # The wallet once more, to compare it with the database.
    assert [stage.panel.requests.count(action) for action in ("balance", "services", "add")] == [2, 1, 2]


def test_nothing_is_sent_before_the_database_was_compared_with_the_panel(stage: Stage) -> None:
    known(stage, base=Mark(Decimal(0), CostRange()))
    queue(stage)
    stage.panel.stop()

    assert stage.worker.submit.run() == 2 * SECOND  # the first failed call is repeated as soon
    stage.panel.start()
    assert stage.panel.requests.count("add") == 0

    stage.now += MINUTE
    stage.worker.submit.run()
    assert [stage.panel.requests.count(action) for action in ("services", "add")] == [1, 1]


@pytest.mark.parametrize(
    ("values", "checked"),
    [
        ({}, True),
        ({"down_at": NOW}, False),
        ({"hold_until": NOW + HOUR}, False),
        ({"refused_at": NOW}, False),
    ],
)
def test_a_lost_order_is_looked_for_when_it_is_due_and_the_panel_may_be_asked(
    stage: Stage, values: dict[str, Any], checked: bool
) -> None:
    stage.worker.submit.run()
    lose(stage)
    known(stage, **values)

    stage.worker.submit.run()

    assert (stage.order().checked_at is not None) is checked


def test_until_a_lost_order_was_looked_for_nothing_else_is_sent(stage: Stage) -> None:
    stage.worker.submit.run()
    lose(stage)
    lost = stage.order()
    changes.apply(stage.db, [OrderChange(lost, lost._replace(due_at=NOW + 3 * SECOND), "")], NOW)
    enqueued(stage.db, a_draft("https://x.example/other", service="2", quantity=150), now=stage.now)

    asked = len(list(stage.panel.requests))
    assert stage.worker.submit.run() == 3 * SECOND
    assert len(list(stage.panel.requests)) == asked, "neither sent nor looked for"
    stage.now += 3 * SECOND
    assert stage.worker.submit.run() == 5 * SECOND
    assert stage.panel.requests.count("add") == 0, "it is looked for again 8 s after the loss"
    stage.now += 5 * SECOND
    stage.worker.submit.run()
    assert stage.panel.requests.count("add") == 1


def test_the_intent_records_what_was_known_of_the_wallet_and_what_the_order_should_cost(stage: Stage) -> None:
    stage.worker.submit.run()
    before = stage.context().account()
    known(stage, newest_id="4000")
    queue(stage)
    stage.now += SECOND
    stage.worker.submit.run()

    intent = intent_of(last_attempt(stage.db, 1))
    service = catalogue.service(stage.db, "p", "2")
    assert service is not None
    assert service.price is not None
    assert (intent.at, intent.newest_id) == (NOW + SECOND, "4000")
    assert (intent.balance, intent.balance_at, intent.mark) == (before.balance, NOW, before.mark)
    assert intent.expected_charge == service.price * 100
    assert before.mark is not None


def test_an_intent_that_is_gone_from_the_database_holds_the_account(stage: Stage) -> None:
    queue(stage)
    stage.worker.submit.run()
    with stage.db.transaction():
        stage.db.many("DELETE FROM attempts", [()])
    queue(stage, now=NOW + 1)
    stage.now += 1

    stage.worker.submit.run()
    assert stage.panel.requests.count("add") == 1
    assert stage.context().account().restored_at == NOW + 1

    stage.resume()
    stage.worker.submit.run()
    assert stage.panel.requests.count("add") == 2  # said once


# -- following ------------------------------------------------------------------------------------------


def follow(stage: Stage, count: int = 1) -> list[int]:
    ids = stage.panel.state.fill(count, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2", panel_order_id=str(n)) for n in ids))
    return ids


@pytest.mark.parametrize(
    ("values", "wait"),
    [
        ({"hold_until": NOW + 2 * SECOND}, 2 * SECOND), ({"hold_until": NOW + HOUR}, SUBMIT), ({"down_at": NOW}, SUBMIT),
        ({"refused_at": NOW}, SUBMIT),
    ],
)  # fmt: skip
def test_a_panel_that_is_to_be_left_alone_is_not_polled(
    stage: Stage, values: dict[str, Any], wait: int
) -> None:
    follow(stage)
    known(stage, **values)

    assert stage.worker.track.run() == wait
    assert stage.panel.requests.count("status") == 0


def test_a_paused_account_is_still_followed(stage: Stage) -> None:
    follow(stage)
    known(stage, paused_at=NOW)

    stage.worker.track.run()

    assert stage.panel.requests.count("status") == 1


def test_the_next_poll_is_waited_for_or_the_next_look_at_the_queue(stage: Stage) -> None:
    assert stage.worker.track.run() == SUBMIT
    follow(stage)
    assert stage.worker.track.run() == SUBMIT
    due_at = stage.order().due_at
    assert due_at is not None
    stage.now = due_at - 2 * SECOND
    assert stage.worker.track.run() == 2 * SECOND
    assert stage.panel.requests.count("status") == 1


def test_a_stop_ends_the_polls(stage: Stage) -> None:
    follow(stage)
    stage.stopping.set()

    assert stage.worker.track.run() == SUBMIT
    assert stage.panel.requests.count("status") == 0


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("fault", ["close", "500", "429"])
def test_a_failed_call_puts_its_orders_off_by_the_shortest_interval_and_counts_once(
    stage: Stage, fault: str, shared: bool
) -> None:
    stage.share(shared)
    follow(stage, 2)
    stage.panel.fault("status", fault, None)

    stage.worker.track.run()

    assert [stage.order(one).due_at for one in (1, 2)] == [NOW + MINUTE] * 2
    account = stage.context().account()
    assert account.failures == (0 if fault == "429" else 1)
    assert account.hold_until is not None


def test_orders_that_the_panel_confirms_prove_its_highest_id(stage: Stage) -> None:
    ids = follow(stage, 3)

    stage.worker.track.run()

    assert stage.context().account().newest_id == str(max(ids))


# -- the wallet -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "wait"),
    [
        ({}, 5 * MINUTE), ({"short_at": NOW, "short_balance": Decimal(10**9)}, PROBE_DELAY), ({"hold_until": NOW + HOUR}, 5 * MINUTE),
        ({"hold_until": NOW + 2 * SECOND}, 2 * SECOND), ({"refused_at": NOW}, 5 * MINUTE), ({"paused_at": NOW}, 5 * MINUTE),
    ],
)  # fmt: skip
def test_the_wallet_is_read_sooner_while_something_waits_for_it(
    stage: Stage, values: dict[str, Any], wait: int
) -> None:
    known(stage, **values)

    assert stage.worker.balance.run() == wait
    asked = 0 if {"hold_until", "refused_at"} & set(values) else 1
    assert stage.panel.requests.count("balance") == asked


def test_a_level_seen_once_is_confirmed_soon_and_never_later_than_the_interval(stage: Stage) -> None:
    low = BalanceWatch(low=Decimal(10**9), every=5 * MINUTE)
    assert stage.fresh_worker(balance=low).balance.run() == CONFIRM_DELAY
    assert stage.fresh_worker(balance=low).balance.run() == 5 * MINUTE

    known(stage, level_seen=None, level="ok")
    often = BalanceWatch(low=Decimal(10**9), every=SECOND)
    assert stage.fresh_worker(balance=often).balance.run() == SECOND


def test_a_wallet_that_cannot_be_read_keeps_its_last_amount_and_is_asked_again_soon(stage: Stage) -> None:
    stage.worker.balance.run()
    before = stage.context().account()
    stage.now += HOUR
    stage.panel.fault("balance", "500")

    assert stage.worker.balance.run() == PROBE_DELAY

    after = stage.context().account()
    assert (after.balance, after.balance_at, after.balance_failed_at) == (before.balance, NOW, NOW + HOUR)
    assert (after.failures, after.hold_until) == (1, NOW + HOUR + 2 * SECOND)
    assert accounts.balances_since(stage.db, "p", 0) == [(NOW, before.balance)]


def test_a_panel_that_is_up_again_wakes_the_passes_that_waited_for_it(stage: Stage) -> None:
    stage.worker.balance.run()
    assert stage.woken == []

    known(stage, down_at=NOW, failures=5)
    stage.worker.balance.run()
    assert stage.woken == ["submit", "track"]

    known(stage, paused_at=NOW)
    stage.worker.balance.run()
    assert stage.woken == ["submit", "track"]


def test_a_reading_becomes_the_mark_only_while_nothing_is_on_its_way(stage: Stage) -> None:
    stage.worker.balance.run()
    first = stage.context().account()
    assert first.mark == first.base == Mark(stage.panel.state.balance, CostRange(), NOW)

    (order,) = enqueued(stage.db, a_draft(service="2"))
    claim_for_add(stage.db, order)
    stage.panel.state.deposit(Decimal(5))
    stage.now += 5 * MINUTE
    stage.worker.balance.run()
    after = stage.context().account()
    assert (after.mark, after.balance) == (first.mark, stage.panel.state.balance)


@pytest.mark.parametrize(("after", "is_reported"), [(10 * MINUTE - 1, False), (10 * MINUTE, True)])
def test_what_somebody_else_spent_is_reported_when_it_has_lasted(
    stage: Stage, after: int, is_reported: bool
) -> None:
    stage.worker.balance.run()
    stage.panel.state.withdraw(Decimal(7))
    stage.now += 5 * MINUTE
    stage.worker.balance.run()
    stage.now += after
    stage.worker.balance.run()

    assert stage.alerts() == (["spend.unexplained"] if is_reported else [])


def test_while_an_order_is_lost_the_wallet_is_its_to_explain(stage: Stage) -> None:
    stage.worker.balance.run()
    lose(stage)
    stage.panel.state.withdraw(Decimal(7))
    for _ in range(3):
        stage.worker.balance.run()
        stage.now += HOUR

    assert "spend.unexplained" not in stage.alerts()


@pytest.mark.parametrize(
    ("shared", "age", "values", "wait", "asked"),
    [
        (False, MINUTE, {}, 5 * MINUTE, 2),
        (True, MINUTE, {}, 4 * MINUTE, 1),
        (True, 0, {}, 5 * MINUTE, 1),
        (True, 5 * MINUTE - 1, {}, 1, 1),
        (True, 5 * MINUTE, {}, 5 * MINUTE, 2),
        (True, -1, {}, 5 * MINUTE, 2),  # the clock was set back
        (True, MINUTE, {"balance_failed_at": NOW}, 5 * MINUTE, 2),
    ],
)
def test_where_several_daemons_share_a_database_the_wallet_is_read_once_an_interval(
    stage: Stage, shared: bool, age: int, values: dict[str, Any], wait: int, asked: int
) -> None:
    stage.share(shared)
    stage.worker.balance.run()
    known(stage, **values)
    stage.now += age

    assert stage.fresh_worker().balance.run() == wait
    assert stage.panel.requests.count("balance") == asked


# -- the catalogue --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "wait"),
    [
        ({"hold_until": NOW + 2 * SECOND}, 2 * SECOND),
        ({"hold_until": NOW + DAY}, MINUTE),
        ({"refused_at": NOW}, MINUTE),
    ],
)
def test_a_catalogue_is_not_read_while_the_panel_is_to_be_left_alone(
    stage: Stage, values: dict[str, Any], wait: int
) -> None:
    known(stage, **values)

    assert stage.worker.catalogue.run() == wait
    assert stage.panel.requests.count("services") == 0


@pytest.mark.parametrize(
    ("fault", "counts"), [("500", False), ("html", False), ("429", True), ("bad-key", True), ("close", False)]
)
def test_a_catalogue_that_cannot_be_read_is_read_again_soon_and_holds_only_for_a_refusal(
    stage: Stage, fault: str, counts: bool
) -> None:
    stage.panel.fault("services", fault)

    assert stage.worker.catalogue.run() == FAILURE_DELAY
    account = stage.context().account()
    assert (account.hold_until is not None or account.refused_at is not None) is counts
    assert stage.worker.catalogue._missing_once == frozenset()


@pytest.mark.parametrize(
    ("shared", "age", "wait", "asked"),
    [
        (False, HOUR, 6 * HOUR, 2),
        (True, HOUR, 5 * HOUR, 1),
        (True, 0, 6 * HOUR, 1),
        (True, 6 * HOUR - 1, 1, 1),
        (True, 6 * HOUR, 6 * HOUR, 2),
        (True, -1, 6 * HOUR, 2),  # the clock was set back
    ],
)
def test_a_catalogue_that_was_read_is_read_again_after_its_interval(
    stage: Stage, shared: bool, age: int, wait: int, asked: int
) -> None:
    stage.share(shared)
    assert stage.worker.catalogue.run() == 6 * HOUR
    assert catalogue.services_at(stage.db, "p") == NOW
    stage.now += age

    assert stage.fresh_worker().catalogue.run() == wait
    assert stage.panel.requests.count("services") == asked


def test_a_missing_service_is_looked_for_again_also_where_daemons_share_a_database(stage: Stage) -> None:
    stage.share()
    stage.worker.catalogue.run()
    queue(stage)
    del stage.panel.state.services[2]
    stage.now += DAY
    assert stage.worker.catalogue.run() == MISSING_DELAY
    stage.now += MISSING_DELAY

    assert stage.worker.catalogue.run() == 6 * HOUR
    assert stage.panel.requests.count("services") == 3


def test_a_catalogue_shows_at_once_that_the_queue_costs_more_than_the_wallet_holds(stage: Stage) -> None:
    stage.panel.state.withdraw(stage.panel.state.balance - 1)
    stage.worker.balance.run()
    queue(stage)

    stage.worker.catalogue.run()

    assert stage.alerts() == ["balance.short"]
