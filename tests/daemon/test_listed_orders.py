"""What a pass makes of the panel's list of recent orders: what it compares it with, and what it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW
from tests.support.sent_orders import followed, lost
from tests.support.worker_stage import Stage
from tracker.accounts.account import AccountChange
from tracker.daemon.passes.read_list import ReadList
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.order import Order, Series, State
from tracker.orders.resolution import By, after_drop
from tracker.panel.dialects.built_in import named
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.practice.validation import AddForm
from tracker.reconciliation.lost_order import LostOrder
from tracker.store import changes, evidence, losses, order_history

pytestmark = pytest.mark.sqlite  # what they prove is decided before any database

LIST = "{base: tagrani, orders_action: orders}"
NO_COUNTER = "{base: tagrani, orders_action: orders, ids_grow: false}"
SETTLE = 15 * MINUTE
ABSENT = "the panel's list of orders reaches back before it, without it"
ANOTHER = "the panel's list has nothing that fits it; another list must show the same"


class Lists:
    """A stage at a panel that lists orders, with one list that is compared with what is lost."""

    def __init__(self, folder: Path, panel: PracticePanel, dialect: str, more: str) -> None:
        self.panel = panel
        self.stage = Stage(folder, panel, dialect=dialect, more=more)
        self.stage.elapsed = lambda: self.stage.now
        self.db = self.stage.db
        self.read_list = ReadList(self.stage.context(), self.stage.worker.track.poll)

    def own(self, link: str, **values: Any) -> Order:
        """An order here that the panel has."""
        placed = self.panel.state.place_elsewhere(2, link, 100)
        return followed(self.stage, placed, link=link, **values)

    def of(self, order: Order, **values: Any) -> LostOrder:
        """What is known of a lost order now."""
        found = next(one for one in losses.open_orders(self.db, "p") if one.order_id == order.id)
        return replace(found, **{"newest_id": None, **values})

    def run(self, *lost_orders: LostOrder, resend_max: Decimal | None = None) -> None:
        self.read_list.run(lost_orders, resend_max)

    def said(self, order: Order) -> list[tuple[str, str]]:
        return [(check.ruling, " ".join(check.reasons)) for check in evidence.checks(self.db, order.id)]


Make = Callable[..., Lists]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Lists] = []

    def make(dialect: str = LIST, more: str = "") -> Lists:
        clock: Callable[[], float] = lambda: (made[0].stage.now if made else NOW) / SECOND  # noqa: E731
        panel = PracticePanel(Behaviour(pace=0), clock=clock)
        panel.start()
        made.append(Lists(tmp_path, panel, dialect, more))
        return made[0]

    yield make
    for one in made:
        one.stage.client.close()
        one.panel.stop()


def old_and_lost(lists: Lists, **values: Any) -> Order:
    """Have an order here from an hour ago, which the panel lists, and one that was lost just now."""
    lists.stage.now = NOW - HOUR
    lists.own("https://x.example/old")
    lists.stage.now = NOW
    return lost(
        lists.stage, {"expected_charge": Decimal(300)}, **{"link": "https://x.example/lost", **values}
    )


# -- whether it is asked for ------------------------------------------------------------------------------


def test_without_a_list_or_a_lost_order_none_is_asked_for(make: Make) -> None:
    lists = make()
    lists.run()
    dropped = old_and_lost(lists)
    found = lists.of(dropped)
    changes.apply(lists.db, [after_drop(dropped, By.OPERATOR, NOW)], NOW)
    lists.run(replace(found, order=lists.stage.order(dropped.id)))
    lists.read_list = ReadList(lists.stage.context(dialect=named("tagrani")), lists.stage.worker.track.poll)

    lists.run(found)

    assert lists.panel.requests.count("orders") == 0


def test_many_orders_are_asked_for_and_a_failed_call_says_nothing(make: Make) -> None:
    lists = make()
    order = old_and_lost(lists)
    lists.panel.fault("orders", "html")
    lists.run(lists.of(order))

    assert lists.said(order) == []
    assert [seen.form["limit"] for seen in lists.panel.requests.of("orders")] == ["500"]


# -- whose a row may be -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("panel", "account", "why"),
    [
        ({"account": "shared"}, {}, "it may be somebody else's: others order from this account too"),
        ({}, {"doubt": "the wallet sank"}, "it may be somebody else's: the wallet sank"),
        ({}, {"ids_doubt": "an odd id"}, "it may be somebody else's: an odd id"),
        ({}, {"doubt": "the wallet sank", "ids_doubt": "an odd id"}, "it may be somebody else's: the wallet sank"),
    ],
)  # fmt: skip
def test_a_row_that_may_be_somebody_elses_is_not_taken(
    make: Make, panel: dict[str, Any], account: dict[str, Any], why: str
) -> None:
    lists = make()
    order = old_and_lost(lists)
    row = lists.panel.state.place_elsewhere(2, order.link, 100)
    changes.update_account(lists.db, "p", lambda known: AccountChange(known._replace(**account)), NOW)
    lists.read_list = ReadList(lists.stage.context(**panel), lists.stage.worker.track.poll)

    lists.run(lists.of(order))

    told = f"the panel lists {row} with its service, link and quantity, but {why}"
    assert lists.said(order) == [("hold", told)]
    assert lists.stage.order(order.id) == order


def test_a_row_is_adopted_once_the_panel_confirms_it_and_the_history_says_how(make: Make) -> None:
    lists = make()
    order = old_and_lost(lists)
    row = lists.panel.state.place_elsewhere(2, order.link, 100)
    lists.panel.fault("status", "500")

    lists.run(lists.of(order))
    assert lists.stage.order(order.id).state is State.UNKNOWN
    lists.run(lists.of(order))

    found = lists.stage.order(order.id)
    assert (found.state, found.panel_order_id) == (State.ACTIVE, str(row))
    assert (
        order_history.changes_of(lists.db, found)[-1].why == f"adopted as {row} by the panel's list of orders"
    )
    assert [check.facts for check in evidence.checks(lists.db, order.id)] == [{"list": True}] * 2
    assert [ruling for ruling, _ in lists.said(order)] == ["adopt"] * 2


def test_a_part_that_was_made_since_the_last_poll_is_not_adopted(make: Make) -> None:
    lists = make()
    state, link, fields = lists.panel.state, "https://x.example/lost", {"runs": "2", "interval": "1"}
    state.services[2].dripfeed = True
    lists.stage.now = NOW - MINUTE
    drip = state.place(AddForm("2", link, "100", fields=fields)).order_id
    followed(lists.stage, drip, link=link, fields=fields, series=Series.RUNS, expected_charge=Decimal(600))
    lists.stage.now = NOW
    order = lost(lists.stage, {"expected_charge": Decimal(300)}, link=link)
    state.pace = 0.01  # a minute for less than one interval: one run
    assert state.balance
    assert len(state.orders) == 2, "the drip-feed and its first run"

    lists.run(lists.of(order, newest_id=drip))

    assert lists.stage.order(order.id).state is State.UNKNOWN
    assert "nothing that fits" in lists.said(order)[0][1]


@pytest.mark.parametrize(("dialect", "taken"), [(LIST, False), (NO_COUNTER, True)])
def test_an_id_below_the_newest_one_is_older_where_ids_grow(make: Make, dialect: str, taken: bool) -> None:
    lists = make(dialect)
    order = old_and_lost(lists)
    row = lists.panel.state.place_elsewhere(2, order.link, 100)

    lists.run(lists.of(order, newest_id=row))

    assert (lists.stage.order(order.id).state is State.ACTIVE) is taken


@pytest.mark.parametrize(("panel", "taken"), [("p", False), ("q", True)])
def test_an_id_that_the_operator_has_seen_is_no_lost_orders(make: Make, panel: str, taken: bool) -> None:
    lists = make()
    order = old_and_lost(lists)
    row = lists.panel.state.place_elsewhere(2, order.link, 100)
    with lists.db.transaction():
        evidence.keep_probes(lists.db, panel, [], [row], 1)
        evidence.keep_unexplained(lists.db, panel, [str(row)])
    evidence.acknowledge(lists.db, panel)

    lists.run(lists.of(order))

    assert (lists.stage.order(order.id).state is State.ACTIVE) is taken


# -- what is missing --------------------------------------------------------------------------------------


def settled(lists: Lists, order: Order, **values: Any) -> LostOrder:
    """What is known of a lost order once late arrivals have had their time."""
    return lists.of(order, settled_by=1, **values)


def test_a_list_that_lacks_an_order_of_ours_since_then_proves_nothing(make: Make) -> None:
    lists = make()
    order = old_and_lost(lists)
    lists.stage.now += SECOND
    followed(lists.stage, 7001)
    lists.stage.now += 20 * MINUTE
    lists.own("https://x.example/fresh")

    lists.run(settled(lists, order, lost_at=NOW + MINUTE))

    assert lists.said(order) == [
        ("hold", "the panel's list has nothing that fits it, but it lacks 7001, which was sent later")
    ]


def test_an_order_of_ours_that_was_sent_before_it_or_at_another_panel_may_be_missing(make: Make) -> None:
    lists = make()
    lists.stage.now = NOW - HOUR
    lists.own("https://x.example/old")
    followed(lists.stage, 7001)
    lists.stage.now = NOW
    order = lost(lists.stage, link="https://x.example/lost")
    followed(lists.stage, 7002, panel="q")
    lists.stage.now += 20 * MINUTE
    lists.own("https://x.example/fresh")

    lists.run(settled(lists, order))

    assert lists.said(order) == [("absent", ABSENT)]


def test_the_earliest_of_the_lost_orders_says_from_when_on_the_list_must_be_whole(make: Make) -> None:
    lists = make()
    first = old_and_lost(lists)
    lists.stage.now += SECOND
    followed(lists.stage, 7001)
    lists.stage.now += SECOND
    second = lost(lists.stage, link="https://x.example/second")
    dropped = lost(lists.stage, link="https://x.example/dropped")
    lists.stage.now += 20 * MINUTE
    lists.own("https://x.example/fresh")
    long_ago = dropped._replace(state=State.DROPPED, submitted_at=NOW - HOUR)

    lists.run(settled(lists, second), settled(lists, first), replace(settled(lists, dropped), order=long_ago))

    assert [ruling for ruling, _ in lists.said(first) + lists.said(second)] == ["hold", "absent"]
    assert lists.said(dropped) == []


def test_an_order_that_was_placed_elsewhere_counts_from_when_it_came_here(make: Make) -> None:
    lists = make()
    order = old_and_lost(lists)
    row = lists.panel.state.place_elsewhere(2, "https://x.example/came", 100)
    lists.stage.now += 20 * MINUTE
    came = followed(lists.stage, row, link="https://x.example/came", submitted_at=None)
    assert came.submitted_at is None

    lists.run(settled(lists, order))

    assert lists.said(order) == [("absent", ABSENT)]


def test_what_is_absent_is_noted_and_sent_again_only_if_it_is_clear_and_cheap_enough(make: Make) -> None:
    lists = make()
    orders_lost = [old_and_lost(lists)]
    orders_lost += [
        lost(lists.stage, {"expected_charge": Decimal(charge)}, link=f"https://x.example/{charge}")
        for charge in (300, 301)
    ]
    lists.stage.now += 20 * MINUTE
    lists.own("https://x.example/fresh")
    clear = [settled(lists, order, is_clear=order is not orders_lost[0]) for order in orders_lost]

    lists.run(*clear, resend_max=Decimal(300))

    assert [lists.said(order) for order in orders_lost] == [[("absent", ABSENT)]] * 3
    found = [lists.stage.order(order.id) for order in orders_lost]
    assert [one.state for one in found] == [State.UNKNOWN, State.QUEUED, State.UNKNOWN]
    assert (found[0], found[2]) == (orders_lost[0], orders_lost[2]), "what is held keeps its schedule"
    assert (found[1].due_at, found[1].checked_at) == (lists.stage.now, None)
    last = order_history.changes_of(lists.db, found[1])[-1]
    assert (last.at, last.evidence) == (lists.stage.now, {"by": "the evidence", "reasons": [ABSENT]})
    at = lists.db.sql("SELECT absent_at, clear_at FROM attempts ORDER BY id DESC LIMIT 4")
    now = lists.stage.now
    assert [tuple(row) for row in at][1:] == [(now, now), (now, now), (now, None)]


def test_nothing_is_sent_again_where_that_is_not_asked_for(make: Make) -> None:
    lists = make()
    order = old_and_lost(lists)
    lists.stage.now += 20 * MINUTE
    lists.own("https://x.example/fresh")

    lists.run(settled(lists, order, is_clear=True))

    assert lists.stage.order(order.id) == order
    assert losses.open_orders(lists.db, "p")[0].is_absent


@pytest.mark.parametrize(("due_in", "kept"), [(1, 0), (0, 1), (None, 1)])
def test_what_is_only_held_again_is_written_when_it_is_due(make: Make, due_in: int | None, kept: int) -> None:
    lists = make()
    order = old_and_lost(lists, due_at=None if due_in is None else NOW + due_in)

    lists.run(lists.of(order))

    assert [ruling for ruling, _ in lists.said(order)] == ["hold"] * kept
    assert losses.open_orders(lists.db, "p")[0].is_absent is False


def test_what_is_proven_is_written_before_it_is_due(make: Make) -> None:
    lists = make()
    order = old_and_lost(lists, due_at=NOW + HOUR)
    lists.stage.now += 20 * MINUTE
    lists.own("https://x.example/fresh")

    lists.run(settled(lists, order))

    assert [ruling for ruling, _ in lists.said(order)] == ["absent"]


# -- two lists, where no order of ours came after the settle time -----------------------------------------


def looked(lists: Lists, *orders_lost: Order, after: int = 0) -> list[str]:
    """Let time pass, look once more, and return what was said last of each."""
    lists.stage.now += after
    lists.run(*(settled(lists, order) for order in orders_lost))
    return [lists.said(order)[-1][1] for order in orders_lost]


def test_a_second_list_as_long_after_the_first_as_late_arrivals_take_proves_it_too(make: Make) -> None:
    lists = make()
    order = old_and_lost(lists)

    assert looked(lists, order) == [ANOTHER]
    assert looked(lists, order, after=SETTLE - 1) == [ANOTHER]
    assert looked(lists, order, after=1) == [ABSENT]


def test_each_lost_order_must_be_missing_in_two_lists_of_its_own(make: Make) -> None:
    lists = make()
    first = old_and_lost(lists)
    looked(lists, first)
    second = lost(lists.stage, link="https://x.example/second")

    assert looked(lists, first, second, after=SETTLE) == [ABSENT, ANOTHER]
    assert looked(lists, second, after=SETTLE) == [ABSENT]


def test_a_list_that_proves_nothing_in_between_begins_it_anew(make: Make) -> None:
    lists = make()
    order = old_and_lost(lists)
    looked(lists, order)
    lists.panel.fault("orders", "list-no-links")
    assert "it says something else of" in looked(lists, order, after=MINUTE)[0]

    assert looked(lists, order, after=SETTLE - MINUTE) == [ANOTHER]
    assert looked(lists, order, after=SETTLE) == [ABSENT]


def test_an_order_that_was_settled_in_between_begins_it_anew(make: Make) -> None:
    lists = make()
    first = old_and_lost(lists)
    second = lost(lists.stage, link="https://x.example/second")
    looked(lists, first, second)
    looked(lists, second, after=MINUTE)

    assert looked(lists, first, second, after=SETTLE) == [ANOTHER, ABSENT]
