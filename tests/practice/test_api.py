from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.practice_client import FORM, add, ask, connect, post
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=0)) as running:
        yield running


@pytest.fixture
def v2() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(dialect="perfectpanel", currency="USD", pace=0)) as running:
        yield running


def raw(panel: PracticePanel, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", connect(panel).port), timeout=5) as sock:
        sock.sendall(request)
        sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(4096), b""))


def test_tagrani_lists_its_services_as_its_documentation_shows(panel: PracticePanel) -> None:
    services = ask(panel, "services")
    assert len(services) >= 8
    assert services[2] == {
        "id": 3, "name": "Views", "description": "Description of Views", "category": "Instagram", "min": 100,
        "max": 100000, "price": "0.27",
    }  # fmt: skip


def test_perfectpanel_lists_its_services_by_the_thousand(v2: PracticePanel) -> None:
    services = {service["service"]: service for service in ask(v2, "services")}
    assert services[3] == {
        "service": 3, "name": "Views", "type": "Default", "category": "Instagram", "rate": "270",
        "min": "100", "max": "100000", "refill": False, "cancel": True, "dripfeed": False,
    }  # fmt: skip
    assert services[4]["type"] == "Custom Comments"
    assert services[5]["rate"] == "3.5"


def test_an_add_answers_a_whole_number(panel: PracticePanel) -> None:
    first, second = (json.loads(add(panel)[1]) for _ in range(2))
    assert first == {"order": panel.state.ledger[0].order_id}
    assert second["order"] > first["order"]


def test_a_status_has_strings_in_the_order_of_the_documentation(panel: PracticePanel) -> None:
    order = json.loads(add(panel, service=3, quantity=103)[1])["order"]
    panel.state.end(order, "Completed")
    status, body = post(panel, "status", order=order)
    start = panel.state.status(order).start_count
    expected = f'"charge":"27.81","start_count":"{start}","status":"Done","remains":"0","currency":"Tomans"'
    assert (status, body) == (200, f"{{{expected}}}".encode())


def test_many_are_keyed_by_id_and_a_bad_one_has_its_own_error(panel: PracticePanel) -> None:
    known = panel.state.fill(2)
    answer = ask(panel, "status", orders=f"{known[1]},1, {known[0]},x")
    assert list(answer) == [str(known[1]), "1", str(known[0]), "x"]
    assert answer["1"] == answer["x"] == {"error": "Incorrect order ID"}
    assert answer[str(known[0])]["status"] == "Processing"


def test_the_status_words_are_those_of_the_dialect(panel: PracticePanel, v2: PracticePanel) -> None:
    for customer, done, processing in ((panel, "Done", "Processing"), (v2, "Completed", "In progress")):
        ended, open_order = customer.state.fill(2)
        customer.state.end(ended, "Completed")
        assert ask(customer, "status", order=ended)["status"] == done
        assert ask(customer, "status", order=open_order)["status"] == processing


def test_the_balance_is_an_exact_string(panel: PracticePanel) -> None:
    panel.state.deposit(Decimal("0.84292"))
    assert ask(panel, "balance") == {"balance": "100000.84292", "currency": "Tomans"}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"service": 99}, "Incorrect service ID"),
        ({"quantity": 49}, "Quantity less than minimal 50"),
        ({"quantity": 5001}, "Quantity more than maximum 5000"),
        ({"link": ""}, "Bad link"),
        ({"service": 4, "quantity": 2}, "Comments field is required"),
        ({"service": 6, "quantity": 50}, "Not enough funds on balance"),
        ({"key": "another"}, "Invalid API key"),
    ],
)
def test_a_refusal_is_an_error_with_200(panel: PracticePanel, form: dict[str, Any], words: str) -> None:
    status, body = add(panel, **form)
    assert (status, json.loads(body)) == (200, {"error": words})
    assert panel.state.ledger == []


def test_refusals_can_be_reworded_and_given_another_http_status(panel: PracticePanel) -> None:
    panel.reject_texts["funds"] = "Saldo tidak cukup"
    panel.error_status = 422
    assert add(panel, service=6, quantity=50) == (422, b'{"error":"Saldo tidak cukup"}')
    panel.refuse_key = True
    assert post(panel, "balance") == (422, b'{"error":"Invalid API key"}')


def test_a_single_unknown_order_is_an_error_of_the_call(panel: PracticePanel) -> None:
    assert ask(panel, "status", order=1) == {"error": "Incorrect order ID"}
    assert ask(panel, "status") == {"error": "Incorrect order ID"}
    assert ask(panel, "refill", order=1) == {"error": "Incorrect request"}


