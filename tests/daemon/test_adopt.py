"""When a panel's id is taken as an unknown order's own, and what is said when it is not."""

from __future__ import annotations

import pytest

from tests.support.samples import NOW, a_draft, an_intent, claim_for_add, enqueued
from tests.support.worker_stage import Calls, Stage
from tracker.daemon.passes.adopt import Adopted, NotAdopted, adopt
from tracker.lib.times import MINUTE
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_release
from tracker.orders.submission import after_crash
from tracker.panel.exchange import Exchange, Request
from tracker.store import changes, order_history, parts


def lost(stage: Stage, link: str = "https://x.example/lost") -> Order:
    (order,) = enqueued(stage.db, a_draft(link, service="2"))
    claimed = claim_for_add(stage.db, order)
    assert claimed is not None
    return changes.apply(stage.db, [after_crash(claimed[0].after, an_intent())], NOW)[0].after


def adopted(stage: Stage, order: Order, panel_order_id: str, by: By = By.OPERATOR) -> Adopted | NotAdopted:
    return adopt(stage.context(), order, panel_order_id, by)


@pytest.mark.parametrize("by", list(By))
def test_an_id_that_the_panel_confirms_is_the_orders_own_from_now(stage: Stage, by: By) -> None:
    (panel_id,) = stage.panel.state.fill(1, service=2)
    order = lost(stage)
    stage.now += MINUTE

    found = adopted(stage, order, str(panel_id), by)

    assert found == Adopted(stage.order())
    assert (stage.order().state, stage.order().panel_order_id) == (State.ACTIVE, str(panel_id))
    assert (stage.order().checked_at, stage.order().due_at) == (NOW + MINUTE, NOW + MINUTE)
    last = order_history.changes_of(stage.db, stage.order())[-1]
    assert (last.at, last.why) == (NOW + MINUTE, f"adopted as {panel_id} by {by}")
    assert stage.context().account().newest_id == str(panel_id)
    assert [request.ids for request in stage.panel.requests.of("status")] == [[str(panel_id)]]


@pytest.mark.parametrize(
    ("panel_order_id", "fault", "why"),
    [
        ("50 01", None, "'50 01' is not a panel's order id: an id holds no space, comma, angle bracket or control character"),
        ("9" * 101, None, f"'{'9' * 100}' is not a panel's order id: an id has 1 to 100 characters"),
        ("99999", None, "the panel has no order 99999 of yours: Incorrect order ID"),
        ("5001", "500", 'the panel could not be asked: the panel answered 500 with a JSON value that holds no error; its server has a fault, which only its operator can mend'),
        ("5001", "missing-items", "the panel said nothing about 5001; try again in a minute"),
    ],
)  # fmt: skip
def test_an_id_that_the_panel_does_not_confirm_is_nobodys(
    stage: Stage, panel_order_id: str, fault: str | None, why: str
) -> None:
    stage.panel.state.fill(1, service=2)
    order = lost(stage)
    if fault is not None:
        stage.panel.fault("status", fault)

    assert adopted(stage, order, panel_order_id) == NotAdopted(why)
    assert stage.order() == order
    assert stage.context().account().newest_id is None


@pytest.mark.parametrize("written", ["{}", "00{}"])
def test_an_id_that_another_order_has_is_not_taken_however_it_is_written(stage: Stage, written: str) -> None:
    (panel_id,) = stage.panel.state.fill(1, service=2)
    owned = written.format(panel_id)
    enqueued(stage.db, a_draft("https://x.example/elsewhere", panel_order_id=owned))
    order = lost(stage)

    assert adopted(stage, order, str(panel_id)) == NotAdopted(f"{owned} is order 1's id already")
    assert stage.order(2) == order


def test_a_part_of_another_order_is_not_taken(stage: Stage) -> None:
    (panel_id,) = stage.panel.state.fill(1, service=2)
    enqueued(stage.db, a_draft("https://x.example/drip", panel_order_id="4000"))
    with stage.db.transaction():
        parts.keep(stage.db, [("p", str(panel_id), 1)])
    order = lost(stage)

    why = f"the panel made {panel_id} for order 1: it is a part of that order"
    assert adopted(stage, order, str(panel_id)) == NotAdopted(why)
    assert stage.order(2) == order


def test_words_about_an_id_that_nobody_listed_confirm_nothing(stage: Stage) -> None:
    order = lost(stage)

    def call(request: Request) -> Exchange:
        return Exchange(request, True, 200, stage.client.call(request).headers, b'{"error": "Moved"}')

    found = adopt(stage.context(Calls(stage.client, call)), order, "5001", By.OPERATOR)

    assert found == NotAdopted("the panel's answer about 5001 is not known: Moved")


def test_an_order_that_was_released_while_the_panel_was_asked_is_left_alone(stage: Stage) -> None:
    (panel_id,) = stage.panel.state.fill(1, service=2)
    order = lost(stage)
    released = changes.apply(stage.db, [after_release(order, By.OPERATOR, NOW)], NOW)[0].after

    assert adopted(stage, order, str(panel_id)) == NotAdopted("it changed while the panel was asked")
    assert stage.order() == released
