"""A client sees its own orders, by the API's words, from what is known here."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateways import OTHER_KEY, Gateway
from tests.support.samples import a_draft, an_order, enqueued
from tests.web.gateway.test_add import move
from tracker.orders.order import State
from tracker.panel.dialects.built_in import named
from tracker.panel.exchange import Exchange, Request
from tracker.web.gateway.answers import status_answer


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path)
    made.read_catalogue()
    made.read_balance("500", "Tomans")
    return made


def test_a_queued_order_is_pending_with_what_it_should_cost(gateway: Gateway) -> None:
    gateway.add()

    assert gateway.ask("status", order="1") == {
        "charge": "50", "start_count": None, "status": "Pending", "remains": "100", "currency": "Tomans",
    }  # fmt: skip


def test_many_orders_are_asked_about_at_once(gateway: Gateway) -> None:
    gateway.add()
    gateway.add(quantity="20")

    found = gateway.ask("status", orders="2, 1,7,x,1,99999999999999999999,-1,٣")

    assert list(found) == ["2", "1", "7", "x", "99999999999999999999", "-1", "٣"]
    assert [found[one].get("charge") for one in ("2", "1")] == ["10", "50"]
    assert {str(answer) for one, answer in found.items() if one not in "12"} == {
        "{'error': 'Incorrect order ID'}"
    }


def test_the_orders_of_others_are_unknown(gateway: Gateway) -> None:
    gateway.add()
    enqueued(gateway.db, a_draft())

    assert gateway.ask("status", order="1", key=OTHER_KEY) == {"error": "Incorrect order ID"}
    assert gateway.ask("status", order="2") == {"error": "Incorrect order ID"}


@pytest.mark.parametrize("fields", [{}, {"order": "1,2"}, {"order": " "}, {"order": "1.0"}])
def test_what_is_no_id_is_no_order(gateway: Gateway, fields: dict[str, Any]) -> None:
    gateway.add()

    assert gateway.ask("status", **fields) == {"error": "Incorrect order ID"}


def test_more_than_100_orders_in_one_call_are_refused(gateway: Gateway) -> None:
    gateway.add()

    assert len(gateway.ask("status", orders=",".join(map(str, range(1, 101))))) == 100
    assert gateway.ask("status", orders=",".join(map(str, range(1, 102)))) == {
        "error": "Too many order IDs: 100 at most"
    }


KNOWN: dict[str, Any] = {"expected_charge": Decimal("50"), "panel_order_id": "88", "attempts": 1}
SAID = {**KNOWN, "charge": Decimal("25.5"), "remains": 40, "start_count": 3, "currency": "USD"}
SHOWN = [
    (State.QUEUED, KNOWN, "Pending", "50", "100"),
    (State.SUBMITTING, KNOWN, "Pending", "50", "100"),
    (State.UNKNOWN, KNOWN, "Pending", "50", "100"),
    (State.ACTIVE, KNOWN, "Pending", "50", None),
    (State.ACTIVE, {**SAID, "panel_status": "pending"}, "Pending", "25.5", "40"),
    (State.ACTIVE, {**SAID, "panel_status": "In_Progress"}, "In progress", "25.5", "40"),
    (State.ACTIVE, {**SAID, "panel_status": "Processing"}, "Processing", "25.5", "40"),
    (State.ACTIVE, {**SAID, "panel_status": "Awaiting"}, "In progress", "25.5", "40"),
    (State.ACTIVE, {**SAID, "panel_status": "Completed"}, "In progress", "25.5", "40"),
    (State.COMPLETED, {**SAID, "panel_status": "Done"}, "Completed", "25.5", "40"),
    (State.PARTIAL, SAID, "Partial", "25.5", "40"),
    (State.CANCELED, {**SAID, "panel_status": "Refunded"}, "Canceled", "25.5", "40"),
    (State.CANCELED, KNOWN, "Canceled", "0", None),
    (State.FAILED, SAID, "Fail", "25.5", "40"),
    (State.REJECTED, KNOWN, "Canceled", "0", "100"),
    (State.DROPPED, {**KNOWN, "charge": Decimal(9)}, "Canceled", "0", "100"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "values", "word", "charge", "remains"), SHOWN)
def test_each_state_has_its_word(
    state: State, values: dict[str, Any], word: str, charge: str, remains: str | None
) -> None:
    answer = status_answer(an_order(state=state, **values), "EUR")

    assert (answer["status"], answer["charge"], answer["remains"]) == (word, charge, remains)
    assert answer["currency"] == ("USD" if values.get("currency") else "EUR")


@pytest.mark.parametrize("state", [state for state in State if state not in ("rejected", "dropped")])
def test_a_tracker_behind_the_gateway_reads_the_same_state(state: State) -> None:
    body = json.dumps(status_answer(an_order(state=state, **SAID), "EUR")).encode()
    answered = Exchange(Request("status", {}), True, 200, body=body)
    read: Any = named("perfectpanel").read_status(answered, ["1"])

    waits = ("queued", "submitting", "unknown")
    assert read["1"].state == ("active" if state in waits else state)


def test_the_answer_follows_the_order(gateway: Gateway) -> None:
    gateway.add()
    lost = move(gateway, gateway.orders()[0], State.SUBMITTING, State.UNKNOWN, attempts=1)
    assert gateway.ask("status", order="1")["status"] == "Pending"

    found = move(gateway, lost, State.ACTIVE, panel_order_id="88", panel_status="Processing", remains=60)
    move(
        gateway,
        found,
        State.PARTIAL,
        panel_status="Partial",
        charge=Decimal(20),
        start_count=7,
        finished_at=1,
    )

    assert gateway.ask("status", order="1") == {
        "charge": "20", "start_count": "7", "status": "Partial", "remains": "60", "currency": "Tomans",
    }  # fmt: skip
