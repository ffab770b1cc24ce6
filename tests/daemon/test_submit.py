"""The passes on a real file and a real panel, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_draft, claim_for_add, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.account import AccountChange, after_pause
from tracker.config.panel_settings import BalanceWatch
from tracker.events import Event
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.answers import Service
from tracker.orders.cost import estimate
from tracker.orders.order import State
from tracker.orders.status import Unchanged
from tracker.panel.rate_limiter import RateLimiter
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, attempts, catalogue, changes, orders, queue


def test_submitting_sends_everything_in_order_and_learns_the_prices_and_the_wallet_first(
    stage: Stage,
) -> None:
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2") for n in range(3)))

    stage.worker.submit.run()

    assert [placed.link[-1] for placed in stage.panel.state.ledger] == ["0", "1", "2"]
    assert [stage.order(n).state for n in (1, 2, 3)] == [State.ACTIVE] * 3
    assert stage.order().expected_charge == Decimal(300)
    assert stage.order().currency == "Tomans"
    assert [seen.action for seen in stage.panel.requests][:2] == ["services", "balance"]


def test_what_the_catalogue_refuses_is_rejected_without_a_request(stage: Stage) -> None:
    enqueued(stage.db, a_draft(service="99"), a_draft("https://x.example/b", service="2", quantity=1))

    stage.worker.submit.run()

    assert [stage.order(n).state for n in (1, 2)] == [State.REJECTED] * 2
    assert "no service 99" in (stage.order(1).last_error or "")
    assert stage.panel.requests.count("add") == 0


@pytest.mark.parametrize("fault", ["nested", "500", "close", "html"])
def test_a_catalogue_that_cannot_be_read_keeps_no_order_from_being_sent(stage: Stage, fault: str) -> None:
    stage.panel.fault("services", fault, None)
    enqueued(stage.db, a_draft(service="2"))

    stage.worker.submit.run()
    stage.worker.catalogue.run()

    assert stage.order().state is State.ACTIVE
    assert accounts.read(stage.db, "p").hold_until is None


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("close-before", State.UNKNOWN), ("close-after", State.UNKNOWN), ("reset-after", State.UNKNOWN),
        ("hang-after", State.UNKNOWN), ("500-after", State.UNKNOWN), ("502-before", State.UNKNOWN),
        ("504-after", State.UNKNOWN), ("520-before", State.UNKNOWN), ("522-before", State.UNKNOWN),
        ("524-after", State.UNKNOWN), ("html-after", State.UNKNOWN), ("empty-after", State.UNKNOWN),
        ("truncated-after", State.UNKNOWN), ("truncated-close-after", State.UNKNOWN),
        ("gzip-cut-after", State.UNKNOWN), ("307-after", State.UNKNOWN), ("odd-error-before", State.UNKNOWN),
        ("no-id-after", State.UNKNOWN), ("drip-after", State.UNKNOWN), ("lower-id", State.UNKNOWN),
        ("429", State.QUEUED), ("403", State.QUEUED), ("521", State.QUEUED), ("funds", State.QUEUED),
        ("link-busy", State.QUEUED), ("bad-key", State.QUEUED),
    ],
)  # fmt: skip
def test_each_fault_of_an_add_leads_to_its_state_and_is_never_sent_again(
    stage: Stage, fault: str, state: State
) -> None:
    enqueued(stage.db, a_draft("https://x.example/first", service="2"))
    stage.worker.submit.run()
    stage.panel.fault("add", fault)
    enqueued(stage.db, a_draft("https://x.example/second", service="2"))

    stage.worker.submit.run()

    assert stage.order(2).state is state
    assert stage.panel.requests.count("add") == 2
    if state is State.UNKNOWN:
        stage.now += HOUR
        stage.worker.submit.run()
        assert stage.panel.requests.count("add") == 2
        assert stage.alerts().count("order.unknown") == 1


def test_a_panel_that_cannot_be_reached_has_not_been_sent_anything(stage: Stage) -> None:
    stage.worker.submit.run()
    stage.panel.stop()
    enqueued(stage.db, a_draft(service="2"))

    stage.worker.submit.run()
    assert (stage.order().state, stage.order().attempts) == (State.QUEUED, 1)

    stage.panel.start()
    stage.now += MINUTE
    stage.worker.submit.run()
    assert stage.order().state is State.ACTIVE
    assert len(stage.panel.state.ledger) == 1


def test_a_rate_limit_is_obeyed(stage: Stage) -> None:
    stage.worker.submit.run()
    stage.panel.fault("add", "429", seconds=7)
    enqueued(stage.db, a_draft(service="2"))
    stage.worker.submit.run()

    stage.now += 7 * SECOND - 1
    stage.worker.submit.run()
    assert stage.panel.requests.count("add") == 1
    stage.now += 1
    stage.worker.submit.run()
    assert stage.order().state is State.ACTIVE


def test_an_id_that_another_order_has_is_not_believed(stage: Stage) -> None:
    enqueued(stage.db, a_draft("https://x.example/elsewhere", service="2", panel_order_id="5001"))
    enqueued(stage.db, a_draft("https://x.example/first", service="2"))

    stage.worker.submit.run()

    assert stage.order(2).state is State.UNKNOWN
    assert "order 1's already" in (stage.order(2).last_error or "")


def test_a_dead_process_that_kept_the_answer_loses_nothing(stage: Stage) -> None:
    """The answer was recorded but not yet read: after a restart it is read, and the id is not lost."""
    stage.worker.submit.run()
    enqueued(stage.db, a_draft(service="2"))
    order = queue.next_queued(stage.db, "p", stage.now)
    assert order is not None
    from tests.support.samples import an_intent

    claimed = claim_for_add(stage.db, order, an_intent(newest_id=None), "Tomans")
    assert claimed is not None
    exchange = stage.client.send_once(stage.worker.submit.context.dialect.add(claimed[0].after))
    attempts.keep(stage.db, claimed[1], exchange, stage.now)

    stage.fresh_worker().submit.run()

    assert stage.order().state is State.ACTIVE
    assert stage.panel.requests.count("add") == 1


def test_calls_are_always_filled_with_the_next_due(stage: Stage) -> None:
    ids = stage.panel.state.fill(250, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2", panel_order_id=str(n)) for n in ids))
    rows = list(orders.listed(stage.db, limit=0))[::-1]
    changes.apply(
        stage.db, [], NOW,
        unchanged=[Unchanged(NOW - HOUR, NOW + 2 * MINUTE + order.id, order.id) for order in rows[120:]],
    )  # fmt: skip

    stage.worker.track.run()

    asked = [len(seen.ids) for seen in stage.panel.requests.of("status")]
    assert asked == [100, 100]
    assert {i for seen in stage.panel.requests.of("status") for i in seen.ids} == {str(i) for i in ids[:200]}


@pytest.mark.parametrize(
    "fault",
    ["html", "truncated", "empty", "500", "array", "nested", "call-error", "close", "empty-list", "429"],
)
def test_a_bad_status_answer_changes_nothing_but_the_time_of_the_next_poll(stage: Stage, fault: str) -> None:
    (panel_id, other) = stage.panel.state.fill(2, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", panel_order_id=str(n)) for n in (panel_id, other)))
    before = stage.order()
    for _ in range(10):
        stage.panel.fault("status", fault)

    stage.worker.track.run()

    after = stage.order()
    assert after.due_at is not None
    assert after.due_at > NOW
    assert after._replace(due_at=before.due_at) == before


@pytest.mark.parametrize("fault", ["missing-items", "null-items", "string-errors"])
def test_bad_items_do_not_stop_the_others(stage: Stage, fault: str) -> None:
    ids = stage.panel.state.fill(4, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", panel_order_id=str(n)) for n in ids))
    for panel_id in ids:
        stage.panel.state.end(panel_id, "Completed")
    stage.panel.fault("status", fault)

    stage.worker.track.run()
    first = [stage.order(n).state for n in range(1, 5)]
    stage.now += MINUTE
    stage.worker.track.run()

    assert State.ACTIVE in first
    assert (State.COMPLETED in first) == (fault == "missing-items")
    assert [stage.order(n).state for n in range(1, 5)] == [State.COMPLETED] * 4


def test_an_unknown_status_text_keeps_the_state_and_is_reported_once(stage: Stage) -> None:
    ids = stage.panel.state.fill(3, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", panel_order_id=str(n)) for n in ids))
    for panel_id in ids:
        stage.panel.state.override(panel_id, word="Moderation")

    for _ in range(3):
        stage.worker.track.run()
        stage.now += 10 * MINUTE

    assert [(stage.order(n).state, stage.order(n).panel_status) for n in (1, 2)] == [
        (State.ACTIVE, "Moderation")
    ] * 2
    assert stage.alerts() == ["order.stuck"]


def test_no_order_starves_when_calls_are_few(stage: Stage) -> None:
    ids = stage.panel.state.fill(350, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2", panel_order_id=str(n)) for n in ids))
    worker = stage.fresh_worker(ids_per_call=10)

    for _ in range(35):
        worker.track.poll_batch(worker.track._due_batches()[0])
        stage.now += SECOND

    assert len({i for seen in stage.panel.requests.of("status") for i in seen.ids}) == 350


def test_a_catalogue_that_comes_in_the_middle_of_a_check_rejects_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order,) = enqueued(stage.db, a_draft())
    listed = Service("4", "Likes", Decimal(1), 1, 1000)
    read = stage.db.sql

    def meanwhile(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found = read(statement, values)
        if "services s" in statement:
            monkeypatch.setattr(stage.db, "sql", read)
            catalogue.replace_catalogue(stage.db, "p", [listed], NOW)  # as another thread or daemon does
        return found

    monkeypatch.setattr(stage.db, "sql", meanwhile)
    assert stage.worker.submit._next_placeable([]) == (
        order,
        estimate(order, None),
    )  # as it was when it was looked up
    assert stage.worker.submit._next_placeable([]) == (order, estimate(order, listed))
    assert stage.order().state is State.QUEUED


def test_what_waits_for_its_turn_is_not_yet_on_its_way(stage: Stage) -> None:
    enqueued(stage.db, a_draft("https://x.example/1"), a_draft("https://x.example/2"))
    stage.worker.submit.run()
    enqueued(stage.db, a_draft("https://x.example/3"))
    stage.client._limiter = RateLimiter(0.001)
    assert stage.client.acquire_slot()  # the next is a quarter of an hour away

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(stage.worker.submit.run)
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        assert (stage.order(3).state, stage.order(3).attempts) == (State.QUEUED, 0)
        stage.stopping.set()
        stage.client.close()
        waiting.result(5)

    assert (stage.order(3).state, stage.order(3).attempts) == (State.QUEUED, 0)
    assert len(stage.panel.requests.of("add")) == 2


def test_nothing_is_sent_that_gets_its_turn_after_the_stop(stage: Stage) -> None:
    enqueued(stage.db, a_draft("https://x.example/1"))
    stage.worker.submit.run()
    enqueued(stage.db, a_draft("https://x.example/2"))
    stage.client._limiter = RateLimiter(2)
    assert stage.client.acquire_slot()  # the next is half a second away

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(stage.worker.submit.run)
        stage.stopping.set()
        waiting.result(5)

    assert (stage.order(2).state, stage.order(2).attempts) == (State.QUEUED, 0)


def test_a_low_balance_is_reported_once_on_two_readings(stage: Stage) -> None:
    worker = stage.fresh_worker(balance=BalanceWatch(low=Decimal(500_000)))
    for _ in range(4):
        worker.balance.run()
        stage.now += 10 * MINUTE

    assert stage.alerts() == ["balance.low"]
    assert len(accounts.balances_since(stage.db, "p", 0)) == 4


def test_an_unconfirmed_level_is_read_again_soon(stage: Stage) -> None:
    worker = stage.fresh_worker(balance=BalanceWatch(low=Decimal(500_000), every=5 * MINUTE))

    assert worker.balance.run() <= 10 * SECOND
    assert worker.balance.run() == 5 * MINUTE


def test_lack_of_funds_wakes_the_balance_and_a_deposit_wakes_the_submitting(stage: Stage) -> None:
    stage.worker.submit.run()
    stage.panel.fault("add", "funds")
    enqueued(stage.db, a_draft(service="2"))
    stage.worker.submit.run()
    assert stage.woken == ["balance"]

    stage.worker.balance.run()
    stage.panel.state.deposit(Decimal(1))
    stage.worker.balance.run()
    assert "submit" in stage.woken
    stage.worker.submit.run()
    assert stage.order().state is State.ACTIVE
    assert stage.alerts() == ["balance.short", "balance.ok"]


def test_five_failures_open_the_breaker_and_the_balance_closes_it(stage: Stage) -> None:
    stage.worker.submit.run()
    stage.panel.stop()
    for _ in range(6):
        stage.worker.balance.run()
        stage.now += 10 * MINUTE
    enqueued(stage.db, a_draft(service="2"), now=stage.now)
    stage.worker.submit.run()
    assert stage.order().attempts == 0

    stage.panel.start()
    stage.worker.balance.run()
    stage.worker.submit.run()
    assert stage.order().state is State.ACTIVE
    assert [event for event in stage.alerts() if event.startswith("panel")] == [
        Event.PANEL_DOWN,
        Event.PANEL_UP,
    ]


@pytest.mark.parametrize("fault", ["302", "307", "html", "empty", "close", "500", "truncated"])
def test_nothing_is_sent_while_neither_the_wallet_nor_the_prices_were_told_since_the_start(
    stage: Stage, fault: str
) -> None:
    for action in ("balance", "services"):
        stage.panel.fault(action, fault, None)
    enqueued(stage.db, a_draft(service="2"), now=stage.now)
    waits = []
    for _ in range(4):
        waits.append(stage.worker.submit.run())
        stage.now += max(waits[-1], SECOND)

    assert stage.panel.requests.count("add") == 0
    assert min(waits) >= SECOND  # it asks ever more seldom
    assert stage.order().state is State.QUEUED


def test_a_panel_that_redirects_everything_is_down_and_says_where_it_wants_to_be_asked(stage: Stage) -> None:
    for action in ("balance", "services"):
        stage.panel.fault(action, "302", 20)
    enqueued(stage.db, a_draft(service="2"), now=stage.now)
    for _ in range(10):
        stage.worker.submit.run()
        stage.now += 30 * SECOND

    assert stage.panel.requests.count("add") == 0
    assert stage.alerts() == [Event.PANEL_DOWN]
    assert "the panel redirects (302)" in (stage.context().account().last_error or "")


@pytest.mark.parametrize(
    ("wallet", "prices"),
    [("500", None), ("302", None), (None, "html"), ("odd-error", "odd-error"), ("302", "odd-error")],
)
def test_a_panel_that_tells_only_one_of_them_or_has_neither_still_gets_its_orders(
    stage: Stage, wallet: str | None, prices: str | None
) -> None:
    for action, fault in (("balance", wallet), ("services", prices)):
        if fault:
            stage.panel.fault(action, fault, 100)
    for _ in range(9):  # the queue is empty for long
        stage.worker.submit.run()
        stage.worker.balance.run()
        stage.now += 30 * SECOND
    enqueued(stage.db, a_draft(service="2"), now=stage.now)
    for _ in range(3):
        stage.now += max(stage.worker.submit.run(), SECOND)

    assert stage.panel.requests.count("add") == 1
    assert stage.order().state is State.ACTIVE
    assert Event.PANEL_DOWN not in stage.alerts()


def test_after_a_resume_nothing_is_sent_before_the_panel_told_something_again(stage: Stage) -> None:
    stage.worker.submit.run()
    stage.context().update_account(partial(after_pause, now=stage.now))
    enqueued(stage.db, a_draft(service="2"), now=stage.now)
    stage.worker.submit.run()
    for action in ("balance", "services"):
        stage.panel.fault(action, "302", 1)
    stage.resume()
    delay = stage.worker.submit.run()
    assert stage.panel.requests.count("add") == 0

    stage.now += delay
    stage.worker.submit.run()
    assert stage.panel.requests.count("add") == 1


def test_a_panel_whose_wallet_fails_for_ever_is_up_again_with_its_prices(stage: Stage) -> None:
    stage.panel.fault("balance", "500", 100)
    stage.context().update_account(lambda account: AccountChange(account._replace(down_at=NOW, failures=5)))
    stage.worker.catalogue.run()

    assert stage.woken == ["submit", "track"]
    assert stage.context().account().down_at is None
    assert stage.alerts() == [Event.PANEL_UP]


def test_same_link_allow_sends_both(tmp_path: Path, panel: PracticePanel) -> None:
    stage = Stage(tmp_path, panel, same_link="allow")
    enqueued(stage.db, a_draft(service="2"), a_draft(service="2"))
    stage.worker.submit.run()
    stage.client.close()

    assert len(panel.state.ledger) == 2


def test_a_stop_ends_the_pass_between_two_orders(stage: Stage) -> None:
    stage.worker.submit.run()
    enqueued(stage.db, a_draft(service="2"))
    stage.stopping.set()
    stage.worker.submit.run()

    assert stage.order().state is State.QUEUED
