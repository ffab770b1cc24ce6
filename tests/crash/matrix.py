"""One cell of the matrix: a daemon that is killed at a point, restarted, and compared with what the panel took."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.support import forks
from tests.support.project import Inbox, Project
from tests.support.samples import a_draft
from tests.support.stepped_project import opened
from tracker.lib.clock import now
from tracker.orders.order import State
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import orders, queue

FATES = {"taken": None, "never taken": "hang-before", "taken late": "late", "asked again": "close-after"}
"""What becomes of the request in flight, and the fault of the practice panel that does it."""

DIALECTS = {"asked again": "{base: tagrani, idempotency_field: request_id}"}
"""The dialect of a fate, where it is not the panel's own."""

ORDERS = 2
MORE = "unknown: {looks: [1s, 2s], settle: 1s, probe: true}\n"


@dataclass(frozen=True)
class Cell:
    """Where the daemon dies, and what becomes of the first `add`."""

    point: str
    nth: int
    fate: str


@dataclass(frozen=True)
class Outcome:
    """What one run came to."""

    cell: Cell
    landed: bool
    doubles: int
    lost: int
    held: int
    untold: int

    @property
    def is_bad(self) -> bool:
        """Whether a promise was broken."""
        return bool(self.doubles or self.lost or self.untold)


def a_behaviour() -> Behaviour:
    """Behave as a panel with a key of its own: a daemon that another run has left may still call at its port."""
    return Behaviour(pace=30, key=secrets.token_hex(16))


def points(fate: str) -> dict[str, int]:
    """Run once to the end and return each point with how often it was passed."""
    with tempfile.TemporaryDirectory() as name, PracticePanel(a_behaviour()) as panel, Inbox() as inbox:
        house = _house(Path(name), panel, inbox, fate)
        file = Path(name) / "points"
        return noted(house, file)


def noted(house: Project, file: Path) -> dict[str, int]:
    """Run the daemon to its end and return each point with how often it was passed."""
    launch(house, "note", str(file))
    rows = (line.split("\t") for line in file.read_text().splitlines())
    return {point: int(count) for count, point in rows}


def run(cell: Cell) -> Outcome:
    """Kill the daemon in this cell, restart it, let it come to rest, and compare."""
    with tempfile.TemporaryDirectory() as name, PracticePanel(a_behaviour()) as panel, Inbox() as inbox:
        house = _house(Path(name), panel, inbox, cell.fate)
        killed = launch(house, "kill", cell.point, str(cell.nth))
        panel.clear_faults()
        house.run("run", "--until-idle", code=None)
        return _compare(house, panel, inbox, cell, landed=killed == -9)


def _house(folder: Path, panel: PracticePanel, inbox: Inbox, fate: str) -> Project:
    house = Project(
        folder,
        panel,
        add_timeout="0.3s",
        alerts=inbox.target('["order.*"]'),
        more=MORE,
        dialect=DIALECTS.get(fate),
    )
    with opened(house.folder) as db:
        drafts = [
            a_draft(f"https://x.example/{number}", service="2", quantity=100 + number, ref=str(number))
            for number in range(ORDERS)
        ]
        queue.enqueue(db, [queue.Entry(draft) for draft in drafts], now())
    fault = FATES[fate]
    if fault is not None:
        panel.fault("add", fault, seconds=0.8)
    return house


def launch(house: Project, *how: str) -> int:
    """Run the daemon to its end, or until it kills itself; return its exit code."""
    command = [sys.executable, "-m", "tests.crash.launcher", *how, "--"]
    command += ["--config", str(house.config), "run", "--until-idle"]
    root = Path(__file__).parents[2]
    return forks.run(command, folder=root).returncode


def _compare(house: Project, panel: PracticePanel, inbox: Inbox, cell: Cell, landed: bool) -> Outcome:
    """Compare the tracker's orders with the panel's ledger; every end must have been reported."""
    with opened(house.folder) as db:
        found = {order.link: order for order in orders.listed(db, limit=0)}
    assert len(found) == ORDERS
    placed = Counter(one.link for one in panel.state.ledger)
    lost = held = 0
    for one in panel.state.ledger:
        order = found[one.link]
        known = order.panel_order_id == str(one.order_id)
        held += not known and order.state is State.UNKNOWN
        lost += not known and order.state is not State.UNKNOWN
    spent = sum(one.charge for one in panel.state.ledger)
    assert panel.state.opening - panel.state.balance == spent, "the orders of this service are never refunded"
    ended = [order for order in found.values() if order.state in (State.COMPLETED, State.UNKNOWN)]
    bodies = "\n".join(inbox.bodies)
    untold = sum(f"Order {order.id} ({order.ref})" not in bodies for order in ended)
    return Outcome(cell, landed, sum(count - 1 for count in placed.values()), lost, held, untold)
