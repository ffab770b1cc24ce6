"""The same for what is asked about orders: a daemon that is killed while it asks for refills and cancels."""

from __future__ import annotations

import secrets
import tempfile
from collections import Counter
from pathlib import Path

from tests.crash.matrix import Cell, Outcome, launch, noted
from tests.support.project import Inbox, Project
from tests.support.samples import a_draft
from tests.support.stepped_project import opened
from tracker.config.loader import load
from tracker.lib.clock import now
from tracker.operations.requesting import ask
from tracker.orders.answers import Report
from tracker.orders.order import State
from tracker.orders.requests import Kind, OrderRequest, RequestState
from tracker.orders.status import after_status
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import changes, orders, queue, requests

FATES = {
    "request taken": None,
    "request taken, no answer": "close-after",
    "request never taken": "hang-before",
}
"""What becomes of the first call that asks for a cancel, and of the first that asks for a refill."""

FILES = ("passes/requests.py", "passes/refills.py", "store/requests.py", "lib/http")
"""Only the points of these are of interest here: all others are those of the matrix."""

ORDERS = 2


def a_behaviour() -> Behaviour:
    """Behave as a panel with a key of its own: a daemon that another run has left may still call at its port."""
    return Behaviour("perfectpanel", pace=4, key=secrets.token_hex(16))


def points(fate: str) -> dict[str, int]:
    """Run once to the end and return each point with how often it was passed."""
    with tempfile.TemporaryDirectory() as name, PracticePanel(a_behaviour()) as panel, Inbox() as inbox:
        house = _house(Path(name), panel, inbox, fate)
        found = noted(house, Path(name) / "points")
        return {point: count for point, count in found.items() if any(file in point for file in FILES)}


def run(cell: Cell) -> Outcome:
    """Kill the daemon in this cell, restart it, let it come to rest, and compare."""
    with tempfile.TemporaryDirectory() as name, PracticePanel(a_behaviour()) as panel, Inbox() as inbox:
        house = _house(Path(name), panel, inbox, cell.fate)
        killed = launch(house, "kill", cell.point, str(cell.nth))
        panel.clear_faults()
        house.run("run", "--until-idle", code=None)
        return _compare(house, panel, inbox, cell, landed=killed == -9)


def _house(folder: Path, panel: PracticePanel, inbox: Inbox, fate: str) -> Project:
    """A project with two orders to cancel and two to refill, all asked for already."""
    house = Project(folder, panel, add_timeout="1s", alerts=inbox.target('["order.*"]'))
    running = [panel.state.place_elsewhere(3, f"https://x.example/{number}", 200) for number in range(ORDERS)]
    over = panel.state.fill(ORDERS, service=1, word="Completed")
    with opened(house.folder) as db:
        drafts = [a_draft(service="3", panel_order_id=str(one)) for one in [*running, *over]]
        queue.enqueue(db, [queue.Entry(draft) for draft in drafts], now())
        found = sorted(orders.listed(db, limit=0))
        done = Report("Completed", State.COMPLETED, remains=0)
        ends = [after_status(order, done, now(), now()) for order in found[ORDERS:]]
        changes.apply(db, [end for end in ends if end is not None], now())
        config = load(house.config, {})
        ask(db, config, Kind.CANCEL, found[:ORDERS], by="me", now=now())
        ask(db, config, Kind.REFILL, [end.after for end in ends if end is not None], by="me", now=now())
    fault = FATES[fate]
    for action in ("cancel", "refill") if fault is not None else ():
        panel.fault(action, fault or "", seconds=2)
    return house


def _compare(house: Project, panel: PracticePanel, inbox: Inbox, cell: Cell, landed: bool) -> Outcome:
    """Compare what was asked with what the panel got; all that needs a person must have been told."""
    sent = Counter(
        (one.action, order_id)
        for action in ("cancel", "refill")
        for one in panel.requests.of(action)
        for order_id in one.form.get("orders", one.form.get("order", "")).split(",")
    )
    with opened(house.folder) as db:
        found = {order.id: order for order in orders.listed(db, limit=0)}
        asked = [one for order in found.values() for one in requests.of_order(db, order.id)]
    assert len(asked) == 2 * ORDERS
    taken = {str(one) for one in panel.asking.cancels} | {
        str(one.order_id) for one in panel.asking.refills.values()
    }
    bodies = "\n".join(inbox.bodies)
    lost = sum(_is_lost(one, found[one.order_id].panel_order_id in taken) for one in asked)
    held = [one for one in asked if one.state is RequestState.UNKNOWN]
    untold = sum(f"Order {one.order_id}" not in bodies for one in held)
    return Outcome(cell, landed, sum(count - 1 for count in sent.values()), lost, len(held), untold)


def _is_lost(request: OrderRequest, was_taken: bool) -> bool:
    """Tell whether we believe of a request what is not so, or still wait for it."""
    if request.state in (RequestState.ACCEPTED, RequestState.COMPLETED):
        return not was_taken
    return request.state is not RequestState.UNKNOWN and was_taken