def test_more_than_a_hundred_ids_are_refused_or_truncated(panel: PracticePanel) -> None:
    ids = ",".join(map(str, panel.state.fill(101)))
    assert ask(panel, "status", orders=ids) == {"error": "Too many order IDs: 100 at most"}
    panel.over_limit = "truncate"
    assert len(ask(panel, "status", orders=ids)) == 100


def test_a_key_in_the_url_is_refused_and_recorded_without_the_key(panel: PracticePanel) -> None:
    connection = connect(panel)
    connection.request(
        "POST", "/api/v1?action=balance&key=practice%2Dkey", urlencode({"key": panel.key}), FORM
    )
    assert connection.getresponse().status == 400
    connection.close()
    connection.request("POST", "/api/v1", "action=balance", {**FORM, "X-Key": f"Bearer {panel.key}"})
    assert connection.getresponse().status == 400
    connection.close()
    assert panel.leaks == ["in the URL", "in the header x-key"]


def test_fields_count_only_in_a_form_body(panel: PracticePanel) -> None:
    connection = connect(panel)
    body = urlencode({"key": panel.key, "action": "balance"})
    connection.request("POST", "/api/v1/?action=balance", body, {"Content-Type": "text/plain"})
    assert json.loads(connection.getresponse().read()) == {"error": "Invalid API key"}
    connection.request("POST", "/api/v1/?action=add", body, FORM)
    assert json.loads(connection.getresponse().read()) == {"error": "Incorrect request"}
    connection.request("POST", "/api/v1/", body, FORM)
    assert json.loads(connection.getresponse().read())["balance"] == "100000"
    connection.request("GET", "/api/v1/?action=balance")
    assert connection.getresponse().status == 405
    connection.close()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST /api/v1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"POST /api/v1 HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /elsewhere HTTP/1.1\r\n\r\n", b"404"),
    ],
)
def test_what_is_not_a_request_for_the_api_is_refused(
    panel: PracticePanel, request_bytes: bytes, status: bytes
) -> None:
    assert raw(panel, request_bytes).split()[1] == status


def test_a_request_cut_short_takes_no_order(panel: PracticePanel) -> None:
    body = urlencode({"key": panel.key, "action": "add", "service": 2, "link": "x.io", "quantity": 100})
    head = "POST /api/v1 HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    cut = f"{head}Content-Length: {len(body) + 1}\r\n\r\n{body}".encode()
    assert raw(panel, cut) == b""
    assert panel.state.ledger == []


def test_a_kept_connection_serves_many_requests_without_delay(panel: PracticePanel) -> None:
    ids = ",".join(map(str, panel.state.fill(100)))
    body = urlencode({"key": panel.key, "action": "status", "orders": ids})
    connection = connect(panel)
    connection.connect()
    sock = connection.sock
    took = []
    for _ in range(50):
        began = time.perf_counter()
        connection.request("POST", "/api/v1?action=status", body, FORM)
        assert len(json.loads(connection.getresponse().read())) == 100
        took.append(time.perf_counter() - began)
    assert connection.sock is sock
    assert min(took[25:]) < 0.04  # a delayed ACK takes that long, at each of them but the first few
    connection.close()


def test_requests_are_counted_with_the_ids_asked_for_and_without_the_key(panel: PracticePanel) -> None:
    ask(panel, "status", orders="1,2,3")
    ask(panel, "status", order=4)
    ask(panel, "balance")
    assert (panel.requests.count("status"), len(panel.requests), panel.requests.ids_asked) == (2, 3, 4)
    assert [seen.ids for seen in panel.requests.of("status")] == [["1", "2", "3"], ["4"]]
    assert all("key" not in seen.form for seen in panel.requests)


def test_latency_delays_every_answer(panel: PracticePanel) -> None:
    panel.latency = 0.1
    began = time.perf_counter()
    ask(panel, "balance")
    assert time.perf_counter() - began >= 0.1


def test_a_stopped_panel_refuses_connections_and_comes_back_with_its_state(panel: PracticePanel) -> None:
    add(panel)
    panel.stop()
    with pytest.raises(ConnectionRefusedError):
        add(panel)
    panel.start()
    add(panel)
    assert len(panel.state.ledger) == 2


def test_a_stop_cuts_the_connection_of_a_waiting_client(panel: PracticePanel) -> None:
    panel.fault("balance", "hang")
    connection = connect(panel)
    connection.request("POST", "/api/v1", urlencode({"key": panel.key, "action": "balance"}), FORM)
    while not panel.requests.count():
        time.sleep(0.005)
    panel.stop()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()
    connection.close()


def test_an_unknown_dialect_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="tagrani or perfectpanel"):
        Behaviour(dialect="tagrany")
