"""What the pages cost: CPU of each by number of orders, and the memory of the process over thousands of requests."""

from __future__ import annotations

import http.client
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.measuring import lone_row, told_by
from tests.support import crowds, databases
from tracker.config.loader import parse
from tracker.orders.order import Order
from tracker.store.database import Database

TEXT = """
database: {database}
panels: {{p: {{url: https://x.example/api, key: a-key-of-p, balance: {{low: 300}}}}}}
web: {{}}
alerts: [{{name: ops, url: json://x.example}}]
"""

SERVED_FROM = 1000
"""Orders from which a server is tried too: beside fewer it says nothing new."""

REPORTS = ("/report", "/report?by=service", "/report?by=tag", "/report?by=day")
"""Made beside the requests: what that takes is a row of its own."""

PAGES = (
    "/", "/orders", "/orders?state=active", "/orders?state=unknown", "/orders?q=a-name-that", "/orders?q=order-77",
    "/orders?service=77", "/orders?service=77&state=failed", "/orders?since=5d&until=4d", "/orders?state=rejected&since=1h",
    "/orders/1000", "/orders/3", "/panels/p", "/services", "/services?q=number", "/services?by=time", "/alerts",
    "/alerts?state=dead", "/alerts?state=superseded", "/journal", *REPORTS,
)  # fmt: skip


def rows(runs: int, count: int, requests: int) -> list[str]:
    """Measure beside 5 and beside so many orders, on a file and on a server where there is one."""
    found = []
    for size in (5, count):
        for kind in ("sqlite", *(["postgresql"] if size >= SERVED_FROM and _is_served() else [])):
            cpu, wall, *pages, grown = told_by("pages", kind, size, runs, requests)
            of_each = [(name, pages[2 * n], pages[2 * n + 1]) for n, name in enumerate(PAGES)]
            found += [
                lone_row(f"{name}, {size:,} orders, {kind} (clock {wall:.1f})", [cpu], "≤ 50ms", "ms", 1)
                for name, cpu, wall in of_each
            ]
            found.append(
                lone_row(f"a report is made beside (clock {wall:.1f}s)", [cpu], "≤ 10% of a core for long")
            )
            found.append(lone_row(f"memory grown in {requests:,} more requests", [grown], "≤ 2MiB", "MiB", 2))
    return found


def _is_served() -> bool:
    return any((folder / "initdb").exists() for folder in databases.PROGRAMS)


# -- in the process that is measured -----------------------------------------------------------------------


def _main(kind: str, count: int, runs: int, requests: int) -> None:
    from tracker.web.app import App
    from tracker.web.server import Limits, Server
    from tracker.web.site import Doors, Site

    with ExitStack() as until:
        folder = Path(until.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/tracker.db"
        if kind == "postgresql":
            url = until.enter_context(databases.Server()).url(folder)
        db = Database(url)
        db.open()
        now = time.time_ns() // 1000
        crowds.fill(db, count, now)
        if kind == "postgresql":
            db.sql("ANALYZE")
        config = parse(TEXT.format(database=url), folder / "config.yaml", {})
        assert config.web is not None
        site = Site(db, config, Doors(adopt=_adopt))
        serving = Server(App(site, config.web), "127.0.0.1:0", Limits(share=1))
        serving.start()
        print(*_first_report(serving.port))
        for path in PAGES:
            print(*_cost(serving.port, path, runs))
        print(_growth(serving.port, requests))
        serving.close()
        site.close()
        db.close()


def _adopt(order: Order, _panel_id: str, _by: str) -> Order:
    return order


def _first_report(port: int) -> tuple[float, float]:
    """Seconds of CPU until the first report is there, and on the clock; then have the others made."""
    began = time.process_time(), time.perf_counter()
    _until_made(port, REPORTS[0])
    took = time.process_time() - began[0], time.perf_counter() - began[1]
    for path in REPORTS[1:]:
        _until_made(port, path)
    return took


def _until_made(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while True:
        connection.request("GET", path)
        if b"As of" in connection.getresponse().read():
            break
        time.sleep(1)
    connection.close()


def _cost(port: int, path: str, runs: int) -> tuple[float, float]:
    """Median milliseconds of CPU, and on the clock, which has the server of the database in it."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    cpu, wall = [], []
    for _ in range(runs + 1):
        began = time.process_time(), time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200 or count_is_small(path), (path, answer.status)
        cpu.append((time.process_time() - began[0]) * 1000)
        wall.append((time.perf_counter() - began[1]) * 1000)
    connection.close()
    return statistics.median(cpu[1:]), statistics.median(wall[1:])


def count_is_small(path: str) -> bool:
    """Tell whether a page may be missing: few orders have few numbers."""
    return path.startswith("/orders/")


def _growth(port: int, requests: int) -> float:
    """MiB by which the process grows over so many requests, after as many."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask() -> None:
        for number in range(requests):
            connection.request("GET", PAGES[number % len(PAGES)])
            connection.getresponse().read()

    ask()
    before = _resident()
    ask()
    connection.close()
    return _resident() - before


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    _main(sys.argv[1], *map(int, sys.argv[2:]))
