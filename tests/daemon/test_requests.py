"""Refills and cancels on a real file and a real socket: asked once, whatever fails, and never guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Calls, Stage
from tracker.accounts.account import after_restore
from tracker.lib.http import Permit
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.operations.refused import Refused
from tracker.operations.requesting import ask
from tracker.orders.order import Order, State
from tracker.orders.requests import Kind, OrderRequest, RequestState
from tracker.panel.dialects.custom import custom
from tracker.panel.exchange import Exchange, Request
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import changes, requests

ONE_A_CALL = custom("perfectpanel", {"requests": "one"})

REFILLED, CANCELED = "1", "3"
"""Services of the practice panel: one has refills, the other cancels."""


class Shop:
    """A stage whose panel takes requests, and shares its clock."""

    def __init__(self, folder: Path, panel: PracticePanel, clock: list[int], more: str = "") -> None:
        self.panel, self._clock = panel, clock
        self.stage = Stage(folder, panel, "allow", more=more)
        self.stage.elapsed = lambda: self.stage.now
        self.db = self.stage.db
        self.stage.worker.catalogue.run()

    def active(self, count: int = 1, service: str = CANCELED) -> list[Order]:
        """Orders that the panel carries out."""
        drafts = [
            a_draft(f"https://x.example/{number}", service=service, quantity=200) for number in range(count)
        ]
        queued = enqueued(self.db, *drafts, now=self.stage.now)
        self.stage.worker.submit.run()
        return [self.stage.order(order.id) for order in queued]

    def ended(self, count: int = 1, word: str = "Completed") -> list[Order]:
        """Orders that the panel has carried out."""
        found = self.active(count, REFILLED)
        for order in found:
            self.panel.state.end(order.panel_order_id or "", word)
        return self.polled(*found)

    def polled(self, *orders: Order) -> list[Order]:
        """The same orders, once the panel was asked for their status."""
        self.stage.worker.track.poll(orders)
        return [self.stage.order(order.id) for order in orders]

    def ask(self, kind: Kind, *orders: Order, anyway: bool = False) -> None:
        """Ask as the operator does."""
        ask(self.db, self.stage.config, kind, orders, by="me", now=self.stage.now, anyway=anyway)

    def run(self, times: int = 1, span: int = MINUTE) -> None:
        """Run the pass, and let time pass after it."""
        for _ in range(times):
            self.stage.worker.requests.run()
            self.later(span)

    def later(self, span: int) -> None:
        """Let time pass."""
        self.stage.now += span
        self._clock[0] = self.stage.now

    def of(self, order: Order) -> list[OrderRequest]:
        """What was asked about an order."""
        return requests.of_order(self.db, order.id)

    def state(self, order: Order) -> RequestState:
        """What became of the last of it."""
        return self.of(order)[-1].state

    def told(self) -> list[str]:
        """The alerts about requests."""
        return [event for event in self.stage.alerts() if "refill" in event or "cancel_" in event]

    def sent(self, action: str) -> list[dict[str, str]]:
        """The forms of the calls of an action."""
        return [dict(one.form) for one in self.panel.requests.of(action)]


@pytest.fixture
def clock() -> list[int]:
    return [NOW]


@pytest.fixture
def panel(clock: list[int]) -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour("perfectpanel", pace=0), clock=lambda: clock[0] / SECOND) as panel:
        yield panel


@pytest.fixture
def shop(tmp_path: Path, panel: PracticePanel, clock: list[int]) -> Iterator[Shop]:
    shop = Shop(tmp_path, panel, clock)
    yield shop
    shop.stage.client.close()


def test_cancels_go_in_one_call_and_the_orders_stay_active_until_the_panel_says_otherwise(shop: Shop) -> None:
    first, second = shop.active(2)
    shop.ask(Kind.CANCEL, first, second)
    shop.run(3)

    assert shop.sent("cancel") == [
        {"action": "cancel", "orders": f"{first.panel_order_id},{second.panel_order_id}"}
    ]
    assert [shop.state(one) for one in (first, second)] == [RequestState.ACCEPTED] * 2
    assert [shop.stage.order(one.id).state for one in (first, second)] == [State.ACTIVE] * 2
    assert shop.told() == []

    shop.panel.state.end(first.panel_order_id or "", "Canceled")
    assert shop.polled(first)[0].state is State.CANCELED


@pytest.mark.parametrize(("settings", "calls"), [({"ids_per_call": 2}, 2), ({"dialect": ONE_A_CALL}, 3)])
def test_no_call_names_more_orders_than_the_panel_takes(
    shop: Shop, settings: dict[str, Any], calls: int
) -> None:
    shop.stage.worker = shop.stage.fresh_worker(**settings)
    found = shop.active(3)
    shop.ask(Kind.CANCEL, *found)
    shop.run()

    assert [shop.state(one) for one in found] == [RequestState.ACCEPTED] * 3
    assert len(shop.sent("cancel")) == calls


def test_what_the_panel_refuses_is_told_once_and_may_be_asked_again(shop: Shop) -> None:
    likes, views = shop.active(1, "2") + shop.active(1)
    shop.ask(Kind.CANCEL, likes, views, anyway=True)
    shop.run(2)

    assert [shop.state(one) for one in (likes, views)] == [RequestState.REFUSED, RequestState.ACCEPTED]
    assert shop.of(likes)[0].why == "The order cannot be canceled"
    assert shop.told() == ["order.cancel_refused"]
    shop.ask(Kind.CANCEL, likes, anyway=True)
    shop.run()
    assert len(shop.sent("cancel")) == 2


LOST = ["close-after", "close-before", "reset-after", "500-after", "html-after", "empty-after", "truncated-after",
        "rows-without-ids", "one-word", "gzip-cut-after", "502-before", "odd-error-after"]  # fmt: skip


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_leaves_every_request_of_the_call_unknown_and_nothing_is_sent_again(
    shop: Shop, fault: str
) -> None:
    found = shop.active(2)
    shop.panel.fault("cancel", fault)
    shop.ask(Kind.CANCEL, *found)
    shop.run(3, 11 * HOUR)

    assert [shop.state(one) for one in found] == [RequestState.UNKNOWN] * 2
    assert len(shop.sent("cancel")) == 1
    assert shop.told() == ["order.cancel_refused"] * 2


def test_what_an_answer_leaves_out_or_says_twice_stays_unknown_alone(shop: Shop) -> None:
    found = shop.active(4)
    shop.panel.fault("cancel", "rows-short")
    shop.ask(Kind.CANCEL, *found)
    shop.run()

    accepted, unknown = RequestState.ACCEPTED, RequestState.UNKNOWN
    assert [shop.state(one) for one in found] == [accepted, unknown, accepted, unknown]


@pytest.mark.parametrize("fault", ["rows-keyed", "bom-after", "wrong-type-after", "cp1251-after"])
def test_an_answer_in_another_form_is_understood(shop: Shop, fault: str) -> None:
    found = shop.active(2)
    shop.panel.fault("cancel", fault)
    shop.ask(Kind.CANCEL, *found)
    shop.run()

    assert [shop.state(one) for one in found] == [RequestState.ACCEPTED] * 2


@pytest.mark.parametrize("fault", ["429-before", "521-before", "maintenance-before", "403-before"])
def test_a_call_that_was_turned_away_unread_is_sent_later(shop: Shop, fault: str) -> None:
    (order,) = shop.active()
    shop.panel.fault("cancel", fault)
    shop.ask(Kind.CANCEL, order)
    shop.run(3)

    assert shop.state(order) is RequestState.ACCEPTED
    assert (len(shop.sent("cancel")), shop.of(order)[0].attempts) == (2, 2)


def test_a_refused_key_holds_requests_until_the_account_is_resumed(shop: Shop) -> None:
    (order,) = shop.active()
    shop.panel.fault("cancel", "bad-key-before")
    shop.ask(Kind.CANCEL, order)
    shop.run(3)
    assert (shop.state(order), len(shop.sent("cancel"))) == (RequestState.QUEUED, 1)

    shop.stage.resume()
    shop.run()
    assert shop.state(order) is RequestState.ACCEPTED


def test_a_panel_that_takes_no_connection_has_taken_nothing(shop: Shop) -> None:
    (order,) = shop.active()
    shop.ask(Kind.CANCEL, order)
    shop.panel.stop()
    shop.run(2)
    assert shop.state(order) is RequestState.QUEUED

    shop.panel.start()
    shop.run(2)
    assert (shop.state(order), len(shop.sent("cancel"))) == (RequestState.ACCEPTED, 1)


class Died(BaseException):
    """The process is gone."""


def dies(shop: Shop, when: Callable[[Exchange], object]) -> None:
    """Run the pass in a process that dies once the panel has answered, as `when` says."""

    def send_once(request: Request, permit: Permit | None = None, timeout: int | None = None) -> Exchange:
        when(shop.stage.client.send_once(request, permit, timeout))
        raise Died

    client = Calls(shop.stage.client, shop.stage.client.call)
    client.send_once = send_once
    worker = shop.stage.fresh_worker(client)
    with pytest.raises(Died):
        worker.requests.run()


@pytest.mark.parametrize("shared", [False, True])
def test_what_died_with_its_process_is_unknown_once_it_is_surely_over(shop: Shop, shared: bool) -> None:
    (order,) = shop.active()
    shop.ask(Kind.CANCEL, order)
    dies(shop, lambda _: None)
    assert shop.state(order) is RequestState.SENDING
    shop.stage.share(shared or shop.db.file is None)

    shop.run()
    assert shop.state(order) is (RequestState.SENDING if shop.db.shared else RequestState.UNKNOWN)
    shop.later(3 * MINUTE)
    shop.run(3)
    assert (shop.state(order), len(shop.sent("cancel"))) == (RequestState.UNKNOWN, 1)


def test_an_answer_that_was_kept_and_not_read_settles_the_request(shop: Shop) -> None:
    (order,) = shop.active()
    shop.ask(Kind.CANCEL, order)
    dies(shop, lambda answer: requests.keep(shop.db, 1, answer, shop.stage.now))
    shop.run(2)

    assert (shop.state(order), len(shop.sent("cancel"))) == (RequestState.ACCEPTED, 1)


def test_an_answer_that_comes_after_the_request_was_called_lost_settles_it(shop: Shop) -> None:
    (order,) = shop.active()
    shop.ask(Kind.CANCEL, order)

    def slow(request: Request, permit: Permit | None = None, timeout: int | None = None) -> Exchange:
        answer = shop.stage.client.send_once(request, permit, timeout)
        shop.stage.worker.requests.run()  # another daemon, which takes this one for dead
        return answer

    client = Calls(shop.stage.client, shop.stage.client.call)
    client.send_once = slow
    shop.stage.fresh_worker(client).requests.run()

    assert shop.state(order) is RequestState.ACCEPTED


def test_nothing_is_sent_without_the_lease_or_from_an_older_database(shop: Shop) -> None:
    (order,) = shop.active()
    shop.ask(Kind.CANCEL, order)
    with shop.stage.without_lease("requests:p"):
        if shop.db.shared:
            shop.run()
    changes.update_account(
        shop.db, "p", lambda account: after_restore(account, shop.stage.now), shop.stage.now
    )
    shop.run(2)

    assert (shop.state(order), shop.sent("cancel")) == (RequestState.QUEUED, [])
    shop.stage.resume()
    shop.run()
    assert shop.state(order) is RequestState.ACCEPTED


def test_a_request_that_the_order_has_outrun_is_given_up_unsent(shop: Shop) -> None:
    (order,) = shop.active()
    shop.ask(Kind.CANCEL, order)
    shop.panel.state.end(order.panel_order_id or "", "Completed")
    shop.polled(order)
    shop.run()

    assert (shop.state(order), shop.sent("cancel"), shop.told()) == (RequestState.DROPPED, [], [])


def test_the_same_is_asked_again_after_a_day_only_and_by_the_operator_only(shop: Shop) -> None:
    (order,) = shop.active()
    shop.ask(Kind.CANCEL, order)
    shop.ask(Kind.CANCEL, order)
    assert len(shop.of(order)) == 1
    shop.panel.fault("cancel", "close-after")
    shop.run(3, 7 * HOUR)
    with pytest.raises(Refused, match="not known; ask again in 3 h"):
        shop.ask(Kind.CANCEL, order)
    shop.run(3, 7 * HOUR)
    assert len(shop.sent("cancel")) == 1

    shop.ask(Kind.CANCEL, order)
    shop.run()
    assert len(shop.sent("cancel")) == 2


# -- refills under way ------------------------------------------------------------------------------------


def test_refills_are_looked_at_in_full_calls_until_each_has_ended(shop: Shop) -> None:
    done, rejected, open_ = shop.ended(3)
    shop.ask(Kind.REFILL, done, rejected, open_)
    shop.run(2)
    assert [one["refills"] for one in shop.sent("refill_status")] == ["1,2,3"]

    shop.panel.asking.end(1, "Completed")
    shop.panel.asking.end(2, "Rejected")
    shop.run(4, 20 * MINUTE)

    assert [shop.state(one) for one in (done, rejected, open_)] == [
        RequestState.COMPLETED, RequestState.REFUSED, RequestState.ACCEPTED,
    ]  # fmt: skip
    assert sorted(shop.told()) == ["order.refill_refused", "order.refilled"]
    assert shop.sent("refill_status")[-1]["refill"] == "3"
    assert [shop.stage.order(one.id).state for one in (done, rejected)] == [State.COMPLETED] * 2


def test_an_unknown_word_of_a_refill_is_told_once_and_followed(shop: Shop) -> None:
    found = shop.ended(2)
    shop.ask(Kind.REFILL, *found)
    shop.run()
    for number in (1, 2):
        shop.panel.asking.end(number, "Resting")
    shop.run(4, 30 * MINUTE)
    assert shop.told() == ["order.refill_refused"]
    assert [shop.of(one)[0].panel_status for one in found] == ["Resting"] * 2

    shop.panel.asking.end(1, "Completed")
    shop.run(2, 30 * MINUTE)
    assert [shop.state(one) for one in found] == [RequestState.COMPLETED, RequestState.ACCEPTED]


def test_a_refill_that_the_panel_denies_often_enough_is_unknown(shop: Shop) -> None:
    (order,) = shop.ended()
    shop.ask(Kind.REFILL, order)
    shop.run()
    del shop.panel.asking.refills[1]
    shop.run(4, 30 * MINUTE)
    assert shop.state(order) is RequestState.ACCEPTED

    shop.run(2, 30 * MINUTE)
    assert shop.state(order) is RequestState.UNKNOWN
    assert shop.of(order)[0].why == "the panel says of this refill: Refill not found"


def test_a_failed_look_changes_nothing_and_is_made_again(shop: Shop) -> None:
    (order,) = shop.ended()
    shop.ask(Kind.REFILL, order)
    shop.run()
    shop.panel.fault("refill_status", "html", times=2)
    shop.panel.asking.end(1, "Completed")
    shop.run(2)
    assert shop.state(order) is RequestState.ACCEPTED

    shop.run(2, 5 * MINUTE)
    assert shop.state(order) is RequestState.COMPLETED


def test_a_refill_that_ends_each_call_it_is_named_in_hides_no_other(shop: Shop) -> None:
    found = shop.ended(6)
    shop.ask(Kind.REFILL, *found)
    shop.stage.worker.requests.run()
    for number in range(1, 7):
        shop.panel.asking.end(number, "Completed")

    def call(request: Request) -> Exchange:
        named = (request.form.get("refills") or request.form.get("refill", "")).split(",")
        broken = Exchange(request, True, None, whole=False, error="the connection broke")
        return broken if "2" in named else shop.stage.client.call(request)

    requests = shop.stage.fresh_worker(Calls(shop.stage.client, call)).requests
    for _ in range(12):
        shop.later(5 * MINUTE)
        requests.run()

    assert [shop.state(one) for one in found].count(RequestState.COMPLETED) == 5
    assert shop.stage.context().account().down_at is None


# -- by itself --------------------------------------------------------------------------------------------


@pytest.fixture
def watching(tmp_path: Path, panel: PracticePanel, clock: list[int]) -> Iterator[Shop]:
    shop = Shop(tmp_path, panel, clock)
    shop.stage.worker = shop.stage.fresh_worker(auto_refill=True)
    shop.stage.worker.catalogue.run()
    yield shop
    shop.stage.client.close()


def test_a_count_that_fell_is_refilled_by_itself_and_no_more_once_it_is_there_again(watching: Shop) -> None:
    shop, (order,) = watching, watching.ended()
    shop.run(3, DAY)
    assert shop.sent("refill") == []

    shop.panel.state.override(order.panel_order_id or "", remains=30)
    shop.run(2, DAY)
    shop.run()
    assert [(one.by, one.state) for one in shop.of(order)] == [
        ("tracker, as the count fell", RequestState.ACCEPTED)
    ]
    shop.panel.asking.end(1, "Completed")
    shop.run(5, DAY)
    assert len(shop.sent("refill")) == 1
    assert shop.told() == ["order.refilled"]


def test_it_is_asked_again_at_the_panels_pace_and_not_for_ever(watching: Shop) -> None:
    shop, (order,) = watching, watching.ended()
    shop.panel.state.override(order.panel_order_id or "", remains=30)
    for _ in range(9):
        shop.run(2, DAY // 2)
        for number in shop.panel.asking.refills:
            shop.panel.asking.end(number, "Rejected")

    asked = [one.at for one in shop.of(order)]
    assert len(asked) == len(shop.sent("refill")) == 3
    assert all(later - earlier >= DAY for earlier, later in pairwise(asked))


def test_a_lost_answer_ends_what_is_asked_by_itself(watching: Shop) -> None:
    shop, (order,) = watching, watching.ended()
    shop.panel.state.override(order.panel_order_id or "", remains=30)
    shop.panel.fault("refill", "close-after")
    shop.run(5, DAY)

    assert (len(shop.sent("refill")), shop.state(order)) == (1, RequestState.UNKNOWN)


def test_without_the_key_in_the_config_nothing_is_asked_by_itself(shop: Shop) -> None:
    (order,) = shop.ended()
    shop.panel.state.override(order.panel_order_id or "", remains=30)
    shop.run(4, DAY)
    shop.polled(shop.stage.order(order.id))

    assert shop.of(order) == []
