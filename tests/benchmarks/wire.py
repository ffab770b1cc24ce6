"""One status call about 100 orders, its answer left as bytes: the client's CPU beside that of `http.client`.

Both keep one connection, and ask the same panel, in a process of its own, in turn: a few calls each at a time, so
that what else the machine does hits both alike. The client does all that it does in the daemon: it takes its slot
from the bucket that processes share, bounds time and size, and looks for the key in the answer. The floor only asks.
"""

from __future__ import annotations

import http.client
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.benchmarks.house import FAST, FORM, a_config, practice
from tests.benchmarks.measuring import row, told_by
from tracker.config.loader import load
from tracker.config.panel_settings import PanelConfig
from tracker.lib.times import SECOND
from tracker.panel.client import ApiKey, CallLimits, PanelClient
from tracker.store.database import Database

IDS = 100
IN_TURN = 20
"""Calls that one side makes before the other does."""

Call = Callable[[], bytes]


def rows(runs: int, calls: int) -> list[str]:
    """Measure the microseconds of CPU that a call takes."""
    with tempfile.TemporaryDirectory() as name, practice() as panel:
        config = a_config(Path(name), panel, connections=1)
        first = panel.fill(IDS)[0]
        pairs = [(told[0], told[1]) for told in (told_by("wire", config, first, calls) for _ in range(runs))]
    return [row(f"CPU of one status call about {IDS} orders", pairs, "≤ 1.1x", "µs", 0)]


# -- in the process that is measured -----------------------------------------------------------------------


def _floor(panel: PanelConfig, ids: list[str]) -> Call:
    """Open a connection; return what asks about orders on it."""
    parts, key = urlsplit(panel.url), panel.key.reveal()
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)

    def call() -> bytes:
        body = urlencode({"key": key, "action": "status", "orders": ",".join(ids)})
        connection.request("POST", parts.path, body, FORM)
        return connection.getresponse().read()

    return call


def _ours(panel: PanelConfig, ids: list[str], client: PanelClient) -> Call:
    def call() -> bytes:
        return client.call(panel.dialect.status(ids)).body

    return call


def _cpu_of(call: Call, calls: int) -> float:
    began = time.process_time()
    for _ in range(calls):
        call()
    return time.process_time() - began


def _main(config: str, first: str, calls: str) -> None:
    panel = load(Path(config), {}).panels["p"]
    ids = [str(int(first) + n) for n in range(IDS)]
    bucket = Database(f"sqlite:///{Path(config).parent}/wire.db").bucket("p")
    limits = CallLimits(30 * SECOND, 30 * SECOND, calls_per_second=FAST, connections=1)
    with closing(PanelClient(panel.url, ApiKey(panel.key.reveal()), limits, bucket)) as client:
        sides = _floor(panel, ids), _ours(panel, ids, client)
        assert sides[0]() == sides[1](), "both must get the same answer"
        took, turns = [0.0, 0.0], max(1, int(calls) // IN_TURN)
        for _ in range(turns):
            for side, call in enumerate(sides):
                took[side] += _cpu_of(call, IN_TURN)
    print(*(seconds * 1e6 / (turns * IN_TURN) for seconds in took))


if __name__ == "__main__":
    _main(*sys.argv[1:])
