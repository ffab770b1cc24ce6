"""`demo`: the whole story on a practice panel, printed while it happens."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from tracker.cli.output import json_option, print_json
from tracker.cli.terminal import screen
from tracker.cli.terminal.cells import wrapped
from tracker.lib import money
from tracker.lib.visible import one_line
from tracker.orders.order import Draft, Order, State
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import order_history, orders, queue
from tracker.store.database import Database

COLOURS = {"you": "cyan", "tracker": "green", "wallet": "yellow", "alert": "magenta", "summary": "bold"}


@click.command()
@json_option
def demo(as_json: bool) -> int:
    """Show the whole story on a practice panel, in half a minute.

    It needs no account and no config, and leaves nothing behind.
    """
    if as_json:
        return tell_story(_Narrator().say_json)
    click.echo(
        "A practice panel runs on this machine; the daemon below is the real one.\nNo money is spent.\n"
    )
    return tell_story(_Narrator().say)


class _Narrator:
    """Prints the story, one whole line at a time, with the second at which it happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def say(self, who: str, what: str) -> None:
        """Print one line; on a terminal in lines that fit, broken between words."""
        stamp = f"{time.monotonic() - self._began:5.1f}s  " if who else " " * 8
        begin = f"{stamp}{who:<8} "
        with self._lock:
            if not screen.is_terminal():
                click.echo(f"{begin}{what}".rstrip())
                return
            first, *rest = wrapped(one_line(what), screen.width(), begin, " " * len(begin))
            colour = COLOURS.get(who)
            name = screen.styled(
                f"{who:<8}", bold=colour == "bold" or None, fg=None if colour == "bold" else colour
            )
            screen.write([f"{stamp}{name}{first[len(stamp) + 8 :]}".rstrip(), *rest])

    def say_json(self, who: str, what: str) -> None:
        """Print one line as JSON."""
        with self._lock:
            print_json({"second": round(time.monotonic() - self._began, 1), "who": who or None, "what": what})


BALANCE = Decimal(6000)
LOW = Decimal(3000)

LOST = 4
"""The order (counted from 1) whose answer is lost."""

TIMEOUT_S = 90.0
"""Seconds after which the demo ends early, on a machine that is too busy."""

_CONFIG = """
database: sqlite:///{folder}/demo.db
panels:
  practice:
    url: {url}
    key: {key}
    dialect: tagrani
    calls_per_second: 20
    balance: {{low: {low}, every: 2s}}
schedule: {{submit: 1s, poll: 1s, poll_max: 2s, services: 1h}}
alerts:
  - name: you
    url: json://127.0.0.1:{inbox}/
    events: [order.*, balance.*, panel.*]
"""

DRAFTS = (
    Draft("practice", "2", "https://photos.example/sunrise", 200, ref="likes"),
    Draft("practice", "3", "https://videos.example/first-steps", 2000, ref="views"),
    Draft(
        "practice", "4", "https://photos.example/cake", 3, "Lovely!\nHow nice\nMore please", ref="comments"
    ),
    Draft("practice", "7", "https://photos.example/harbour", 100, ref="saves"),
    Draft("practice", "8", "https://photos.example/market", 150, ref="shares"),
    Draft("practice", "9", "https://photos.example/street", 100, ref="reposts"),
    Draft("practice", "10", "https://videos.example/second", 60, ref="subscribers"),
    Draft("practice", "2", "https://photos.example/night", 9000, ref="too-many"),
)

Say = Callable[[str, str], None]
"""Prints a line of the story: who acts, and what happens."""


def tell_story(say: Say) -> int:
    """Run the story; return 0 when every order is finished."""
    with (
        tempfile.TemporaryDirectory(prefix="tracker-demo-") as name,
        _inbox(say) as inbox,
        PracticePanel(Behaviour(balance=BALANCE, pace=1.2)) as panel,
    ):
        panel.fault("add", "reset-after", skip=LOST - 1)
        config = _write_config(Path(name), panel, inbox)
        db = Database(f"sqlite:///{name}/demo.db")
        db.open()
        try:
            return _Story(panel, db, config, say).run()
        finally:
            db.close()


