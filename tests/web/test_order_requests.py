"""Refills and cancels on the page of an order: what the commands do, by the same functions."""

from __future__ import annotations

import re
from pathlib import Path

from werkzeug.test import Client

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.config.loader import parse
from tracker.orders.order import Order
from tracker.store import requests
from tracker.store.database import Database
from tracker.web.app import App
from tracker.web.site import Doors, Site

HERE = "http://127.0.0.1:8787"
CONFIG = "panels: {{p: {{url: 'https://x.example/api', key: a-secret-key, dialect: {dialect}}}}}\nweb: {{}}\n"


def a_client(folder: Path, db: Database, dialect: str = "perfectpanel") -> Client:
    config = parse(CONFIG.format(dialect=dialect), folder / "config.yaml", {})
    assert config.web is not None
    site = Site(db, config, Doors(adopt=lambda order, _id, _by: order), lambda: NOW)
    return Client(App(site, config.web))


def an_active_order(db: Database) -> Order:
    return enqueued(db, a_draft(panel_order_id="77"))[0]


def page(client: Client, order: Order) -> str:
    return client.get(f"/orders/{order.id}", base_url=HERE).text


def press(client: Client, order: Order, what: str, **form: str) -> None:
    """Send the form of a button."""
    token = re.search(r'name="token" value="(\w+)"', page(client, order))
    assert token is not None
    sent = {"token": token[1], "back": f"/orders/{order.id}", **form}
    client.post(f"/orders/{order.id}/{what}", base_url=HERE, data=sent, headers={"Origin": HERE})


def test_a_cancel_needs_a_tick_and_is_recorded_with_who_asked(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    order, client = an_active_order(db), a_client(tmp_path, db)
    assert "Ask to cancel it" in page(client, order)
    assert "Ask for a refill" not in page(client, order)

    press(client, order, "cancel")
    assert requests.of_order(db, order.id) == []
    press(client, order, "cancel", sure="yes")

    (asked,) = requests.of_order(db, order.id)
    assert (asked.kind, asked.by[:26]) == ("cancel", "the operator, on the page ")
    assert "Ask to cancel it" not in page(client, order)
    assert "<h2>Requests</h2>" in page(client, order)


def test_there_is_no_button_for_what_the_dialect_does_not_know(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    order, client = an_active_order(db), a_client(tmp_path, db, "tagrani")

    assert "Ask to cancel it" not in page(client, order)
    press_without_a_button = client.post(f"/orders/{order.id}/cancel", base_url=HERE, data={"sure": "yes"})
    assert press_without_a_button.status_code == 403
