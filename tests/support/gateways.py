"""A gateway for a test: its config, its database, and requests as clients send them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from tests.support import databases
from tests.support.project import Project, eventually
from tests.support.samples import NOW, a_database
from tracker.accounts.account import Account, AccountChange
from tracker.config.loader import parse
from tracker.config.settings import Config
from tracker.orders.answers import Service
from tracker.orders.order import Order
from tracker.store import accounts, catalogue, orders
from tracker.store.database import Database
from tracker.web.app import App
from tracker.web.gateway.api import answer
from tracker.web.server import Server
from tracker.web.site import Doors, Site

KEY, OTHER_KEY = "shop-key-0123456789", "bot-key-01234567890"

SERVICES = (
    Service("1", "Likes", Decimal("0.5"), 10, 1000, "Photos", "Default", dripfeed=True),
    Service("2", "Comments", Decimal(2), 1, 100, "Photos", "Custom Comments"),
    Service("3", "Pack", Decimal(30), None, None, "Packs", "Package"),
    Service("4", "Posts", Decimal("0.1"), 10, 500, "Posts", "Subscriptions"),
    Service("5", "Unpriced", None, 10, 1000),
)

CONFIG = """
database: {database}
timezone: {zone}
panels:
  {panels}
web:
  clients:
    - {{name: shop, key: {key}, panels: [{own}]{limit}}}
    - {{name: bot, key: {other}}}
"""
PANEL = "{name}: {{url: 'http://127.0.0.1:9/api', key: '{name}-panel-key', dialect: perfectpanel}}"


def a_config(folder: Path, panels: tuple[str, ...], limit: str | None, zone: str, own: str) -> Config:
    """A config with two clients: `shop` orders from its own panels, `bot` from all."""
    text = CONFIG.format(
        database=databases.url_with_tables(folder),
        zone=zone,
        panels="\n  ".join(PANEL.format(name=name) for name in panels),
        own=own,
        key=KEY,
        other=OTHER_KEY,
        limit="" if limit is None else f", daily_limit: {limit}",
    )
    return parse(text, folder / "config.yaml", {})


class Gateway:
    """Answers requests in this process, by the real function on a real database. The time is `now`."""

    def __init__(
        self,
        folder: Path,
        panels: tuple[str, ...] = ("p",),
        *,
        limit: str | None = None,
        zone: str = "UTC",
        own: str = "",
    ) -> None:
        self.now = NOW
        self.db = a_database(folder)
        config = a_config(folder, panels, limit, zone, own)
        self.site = Site(self.db, config, Doors(_no_adopting), lambda: self.now)

    def read_catalogue(self, *services: Service, panel: str = "p", at: int = NOW) -> None:
        catalogue.replace_catalogue(self.db, panel, services or SERVICES, at)

    def read_balance(self, amount: str, currency: str | None, panel: str = "p") -> None:
        def decide(account: Account) -> AccountChange:
            return AccountChange(account._replace(balance=Decimal(amount), currency=currency, balance_at=NOW))

        with self.db.transaction():
            accounts.update(self.db, panel, decide)

    def send(self, **request: Any) -> Response:
        """Send one request, as werkzeug's builder describes it."""
        usual: dict[str, Any] = {"path": "/api/v2", "method": "POST", **request}
        builder = EnvironBuilder(**usual)
        try:
            environ = builder.get_environ()
        finally:
            builder.close()
        environ["REMOTE_ADDR"] = request.get("environ_overrides", {}).get("REMOTE_ADDR", "127.0.0.1")
        return answer(self.site, Request(environ))

    def ask(self, action: str, headers: dict[str, str] | None = None, key: str = KEY, **fields: Any) -> Any:
        """Send a form and return the JSON of the answer."""
        return said(self.send(data={"key": key, "action": action, **fields}, headers=headers))

    def add(self, **fields: Any) -> Any:
        """Order the usual thing, with changes."""
        usual = {"service": "1", "link": "https://x.example/a", "quantity": "100"}
        return self.ask("add", **{**usual, **fields})

    def orders(self) -> list[Order]:
        """Every order in the queue, the oldest first."""
        return sorted(orders.listed(self.db, limit=0))


def said(response: Response) -> Any:
    """The JSON of an answer."""
    assert response.mimetype == "application/json", response.get_data()
    return json.loads(response.get_data())


def _no_adopting(_order: Order, _panel_order_id: str, _by: str) -> Order:
    raise AssertionError("nothing adopts here")


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve a gateway on loopback for a block, as the daemon does; its address."""
    assert site.config.web is not None
    server = Server(App(site, site.config.web), "127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}/api/v2"
    finally:
        server.close()


CLIENT = "web: {{listen: '127.0.0.1:{port}', clients: [{{name: shop, key: {key}}}]}}\n"


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Running(NamedTuple):
    """A daemon with a gateway."""

    url: str
    pid: int


@contextmanager
def beside(project: Project) -> Iterator[Running]:
    """Run a project's daemon with a gateway until a block ends, once all is read of the panel."""
    port = free_port()
    project.config.write_text(project.config.read_text() + CLIENT.format(key=KEY, port=port))
    db = Database(parse(project.config.read_text(), project.config, {}).database)
    db.open()
    try:
        with project.daemon() as process:
            eventually(lambda: accounts.read(db, "p").balance is not None and catalogue.services_at(db, "p"))
            yield Running(f"http://127.0.0.1:{port}/api/v2", process.pid)
    finally:
        db.close()
