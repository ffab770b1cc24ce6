"""What is asked of the panel about lost orders: whether the wallet is still, and whose the ids near them are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tests.support.sent_orders import followed
from tests.support.worker_stage import Calls, Stage
from tracker.config.loader import parse
from tracker.daemon.passes.gather import Gather
from tracker.lib.times import SECOND
from tracker.orders.answers import Missing, Report
from tracker.orders.change import OrderChange
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Order, State
from tracker.panel.exchange import Exchange, Request
from tracker.reconciliation.candidates import Known
from tracker.reconciliation.lost_order import LostOrder
from tracker.store import changes, evidence

pytestmark = pytest.mark.sqlite  # what they prove is decided before any database

BEFORE = Mark(Decimal(9000), CostRange(), NOW)
UNKNOWN_BEFORE = "what it held before, or what the order costs, is not known"


def a_loss(order_id: int = 7, is_open: bool = True, **values: Any) -> LostOrder:
    order = an_order(id=order_id, state=State.UNKNOWN if is_open else State.DROPPED)
    known = {"expected_charge": Decimal(300), "newest_id": 103, "before": BEFORE, **values}
    return LostOrder(order, order_id, NOW, **known)


class Desk:
    """A gatherer, and what it asks."""

    def __init__(self, stage: Stage, **panel: Any) -> None:
        self.stage = stage
        self.asked: list[Request] = []
        self.polled: list[list[str]] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.gather = Gather(stage.context(Calls(stage.client, self.call), **panel), self.poll)

    def call(self, request: Request) -> Exchange:
        self.asked.append(request)
        self.stage.now += SECOND
        return self.stage.client.call(request)

    def poll(self, batch: list[Order]) -> None:
        self.meanwhile()
        self.polled.append(sorted(order.panel_order_id or "" for order in batch))


@pytest.mark.parametrize(
    ("losses", "read"),
    [
        ([], False),
        ([a_loss(before=None)], False),
        ([a_loss(expected_charge=None)], False),
        ([a_loss(before=None), a_loss(expected_charge=None)], False),
        ([a_loss(before=None), a_loss()], True),
    ],
)
def test_the_wallet_is_read_only_where_it_can_say_something(
    stage: Stage, losses: list[LostOrder], read: bool
) -> None:
    desk = Desk(stage)

    mark, note = desk.gather.wallet(losses)

    assert (mark is not None, note) == ((True, "two equal readings") if read else (False, UNKNOWN_BEFORE))
    assert [request.action for request in desk.asked] == ["balance"] * (2 if read else 0)
    assert all(request.is_evidence for request in desk.asked)


def test_it_is_read_twice_with_every_active_order_polled_in_between(stage: Stage) -> None:
    for number in range(4001, 4011):
        followed(stage, number)
    followed(stage, 3001, panel="q")
    desk = Desk(stage, ids_per_call=1)
    stage.panel.state.deposit(Decimal(5))

    mark, note = desk.gather.wallet([a_loss()])

    spent = stage.context().account().spent
    assert (mark, note) == (Mark(Decimal(100_005), spent, NOW + SECOND), "two equal readings")
    assert spent.low == 10 * 3000
    assert sorted(desk.polled) == [[str(number)] for number in range(4001, 4011)]


def test_orders_are_polled_in_full_calls_and_too_many_of_them_move_it_too_often(stage: Stage) -> None:
    for number in range(4001, 4012):
        followed(stage, number)
    full = Desk(stage, ids_per_call=4)
    assert full.gather.wallet([a_loss()])[0] is not None
    assert sorted(map(len, full.polled)) == [3, 4, 4]

    desk = Desk(stage, ids_per_call=1)
    assert desk.gather.wallet([a_loss()]) == (None, "more than 10 active orders move it")
    assert (desk.asked, desk.polled) == ([], [])


@pytest.mark.parametrize("failing", [0, 1])
def test_it_is_not_read_unless_both_readings_come(stage: Stage, failing: int) -> None:
    readings = [b'{"balance": "7", "currency": "Tomans"}'] * 2
    readings[failing] = b"<html>"
    client = Calls(stage.client, lambda request: Exchange(request, True, 200, {}, readings.pop(0)))

    gather = Gather(stage.context(client), stage.worker.track.poll)
    assert gather.wallet([a_loss()]) == (None, "the balance could not be read")


def test_a_wallet_that_moves_while_it_is_read_says_nothing(stage: Stage) -> None:
    desk = Desk(stage)
    followed(stage, 4001)
    desk.meanwhile = lambda: stage.panel.state.withdraw(Decimal("0.5"))

    assert desk.gather.wallet([a_loss()]) == (
        None, "it moved while it was read, from 100000 to 99999.5",
    )  # fmt: skip


def test_orders_that_ended_since_the_earliest_reading_may_have_moved_it(stage: Stage) -> None:
    for n, panel in enumerate("pppq"):
        order = followed(stage, 4001 + n, panel=panel)
        canceled = order._replace(state=State.CANCELED, finished_at=NOW + n)
        changes.apply(stage.db, [OrderChange(order, canceled, "")], NOW + n)
    at = [replace(BEFORE, at=NOW + 5), replace(BEFORE, at=NOW), replace(BEFORE, at=None)]
    closed = a_loss(4, is_open=False, before=replace(BEFORE, at=NOW - 5))
    gather = Desk(stage).gather

    found = gather.ended(
        [*(a_loss(n, before=mark) for n, mark in enumerate(at)), closed, a_loss(before=None)]
    )

    assert [order.panel_order_id for order in found] == ["4002", "4003"]
    assert gather.ended([closed, a_loss(before=None), a_loss(before=at[2])]) == []


@pytest.mark.parametrize(
    ("dialect", "probe", "lowest", "asked"),
    [
        ("tagrani", False, 103, [105, 110]),
        ("tagrani", False, 105, [110]),
        ("tagrani", True, 103, [105, 110, 104, 106, 108, 109]),
        ("{base: tagrani, ids_grow: false}", True, 103, []),
    ],
)
def test_strange_ids_and_those_that_may_be_its_own_are_asked_about_unless_they_are_ours(
    stage: Stage, dialect: str, probe: bool, lowest: int, asked: list[int]
) -> None:
    text = f"panels:\n  p: {{url: {stage.panel.url}, key: k, dialect: {dialect}}}\nunknown: {{probe: {str(probe).lower()}}}\n"
    stage.config = parse(text, stage.folder / "config.yaml", {})
    followed(stage, 107)
    followed(stage, 109, panel="q")
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], [90, 103, 105, 107, 110], 1)
        evidence.keep_probes(stage.db, "q", [], [106], 1)
    known = Known(frozenset({107, 111}), {})

    found = Desk(stage, ids_per_call=3).gather.ids_to_ask(
        [a_loss(newest_id=lowest), a_loss(8, newest_id=112)], known
    )

    assert sorted(map(int, found)) == sorted(asked)
    assert len(found) == len(set(found))
    assert found[:2] == [str(one) for one in asked[:2]]


def test_of_a_loss_without_a_newest_id_every_strange_id_is_asked_about(stage: Stage) -> None:
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], [1, 90], 1)
    gather = Desk(stage).gather

    assert gather.ids_to_ask([a_loss(newest_id=None)], Known(frozenset(), {})) == ["1", "90"]
    assert gather.ids_to_ask([], Known(frozenset({90}), {})) == ["1"]


def test_ids_are_looked_up_in_full_calls_until_one_fails(stage: Stage) -> None:
    ids = [str(one) for one in stage.panel.state.fill(3)] + ["9001", "9002", "9003", "9004"]
    desk = Desk(stage, ids_per_call=2)

    found = desk.gather.look_up(ids)

    assert list(found) == ids
    assert [type(found[one]) for one in ids] == [Report] * 3 + [Missing] * 4
    assert [request.form.get("orders") or request.form["order"] for request in desk.asked] == [
        "5001,5002", "5003,9001", "9002,9003", "9004",
    ]  # fmt: skip
    assert all(request.is_evidence for request in desk.asked)
    stage.panel.fault("status", "poison", None, order="5003")
    assert list(desk.gather.look_up(ids)) == ["5001", "5002"]
    assert len(desk.asked) == 4 + 2
