"""The page on a real port, and a browser for it that keeps cookies, follows nothing by itself and fills in forms."""

from __future__ import annotations

import html
import http.client
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tracker.config.loader import parse
from tracker.config.settings import Config
from tracker.orders.order import Order
from tracker.store.database import Database
from tracker.web.app import App
from tracker.web.server import Limits, Server
from tracker.web.site import Doors, Site

PASSWORD = "correct horse battery staple"

CONFIG = """
panels:
  p: {{url: 'https://panel.example/api/v2', key: a-key-of-the-panel, balance: {{low: 300}}}}
{panels}alerts: [{{name: ops, url: 'json://phone.example/?token=secret-of-the-phone'}}]
web: {{{web}}}
"""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def shown(self) -> str:
        """What a person reads, without the marks."""
        return html.unescape(re.sub(r"<[^>]*>", "", self.text))


class Browser:
    """One browser, on one connection."""

    def __init__(self, port: int, host: str = "") -> None:
        self.port = port
        self.host = host or f"127.0.0.1:{port}"
        self.cookies: dict[str, str] = {}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Answer:
        """Send one request; `headers` write `_` for `-`."""
        wanted = {"Host": self.host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            wanted.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        self._connection.request(method, path, body, wanted)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return Answer(answer.status, dict(answer.headers), text)

    def get(self, path: str, **headers: str) -> Answer:
        """Open a page."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> Answer:
        """Send a form as it is given."""
        return self.ask("POST", path, urlencode(form or {}), **{**FORM, **headers})

    def send(self, path: str, on: str = "/journal", **form: str) -> Answer:
        """Send a form of a page, with the token of that page."""
        return self.post(path, {"token": self.token(on), "back": on, **form})

    def token(self, on: str = "/journal") -> str:
        """The token in the forms of a page; of the sign-in where one is led there."""
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.get(on).text)
        if found is None:
            self.get("/login")
            found = re.search(r'name="token" value="([0-9a-f]+)"', self.get("/panels/p").text)
        assert found is not None, on
        return found[1]

    def sign_in(self, password: str = PASSWORD, **more: str) -> Answer:
        """Sign in."""
        return self.send("/login", on="/login", password=password, **more)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Stage:
    """The page of one database, while it is served."""

    db: Database
    config: Config
    site: Site
    port: int
    server: Server
    browsers: list[Browser]

    def browser(self, host: str = "") -> Browser:
        """Open another browser."""
        self.browsers.append(Browser(self.port, host))
        return self.browsers[-1]


def _adopt(order: Order, _panel_id: str, _by: str) -> Order:
    return order


@contextmanager
def served(
    db: Database, folder: Path, web: str = "", *, limits: Limits | None = None, panels: str = "", **doors: Any
) -> Iterator[Stage]:
    """Serve the page of a database for a block."""
    config = parse(CONFIG.format(web=web, panels=panels), folder / "config.yaml", {})
    assert config.web is not None
    site = Site(db, config, Doors(**{"adopt": _adopt, **doors}))
    server = Server(App(site, config.web), "127.0.0.1:0", limits or Limits(share=1))
    server.start()
    stage = Stage(db, config, site, server.port, server, [])
    try:
        yield stage
    finally:
        for browser in stage.browsers:
            browser.close()
        server.close()
        site.close()


def raw(port: int, *pieces: bytes, every: float = 0.0, patience: float = 20.0) -> bytes:
    """Send bytes as they are, one piece every so many seconds, and return all that comes back until it is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        received = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
                if every:
                    time.sleep(every)
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionError:
            pass
        return received
