"""A project for a test: a folder with a config for a practice panel, and the real command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support import databases, forks
from tests.support.forks import Started
from tracker.config.loader import parse
from tracker.practice.panel import PracticePanel
from tracker.store import orders
from tracker.store.database import Database

CONFIG = """
database: {database}
panels:
  p:
    url: {url}
    key_file: p.key
    dialect: {dialect}
    calls_per_second: 1000
    timeout: 2s
    add_timeout: {add_timeout}
    balance: {{low: 1, every: 1s}}
schedule: {{submit: 1s, poll: 1s, poll_max: 1s}}
alerts: [{alerts}]
"""

PATIENCE = 60.0
"""Seconds that a test waits for something that must happen; far more than it takes."""


def eventually(what: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Wait until `what` returns something true, and return that."""
    until = time.monotonic() + patience
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


class Inbox:
    """A phone on loopback: receives apprise's `json://` messages and keeps their bodies."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def target(self, events: str = '["*"]') -> str:
        """The target, as a config names it, that sends here."""
        url = f"json://127.0.0.1:{self._server.server_address[1]}/"
        return f"{{name: you, url: '{url}', events: {events}}}"

    def __enter__(self) -> Inbox:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Project:
    """One folder with a config for one panel."""

    def __init__(
        self,
        folder: Path,
        panel: PracticePanel,
        *,
        add_timeout: str = "2s",
        alerts: str = "",
        more: str = "",
        dialect: str | None = None,
    ) -> None:
        self.folder = folder
        self.panel = panel
        key = folder / "p.key"
        key.write_text(panel.key + "\n")
        key.chmod(0o600)
        self.config = folder / "config.yaml"
        text = CONFIG.format(
            database=databases.url(folder),
            url=panel.url,
            dialect=dialect or panel.dialect,
            add_timeout=add_timeout,
            alerts=alerts,
        )
        self.config.write_text(text + more)

    def command(self, *arguments: str) -> list[str]:
        """The command line of a tracker command."""
        return [sys.executable, "-m", "tracker", "--config", str(self.config), *arguments]

    def run(
        self, *arguments: str, stdin: str | None = None, code: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, and check its exit code."""
        done = forks.run(self.command(*arguments), stdin)
        assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr, done.stderr
        assert self.panel.key not in done.stdout + done.stderr
        return done

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command with --json and read what it prints."""
        out = self.run(*arguments, "--json", code=None).stdout
        return [json.loads(line) for line in out.splitlines()]

    def states(self) -> dict[str, str]:
        """The state of every order, by its ref or id; tests ask for it so often that a command would cost much."""
        config = parse(self.config.read_text(), self.config, {})
        db = Database(config.database)
        db.open()
        try:
            return {order.ref or str(order.id): str(order.state) for order in orders.listed(db, limit=0)}
        finally:
            db.close()

    @contextmanager
    def daemon(self, *arguments: str, code: int | None = 0) -> Iterator[Started]:
        """Run the daemon for a block, then stop it as systemd would."""
        environment = {**os.environ, "PYTHONWARNINGS": "default"}
        with Path(os.devnull).open("r+") as nothing, (self.folder / "daemon.log").open("a") as log:
            streams = [nothing.fileno(), nothing.fileno(), log.fileno()]
            process = forks.start(self.command("run", *arguments), streams, environment=environment)
            try:
                yield process
                process.send_signal(signal.SIGTERM)
                found = process.wait(timeout=60)
                assert code is None or found == code, (found, self.log())
            finally:
                process.kill()
                process.wait(timeout=60)

    def log(self) -> str:
        """The log of all daemons that ran here."""
        return (self.folder / "daemon.log").read_text()