def _write_config(folder: Path, panel: PracticePanel, inbox: int) -> Path:
    path = folder / "config.yaml"
    text = _CONFIG.format(folder=folder, url=panel.url, key=panel.key, low=LOW, inbox=inbox)
    path.write_text(text)
    path.chmod(0o600)
    return path


class _Story:
    """Follows the database while the daemon works on it, and prints what changes."""

    def __init__(self, panel: PracticePanel, db: Database, config: Path, say: Say) -> None:
        self.panel = panel
        self.db = db
        self.config = config
        self.say = say
        self._shown: Counter[int] = Counter()
        self.wallet: Decimal | None = None
        self.resolved = False

    def run(self) -> int:
        """Queue the orders, run the daemon and follow it to the end."""
        self.say(
            "you",
            f"pay {money.shown(BALANCE, self.panel.currency)} into the wallet and queue {len(DRAFTS)} orders",
        )
        queue.enqueue(self.db, [queue.Entry(draft) for draft in DRAFTS], time.time_ns() // 1000)
        daemon = self._start()
        try:
            self._follow(daemon)
        finally:
            daemon.terminate()
            daemon.wait(timeout=30)
        self._print_changes()
        return self._summary()

    def _start(self) -> subprocess.Popen[bytes]:
        self.say("you", "start the daemon: tracker run")
        command = [sys.executable, "-m", "tracker", "--config", str(self.config), "run"]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _follow(self, daemon: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + TIMEOUT_S
        while time.monotonic() < until and daemon.poll() is None and not self._over():
            self._print_changes()
            self._resolve_as_you_would()
            time.sleep(0.1)
        time.sleep(0.5)

    def _over(self) -> bool:
        return not orders.any_in(self.db, [State.QUEUED, State.SUBMITTING, State.ACTIVE, State.UNKNOWN])

    def _print_changes(self) -> None:
        for order in sorted(orders.listed(self.db), key=lambda order: order.id):
            rows = order_history.changes_of(self.db, order)
            for row in rows[max(1, self._shown[order.id]) :]:
                if row.after != "submitting":
                    self.say("tracker", f"order {order.ref:<12} {row.before} -> {row.after}: {row.why}")
            self._shown[order.id] = len(rows)
        if self.panel.state.balance != self.wallet:
            self.wallet = self.panel.state.balance
            self.say("wallet", money.shown(self.wallet, self.panel.currency))

    def _resolve_as_you_would(self) -> None:
        """Find the lost order on the panel's own page and give tracker its id."""
        unknown = next(iter(orders.listed(self.db, ["unknown"])), None)
        if unknown is None or self.resolved:
            return
        self.resolved = True
        panel_id = self._on_the_panels_page(unknown)
        self.say("you", f"find it on the panel's page: tracker resolve {unknown.ref} --adopt {panel_id}")
        command = ["resolve", str(unknown.ref), "--adopt", panel_id]
        subprocess.run(
            [sys.executable, "-m", "tracker", "--config", str(self.config), *command],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def _on_the_panels_page(self, order: Order) -> str:
        return next(str(placed.order_id) for placed in self.panel.state.ledger if placed.link == order.link)

    def _summary(self) -> int:
        found = list(orders.listed(self.db))
        states = Counter(str(order.state) for order in found)
        panel = self.panel.state
        placed = len(panel.ledger)
        spent = BALANCE - panel.balance
        self.say("", "")
        self.say("summary", ", ".join(f"{count} {state}" for state, count in sorted(states.items())))
        self.say(
            "summary",
            f"{money.shown(spent, self.panel.currency)} spent, {money.shown(panel.balance)} left",
        )
        twice = placed - len({order.link for order in panel.ledger})
        self.say(
            "summary",
            f"the panel took {placed} orders, {twice} of them twice; one answer was lost",
        )
        return 0 if self._over() else 1


@contextmanager
def _inbox(say: Say) -> Iterator[int]:
    """Receive the alerts on loopback, as a phone would, and print them; yields the port."""

    class Inbox(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            say("alert", body["title"])
            for line in str(body["message"]).splitlines():
                say("", f"  {line}")

        def log_message(self, *_args: object) -> None:
            """Print nothing: the alert itself is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
