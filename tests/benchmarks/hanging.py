"""Whether hostile clients of the page slow the passes: a sweep alone, and with slow clients and one that hammers."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.house import Practice, a_config, a_worker, fill, practice
from tests.benchmarks.house import now as the_time
from tests.benchmarks.measuring import lone_row, row, told_by
from tracker.config.loader import load
from tracker.lib import logs
from tracker.store.database import Database

SLOW = 50
"""Clients that send their request drop by drop, or never read the answer."""


def rows(runs: int, count: int, warm: int) -> list[str]:
    """Measure a look at so many active orders, in a process that serves the page too.

    Hostile clients are there `warm` seconds before, so that what was saved up for people is spent.
    """
    with tempfile.TemporaryDirectory() as name, practice() as panel:
        config = a_config(Path(name), panel)
        with config.open("a") as more:
            more.write("web: {}\n")
        pairs, slow = [], []
        for _ in range(runs):
            alone = _sweep(config, panel, count, "alone", warm)
            slow.append((alone, _sweep(config, panel, count, "slow", warm)))
            pairs.append((alone, _sweep(config, panel, count, "hammered", warm)))
    return [
        row(f"a sweep of {count:,} orders, {SLOW} slow clients of the page", slow, "≤ 1.1x"),
        row("  with one more that asks as fast as it can", pairs, "≤ 1.5x"),
    ]


def memory_rows(count: int, requests: int) -> list[str]:
    """Measure the memory of a process that has loaded the page, and that has served it a while."""
    without, loaded, served = told_by("hanging", "memory", "-", count, requests)
    return [
        lone_row("memory of a process without the page", [without], "", "MiB", 1),
        lone_row("  with it", [loaded], "≤ 12MiB more", "MiB", 1),
        lone_row(f"  after {requests:,} requests beside {count:,} orders", [served], "", "MiB", 1),
    ]


def _sweep(config: Path, panel: Practice, count: int, how: str, warm: int) -> float:
    for old in config.parent.glob("tracker.db*"):
        old.unlink()
    db = Database(f"sqlite:///{config.parent}/tracker.db")
    db.open()
    fill(db, panel, count, the_time() - 10**6)
    db.close()
    command = [sys.executable, "-m", "tests.benchmarks.hanging", "sweep", str(config), how, "-"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        with _clients(port, how, warm):
            process.stdin.write("go\n")
            process.stdin.flush()
            return float(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


@contextmanager
def _clients(port: int, how: str, warm: int) -> Iterator[None]:
    """Let hostile clients be there for a block, in this other process."""
    ending = threading.Event()
    slow = [
        threading.Thread(target=_drip, args=(port, ending, number))
        for number in range(SLOW if how != "alone" else 0)
    ]
    hammers: list[subprocess.Popen[bytes]] = []
    for one in slow:
        one.start()
    if how == "hammered":
        hammers.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.hanging", "hammer", "-", "-", str(port)]
            )
        )
    time.sleep(warm if how != "alone" else 0)
    try:
        yield
    finally:
        ending.set()
        for hammer in hammers:
            hammer.kill()
            hammer.wait()
        for one in slow:
            one.join()


def _drip(port: int, ending: threading.Event, number: int) -> None:
    """Send drop by drop, or ask and never read; begin anew when the connection is closed."""
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX: {'x' * 4000}\r\n\r\n".encode()
    while not ending.is_set():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as one:
            if number % 2:
                one.sendall(request)
                ending.wait(30)
            for at in range(len(request)):
                if ending.wait(0.2):
                    return
                one.sendall(request[at : at + 1])


# -- in processes of their own -----------------------------------------------------------------------------


def _serve(config: Path, database: Database, share: float | None = None) -> tuple[int, object]:
    from tracker.web.app import App
    from tracker.web.server import DEFAULT, Limits, Server
    from tracker.web.site import Doors, Site

    loaded = load(config, os.environ)
    assert loaded.web is not None
    server = Server(
        App(Site(database, loaded, Doors(adopt=lambda order, _id, _by: order)), loaded.web),
        "127.0.0.1:0",
        DEFAULT if share is None else Limits(share=share),
    )
    server.start()
    return server.port, server


def _measured_sweep(config: Path) -> None:
    logs.setup("error", "json")
    db = Database(f"sqlite:///{config.parent}/tracker.db")
    db.open()
    worker, client = a_worker(config, db)
    port, _ = _serve(config, db)
    print(port, flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    worker.track.run()
    print(time.perf_counter() - began, flush=True)
    client.close()
    os._exit(0)


def _hammer(port: int) -> None:
    import http.client

    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.suppress(OSError, http.client.HTTPException):
            while True:
                connection.request("GET", "/orders?q=example")
                connection.getresponse().read()


def _memory(count: int, requests: int) -> None:
    from tests.benchmarks.pages import PAGES, TEXT, _resident
    from tests.support import crowds

    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "config.yaml"
        url = f"sqlite:///{name}/tracker.db"
        config.write_text(TEXT.format(database=url))
        config.chmod(0o600)
        db = Database(url)
        db.open()
        crowds.fill(db, count, the_time())
        import tracker.cli.commands.run  # noqa: F401 - what a daemon has loaded

        load(config, os.environ)
        print(_resident())
        port, _ = _serve(config, db, share=1)
        print(_resident())
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", port)
        for number in range(requests):
            connection.request("GET", PAGES[number % len(PAGES)])
            connection.getresponse().read()
        print(_resident(), flush=True)
        os._exit(0)


if __name__ == "__main__":
    what, where, number, told = sys.argv[1:]
    if what == "sweep":
        _measured_sweep(Path(where))
    elif what == "hammer":
        _hammer(int(told))
    else:
        _memory(int(number), int(told))
