"""A client asks for refills and cancels of its own orders: recorded once, and told in the shapes of panels."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.gateways import OTHER_KEY, Gateway
from tests.web.gateway.test_add import move
from tracker.orders.order import State
from tracker.orders.requests import OrderRequest, RequestState
from tracker.store import requests


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path)
    made.read_catalogue()
    for link in "abc":
        made.add(link=f"https://x.example/{link}")
    done, active, _ = made.orders()
    move(made, done, State.SUBMITTING, State.ACTIVE, State.COMPLETED, panel_order_id="a")
    move(made, active, State.SUBMITTING, State.ACTIVE, panel_order_id="b")
    return made


def recorded(gateway: Gateway) -> list[OrderRequest]:
    return [one for order in gateway.orders() for one in requests.of_order(gateway.db, order.id)]


def test_a_refill_is_recorded_once_and_followed_by_its_id(gateway: Gateway) -> None:
    first = gateway.ask("refill", order="1")

    assert gateway.ask("refill", order="1") == first == {"refill": str(recorded(gateway)[0].id)}
    assert [(one.order_id, one.by) for one in recorded(gateway)] == [(1, "the client shop")]
    assert gateway.ask("refill_status", refill=first["refill"]) == {"status": "Pending"}


def test_many_are_answered_one_by_one(gateway: Gateway) -> None:
    refills = gateway.ask("refill", orders="1,2,x")
    assert [one["order"] for one in refills] == [1, 2, "x"]
    assert isinstance(refills[0]["refill"], str)
    assert all("error" in one["refill"] for one in refills[1:])
    assert refills[2]["refill"] == {"error": "Incorrect order ID"}

    cancels = gateway.ask("cancel", orders="2,3")
    assert cancels[0] == {"order": 2, "cancel": 1}
    assert cancels[1] == {"order": 3, "cancel": {"error": "The order cannot be canceled now"}}

    told = gateway.ask("refill_status", refills=f"{refills[0]['refill']},99,{recorded(gateway)[1].id}")
    assert [one["status"] for one in told] == ["Pending", *[{"error": "Refill not found"}] * 2]


def test_the_orders_and_refills_of_others_are_unknown(gateway: Gateway) -> None:
    refill = gateway.ask("refill", order="1")["refill"]

    assert gateway.ask("refill", order="1", key=OTHER_KEY) == {"error": "Incorrect order ID"}
    assert gateway.ask("cancel", orders="2", key=OTHER_KEY) == [
        {"order": 2, "cancel": {"error": "Incorrect order ID"}}
    ]
    assert gateway.ask("refill_status", refill=refill, key=OTHER_KEY) == {"error": "Refill not found"}
    assert len(recorded(gateway)) == 1


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (RequestState.SENDING, "Pending"), (RequestState.UNKNOWN, "Pending"), (RequestState.ACCEPTED, "In progress"),
        (RequestState.COMPLETED, "Completed"), (RequestState.REFUSED, "Rejected"), (RequestState.DROPPED, "Rejected"),
    ],
)  # fmt: skip
def test_each_state_of_a_refill_has_a_word_of_the_api(
    gateway: Gateway, state: RequestState, word: str
) -> None:
    refill = gateway.ask("refill", order="1")["refill"]
    with gateway.db.transaction():
        gateway.db.many("UPDATE requests SET state = ?", [(str(state),)])

    assert gateway.ask("refill_status", refill=refill) == {"status": word}


@pytest.mark.parametrize("action", ["refill", "refill_status"])
def test_what_is_missing_is_an_error_of_the_whole(gateway: Gateway, action: str) -> None:
    assert list(gateway.ask(action)) == ["error"]
    assert gateway.ask("cancel") == {"error": "There are missing required parameters: orders"}
