"""Services and balance are what was read of the panels last."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.gateways import KEY, OTHER_KEY, SERVICES, Gateway, said
from tests.support.samples import NOW
from tracker.orders.answers import Service
from tracker.panel.dialects.built_in import named
from tracker.panel.exchange import Exchange, Request


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(tmp_path, ("p", "q"), own="p")


def test_services_carry_the_prices_that_the_panel_charges(gateway: Gateway) -> None:
    gateway.read_catalogue()

    likes, comments, pack, posts = gateway.ask("services")

    assert likes == {
        "service": 1, "name": "Likes", "type": "Default", "category": "Photos", "rate": "500", "min": "10",
        "max": "1000", "refill": False, "cancel": False, "dripfeed": True,
    }  # fmt: skip
    assert [one["rate"] for one in (comments, pack, posts)] == ["2000", "30", "100"]
    assert (pack["type"], pack["min"], pack["max"]) == ("Package", "1", "1")


def test_a_tracker_behind_the_gateway_reads_the_same_prices(gateway: Gateway) -> None:
    gateway.read_catalogue()
    exact = Service("9", "Exact", Decimal("0.000000123456789"), 1, 5)
    gateway.read_catalogue(exact, *_priced(), at=NOW + 1)
    body = gateway.send(data={"key": KEY, "action": "services"}).get_data()

    read = named("perfectpanel").read_services(Exchange(Request("services", {}), True, 200, body=body))

    assert isinstance(read, list)
    assert {one.id: one.price for one in read} == {one.id: one.price for one in (exact, *_priced())}


def _priced() -> list[Service]:
    return [one for one in SERVICES if one.price is not None]


def test_with_several_panels_each_id_names_its_panel(gateway: Gateway) -> None:
    gateway.read_catalogue()
    gateway.read_catalogue(Service("1", "Others", Decimal(1)), panel="q")

    assert [one["service"] for one in gateway.ask("services", key=OTHER_KEY)] == [
        "p:1", "p:2", "p:3", "p:4", "q:1",
    ]  # fmt: skip


def test_a_catalogue_that_was_never_read_is_no_empty_list(gateway: Gateway) -> None:
    gateway.read_catalogue()

    assert gateway.ask("services", key=OTHER_KEY) == {
        "error": "the services of q were not read yet. Please try again later"
    }


def test_a_new_catalogue_is_listed_at_once(gateway: Gateway) -> None:
    gateway.read_catalogue()
    gateway.ask("services")
    gateway.read_catalogue(Service("8", "New", Decimal(1)), at=NOW + 1)

    assert [one["service"] for one in gateway.ask("services")] == [8]


def test_a_large_catalogue_is_made_once(gateway: Gateway) -> None:
    gateway.read_catalogue(*(Service(str(n), "A service", Decimal(n)) for n in range(5_000)))
    took = []
    for _ in range(4):
        began = time.process_time()
        response = gateway.send(data={"key": KEY, "action": "services"})
        took.append(time.process_time() - began)
        assert len(said(response)) == 5_000

    assert min(took[1:]) < took[0] / 2


def test_the_balance_is_the_last_reading(gateway: Gateway) -> None:
    gateway.read_balance("12.340", "USD")

    assert gateway.ask("balance") == {"balance": "12.340", "currency": "USD"}


def test_several_wallets_of_one_currency_are_added_up(gateway: Gateway) -> None:
    gateway.read_balance("12.5", "USD")
    gateway.read_balance("0.05", "USD", panel="q")

    assert gateway.ask("balance", key=OTHER_KEY) == {"balance": "12.55", "currency": "USD"}


def test_what_is_in_no_one_currency_is_not_added_up(gateway: Gateway) -> None:
    gateway.read_balance("12.5", "USD")
    assert gateway.ask("balance", key=OTHER_KEY) == {
        "error": "the balance of q was not read yet. Please try again later"
    }
    gateway.read_balance("7", "Tomans", panel="q")
    assert gateway.ask("balance", key=OTHER_KEY) == {
        "error": "there is no one balance: your panels have different currencies (Tomans, USD)"
    }
