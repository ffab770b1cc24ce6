"""Deliveries to real servers on loopback that refuse, hang, reset and come back; and a death between send and mark."""

from __future__ import annotations

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.support import databases
from tests.support.inboxes import MailInbox
from tests.support.samples import NOW, a_database
from tracker.alerts import delivery
from tracker.alerts.subscriptions import Subscription
from tracker.config.kinds import Secret
from tracker.config.target_settings import Target
from tracker.daemon.passes.deliver import Deliver
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.store import outbox
from tracker.store.database import Database

Mood = Callable[[BaseHTTPRequestHandler], None]
PEM = Path(__file__).parents[1] / "support" / "loopback.pem"


def fine(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"{}")


def busy(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(429)
    handler.send_header("Retry-After", "77")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


class Moody:
    """A web server that answers each message by its next mood; by `fine` when none is left."""

    def __init__(self, *moods: Mood) -> None:
        self.moods = list(moods)
        self.taken: list[bytes] = []
        self.tries = 0
        self.leave = threading.Event()
        moody = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                moody.tries += 1
                mood = moody.moods.pop(0) if moody.moods else fine
                if mood is fine:
                    moody.taken.append(body)
                with contextlib.suppress(OSError):
                    mood(self)

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def hang(self, _handler: BaseHTTPRequestHandler) -> None:
        """Answer nothing until the test ends."""
        self.leave.wait(60)

    def __enter__(self) -> Moody:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.leave.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class Desk:
    """One target, its outbox and a clock that the test moves."""

    def __init__(self, folder: Path, url: str, *others: str) -> None:
        self.now = NOW
        self.db: Database = a_database(folder, Subscription("ops"), *(Subscription(name) for name in others))
        self.deliver = Deliver(Target("ops", Secret(url)), self.db, lambda: self.now, threading.Event())

    def post(self, *notices: Notice) -> None:
        with self.db.transaction():
            outbox.post(self.db, notices, self.now)

    def states(self, target: str = "ops") -> list[str]:
        return [one.state for one in outbox.listed(self.db, target=target)][::-1]

    def run_until(self, done: Callable[[], Any], longest: int = DAY) -> int:
        """Run the pass and move the clock on until something is true; return how long it took."""
        began = self.now
        while not done():
            self.now += max(SECOND, self.deliver.run())
            assert self.now - began < longest
        return self.now - began


SHOWN = Notice(Event.ORDER_COMPLETED, "p", 7, {"order": {"id": 7, "link": "https://x.example/a_b?c=<1>&d=2"}})


@pytest.fixture(params=["ntfy://127.0.0.1:{}/topic", "json://127.0.0.1:{}/hook"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_target_that_asks_for_time_gets_it_and_then_all_in_one_message(tmp_path: Path, scheme: str) -> None:
    with Moody(busy, reset) as moody:
        desk = Desk(tmp_path, scheme.format(moody.port))
        desk.post(*(Notice(Event.BALANCE_LOW, f"p{number}") for number in range(3)))
        desk.deliver.run()
        assert (moody.tries, moody.taken) == (1, [])  # nothing else goes to it meanwhile

        desk.now += 76 * SECOND
        desk.deliver.run()
        assert moody.tries == 1
        assert desk.run_until(lambda: moody.taken) < 5 * MINUTE
        assert moody.tries == 2 + 1
        assert [b"p%d" % number in moody.taken[0] for number in range(3)] == [True] * 3
        assert desk.states() == ["sent"] * 3


def test_after_an_outage_of_seconds_six_hundred_alerts_come_as_one_message(
    tmp_path: Path, scheme: str
) -> None:
    with Moody(reset) as moody:
        desk = Desk(tmp_path, scheme.format(moody.port))
        desk.post(SHOWN)
        desk.deliver.run()
        desk.post(*[SHOWN] * 600, Notice(Event.BALANCE_LOW, "p"))
        assert desk.run_until(lambda: moody.taken) < MINUTE
        desk.run_until(lambda: set(desk.states()) == {"sent"})
        assert (len(moody.taken), moody.tries) == (1, 2)
        assert moody.taken[0].index(b"the balance is low") < moody.taken[0].index(b"x.example")


def test_a_target_that_hangs_is_not_tried_again_while_a_try_waits(tmp_path: Path) -> None:
    with Moody() as moody:
        moody.moods = [moody.hang]
        desk = Desk(tmp_path, f"json://127.0.0.1:{moody.port}/")
        route: Any = desk.deliver._route
        route._sender._tries._limit = 0.3
        desk.post(SHOWN)
        desk.deliver.run()
        desk.now += MINUTE
        desk.deliver.run()
        assert moody.tries == 1
        assert "previous try still waits" in (outbox.listed(desk.db)[0].last_error or "")

        moody.leave.set()
        assert desk.run_until(lambda: moody.taken) < DAY


@pytest.mark.sqlite  # some ten thousand rounds
def test_what_is_dead_is_reported_to_the_others_once_and_the_target_may_recover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert delivery.DEAD_AFTER == 3 * DAY
    monkeypatch.setattr(delivery, "DEAD_AFTER", 6 * HOUR)  # three days are some 150 tries

    def down(handler: BaseHTTPRequestHandler) -> None:
        handler.send_error(503)

    with Moody(*[down] * 400) as moody:
        desk = Desk(tmp_path, f"json://127.0.0.1:{moody.port}/", "desk")
        desk.post(SHOWN)
        took = desk.run_until(lambda: "dead" in desk.states())
        assert 6 * HOUR <= took < 7 * HOUR + MINUTE
        desk.post(SHOWN)
        desk.run_until(lambda: desk.states() == ["dead", "dead"])
        notices = [one.notice for one in outbox.listed(desk.db, target="desk")]
        assert [one.event for one in notices].count(Event.ALERT_DEAD) == 1

        moody.moods.clear()
        outbox.requeue_dead(desk.db, desk.now)
        desk.deliver.run()
        assert len(moody.taken) == 2


class Credentials:
    """Lets one user in."""

    def __call__(self, *arguments: Any) -> AuthResult:
        data = arguments[4]
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ali", b"p@ss w/o:rd")
        return AuthResult(success=known, handled=known)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd counts only STARTTLS
@pytest.mark.parametrize("mode", ["starttls", "ssl"])
@pytest.mark.parametrize(("password", "arrives"), [("p%40ss%20w%2Fo%3Ard", True), ("wrong", False)])
def test_mail_goes_over_tls_with_a_password(tmp_path: Path, mode: str, password: str, arrives: bool) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(PEM)
    secure: dict[str, Any] = {"ssl_context": tls, "auth_require_tls": False}
    if mode == "starttls":
        secure = {"tls_context": tls, "require_starttls": True}
    with MailInbox(authenticator=Credentials(), auth_required=True, **secure) as inbox:
        address = f"127.0.0.1:{inbox.port}?from=tracker@desk.test&to=ali@desk.test&mode={mode}&verify=no"
        desk = Desk(tmp_path, f"mailtos://ali:{password}@{address}")
        desk.post(SHOWN)
        desk.deliver.run()

        assert desk.states() == ["sent" if arrives else "waiting"]
        assert len(inbox.messages) == arrives
        if arrives:
            assert "https://x.example/a_b?c=<1>&d=2" in inbox.messages[0].get_content()
        else:
            assert "refused the user name or the password" in (outbox.listed(desk.db)[0].last_error or "")


DELIVER = """
import sys, threading, time
from tracker.config.kinds import Secret
from tracker.config.target_settings import Target
from tracker.alerts.subscriptions import Subscription
from tracker.store.database import Database
from tracker.daemon.passes.deliver import Deliver

db = Database(sys.argv[1], [Subscription("ops")])
db.open()
Deliver(Target("ops", Secret(sys.argv[2])), db, lambda: time.time_ns() // 1000, threading.Event()).run()
"""


def test_killed_between_send_and_mark_everything_arrives_with_no_more_duplicates_than_kills(
    tmp_path: Path,
) -> None:
    notices, kills = 12, 4
    running: list[subprocess.Popen[bytes]] = []

    def kill(_handler: BaseHTTPRequestHandler) -> None:
        os.kill(running[-1].pid, signal.SIGKILL)

    with Moody() as moody:
        moody.moods = [mood for _ in range(kills) for mood in (fine, kill)]
        desk = Desk(tmp_path, "json://127.0.0.1:9/")
        desk.now = time.time_ns() // 1000
        desk.post(*(Notice(Event.BALANCE_LOW, f"panel-{number:02}") for number in range(notices)))
        desk.db.close()
        code = 1
        while code != 0:
            url = f"json://127.0.0.1:{moody.port}/"
            running.append(subprocess.Popen([sys.executable, "-c", DELIVER, databases.url(tmp_path), url]))
            code = running[-1].wait(60)
            assert len(running) <= kills + 1

        bodies = b"".join(moody.taken)
        assert all(b"panel-%02d" % number in bodies for number in range(notices))
        assert moody.tries <= notices + kills
        assert len(running) == kills + 1
        assert a_database(tmp_path).sql("SELECT COUNT(*) FROM deliveries WHERE state <> 'sent'") == [(0,)]
