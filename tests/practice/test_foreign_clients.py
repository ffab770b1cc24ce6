"""Three clients by other authors use the practice panel: proof that its wire format is not only our reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
import safesmm
import smm
import smmpy

from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

LINK = "https://example.com/p/1"


class Client(Protocol):
    """What the three have in common, under one set of names."""

    def services(self) -> Any: ...
    def add(self, service: int, link: str, quantity: int | None, comments: str | None = None) -> Any: ...
    def status(self, order: int) -> Any: ...
    def statuses(self, orders: list[int]) -> Any: ...
    def balance(self) -> Any: ...


class Safesmm:
    """urllib, `key` and `action` in the form, errors raised whatever the HTTP status."""

    def __init__(self, url: str, key: str) -> None:
        self._client = safesmm.SafeSMM(key, api_url=url, timeout=30)
        self.services = self._client.services
        self.status = self._client.status
        self.statuses = self._client.multi_status
        self.balance = self._client.balance

    def add(self, service: int, link: str, quantity: int | None, comments: str | None = None) -> Any:
        return self._client.add_order(service, link, quantity, comments=comments)


class Smmpy:
    """requests, a new connection each time; errors are bare exceptions."""

    def __init__(self, url: str, key: str) -> None:
        self._client = smmpy.smm(url, key)
        self.services = self._client.get_services
        self.status = self._client.get_status
        self.statuses = self._client.get_multi_status
        self.balance = self._client.get_balance

    def add(self, service: int, link: str, quantity: int | None, comments: str | None = None) -> Any:
        return self._client.add_order(service, link, quantity or 0, comments=comments)


class Babismm:
    """requests with one kept session."""

    def __init__(self, url: str, key: str) -> None:
        self.client = smm.SMM(url, key, timeout=30)
        self.services = self.client.get_services
        self.status = self.client.get_status
        self.statuses = self.client.get_multi_status
        self.balance = self.client.get_balance

    def add(self, service: int, link: str, quantity: int | None, comments: str | None = None) -> Any:
        return self.client.add_order(service, link, quantity, comments)


CLIENTS = {"safesmm": Safesmm, "smmpy": Smmpy, "babismm": Babismm}


@pytest.fixture(params=["perfectpanel", "tagrani"])
def panel(request: pytest.FixtureRequest) -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(dialect=request.param, pace=0)) as running:
        yield running


@pytest.fixture(params=sorted(CLIENTS))
def library(request: pytest.FixtureRequest) -> type[Any]:
    return CLIENTS[request.param]


@pytest.fixture
def client(panel: PracticePanel, library: type[Any]) -> Iterator[Client]:
    made = library(panel.url, panel.key)
    yield made
    if isinstance(made, Babismm):
        made.client.close()


def test_they_list_the_services(panel: PracticePanel, client: Client) -> None:
    service_key, price_key, views_price = (
        ("id", "price", "0.27") if panel.dialect == "tagrani" else ("service", "rate", "270")
    )
    priced = {service[service_key]: service[price_key] for service in client.services()}
    assert priced.keys() == panel.state.services.keys()
    assert priced[3] == views_price


def test_they_place_an_order_and_follow_it(panel: PracticePanel, client: Client) -> None:
    order = client.add(2, LINK, 100)["order"]
    assert [placed.order_id for placed in panel.state.ledger] == [order]
    assert client.status(order)["status"] == "Pending"
    panel.state.end(order, "Partial", 40)
    report = client.status(order)
    assert (report["status"], report["remains"], report["charge"]) == ("Partial", "40", "180")


def test_they_place_comments(panel: PracticePanel, client: Client) -> None:
    client.add(4, LINK, None, comments="Nice\nGreat one")
    assert (panel.state.ledger[0].quantity, panel.state.ledger[0].comments) == (2, "Nice\nGreat one")


def test_they_ask_for_many_orders_at_once(panel: PracticePanel, client: Client) -> None:
    orders = panel.state.fill(99)
    panel.state.end(orders[0], "Completed")
    reports = client.statuses([*orders, 1])
    assert set(reports) == {str(order) for order in [*orders, 1]}
    assert reports["1"] == {"error": "Incorrect order ID"}
    assert reports[str(orders[0])]["status"] == ("Done" if panel.dialect == "tagrani" else "Completed")
    assert panel.requests.count("status") == 1


def test_they_read_the_wallet(panel: PracticePanel, client: Client) -> None:
    client.add(3, LINK, 101)
    assert client.balance() == {"balance": "99972.73", "currency": "Tomans"}


def test_they_receive_refusals_with_the_panels_text(panel: PracticePanel, client: Client) -> None:
    with pytest.raises(Exception, match="Not enough funds on balance"):
        client.add(6, LINK, 50)
    with pytest.raises(Exception, match="Incorrect order ID"):
        client.status(1)
    panel.refuse_key = True
    with pytest.raises(Exception, match="Invalid API key"):
        client.balance()


def test_they_never_leak_the_key(panel: PracticePanel, client: Client) -> None:
    client.balance()
    client.services()
    assert (panel.requests.count(), panel.leaks) == (2, [])
